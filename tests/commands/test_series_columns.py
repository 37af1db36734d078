"""`longlag look` finds the columns that tell series apart, and takes no part of a time for one."""

import random
from datetime import datetime, timedelta

import pytest
from support.text_tables import source_of

from longlag.commands.first_rows import first_rows
from longlag.commands.proposal import proposal
from longlag.commands.reading import PLAIN
from longlag.commands.time_columns import time_columns

DAYS = [datetime(2024, 3, 1) + timedelta(days=n) for n in range(8)]


def found_in(names, rows):
    """The columns of times and of groups that `look` finds, its remarks and the proposed command.

    The last column is one of numbers, which is the target.
    """
    lines = [",".join([*map(str, row), f"{n * n % 11}.5"]) for n, row in enumerate(rows)]
    source = source_of("\n".join([*([f"{names},y"] if names else []), *lines, ""]))
    columns = first_rows(source).columns
    times = time_columns(columns, None)
    proposed = proposal(columns, times)
    groups = [each.name for each in proposed.groups]
    return times, groups, proposed.remarks, proposed.command("a.csv", columns, PLAIN)


@pytest.mark.parametrize(
    "name",
    [
        *("Hour Number", "Hour (PST)", "OPR_HR", "Stunde", "UTC hour", "HourBeginning", "HR_LST"),
        *("Local Hour", "hour [UTC]", "Delivery Hour", "Hour_Ending"),
    ],
)
@pytest.mark.parametrize("regions", ["", "AB"])
@pytest.mark.parametrize("first", [0, 1])
def test_hours_are_told_by_the_words_of_their_names(name, regions, first):
    rows = [
        (region, f"{day:%Y-%m-%d}", hour)
        for region in regions or "A"
        for day in DAYS
        for hour in range(first, first + 24)
    ]
    times, groups, *_ = found_in(f"region,Data Date,{name}", rows)
    assert times.names == f"Data Date,{name}"
    assert groups == (["region"] if regions else [])
    assert times.times.moment(times.texts[-1]) == DAYS[-1] + timedelta(hours=first + 23)


@pytest.mark.parametrize("name", ["UTC_TIME", "Hour (PST)", "LST_HRMN", "time (UTC)", "HOUR"])
@pytest.mark.parametrize("form", ["{:02}00", "{}00"])
def test_hours_may_be_hundreds(name, form):
    rows = [(f"{day:%m/%d/%Y}", form.format(hour)) for day in DAYS for hour in range(1, 25)]
    times, groups, *_ = found_in(f"UTC_DATE,{name}", rows)
    assert (times.names, groups) == (f"UTC_DATE,{name}", [])
    assert times.times.moment(times.texts[-1]) == DAYS[-1] + timedelta(days=1)


@pytest.mark.parametrize("form", ["{:02}00", "{}"])
@pytest.mark.parametrize("date", ["%Y%m%d", "%Y-%m-%d"])
def test_hours_in_a_table_without_names(form, date):
    rows = [(7, f"{day:{date}}", form.format(hour)) for day in DAYS for hour in range(24)]
    times, groups, *_ = found_in("", rows)
    assert (times.names, groups) == ("2,3", [])
    two = [(station, *row[1:]) for station in (7, 8) for row in rows]
    times, groups, *_ = found_in("", two)
    assert (times.names, groups) == ("2,3", ["1"])


@pytest.mark.parametrize(
    "form", ["{:02} - {:02}", "{:02}\u00a0-\u00a0{:02}", "{:02}:00 - {:02}:00"]
)
@pytest.mark.parametrize("name", ["Hours", "Zeit", "Uhrzeit (MEZ)", "x"])
def test_an_hour_may_be_written_with_its_end(form, name):
    rows = [(f"{day:%d-%m-%Y}", form.format(n, n + 1)) for day in DAYS for n in range(24)]
    times, groups, *_ = found_in(f"Date,{name}", rows)
    assert (times.names, groups) == (f"Date,{name}", [])
    assert times.times.moment(times.texts[-1]) == DAYS[-1] + timedelta(hours=23)


def test_hours_written_with_their_ends_may_come_twice_in_autumn():
    hours = [*range(3), 2, *range(3, 24)]
    rows = [
        (f"{day:%d.%m.%Y}", f"{hour:02} - {hour + 1:02}")
        for day in DAYS
        for hour in (hours if day is DAYS[2] else range(24))
    ]
    assert found_in("Date,Hours", rows)[0].names == "Date,Hours"


