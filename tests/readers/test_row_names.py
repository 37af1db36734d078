"""Rows with a field more than there are names: an index of times, a name, or a field cut in two."""

import pytest
from support.text_tables import read, source_of

from longlag.errors import InputError

DAYS = [f"2024-03-{day:02}" for day in range(1, 29)]
MONTHS = [f"{year}{month:02}" for year in (1926, 1927, 1928) for month in range(1, 13)]


def lines(heads, rows, separator):
    return "\n".join([*heads, *(separator.join(map(str, row)) for row in rows), ""])


@pytest.mark.parametrize("separator", [" ", "\t"])
@pytest.mark.parametrize("times", [DAYS, MONTHS, [each.replace("-", "") for each in DAYS]])
def test_times_between_blanks_need_no_name(times, separator):
    if separator == "\t":
        times = DAYS  # numbers may be names of rows
    rows = [(time, n, 2 * n) for n, time in enumerate(times)]
    source, _, features, targets, found = read(
        lines([f"a{separator}y"], rows, separator), "y", time="time"
    )
    assert source.names == ["time", "a", "y"]
    assert (found, targets) == (times, [2.0 * n for n in range(len(times))])
    assert features == [[n] for n in range(len(times))]


@pytest.mark.parametrize("times", [DAYS, MONTHS])
def test_an_index_with_an_empty_name_is_the_time(times):
    rows = [(time, n) for n, time in enumerate(times)]
    assert source_of(lines([",y"], rows, ",")).names == ["time", "y"]
    rows[5] = ("1999999", 5)
    assert source_of(lines([",y"], rows, ",")).names == ["", "y"]


@pytest.mark.parametrize(
    ("head", "row", "separator"),
    [
        ("Date/Time,Unit,Value", "{} 00:15,C,20,765", ","),  # decimal commas
        ("Stand,Wert", "{}, 00:15 Uhr,11.8", ","),  # between date and clock
        ("r b UTC", "1 0 {} 00:15:00", " "),  # a time of two fields under one name
        ("ts y", "{} 00:15:00 5", " "),
    ],
)
@pytest.mark.parametrize("german", [False, True])
def test_a_cut_field_is_refused(head, row, separator, german):
    days = [".".join(reversed(day.split("-"))) for day in DAYS] if german else DAYS
    text = "\n".join([head, *map(row.format, days), ""])
    with pytest.raises(InputError, match=r"names above rows of \d fields, some of them times"):
        source_of(text)
    assert separator in row


@pytest.mark.parametrize("separator", [" ", ",", "\t"])
def test_numbers_of_rows_stay_out_beside_dates_and_clocks(separator):
    head = separator.join(["date", "time", "value"])
    rows = [(n, day, "00:15", n / 4) for n, day in enumerate(DAYS, 1)]
    assert source_of(lines([head], rows, separator)).names == ["date", "time", "value"]


@pytest.mark.parametrize("head", ["date temp wind", "timestamp\ttemp\twind"])
def test_a_last_column_without_a_name_is_refused(head):
    separator = "\t" if "\t" in head else " "
    rows = [(day, n, 2 * n, "ok") for n, day in enumerate(DAYS)]
    with pytest.raises(InputError, match="3 names above rows of 4 fields"):
        source_of(lines([head], rows, separator))


def test_names_of_rows_stay_out():
    text = lines(["x,y"], [(f"car {n}", n, n * n) for n in range(9)], ",")
    source = source_of(text)
    assert (source.names, source.form.row_names) == (["x", "y"], True)
