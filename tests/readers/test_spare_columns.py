"""Columns at the end that have names, but no fields in most rows."""

import re

import pytest
from support.text_tables import read, source_of

from longlag.errors import InputError
from longlag.readers.form import Wishes
from longlag.readers.sources import Columns, Reader

ROWS = [(str(n), f"2024-03-01 {n // 60:02}:{n % 60:02}", f"{n % 9}.5") for n in range(150)]
TARGETS = [float(y) for *_, y in ROWS]


def table(separator, names, longer, above=()):
    """A table of three columns that has more names; some rows, by their places, have them, too."""
    rows = [separator.join([*row, *longer.get(n, [])]) for n, row in enumerate(ROWS)]
    return "\n".join([*above, separator.join(["n", "time", "y", *names]), *rows, ""])


@pytest.mark.parametrize("above", [(), ("Device: EL-2",), ("Station;North", "", "a;b", "c;1", "")])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("names", "longer", "said"),
    [
        (["Serial Number"], {0: ["10012345"]}, "1 row with a text .* such as '10012345'"),
        (["", "Of:"], {0: ["", "a"], 1: ["", '"b, c; 2"']}, "2 rows with a text .* such as 'a'"),
        (["Remark", "Unit"], {0: ["", "C"], 1: ["new"]}, "2 rows with a text .* such as 'C'"),
    ],
)
def test_columns_that_the_first_rows_alone_have_are_left_out(names, longer, said, separator, above):
    """As loggers give their serial number, and a weather service its remarks."""
    text = table(separator, names, longer, above)
    source, *_, targets, times = read(text, "y", time="time")
    assert source.names == ["n", "time", "y"]
    assert (targets, times) == (TARGETS, [time for _, time, _ in ROWS])
    assert f"without columns that most rows lack ({', '.join(filter(None, names))})" in str(
        source.taken_for
    )
    assert re.search(said, " ".join(source.remarks()))


def test_columns_behind_tabs_may_have_no_field_in_any_row():
    """As comments of LabVIEW, which may come in any later row."""
    text = table("\t", ["Comment"], {120: ["opened"]}, ("Writer\t2\t", "***End_of_Header***\t\t"))
    source, *_, targets, _ = read(text, "y", time="time")
    assert (source.names, targets) == (["n", "time", "y"], TARGETS)
    assert "1 row with a text behind the last field, such as 'opened'" in source.remarks()[0]


@pytest.mark.parametrize("rows", [1, 2, 150])
def test_the_next_table_has_the_same_columns(rows):
    """Also if it has a few rows so far, which do not tell."""
    text = table(",", ["Serial Number"], {0: ["10012345"]})
    expected = source_of(text).expected(["n", "y"])
    source = source_of("\n".join([*text.split("\n")[: rows + 1], ""]), expected=expected)
    assert source.names == ["n", "time", "y"]
    assert sum(len(each.target) for each in Reader(source, Columns("y"))) == rows


def test_such_tables_may_be_put_one_below_the_other():
    text = table(",", ["Serial Number"], {0: ["10012345"]})
    source, *_, targets, _ = read(text + text, "y")
    assert targets == TARGETS * 2
    assert (source.repeated, source.remarked) == (1, 2)


def test_the_line_of_names_can_be_named():
    text = table(",", ["Serial Number"], {0: ["10012345"]}, ("Device,EL-2,x,y",))
    assert source_of(text, Wishes(names=2)).names == ["n", "time", "y"]


@pytest.mark.parametrize(
    ("row", "got"), [("1,2024-03-01 00:01,5,6,7", 5), ("1,2024-03-01 00:01", 2), ("1", 1)]
)
def test_rows_with_more_fields_than_names_or_too_few_are_bad(row, got):
    lines = table(",", ["Serial Number"], {0: ["10012345"]}).split("\n")
    lines[120] = row
    with pytest.raises(InputError, match=f"row 120: must have 3 fields .*, got {got} in"):
        list(Reader(source_of("\n".join(lines)), Columns("y")))


def test_a_name_that_holds_the_separator_moves_no_names():
    """No row has a field for each name, so it is not known which names belong together."""
    rows = [f"{n},{y},{y}" for n, _, y in ROWS]
    assert source_of("\n".join(["n,wind, m/s,y", *rows, ""])).names == ["1", "2", "3"]


def test_a_table_of_one_row_above_the_table_is_not_taken_for_it():
    """As the place of a forecast above it."""
    above = "lat,lon,height,zone,name\n52.5,13.4,38.0,GMT,GMT\n\ntime,a,b\n"
    rows = [f"2024-03-01T{n:02}:00,{n}.5,2" for n in range(24)]
    source = source_of(above + "\n".join([*rows, ""]))
    assert (source.names, source.form.rows) == (["time", "a", "b"], 5)
