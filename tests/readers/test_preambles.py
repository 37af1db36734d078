"""Preambles of instruments: lines that end them, and settings above the names."""

import pytest
from support.text_tables import numbers, read, source_of


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("[Data]", "names in line 4"),
        (">>>>>Begin Spectral Data<<<<<", "names in line 4"),
        ("***End_of_Header***", "names in line 4"),
        ("StartOfData", "names in line 4"),
        ("DATA", "names in line 4"),
        ("-END HEADER-", "names in line 4"),
        ("*END*", "names in line 4"),
    ],
)
def test_a_line_that_ends_a_preamble_stands_above_the_table(mark, said):
    text = f"Instrument,X 3\nGain,2\n{mark}\nt,y\n0.5,1\n1.5,2\n"
    source = source_of(text)
    assert (source.names, source.taken_for) == (["t", "y"], said)
    assert numbers(text) == ([[0.5], [1.5]], [1.0, 2.0])
    assert numbers(text.replace("t,y\n", ""), "2")[1] == [1.0, 2.0]


@pytest.mark.parametrize(
    "text",
    [
        "data,y\n1,2\ndata\n3,4\n5,6\n",
        "data\n1\n2\n",
        "A title\ndata\n1,5\n2,5\n",
        "data,y\n1,2\n2,3\n",
        "Data\n1\nData\n2\n",
    ],
)
def test_a_column_may_be_called_data(text):
    assert source_of(text).names[0].lower() == "data"


@pytest.mark.parametrize("count", ["3", "30", "300"])
@pytest.mark.parametrize("heads", ["t y\n", ""])
def test_the_number_of_rows_below_the_mark_of_a_preamble_is_no_row(count, heads):
    text = f"Channel =PRESSURE\n[Data]\n{count}\n{heads}" + "2024/03/01 1103.5\n" * 30
    source, *_, targets, _ = read(text, source_of(text).names[1])
    assert (source.names, len(targets)) == (["t", "y"] if heads else ["1", "2"], 30)


def test_a_mark_between_rows_leaves_none_above_it_out():
    """Also where each part of a file has a heading of its own."""
    assert numbers("t,y\n0,1.5\n1,2.5\n2,3\n[Data]\n")[1] == [1.5, 2.5, 3.0]
    part = ["[Data]", "t,y", *(f"{n},{n * n % 7}" for n in range(30))]
    source = source_of("\n".join([*part, *part, ""]))
    assert (source.names, source.form.rows) == (["t", "y"], 3)


@pytest.mark.parametrize("rows", [12, 60])
def test_settings_of_an_instrument_above_the_names_are_no_rows(rows):
    lines = [f"{n * 0.5},{n * n % 7}" for n in range(rows)]
    text = "\n".join(["Sample,A 7", "Interval (ms),500", "Points,12", "Time,Level", *lines, ""])
    assert source_of(text).names == ["Time", "Level"]
    assert numbers(text, "Level")[1] == [n * n % 7 for n in range(rows)]
