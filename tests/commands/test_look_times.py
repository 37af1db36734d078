"""`longlag look` finds times, also in several columns of numbers, and never takes them for groups.

What it proposes can be learned from: the network then sees the hour, and knows the next time.
"""

import json
import random
import shlex
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import source_of

from longlag.commands.first_rows import first_rows
from longlag.commands.proposal import proposal
from longlag.commands.reading import PLAIN
from longlag.commands.time_columns import time_columns

HOURS = [datetime(2024, 2, 27) + timedelta(hours=n) for n in range(60)]


def table(path, names, form, moments=HOURS):
    rows = [f"{moment.strftime(form)},{n * n % 7}.5" for n, moment in enumerate(moments)]
    path.write_text("\n".join([f"{names},y", *rows, ""]))
    return path


@pytest.mark.parametrize(
    ("names", "form", "time"),
    [
        ("d,hour", "%Y-%m-%d,%-H", "d,hour"),
        ("d,x,Hour of day", "%Y-%m-%d,1,%H", "d,Hour of day"),
        ("year,month,day,hour", "%Y,%-m,%-d,%-H", "year,month,day,hour"),
        ("No,yr,mnth,day,hr,min", "%j,%Y,%m,%d,%H,%M", "yr,mnth,day,hr,min"),
        ("stamp", "%Y%m%d%H", "stamp"),
        ("stamp", "%Y%m%d%H%M%S", "stamp"),
        ("date,hour", "%Y%m%d,%-H", "date,hour"),
        ("date,time", "%Y-%m-%d,%-H", "date,time"),
        ("date,time", "%Y-%m-%d,%-H00", "date,time"),
        ("date,x,clock", "%Y%m%d,1,%H%M%S", "date,clock"),
        ("YEAR,MO,DA,HRMN", "%Y,%m,%d,%H%M", "YEAR,MO,DA,HRMN"),
        ("year,month,day,x,time", "%Y,%m,%d,1,%H:%M", "year,month,day,time"),
        ("YY,MM,DD,hh,mm", "%Y,%m,%d,%H,%M", "YY,MM,DD,hh,mm"),
        ("d,x,klokke", "%d.%m.%Y,1,%H.%M", "d,klokke"),
        ("stamp,at", "%Y%m%d,%-H.%M", "stamp,at"),  # clocks by their even steps
        ("year,month,day,mm,hour", "%Y,%-m,%-d,7,%-H", "year,month,day,hour"),  # millimetres
    ],
)
def test_parts_of_a_time_are_put_together(longlag, tmp_path, names, form, time):
    path = table(tmp_path / "a.csv", names, form)
    found = json.loads(longlag("look", path, "--target", "y", "--json")[1])
    assert (found["time"], found["group"]) == (time, None)
    command = shlex.split(found["command"])[1:]
    status, _, err = longlag(*command, "--cells", 2, "--save", tmp_path / "m")
    assert status == 0
    assert "Predicted from the times, too: hour of the day" in err
    assert "go back" not in err
    last = longlag("predict", tmp_path / "m")[1].splitlines()[-1]
    assert last.endswith(f"{HOURS[-1] + timedelta(hours=1):{form.split(',')[-1]}}".lstrip("0"))


@pytest.mark.parametrize("step", ["0.10", "1.37"])
def test_numbers_with_points_beside_dates_are_no_clocks(longlag, tmp_path, step):
    path = tmp_path / "a.csv"
    rows = [f"2024-01-{d:02},{n * float(step) % 23:.2f},{n % 7}" for d in (1, 2) for n in range(24)]
    path.write_text("\n".join(["day,rain,y", *rows, ""]))
    assert json.loads(longlag("look", path, "--json")[1])["time"] == "day"


@pytest.mark.parametrize("part", ["hour", "period", "weekday", "store"])
def test_a_part_of_a_time_names_no_series(longlag, tmp_path, part):
    path = tmp_path / "a.csv"
    rows = [f"2024-01-{d:02},{n},{n * n % 7}.5" for d in range(1, 31) for n in range(1, 8)]
    path.write_text("\n".join([f"day,{part},y", *rows, ""]))
    found = json.loads(longlag("look", path, "--json")[1])
    assert (found["group"] is None) == (part != "store")
    assert found["target"] == "y"


