"""Rows in the order of their times."""

import pytest
from support.text_tables import read, source_of

from longlag.errors import InputError
from longlag.readers.sorting import SortedReader
from longlag.readers.sources import Columns


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


@pytest.mark.parametrize("mark", [",", " ", "'"])
def test_marks_between_thousands_are_no_part_of_a_time(longlag, tmp_path, mark):
    """As in a counter of rows or of seconds: 1,000 was read as 1, before 999."""
    rows = [f"{n:,};{n:,}" for n in range(980, 1040)]
    text = "\n".join(["time;y", *reversed(rows), ""]).replace(",", mark)
    (found,) = SortedReader(source_of(text), Columns("y", time="time"))
    assert found.target.tolist() == list(range(980, 1040))
    assert found.times == list(map(str, range(980, 1040)))
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time;y", *rows, ""]).replace(",", mark))
    assert "Times: time, as numbers, running forwards.\n" in longlag("look", path)[1]


def test_a_date_and_a_clock_are_one_time():
    text = "Date;Time;y\n01/03/2004;23.00.00;1,5\n02/03/2004;00.00.00;2,5\n"
    *_, times = read(text, "y", time="Date,Time")
    assert times == ["01/03/2004 23.00.00", "02/03/2004 00.00.00"]
    with pytest.raises(InputError, match="no column 'Clock'"):
        read(text, "y", time="Date,Clock")
