"""The source that a path names."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from longlag.errors import InputError
from longlag.readers.csv_blocks import CsvSource
from longlag.readers.form import NOTHING, Expected, Wishes
from longlag.readers.parquet_blocks import ParquetSource
from longlag.readers.sources import Source
from longlag.readers.unpacking import unpacked


@contextmanager
def open_source(
    path: str, wishes: Wishes = NOTHING, expected: Expected | None = None
) -> Iterator[Source]:
    """A context in which the table at a path can be read; "-" is standard input.

    The first bytes tell Parquet from text. Raises `InputError` for a file that cannot be opened,
    and for one without columns.
    """
    with ExitStack() as files:
        file = None
        if path == "-":
            if sys.stdin is None:
                raise InputError("standard input is closed: name a file, or pipe data in")
            stream, path = sys.stdin.buffer, "standard input"
        else:
            try:
                stream = file = files.enter_context(open(path, "rb"))
            except (OSError, ValueError) as error:
                said = getattr(error, "strerror", None) or error
                raise InputError(f"{path} cannot be read: {said}") from None
        data, packing = unpacked(stream, path, files)
        if packing == "Parquet" or Path(path).suffix.lower() == ".parquet":
            source = ParquetSource(data, path, wishes)
        else:
            source = CsvSource(data, path, wishes, expected, packing)
        if file and file.seekable():
            source.file = file
        yield source
