"""Files as people have them: what the reader takes them for, and that it reads them back."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.packings import PACKINGS
from support.text_tables import numbers, source_of

from longlag.errors import InputError
from longlag.readers.form import NOTHING, Expected, Wishes
from longlag.readers.sources import Columns, Reader


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
        ("a;b;y\n18.00;18.30;2,5\n9.15;9.30;3\n", ["a", "b", "y"], "semicolons, decimal commas"),
        ("a;y\n31.01;18,5\n28.02;3\n", ["a", "y"], "semicolons, decimal commas"),
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


@pytest.mark.parametrize(
    ("text", "wishes", "message"),
    [
        (
            "a title\n\na|b|y\n1|2|3\n",
            {"names": 1},
            "csv has 1 name in line 1, where",
        ),
        ("a,y\n1,2\n3,4\n", {"encoding": "utf-16"}, "it is not UTF-16 text"),
    ],
)
def test_options_that_do_not_fit_the_data(text, wishes, message):
    with pytest.raises(InputError, match=message):
        list(Reader(source_of(text, Wishes(**wishes)), Columns("y")))


@pytest.mark.parametrize("line", [-1, 1_000_001, 10**28])
def test_lines_that_cannot_be(line):
    for wish in ({"names": line}, {"rows": line}):
        with pytest.raises(InputError, match="must be a number of a line from"):
            Wishes(**wish)


def test_a_table_like_the_one_before_is_known_by_its_first_row():
    expected = Expected(("a",), ";", ",", "")
    assert source_of("a;y\n1,500;2\n", NOTHING, expected).form.decimal == ","
    assert source_of("preamble\na;y\n[m];[s]\n1;2\n", NOTHING, expected).form.units == 3
    # Another table is judged by itself.
    assert source_of("b,y\n1,2.5\n", NOTHING, expected).form.separator == ","
    with pytest.raises(InputError, match="--separator must be"):
        Expected(("a",), ";;", ",", "")


def test_wide_tables_are_told_rightly():
    names = ",".join(f"c{n}" for n in range(100_000))
    row = ",".join(["1"] * 100_000)
    with pytest.raises(InputError, match="has 99,999 columns of numbers and 0 of texts"):
        numbers(f"{names}\n{row}\n{row}\n{row}\n", "c1")
    names = ",".join(f"c{n}" for n in range(20_000))
    row = ",".join(["1"] * 20_000)
    features, targets = numbers(f"{names}\n{row}\n{row}\n{row}\n", "c1")
    assert (len(features[0]), targets) == (19_999, [1, 1, 1])


@pytest.mark.parametrize("head", ["", ";North;;South\nt;temp;hum;temp\n", "t;a;b;c\n"])
def test_the_next_file_is_read_with_the_marks_of_the_first(head):
    """Also where no line names the columns, or several do, and its own rows say something else."""
    source = source_of(head + "".join(f"{n};{n},5;{n}%;{n},5K\n" for n in range(30)))
    _, name, *others = source.names
    text = head + "".join(f"{n};{'1,234' if n % 2 else 5};0;9\n" for n in range(30))
    assert source_of(text).form.thousands == ","  # alone
    again = source_of(text, expected=source.expected([name, *others]))
    (rows,) = Reader(again, Columns(name))
    assert rows.target[:2].tolist() == [5, 1.234]
    assert (again.form.signs, again.form.factors) == (source.form.signs, source.form.factors)
    for columns in ([name], others):  # the signs of a target are kept, too, which is none of them
        again = source_of(head + "1;2;(3%);4\n", expected=source.expected(columns))
        assert again.form.signs == source.form.signs
    other = text.replace(";", "\t")
    assert source_of(other, expected=source.expected([name])).form.separator == "\t"


pieces = st.sampled_from(
    [
        *"\t;,| \n\r\"'#%=\\0123456789.-+eEa\x00\x0b\x1c\x85\u2028é",
        "sep=",
        "$5",
        "7 %",
        "1.2K",
        "1h 5m",
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