def test_quarters_are_times(longlag, tmp_path):
    path = tmp_path / "gdp.csv"
    rows = [f"{1990 + n // 4}-Q{n % 4 + 1},{n * n % 11}" for n in range(60)]
    path.write_text("\n".join(["TIME_PERIOD,gdp", *rows, ""]))
    out = longlag("look", path)[1].replace("\n", " ")
    assert "Times: TIME_PERIOD, in quarters, months, halves or weeks of years, running" in out
    assert "--target gdp --time TIME_PERIOD" in out


@pytest.mark.parametrize(
    ("names", "form", "proposed"),
    [
        ("Year,Week", "%G,%V", "--time Year,Week"),
        ("year,doy", "%Y,%j", "--time year,doy"),
        ("year,doy,hour", "%Y,%j,%H", "--time year,doy,hour"),
        ("YEAR,MO,DY,HR", "%Y,%m,%d,%H", "--time YEAR,MO,DY,HR"),
        ("year,month,hour", "%Y,%m,%H", "--time year,month"),  # hours of no day
        ("Date", "", "--time Date --time-format excel"),
        ("Datum", "%d. %b %Y", "--time Datum"),
    ],
)
def test_parts_of_years_and_days_that_are_counted_are_proposed(
    longlag, tmp_path, names, form, proposed
):
    path = tmp_path / "a.csv"
    hours = 7 * 24 if "Week" in names else 1 if "%H" in form else 24
    moments = [datetime(2024, 1, 1) + timedelta(hours=n * hours) for n in range(60)]
    texts = [f"{each:{form}}" for each in moments] if form else range(45292, 45352)
    rows = [f"{text},{n * n % 11}.5" for n, text in enumerate(texts)]
    path.write_text("\n".join([f"{names},y", *rows, ""]))
    status, out, _ = longlag("look", path)
    assert status == 0
    assert out.rstrip().endswith(f"--target y {proposed}")


@pytest.mark.parametrize("option", ["--group", "--time", "--target"])
def test_a_column_is_named_once(longlag, tmp_path, option):
    path = table(tmp_path / "a.csv", "d,hour", "%Y-%m-%d,%H")
    target = [] if option == "--target" else ["--target", "y"]
    status, out, err = longlag("learn", path, *target, option, "hour,hour")
    assert (status, out) == (2, "")
    assert err == f"longlag: {option} must be different columns, got 'hour,hour'\n"


def found_in(names, rows):
    """The columns of times that `look` finds, and the lines of its proposal."""
    source = source_of("\n".join([names, *(",".join(map(str, row)) for row in rows), ""]))
    columns = first_rows(source).columns
    times = time_columns(columns, None)
    return times, proposal(columns, times).command("a.csv", columns, PLAIN)


@given(
    st.lists(st.integers(1, 10**14), min_size=12, max_size=60, unique=True),
    st.sampled_from(["product", "id", "lot"]),
)
def test_whole_numbers_in_no_order_are_no_times(ids, name):
    random.Random(1).shuffle(ids)
    times, command = found_in(f"{name},y", [(each, f"{n * n % 7}.5") for n, each in enumerate(ids)])
    if times:  # by chance they run in one direction
        assert times.order.runs
    else:
        assert "--time" not in command


def test_times_that_stand_still_are_not_the_times_of_the_rows():
    rows = [("2024-01-01", "2024-02-01", day, n % 7) for n, day in enumerate(days(40))]
    times, _ = found_in("start,stop,time,y", rows)
    assert times.names == "time"


@pytest.mark.parametrize("name", ["Time (ms)", "t [s]", "TIME"])
def test_numbers_called_times_beside_their_unit_are_times(name):
    rows = [(20 * n, f"{n * n % 7}.5") for n in range(40)]
    assert found_in(f"{name},y", rows)[0].names == name


