"""The source that a path names."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longlag.errors import InputError
from longlag.readers.csv_blocks import CsvSource
from longlag.readers.parquet_blocks import ParquetSource
from longlag.readers.sources import Source


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Standard input for "-", Parquet for names that end in .parquet, else comma-separated values.

    A context, in which the source can be read. Raises `InputError` for what cannot be opened, or
    has no columns.
    """
    if path == "-":
        yield CsvSource(sys.stdin.buffer, "standard input")
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115 - closed below; what fails in the context is not ours
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    with stream:
        if Path(path).suffix.lower() == ".parquet":
            yield ParquetSource(stream, path)
        else:
            yield CsvSource(stream, path)
