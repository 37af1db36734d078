"""Packed data, from files and pipes, whole and cut off."""

import io
import sys

import numpy as np
import pytest
from support.packings import PACKINGS
from support.text_tables import source_of

from longlag.errors import InputError
from longlag.readers.open_source import open_source
from longlag.readers.sources import Columns, Reader


class Pipe(io.RawIOBase):
    """Cannot go back, and gives a few bytes at a time."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._data.read(min(len(buffer), 7))
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("packing", PACKINGS)
def test_packed_data_are_told_by_their_content_from_files_and_pipes(packing, tmp_path, monkeypatch):
    data = PACKINGS[packing](b"a,y\n" + b"1,2\n" * 500)
    path = tmp_path / "data"
    path.write_bytes(data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Pipe(data))))
    for name in (str(path), "-"):
        with open_source(name) as source:
            assert source.taken_for == packing
            reader = Reader(source, Columns("y"))
            assert sum(rows.target.sum() for rows in reader) == 1000


@pytest.mark.parametrize("packing", [each for each in PACKINGS if each not in ("", "zip")])
def test_packed_data_that_are_cut_off_are_read_as_far_as_they_go(packing):
    rng = np.random.default_rng(1)
    text = "a,y\n" + "".join(f"{x},{y}\n" for x, y in rng.normal(size=(60_000, 2)))
    data = PACKINGS[packing](text.encode())
    reader = Reader(source_of(data[: len(data) * 3 // 4]), Columns("y"))
    with pytest.raises(InputError, match=r"^a\.csv, row [\d,]+: cannot be read: ") as refused:
        list(reader)
    assert f"row {reader.read + 1}:" in str(refused.value)
    assert 10_000 < reader.read < 60_000
