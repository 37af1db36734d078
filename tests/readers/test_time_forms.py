"""The form of times that the first rows tell: of several series, with odd ones among them."""

from datetime import datetime, timedelta

import pytest

from longlag.forecasting.target_times import TargetTimes
from longlag.readers.kinds import kind_of
from longlag.readers.time_order import Order
from longlag.readers.times import Times, are_times
from longlag.readers.values import Values

HOURS = [datetime(2024, 2, 28, 20) + timedelta(hours=n) for n in range(60)]
START = datetime(1970, 1, 1)


def seconds(moment):
    return (moment - START).total_seconds()


@pytest.mark.parametrize("orders", [("%m", "%d"), ("%d", "%m")])
@pytest.mark.parametrize("clock", ["", " %H:%M", " %I:%M:%S %p"])
@pytest.mark.parametrize("series", [1, 4, 30])
@pytest.mark.parametrize("stacked", [False, True])
def test_day_and_month_are_told_where_several_series_have_the_same_times(
    orders, clock, series, stacked
):
    """From the first of March: the fourth to the twelfth could as well be months."""
    form = f"{orders[0]}/{orders[1]}/%Y{clock}"
    step = timedelta(hours=9) if clock else timedelta(days=1)
    moments = [datetime(2024, 3, 1) + n * step for n in range(10)]
    rows = moments * series if stacked else [each for each in moments for _ in range(series)]
    assert Times([f"{each:{form}}" for each in rows[:100]]).form == form


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d/%m/%Y"])
def test_two_dates_are_a_day_apart_rather_than_a_month(form):
    """Unless they are the first of their months, with the day first."""
    texts = [f"{datetime(2024, 3, day):{form}}" for day in (4, 5) for _ in range(50)]
    assert Times(texts).form == form
    assert Times(["01/01/2024", "01/02/2024"]).form == "%d/%m/%Y"


def test_halves_of_the_day_beside_slashes_mean_month_first_where_nothing_tells():
    texts = [f"{datetime(2024, 3, 1, n):%m/%d/%Y %I:%M:%S %p}" for n in range(24)]
    times = Times(texts)
    assert times.form == "%m/%d/%Y %I:%M:%S %p"
    assert times.other == "%d/%m/%Y %I:%M:%S %p"
    order = Order(times)
    order.add(range(1, 25), texts)
    assert "are read as %m/%d/%Y %I:%M:%S %p: --time-format" in (order.remark("'t'") or "")
    for other in ("%d/%m/%Y %H:%M", "%d-%m-%Y %I:%M %p"):
        assert Times([f"{datetime(2024, 3, 1, n):{other}}" for n in range(24)]).form == other


@pytest.mark.parametrize("odd", ["96", "45352.5", "2024-13-45", "31.02.2024 00:00:00", "no 7"])
@pytest.mark.parametrize("place", [0, 30, 59])
@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M:%S", "%m/%d/%y %I:%M %p", "%d %b %Y %H:%M"])
def test_an_odd_text_among_times_does_not_hide_their_form(odd, place, form):
    texts = [hour.strftime(form) for hour in HOURS]
    texts[place] = odd
    assert kind_of(texts, Values()) == "time"
    times = Times(texts)
    assert (times.form, times.instant(odd)) == (form, None)
    others = [n for n in range(60) if n != place]
    assert [times.clock(texts[n]) for n in others] == [seconds(HOURS[n]) for n in others]


@pytest.mark.parametrize(
    "form", ["{0}.{1}.{0}", "10.{1}.{0:02}", "{0}:{1}", "2024/{1:03}", "2024:{1:03}", "{0} {1} - 3"]
)
def test_codes_of_which_some_could_be_dates_are_no_times(form):
    texts = [form.format(n % 25 + 1, n % 60 + 1) for n in range(100)]
    assert not are_times(texts)