def test_clocks_that_are_not_exact_leave_no_row_out():
    moments = [HOURS[0] + timedelta(hours=n, milliseconds=n % 3) for n in range(60)]
    rows = [(moment.isoformat(timespec="milliseconds"), n % 7) for n, moment in enumerate(moments)]
    assert found_in("t,y", rows)[0].gaps is None
    assert found_in("t,y", rows[:30] + rows[31:])[0].gaps.longer == 1


def days(count, seed=None):
    found = [datetime(2024, 2, 20) + timedelta(days=n) for n in range(count)]
    if seed is not None:
        random.Random(seed).shuffle(found)
    return [f"{day:%Y-%m-%d}" for day in found]


@pytest.mark.parametrize("form", ["%Y%m%d", "%Y-%m-%d"])
def test_the_times_are_those_in_which_the_rows_run(form):
    """Not the days of birth beside them, nor numbers of lots that could be days."""
    births = [f"{datetime.fromisoformat(day):{form}}" for day in days(60, seed=3)]
    rows = [(*each, f"{n % 7}.5") for n, each in enumerate(zip(births, days(60), strict=True))]
    assert found_in("born,sold,y", rows)[0].names == "sold"
    times, command = found_in("lot,y", [(birth, y) for birth, _, y in rows])
    assert (times is None) == ("--time" not in command) == (form == "%Y%m%d")


@pytest.mark.parametrize(
    ("texts", "way", "sort"),
    [
        (days(40), "running forwards.", False),
        (days(40)[::-1], "running backwards.", True),
        (days(40, seed=1), "in no order: --sort puts the rows in the order of time.", True),
        ([*days(40)[1:], *days(1)], "running forwards but for 1 of 39 steps.", False),
        ([*days(20), *days(20)], "running forwards but for 1 of 39 steps.", False),
        (days(1) * 40, "the same in all rows.", False),
        ([f"{n % 24:02}:00" for n in range(40)], "clocks without dates, so the rows", False),
    ],
)
def test_which_way_the_rows_run_is_said_and_sorted_by(longlag, tmp_path, texts, way, sort):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["d,y", *(f"{d},{n * n % 11}.5" for n, d in enumerate(texts)), ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert way in out
    assert ("--sort" in out.rpartition("longlag learn")[2]) is sort


def test_the_rows_of_each_series_run_by_themselves(longlag, tmp_path):
    rows = [f"{shop},{day},{n * n % 11}.5" for shop in "abcd" for n, day in enumerate(days(20))]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["shop,day,y", *rows, ""]))
    out = longlag("look", path)[1]
    assert "Times: day, in ISO 8601, running forwards in each series." in out
    path.write_text("\n".join(["shop,day,y", *reversed(rows), ""]))
    out = longlag("look", path)[1]
    assert "running backwards in each series." in out
    assert "--group shop" in out
    assert "--sort" in out


@pytest.mark.parametrize(("name", "clocks"), [("store", (930, 1400)), ("time", (977, 480))])
def test_numbers_that_are_no_clock_are_not_put_beside_a_date(name, clocks):
    rows = [(day, clock, f"{n % 7}.5") for n, day in enumerate(days(40)) for clock in clocks]
    assert found_in(f"date,{name},y", rows)[0].names == "date"


def test_what_is_left_out_at_the_end_is_said(longlag, tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"{day},{n % 7}.5" for n, day in enumerate(days(40))]
    path.write_text("\n".join(["day,y", *rows, "Total 2024,99", "Source: office", ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert "ends with 1 line of text, such as 'Source: office': it is left out." in out
    assert "ends with 1 row without a time, such as 'Total 2024': it is left out." in out


@pytest.mark.parametrize("form", ["{} ms", "{}h 5m", "{}.5K"])
def test_numbers_that_no_time_is_written_as_are_not_proposed_as_times(longlag, tmp_path, form):
    path = tmp_path / "a.csv"
    path.write_text("time,y\n" + "".join(f"{form.format(n)},{n * n % 7}\n" for n in range(30)))
    found = json.loads(longlag("look", path, "--json")[1])
    assert (found["time"], found["columns"][0]["kind"]) == (None, "number")
