"""Files as people have them: what the reader takes them for, and that it reads them back."""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.text_tables import numbers, read, source_of

from longlag.errors import InputError
from longlag.readers.form import NOTHING, Expected, Wishes
from longlag.readers.guessing import CANDIDATES, guess
from longlag.readers.open_source import open_source
from longlag.readers.sorting import SortedReader
from longlag.readers.sources import Columns, Reader

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("t;a, in m;y\n1;2,5;3\n2;3,5;4\n", ["t", "a, in m", "y"], "semicolons, decimal commas"),
        ("a\ty\n1,5\t2\n2,5\t3\n", ["a", "y"], "tabs, decimal commas"),
        ("a|y\n1|2\n", ["a", "y"], "bars"),
        ("  a    y\n 1.0   2\n12.0  13\n", ["a", "y"], "blanks"),
        (
            "a;y\n1.234,5;2\n12,25;3\n",
            ["a", "y"],
            "semicolons, decimal commas, points between thousands",
        ),
        ('a,y\n"1,234",2\n"999",3\n', ["a", "y"], "commas between thousands"),
        (
            "a;y\n1 234,5;2\n2,5;3\n",
            ["a", "y"],
            "semicolons, decimal commas, blanks between thousands",
        ),
        ("a;y\n1'234.5;2\n2.5;3\n", ["a", "y"], "semicolons, apostrophes between thousands"),
        ("sep=;\na;y\n1;2\n", ["a", "y"], "semicolons, names in line 2"),
        ("# of a logger\n# v2\na,y\n1,2\n", ["a", "y"], "names in line 3"),
        ("# a y\n1 2\n3 4\n", ["a", "y"], "blanks"),
        (
            "Station: Foo, Bar\nMade: today\n\na,b,y\n1,2,3\n4,5,6\n",
            ["a", "b", "y"],
            "names in line 4",
        ),
        ("time,T,wind\n,°C,m/s\n0,1.5,2\n1,2.5,3\n", ["time", "T", "wind"], "units in line 2"),
        (
            "time,T,wind\n[s],[K],[m/s]\n0,1.5,2\n1,2.5,3\n",
            ["time", "T", "wind"],
            "units in line 2",
        ),
        ('"a","y"\n"1",2,3\n"2",4,5\n', ["a", "y"], "a name before each row, which is left out"),
        ("a y\nr1 2 3\nr2 4 5\n", ["a", "y"], "blanks, a name before each row, which is left out"),
        (
            '"date","T","y"\n"1","2015-02-04 00:00",20.4,0\n"2","2015-02-04 00:06",20,0\n',
            ["date", "T", "y"],
            "a name before each row, which is left out",
        ),
        ("a;y;;\n1;2;;\n3;4;;\n", ["a", "y", "", ""], "semicolons"),
        ("a;y\n1;2;\n3;4;\n", ["a", "y", ""], "semicolons"),
        ("a;y;;,,,\n1;2;;\n3;4;;\n", ["a", "y", "", ""], "semicolons"),
        ("5.1,3.5\n4.9,3.0\n", ["1", "2"], "no names, so columns are called 1, 2 and so on"),
        ("id,2019,2020\nx,5,7\nz,6,9\n", ["id", "2019", "2020"], ""),
        ("y\n2,5\n3,5\n", ["y"], "semicolons, decimal commas"),
        ("city,y\nRome,NA\nOslo,5\nRome,6\n", ["city", "y"], ""),
        ('"T\n(°C)",y\n1,2\n3,4\n', ["T\n(°C)", "y"], "rows from line 3"),
    ],
)
def test_forms_are_told_from_the_first_rows(text, columns, said):
    source = source_of(text)
    assert (source.names, source.taken_for) == (columns, said)


