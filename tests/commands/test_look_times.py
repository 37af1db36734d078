"""`longlag look` finds times, also in several columns of numbers, and never takes them for groups.

What it proposes can be learned from: the network then sees the hour, and knows the next time.
"""

import json
import shlex
from datetime import datetime, timedelta

import pytest

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
    out = longlag("look", path)[1]
    assert "Times: TIME_PERIOD, in quarters, months or halves of years, running forwards." in out
    assert "--target gdp --time TIME_PERIOD" in out


@pytest.mark.parametrize("option", ["--group", "--time", "--target"])
def test_a_column_is_named_once(longlag, tmp_path, option):
    path = table(tmp_path / "a.csv", "d,hour", "%Y-%m-%d,%H")
    target = [] if option == "--target" else ["--target", "y"]
    status, out, err = longlag("learn", path, *target, option, "hour,hour")
    assert (status, out) == (2, "")
    assert err == f"longlag: {option} must be different columns, got 'hour,hour'\n"