@pytest.mark.parametrize(
    "name", ["SettlementPeriod", "SETTLEMENT_PERIOD", "Interval", "Viertelstunde", "Trading Period"]
)
@pytest.mark.parametrize("periods", [48, 96])
@pytest.mark.parametrize("regions", ["", "AB"])
def test_periods_of_a_day_name_no_series(name, periods, regions):
    rows = [
        (f"{day:%d-%b-%Y}", period, region)
        for day in DAYS
        for period in range(1, periods + 1)
        for region in regions or "A"
    ]
    times, groups, remarks, _ = found_in(f"Date,{name},region", rows)
    assert (times.names, groups) == ("Date", ["region"] if regions else [])
    assert any("one for each of 2 values of 'region'" in line for line in remarks) == bool(regions)


@pytest.mark.parametrize("stores", [24, 30, 48])
def test_numbers_from_1_in_a_table_without_names_may_be_series(stores):
    rows = [("SSB", f"{day:%Y%m%d}", store) for day in DAYS for store in range(1, stores + 1)]
    times, groups, *_ = found_in("", rows)
    assert (times.names, groups) == ("2", ["3"])


@pytest.mark.parametrize("name", ["min", "time", "h", "h (m)", "Delivery Time"])
def test_a_measurement_with_the_name_of_a_part_of_a_time_hides_no_series(name):
    chance = random.Random(1)
    rows = [
        (f"{day:%Y-%m-%d}", store, chance.randrange(60)) for day in DAYS for store in range(1, 31)
    ]
    times, groups, *_ = found_in(f"date,store,{name}", rows)
    assert (times.names, groups) == ("date", ["store"])


def test_numbers_that_hardly_come_again_name_no_series():
    """As demands in megawatts, 96 different ones in two days of 48 periods."""
    rows = [
        (f"{day:%d-%b-%Y}", period, 20_000 + 7919 * (48 * n + period) % 20_000)
        for n, day in enumerate(DAYS[:2])
        for period in range(1, 49)
    ]
    for name in ("SETTLEMENT_PERIOD", "x"):
        assert "demand" not in found_in(f"SETTLEMENT_DATE,{name},demand", rows)[1]


def sensors(sign=1, shift=timedelta()):
    """Rows of sensors one below the other, each with times of its own."""
    return [
        (
            f"sensor.{sensor}",
            f"{DAYS[0] + n * shift + sign * row * timedelta(minutes=7, seconds=n)}",
        )
        for n, sensor in enumerate("abcd")
        for row in range(1, 40)
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_series_one_below_the_other_with_times_of_their_own(sign):
    once = ("sensor.e", f"{DAYS[0] + timedelta(hours=sign)}")
    times, groups, remarks, command = found_in("entity,changed", [*sensors(sign), once])
    assert (times.names, groups) == ("changed", ["entity"])
    assert any(
        line == "The times begin anew with each of 5 values of 'entity': --group makes a series of "
        "each."
        for line in remarks
    )
    assert ("--sort" in command) == (sign < 0)


def test_a_column_that_changes_where_the_time_goes_on_names_no_series():
    later = sensors(shift=timedelta(hours=12))
    assert found_in("entity,changed", later)[1] == []
    autumn = [
        ("MESZ" if n < 3 else "MEZ", f"{datetime(2024, 10, 27) + timedelta(hours=n - (n > 2))}")
        for n in range(40)
    ]
    assert found_in("zone,at", autumn)[1] == []


def test_more_rows_tell_day_from_month_where_the_first_are_of_one_date():
    rows = [(f"{day:%m/%d/%Y}", zone) for day in DAYS[3:] for zone in range(1, 201)]
    times, groups, _, command = found_in("Date,Zone", rows)
    assert (times.times.form, groups) == ("%m/%d/%Y", ["Zone"])
    assert command.endswith("--group Zone --time-format %m/%d/%Y")


def test_an_odd_date_hides_no_clock_beside_the_others():
    rows = [(f"{day:%d.%m.%Y}", f"{hour:02}:00") for day in DAYS[:4] for hour in range(24)]
    times, groups, *_ = found_in("Datum,Uhrzeit", [*rows[:50], ("96", ""), *rows[50:]])
    assert (times.names, groups, times.unread) == ("Datum,Uhrzeit", [], ["96"])
