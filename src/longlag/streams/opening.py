"""The source that a path names."""

import sys
from pathlib import Path

from longlag.errors import InputError
from longlag.streams.csv_blocks import CsvSource
from longlag.streams.parquet_blocks import ParquetSource
from longlag.streams.sources import Source


def open_source(path: str) -> Source:
    """Standard input for "-", Parquet for names that end in .parquet, else comma-separated values.

    Raises `InputError` for what cannot be opened, or has no columns.
    """
    if path == "-":
        return CsvSource(sys.stdin.buffer, "standard input")
    if Path(path).suffix.lower() == ".parquet":
        return ParquetSource(Path(path))
    try:
        stream = open(path, "rb")  # noqa: SIM115 - the source reads it to its end
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    return CsvSource(stream, path)
