"""The times of rows to come, and errors by the clock."""

import numpy as np
import pytest

from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.target_times import LATEST, TargetTimes
from longlag.readers.times import Times


@pytest.mark.parametrize(
    ("texts", "form", "expected"),
    [
        (["2026-02-26", "2026-02-27", "2026-02-28"], None, "2026-03-02"),
        (["2026-01-01 23:00", "2026-01-01 23:30", "2026-01-02 00:00"], None, "2026-01-02 01:00"),
        (["2026-01-01T23:59:58", "2026-01-01T23:59:59", "2026-01-02T00:00:00"], None, "…00:02"),
        (["01.02.2026", "02.02.2026", "03.02.2026"], "%d.%m.%Y", "05.02.2026"),
        (["7", "8", "9"], None, "11"),
        (["0.5", "1.0", "1.5"], None, "2.5"),
        (["2026-01-31", "2026-02-28", "2026-03-31"], None, "2026-05-31"),
        (["Oct 2025", "Nov 2025", "Dec 2025"], "%b %Y", "Feb 2026"),
        (["2024-02-29 06:00", "2025-02-28 06:00", "2026-02-28 06:00"], None, "2028-02-29 06:00"),
        (["2025-01-15", "2025-04-15", "2025-07-15"], None, "2026-01-15"),
        (["2026-01-15", "2026-02-16", "2026-03-15"], None, ""),
        (["2026-01-15", "2026-02-15", "2026-05-15"], None, ""),
        (["9999-10-01", "9999-11-01", "9999-12-01"], None, ""),
        (["3", "2", "1"], None, ""),
        (["1", "2"], None, ""),
        (["9999-12-29", "9999-12-30", "9999-12-31"], None, ""),
        (["noon", "later", ""], None, ""),
        ([], None, ""),
    ],
)
def test_the_time_of_a_row_to_come(texts, form, expected):
    times = TargetTimes(Times([], form))
    for text in texts:
        times.add([text])
    assert times.after(2).endswith(expected.replace("…", "2026-01-02T00:"))
    assert bool(times.after(2)) == bool(expected)
    assert TargetTimes.from_state(times.state()).after(2) == times.after(2)


def test_a_gap_among_the_latest_rows_is_none_in_the_rows_to_come():
    texts = [str(t) for t in range(LATEST + 1) if t != 20]
    assert TargetTimes(Times([]), texts).after(1) == str(LATEST + 1)
    workdays = [f"2026-06-{day:02}" for day in range(1, 27) if day % 7 not in (6, 0)]
    assert TargetTimes(Times([]), workdays).after(1) == ""


def test_errors_by_the_hour_and_the_weekday_of_the_target():
    clock = ErrorsByClock(Times([]), 2)
    clock.add(
        ["2026-11-02 08:30", "2026-11-02 08:59", "no time"], np.array([[1, 2], [3, 4], [9, 9]])
    )
    assert [len(means) for means in clock.means()] == [0, 0]  # one hour of one day
    clock.add(["2026-11-08 23:00"], np.array([[5.0, 6.0]]))
    hours, weekdays = clock.means()
    np.testing.assert_array_equal(hours[[8, 23]], [[2, 3], [5, 6]])
    np.testing.assert_array_equal(weekdays[[0, 6]], [[2, 3], [5, 6]])  # Monday and Sunday
    assert np.isnan(hours[0]).all()
