"""Tables of text in tests: their sources, and all that is read from them."""

import io
from contextlib import ExitStack

from longlag.readers.csv_blocks import CsvSource
from longlag.readers.form import NOTHING
from longlag.readers.sources import Columns, Reader
from longlag.readers.unpacking import unpacked


def source_of(data, wishes=NOTHING, expected=None):
    raw = data if isinstance(data, bytes) else data.encode()
    stream, packing = unpacked(io.BufferedReader(io.BytesIO(raw)), "a.csv", ExitStack())
    return CsvSource(stream, "a.csv", wishes, expected, packing)


def read(data, target, wishes=NOTHING, **columns):
    """The source, its reader, and all features, targets and times."""
    source = source_of(data, wishes)
    reader = Reader(source, Columns(target, **columns))
    rows = list(reader)
    features = [row for block in rows for row in block.features.tolist()]
    targets = [each for block in rows for each in list(block.target)]
    times = [each for block in rows for each in block.times or []]
    return source, reader, features, targets, times


def numbers(data, target="y", wishes=NOTHING):
    return read(data, target, wishes)[2:4]