@pytest.mark.parametrize(
    ("text", "wishes", "expected"),
    [
        ("a;y\n1;2\n", Wishes(separator=";"), ([[1]], [2])),
        ("a;b,y\n1;2,3\n4;5,6\n", Wishes(separator=","), ([[]] * 2, [3, 6])),
        ("a;y\n1,234;2\n9;3\n", Wishes(decimal=","), ([[1.234], [9]], [2, 3])),
        ("a;y\n1.234;2\n", Wishes(decimal=",", thousands="."), ([[1234]], [2])),
        ("a;y\n1,234;2\n5,000;3\n", Wishes(thousands=","), ([[1234], [5000]], [2, 3])),
        ("x,x\ny,y\na,y\n1,2\n", Wishes(names=3), ([[1]], [2])),
        ("1,2\n3,4\n", Wishes(names=0), None),
        ("a,y\nfoo,bar\n1,2\n", Wishes(names=1, rows=3), ([[1]], [2])),
    ],
)
def test_what_is_said_is_not_guessed(text, wishes, expected):
    if expected is None:
        assert numbers(text, "2", wishes) == ([[1], [3]], [2, 4])
    else:
        assert numbers(text, "y", wishes) == expected


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("clock", ["00:00", "00:00:00", "12:30:00.250", "1:05 PM"])
@pytest.mark.parametrize("separator", CANDIDATES.strip(" "))
def test_a_blank_within_a_time_separates_nothing(separator, clock, place):
    """Beside a text, where a cut at the blank leaves as many fields that look like values."""
    rows = [["store", "y"], *(["AB"[i % 2], str(i % 7)] for i in range(60))]
    for row in rows:
        row.insert(place, "time" if row[0] == "store" else f"2024-01-01 {clock}")
    form = guess("\n".join(map(separator.join, rows)), True, Wishes()).form
    assert (form.separator, len(form.columns)) == (separator, 3)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_encodings(encoding, said):
    source, _, features, targets, _ = read("Höhe,µ,y\n1,2,3\n".encode(encoding), "y")
    assert source.names == ["Höhe", "µ", "y"]
    assert source.taken_for == said
    assert (features, targets) == ([[1, 2]], [3])


def test_cyrillic_is_told_from_western_and_other_code_pages_are_named():
    assert source_of("время,темп\n1,2\n".encode("cp1251")).names == ["время", "темп"]
    data = "čas,vítr\n1,2\n".encode("cp1250")
    assert source_of(data, Wishes(encoding="cp1250")).names == ["čas", "vítr"]
    with pytest.raises(InputError, match=r"--encoding must name an encoding.*got 'ut-f'"):
        source_of(data, Wishes(encoding="ut-f"))
    with pytest.raises(InputError, match="must name an encoding"):
        source_of(data, Wishes(encoding="base64"))


def test_a_late_letter_of_a_code_page_is_read_as_well():
    rows = "".join(f"{t},Rome,{t}\n" for t in range(40_000))
    data = ("a,city,y\n" + rows + "1,Genève,2\n").encode("latin-1")
    reader = read(data, "y")[1]
    assert reader.read == 40_001


PACKINGS = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "zstandard": zstd.compress,
}


def zipped(*members):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in members:
            # Without the time of day, which would be part of the names of tests.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


PACKINGS["zip"] = lambda data: zipped(("folder/a.csv", data), ("__MACOSX/folder/._a.csv", b"x"))


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


def tarred():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as files:
        files.addfile(tarfile.TarInfo("a.csv"), io.BytesIO())
    return archive.getvalue()


def test_a_column_of_quoted_texts_with_commas_is_one_of_texts():
    """Not whole rows in quotation marks, of which a line of the same length names the columns."""
    for text in ('"y"\n"1,234,567"\n"2,345,678"\n', '"y"\n"a, b, 1"\n"c, d, 2"\n"a, b, 1"\n'):
        assert source_of(text).names == ["y"]


@pytest.mark.parametrize("name", ["[C]", "[1", "CDF", "ARROW"])
def test_names_that_begin_like_something_else_are_names(name):
    assert source_of(f"{name},y\n1,2\n3,4\n").names == [name, "y"]


def test_names_in_angle_brackets_are_names():
    """As MetaTrader and others write them."""
    text = "<DATE>,<OPEN>,y\n2026-01-02,1.5,2\n2026-01-03,1.6,3\n"
    reader = Reader(source_of(text), Columns("y"))
    assert [rows.target.tolist() for rows in reader] == [[2.0, 3.0]]
    assert reader.features == ("<OPEN>",)


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