@pytest.mark.parametrize(
    "form",
    [
        # the clock first
        *("%H:%M:%S %d/%m/%Y", "%H:%M %d.%m.%Y", "%I:%M %p %m/%d/%Y", "%H:%M:%S %d %b %Y"),
        *("%H:%M %Y-%m-%d", "%H:%M:%S.000 %Y/%m/%d"),
        # C's ctime without the weekday, and a year with the number of a day
        *("%b %d %H:%M:%S %Y", "%Y/%j %H:%M", "%Y:%j:%H:%M:%S", "%Y/%jT%H:%M:%S", "%Y%j %H:%M"),
        # of instruments, of pictures, and of files
        *("%Y%m%d%H:%M", "%d:%m:%Y %H:%M:%S", "%Y:%m:%d %H:%M:%S", "%Y-%m-%d_%H-%M-%S"),
        # a date and a clock in two columns, both in quotation marks
        *("'%d.%m.%Y' '%H:%M'", "'%Y-%m-%d' '%H:%M'"),
        # an hour behind its date
        *("%d.%m.%Y %H:%M - 00:00", "%d-%m-%Y %H\u00a0-\u00a000", "%Y-%m-%d %H:%M \u2013 24:00"),
        *("%d/%m/%Y %H:00 (CEST) - %d/%m/%Y %H:30 (CEST)",),
    ],
)
def test_hours_in_rarer_forms(form):
    texts = [hour.strftime(form) for hour in HOURS]
    times = Times(texts)
    assert are_times(texts)
    assert [*map(times.clock, texts)] == [*map(seconds, HOURS)]
    assert times.clock(TargetTimes(times, texts).after(3)) == seconds(HOURS[-1]) + 3 * 3600


def test_a_zone_in_the_night_of_autumn_does_not_hide_the_hours_of_an_interval():
    """Two hours have the same beginning, as on a clock on the wall."""
    texts = [f"27/10/2024 {n:02}:00 - 27/10/2024 {n + 1:02}:00" for n in range(9)]
    texts[2:3] = [
        "27/10/2024 02:00 (CEST) - 27/10/2024 02:00 (CET)",
        "27/10/2024 02:00 (CET) - 27/10/2024 03:00 (CET)",
    ]
    times = Times(texts)
    hours = [times.moment(text).hour for text in texts]
    assert hours == [0, 1, 2, 2, *range(3, 9)]


@pytest.mark.parametrize(
    "form",
    ["%d %b %y", "%a, %b %d, %Y", "%d%b%y:%H:%M:%S", "%Y%m%d;%H%M%S", "%Y%m%d %H%M%S000"],
)
def test_days_as_banks_and_programs_write_them(form):
    days = [datetime(2024, 2, 20) + timedelta(days=n, seconds=n) for n in range(20)]
    times = Times([day.strftime(form).upper() for day in days])
    found = [times.moment(day.strftime(form)) for day in days]
    assert found == (
        days if "%S" in form else [datetime(day.year, day.month, day.day) for day in days]
    )


@pytest.mark.parametrize("form", ["%b%Y", "%YMM%m"])
def test_months_as_programs_write_them(form):
    months = [datetime(2019 + n // 12, 1 + n % 12, 1) for n in range(30)]
    times = Times([month.strftime(form) for month in months])
    assert [times.moment(month.strftime(form)) for month in months] == months


def test_dates_between_colons_are_no_clocks():
    days = [datetime(2024, 6, 20) + timedelta(days=n) for n in range(20)]
    times = Times([f"{day:%d:%m:%Y}" for day in days])
    assert (times.form, times.dated) == ("%d:%m:%Y", True)
    assert Times([f"{n:02}:10:24" for n in range(20)]).form == "%H:%M:%S"


def test_a_step_back_may_be_that_to_another_series():
    order = Order(Times([]))
    order.add(range(1, 7), ["2026-01-01", "2026-01-02", "2026-01-03"] * 2)
    remark = order.remark("'day'") or ""
    assert "Times go back in 1 row, first in row 4" in remark
    assert "--sort" in remark
    assert "--group" in remark
