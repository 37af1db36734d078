"""Numbers that may be meant otherwise are remarked on, however the rows come."""

import io

import numpy as np
import pytest

from longlag.commands.unusual_numbers import UnusualNumbers
from longlag.readers.csv_blocks import CsvSource
from longlag.readers.sources import Columns, Reader


def remarks(table, cuts=(), **columns):
    """What is said of a table with the columns a, b, ... and y."""
    text = "\n".join(",".join("" if x != x else repr(x) for x in row) for row in table)
    names = [*"abcdefgh"[: len(table[0]) - 1], "y"]
    source = CsvSource(io.BytesIO(f"{','.join(names)}\n{text}\n".encode()), "t.csv")
    reader = Reader(source, Columns("y", **columns))
    unusual = UnusualNumbers(reader)
    for rows in reader:
        for start, stop in zip([0, *cuts], [*cuts, len(rows.features)], strict=True):
            unusual.add(rows.part(start, stop))
    return unusual.remarks()


def series(columns):
    return np.random.default_rng(1).normal(20.0, 3.0, (200, columns)).round(2)


@pytest.mark.parametrize("cuts", [(), (1, 2, 90, 151), (150,)])
def test_a_number_that_may_stand_for_a_missing_value(cuts):
    table = series(3)
    assert remarks(table.tolist(), cuts) == []
    table[150:153, 1] = 9999.0
    table[[3, 199], 2] = -200.0
    table[5, 2] = np.nan
    high, low = remarks(table.tolist(), cuts)
    assert "9999 comes 3 times in 'b'" in high
    assert "-200 comes 2 times in 'y'" in low
    assert low.endswith("learn anew with --missing=-200.")


def test_numbers_that_are_no_ends_or_come_once_or_always_are_not_remarked_on():
    table = series(4)
    table[:2, 0], table[2, 0] = -200.0, -300.0
    table[7, 1] = -999.0
    table[:, 2] = 9999.0
    assert remarks(table.tolist()) == []


def test_many_columns_are_counted():
    table = series(9)
    table[:5, :8] = -999.0
    lines = remarks(table.tolist())
    assert len(lines) == 4
    assert lines[-1] == "The like holds for 5 more columns."


@pytest.mark.parametrize("cuts", [(), (1, 40)])
def test_a_target_of_two_values_may_be_classes(cuts):
    table = series(2)
    table[:, 1] = np.arange(200) % 3 == 0
    (line,) = remarks(table.tolist(), cuts)
    assert "'y' holds nothing but 0 and 1: --classify" in line
    assert remarks(table.tolist(), cuts, classes=True) == []
    table[:, 1] += 1_234_567
    assert "nothing but 1234567 and 1234568:" in remarks(table.tolist(), cuts)[0]
    table[100, 1] = 0.5
    assert remarks(table.tolist(), cuts) == []