@pytest.mark.parametrize(
    ("text", "wishes", "message"),
    [
        ("a title\n\na|b|y\n1|2|3\n", {"names": 1}, "line 1 has 1 name, the rows have 3 fields"),
        ("a,y\n1,2\n3,4\n", {"encoding": "utf-16"}, "it is not UTF-16 text"),
    ],
)
def test_options_that_do_not_fit_the_data(text, wishes, message):
    with pytest.raises(InputError, match=message):
        list(Reader(source_of(text, Wishes(**wishes)), Columns("y")))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert numbers(f"a,y{end}1,2{end}3,4{end}") == ([[1], [3]], [2, 4])
    assert numbers(f"a,y{end}1,2{end}{end}3,4") == ([[1], [3]], [2, 4])


@pytest.mark.parametrize("mark", "\x0b\x0c\x1c\x1e\x85\u2028")
@pytest.mark.parametrize("more", ["", "5,NA\n"])
def test_no_other_character_ends_a_row(mark, more):
    with pytest.raises(InputError, match=r"a\.csv, row 2: column 'y' must hold finite numbers"):
        numbers(f"a,y\n1,2\n2,2{mark}3\n{more}")


def test_usual_texts_for_missing_values_and_named_ones():
    texts = ["#N/A", "<NA>", "NULL", "-", "--", ".", "\\N", "NaT", "n.a.", "#DIV/0!", "#NV", ":"]
    _, targets = numbers("a,y\n" + "".join(f"1,{text}\n" for text in [*texts, "5"]))
    assert np.isnan(targets).tolist() == [True] * len(texts) + [False]
    for text in (
        "a,y\n1,-200\n2,-200.0\n3,4\n",
        "a,y\n1,-200\n2,-200.0\n3,4\n4,NA\n",
        "a,y\n1,x\n2,\n3,4\n",
    ):
        _, targets = numbers(text, "y", Wishes(missing=("-200", "X")))
        assert np.isnan(targets[:2]).all()
        assert targets[2] == 4
    _, _, _, targets, _ = read("a,y\n1,None\n2,\n3,-\n", "y", Wishes(missing=("-",)), classes=True)
    assert targets == ["None", "", ""]


@pytest.mark.parametrize("line", [-1, 1_000_001, 10**28])
def test_lines_that_cannot_be(line):
    for wish in ({"names": line}, {"rows": line}):
        with pytest.raises(InputError, match="must be a number of a line from"):
            Wishes(**wish)


def test_truth_values_are_numbers():
    assert numbers("a,y\nTRUE,false\nFALSE,True\n") == ([[1], [0]], [0, 1])


def test_wide_tables_are_told_rightly():
    names = ",".join(f"c{n}" for n in range(100_000))
    row = ",".join(["1"] * 100_000)
    with pytest.raises(InputError, match="has 99,999 columns of numbers and 0 of texts"):
        numbers(f"{names}\n{row}\n{row}\n{row}\n", "c1")
    names = ",".join(f"c{n}" for n in range(20_000))
    row = ",".join(["1"] * 20_000)
    features, targets = numbers(f"{names}\n{row}\n{row}\n{row}\n", "c1")
    assert (len(features[0]), targets) == (19_999, [1, 1, 1])


def test_years_among_the_names_do_not_hide_the_separator():
    """Blanks cut the rows into as many fields as the title, so these may look like names."""
    title = '"Data Source","World Development Indicators",\n\n"Updated","2024-12-16",\n\n'
    years = ",".join(f'"{year}"' for year in range(1990, 2000))
    values = ",".join(f'"{year}.5"' for year in range(10))
    rows = "".join(f'"Land {n}","L{n}","GDP (current US$)",{values},\n' for n in range(60))
    source = source_of(f'{title}"Country","Code","Of",{years},\n{rows}')
    assert source.form.separator == ","
    assert source.names[:4] == ["Country", "Code", "Of", "1990"]


