"""What is no table is refused by name, and what only begins like it is read."""

import gzip
import io
import tarfile

import pytest
from support.packings import zipped
from support.text_tables import source_of

from longlag.errors import InputError
from longlag.readers.sources import Columns, Reader


def tarred():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as files:
        files.addfile(tarfile.TarInfo("a.csv"), io.BytesIO())
    return archive.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(), "a zip archive of 0 files"),
        (zipped(("a.csv", "1"), ("b.csv", "2")), "a zip archive of 2 files: unpack it"),
        (zipped(("[Content_Types].xml", "1"), ("xl/b.xml", "2")), "is a workbook, not text"),
        (b"PK\x03\x04 and no more", "cannot be read: File is not a zip file"),
        (b"\x1f\x8b\x08 and no more", "cannot be read: "),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9, "is a picture, not a table"),
        (b"a,b\n\0\x01\x02\n", "holds bytes that are not text"),
        (b"\xa7\r\r\n\0\0\0\0\x90\xe3\n", "holds bytes that are not text"),  # a .pyc
        ("sep=;", "is empty below its line sep="),
        (b"a\x81\xffb", "byte 0x81 is not Windows-1252 text"),
        ("# a\n# b\n", "a.csv"),
        ('{"y": 1, "x": 2}\n{"y": 2, "x": 3}\n', "is JSON, not a table of text: save its table as"),
        ('\ufeff[\n  {"y": 1}, {"y": 2}]', "is JSON, not a table"),
        ('["2024-01-01", 10.13]\n["2024-01-02", 11.59]\n', "is JSON, not a table"),
        ("[0, 10.13],\n[1, 11.59]\n", "is JSON, not a table"),
        ("[\n 0.5,\n 1.5\n]", "is JSON, not a table"),
        ("% of Weka\n\n@RELATION x\n@attribute y real\n@data\n1\n", "is ARFF, not a table"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99), "is a workbook (.xls), not a table"),
        (b"ARROW1\0\0\xff", "is Arrow (Feather), not a table"),
        (b"SQLite format 3\0\x10\0", "is a database of SQLite, not a table"),
        ("version https://git-lfs.github.com/spec/v1\nsize 9\n", "is a pointer of Git LFS"),
        (tarred(), "is a tar archive, not a table"),
        (gzip.compress(tarred(), mtime=0), "is a tar archive, not a table"),
        ("<!DOCTYPE html>\n<html><body>1,2\n</body>", "is HTML, not a table"),
        ('<?xml version="1.0"?>\n<rows/>\n', "is XML, not a table"),
        ('"t,x,y"\n"1,2,3"\n"4,5,6"\n', "a.csv has whole rows in quotation marks"),
        ('"t;""x"";y"\n"1;2,5;3"\n', "a.csv has whole rows in quotation marks"),
        (
            "# HELP load of the machine\n# TYPE load gauge\nload 1.5\n",
            "is metrics of Prometheus, not",
        ),
        ("cpu,host=a used=1.5,idle=2 1700000000000000000\n", "is line protocol of InfluxDB, not"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(data, message):
    with pytest.raises(InputError) as refused:
        list(Reader(source_of(data), Columns("y")))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["[C]", "[1", "CDF", "ARROW"])
def test_names_that_begin_like_something_else_are_names(name):
    assert source_of(f"{name},y\n1,2\n3,4\n").names == [name, "y"]


def test_names_in_angle_brackets_are_names():
    """As MetaTrader and others write them."""
    text = "<DATE>,<OPEN>,y\n2026-01-02,1.5,2\n2026-01-03,1.6,3\n"
    reader = Reader(source_of(text), Columns("y"))
    assert [rows.target.tolist() for rows in reader] == [[2.0, 3.0]]
    assert reader.features == ("<OPEN>",)