def test_a_table_like_the_one_before_is_known_by_its_first_row():
    expected = Expected(("a",), ";", ",", "")
    assert source_of("a;y\n1,500;2\n", NOTHING, expected).form.decimal == ","
    assert source_of("preamble\na;y\n[m];[s]\n1;2\n", NOTHING, expected).form.units == 3
    # Another table is judged by itself.
    assert source_of("b,y\n1,2.5\n", NOTHING, expected).form.separator == ","
    with pytest.raises(InputError, match="--separator must be"):
        Expected(("a",), ";;", ",", "")


@pytest.mark.parametrize(
    ("times", "sort"),
    [
        (["3/1/2024", "2/1/2024", "1/1/2024"], [2, 1, 0]),
        (["2024-01-02 10:00", "2024-01-01 10:00", "2024-01-03"], [1, 0, 2]),
        (["17", "9", "9"], [1, 2, 0]),
        (["Jan 2, 2024", "Jan 1, 2024", "Feb 1, 2023"], [2, 1, 0]),
    ],
)
def test_rows_are_sorted_by_their_times(times, sort):
    text = "t;city;y\n" + "".join(f"{time};c{n};{n}\n" for n, time in enumerate(times))
    reader = SortedReader(source_of(text), Columns("y", time="t"))
    (rows,) = list(reader)
    assert rows.target.tolist() == sort
    assert rows.times == [times[n] for n in sort]
    assert rows.categories == ([f"c{n}" for n in sort],)
    assert reader.read == 3


def test_a_date_and_a_clock_are_one_time():
    text = "Date;Time;y\n01/03/2004;23.00.00;1,5\n02/03/2004;00.00.00;2,5\n"
    *_, times = read(text, "y", time="Date,Time")
    assert times == ["01/03/2004 23.00.00", "02/03/2004 00.00.00"]
    with pytest.raises(InputError, match="no column 'Clock'"):
        read(text, "y", time="Date,Clock")


pieces = st.sampled_from(
    [
        *"\t;,| \n\r\"'#%=\\0123456789.-+eEa\x00\x0b\x1c\x85\u2028é",
        "sep=",
        "$5",
        "7 %",
        "(\u20ac -",
        "[Data]\n",
        "data\n",
        "---\n",
        "a,y\n",
        "1,2\n",
        "NA",
        "1e400",
        '"x',
        "\r\n",
    ]
)


@given(
    st.one_of(
        st.binary(max_size=300), st.lists(pieces, max_size=60).map(lambda x: "".join(x).encode())
    ),
    st.booleans(),
    st.sampled_from(["", "gzip", "xz", "zip"]),
    st.booleans(),
)
@example(b"\x1c0", False, "", False)  # a blank that int() does not take
@example(b"9" * 5000 + b",\n1,2\n", False, "", False)  # more digits than int() takes
def test_whatever_bytes_come_there_are_rows_or_one_line(data, classes, packing, damaged):
    packed = PACKINGS[packing](data)
    if damaged:
        packed = packed[: len(packed) // 2] + packed[len(packed) // 2 + 1 :]
    found, problem = [], ""
    try:
        source = source_of(packed)
        target = next(filter(None, source.names), "y")
        found.extend(Reader(source, Columns(target, classes=classes)))
    except InputError as error:
        problem = str(error)
    assert "\n" not in problem
    for rows in found:
        assert len(rows.target) == len(rows.features)
        assert not np.isinf(rows.features).any()


values = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 2))


@given(
    st.lists(st.tuples(values, values), min_size=2, max_size=150),
    st.sampled_from(";\t| ,"),
    st.sampled_from(".,"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"]),
    st.sampled_from(list(PACKINGS)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "# größer\n", "a text\n\n"]),
)
def test_a_table_reads_back_whatever_its_form(
    rows, separator, decimal, encoding, packing, end, above
):
    rows = [(0.25, 1.5), *rows]  # it shows what the decimals are
    mark = "" if separator != decimal else '"'
    lines = [f"größe{separator}y"]
    for row in rows:
        fields = [f"{mark}{each:.2f}{mark}".replace(".", decimal) for each in row]
        lines.append(separator.join(fields))
    text = above + "\n".join(lines) + "\n"
    data = PACKINGS[packing](text.replace("\n", end).encode(encoding))
    features, targets = numbers(data)
    assert list(zip((row[0] for row in features), targets, strict=True)) == rows
