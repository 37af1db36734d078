"""`longlag look` says what a table is taken for, and a command that learns from it."""

import json
import shlex
import shutil
import subprocess

import numpy as np
import pytest
from support.hostile_names import NAMES, control_characters

from longlag.commands.proposal import shell_word

HOURS = 60


@pytest.fixture
def loggers(tmp_path):
    """A table as loggers write it, under lines of their own."""
    rng = np.random.default_rng(1)
    lines = ["station 7", "", "Datum;Zeit;Wind;Ort;Temp;"]
    for hour in range(HOURS):
        value = "-200" if hour % 9 == 0 else f"{12 + rng.normal():.1f}".replace(".", ",")
        day, clock = f"{1 + hour // 24:02}.03.2024", f"{hour % 24:02}:00"
        lines.append(f"{day};{clock};{hour % 4};{'Nord' if hour % 3 else 'Süd'};{value};")
    path = tmp_path / "logger.csv"
    path.write_text("\r\n".join([*lines, ""]), "cp1252", newline="")
    return path


@pytest.mark.parametrize(("target", "classes"), [("Wind", False), ("Ort", True), ("Temp", False)])
def test_the_command_predicts_the_target_that_is_named(longlag, loggers, target, classes):
    status, out, _ = longlag("look", loggers, "--target", target, "--json")
    found = json.loads(out)
    assert (status, found["target"], found["target_guessed"]) == (0, target, False)
    command = shlex.split(found["command"])
    assert command[command.index("--target") + 1] == target
    assert ("--classify" in command) == classes
    assert "is a guess" not in longlag("look", loggers, "--target", target)[1]
    assert longlag(*command[1:], "--cells", 2)[0] == 0
    for wrong, said in (("Zeit", "'Zeit' holds times"), ("Wnd", "there is no column 'Wnd'")):
        status, out, err = longlag("look", loggers, "--target", wrong)
        assert (status, out) == (2, "")
        assert said in err


def test_what_is_found_can_be_learned_from(longlag, loggers):
    status, out, _ = longlag("look", loggers)
    assert status == 0
    for part in (
        "Windows-1252",
        "semicolons",
        "decimal commas",
        "names in line 3",
        "Ort",
        "category",
        "-200; 12,",  # values with decimal commas, told apart
    ):
        assert part in out
    found = json.loads(longlag("look", loggers, "--json")[1])
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    assert kinds == {
        "Datum": "time",
        "Zeit": "time",
        "Wind": "number",
        "Ort": "category",
        "Temp": "number",
        "": "nothing",
    }
    assert found["time"] == "Datum,Zeit"
    words = shlex.split(found["command"])
    assert words[-1] == "--missing=-200"
    assert words[words.index("--target") + 1] == "Temp"
    status, out, err = longlag(*words[1:], "--cells", 2)
    assert status == 0
    assert f"of {HOURS} rows judged" in " ".join(out.split())
    assert "not checked" not in err


def test_rows_that_run_backwards_are_read_forwards(longlag, tmp_path):
    rows = [f"2024-01-{day:02},{day * day % 17}" for day in range(1, 29)]
    forwards, backwards = tmp_path / "forwards.csv", tmp_path / "backwards.csv"
    forwards.write_text("\n".join(["day,x", *rows, ""]))
    backwards.write_text("\n".join(["day,x", *reversed(rows), ""]))
    assert "running backwards" in longlag("look", backwards)[1]
    assert "--sort" in json.loads(longlag("look", backwards, "--json")[1])["command"]
    scores = [
        longlag("learn", path, "--target", "x", "--time", "day", "--cells", 2, *options)[:2]
        for path, options in ((forwards, ()), (backwards, ("--sort",)))
    ]
    assert scores[0] == scores[1]
    assert scores[0][0] == 0


@pytest.mark.parametrize("data", [b"", b"\0\1\2", b"\n\n\n"])
def test_what_is_no_table_gets_one_line(longlag, tmp_path, data):
    path = tmp_path / "odd"
    path.write_bytes(data)
    status, out, err = longlag("look", path)
    assert (status, out) == (2, "")
    assert err.startswith("longlag: ")
    assert err.count("\n") == 1


MIXED = "n,temp,x,on\n1,7,1,0\n2,8,x,1\n3,7,5,0\n4,9,7,1\n"


def test_texts_among_numbers_are_remarked_on(longlag, tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text(MIXED)
    out = " ".join(longlag("look", path)[1].split())
    assert "number and text" in out
    assert "'x' holds numbers and texts, such as 'x' (1 of 4 values)" in out
    words = shlex.split(json.loads(longlag("look", path, "--json")[1])["command"])
    assert words[3:] == ["--target", "on", "--classify", "--missing", "x"]
    assert "The target is a guess, 'on'" in out


def test_times_in_the_names_of_columns_are_remarked_on(longlag, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("place,1/22/20,1/23/20,1/24/20\nA,1,2,3\nB,4,5,6\n")
    out = " ".join(longlag("look", path)[1].split())
    assert "The names of 3 columns are times, such as '1/22/20', and `learn` takes" in out
    path.write_text("date,2020,2021,y\n2024-01-01,1,2,3\n2024-01-02,4,5,6\n")
    assert "columns are times" not in longlag("look", path)[1]


def test_footnotes_among_numbers_are_remarked_on(longlag, tmp_path):
    path = tmp_path / "estimates.csv"
    path.write_text("n,temp\n1,7.5\n2,8.1*\n3,7.2\n4,9*\n")
    out = " ".join(longlag("look", path)[1].split())
    assert "'temp' has 2 numbers with the mark of a footnote, such as '8.1*', read without" in out
    assert "holds numbers and texts" not in out


def test_a_number_of_the_row_is_no_target(longlag, tmp_path):
    path = tmp_path / "counted.csv"
    path.write_text("temp,n\n7,1\n8,2\n7,3\n9,4\n")
    assert "--target temp" in longlag("look", path)[1]


def test_names_with_commas_are_proposed_as_they_are_listed(longlag, tmp_path):
    path = tmp_path / "commas.csv"
    rows = [f"{1 + hour // 24}.3.2024,{hour % 24}:00,{hour % 5}" for hour in range(30)]
    path.write_text("\n".join(['"day, local","clock, local",y', *rows, ""]))
    command = json.loads(longlag("look", path, "--json")[1])["command"]
    assert """--time '"day, local","clock, local"'""" in command
    status, _, err = longlag(*shlex.split(command)[1:], "--cells", 2)
    assert (status, "go back" in err) == (0, False)


def test_a_name_that_looks_like_an_option_is_proposed_in_one_word(longlag, tmp_path):
    path = tmp_path / "options.csv"
    path.write_text("a,--help\n" + "".join(f"{t},{t * t % 7}\n" for t in range(9)))
    command = json.loads(longlag("look", path, "--json")[1])["command"]
    assert command.endswith("--target=--help")
    assert longlag(*shlex.split(command)[1:], "--cells", 2)[0] == 0


def test_a_form_of_times_that_fits_no_column_is_refused(longlag, tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,y\n2024-01-01,1\n2024-01-02,2\n")
    status, out, err = longlag("look", path, "--time-format", "%d.%m.%Y")
    assert (status, out) == (2, "")
    assert "no column has times in the form of --time-format, '%d.%m.%Y'" in err


def test_many_columns_are_looked_at_in_a_time_that_grows_with_their_number(longlag, tmp_path):
    path, count = tmp_path / "wide.csv", 3000
    path.write_text("\n".join(",".join(map(str, range(t, t + count))) for t in range(4)))
    out = longlag("look", path)[1]
    assert "... and 2,000 more columns" in out
    found = json.loads(longlag("look", path, "--json")[1])["columns"]
    assert [len(found), found[-1]["first"][0]] == [count, "2999"]


def of_two_stores(days=30, value="{}"):
    """Rows of a table with a row for each of two stores and each day."""
    for day in range(days):
        for n, store in enumerate(("north", "south")):
            amount = value.format(10 * n + day * day % 7)
            yield f"2024-{1 + day // 28:02}-{1 + day % 28:02},{store},{n + 7},{amount}"


@pytest.mark.parametrize(
    ("names", "group"),
    [("day,store,size,sales", "store"), ("day,,number,sales", "number")],
)
def test_rows_of_one_time_are_those_of_several_series(longlag, tmp_path, names, group):
    path = tmp_path / "stores.csv"
    path.write_text("\n".join([names, *of_two_stores(), ""]))
    found = json.loads(longlag("look", path, "--json")[1])
    assert (found["target"], found["group"]) == ("sales", group)
    words = shlex.split(found["command"])
    assert words[words.index("--group") + 1] == group
    out = " ".join(longlag("look", path)[1].split())
    assert f"one for each of 2 values of '{group}': --group makes a series of each" in out


@pytest.mark.parametrize("apart", [30, 0])
def test_series_in_turn_whose_rows_have_times_of_their_own_are_said(longlag, tmp_path, apart):
    """As where a house writes down each sensor when it changes."""
    path = tmp_path / "history.csv"
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.integers(1, 90, 200)) + np.datetime64("2024-01-01", "s")
    rows = [
        f"sensor.{'ab'[sensor]},{20 + apart * sensor + rng.normal():.1f},{time}"
        for sensor, time in zip(rng.integers(0, 2, 200), times, strict=True)
    ]
    path.write_text("\n".join(["entity,state,changed", *rows, ""]))
    out = " ".join(longlag("look", path)[1].split())
    said = "'state' hardly changes within each value of 'entity', and much from row to row: if"
    assert (said in out) == bool(apart)


def test_two_columns_may_name_the_series(longlag, tmp_path):
    path = tmp_path / "shops.csv"
    rows = [
        f"2024-01-{1 + day:02},{shop},{item},{day * day % 7}.5"
        for day in range(28)
        for shop in ("north", "south")
        for item in ("tea", "rice")
    ]
    path.write_text("\n".join(["day,shop,item,sold", *rows, ""]))
    assert json.loads(longlag("look", path, "--json")[1])["group"] == "shop,item"


@pytest.mark.parametrize("days", [range(2, 7), ("Tue", "Wed", "Thu", "Fri")])
def test_days_beside_clocks_without_dates_are_no_series(longlag, tmp_path, days):
    """As in the lines of syslog: Jan 2 07:12:03."""
    path = tmp_path / "a.log"
    rows = [f"Jan {day} {n:02}:00:00 {n % 7}.5" for day in days for n in range(24)]
    path.write_text("\n".join([*rows, ""]))
    found = json.loads(longlag("look", path, "--json")[1])
    assert (found["time"], found["group"]) == ("3", None)


@pytest.mark.parametrize("value", ["{}.5", "a{}"])
def test_a_clock_that_is_put_back_makes_no_groups(longlag, tmp_path, value):
    path = tmp_path / "autumn.csv"
    hours = [0, 1, 2, 2, 3, 4, 5, 6]
    rows = [f"2024-10-27 {hour:02}:00,{value.format(n % 4)}" for n, hour in enumerate(hours)]
    path.write_text("\n".join(["when,x", *rows, ""]))
    assert json.loads(longlag("look", path, "--json")[1])["group"] is None


def test_a_target_by_its_place_is_said_to_be_a_guess(longlag, tmp_path):
    path = tmp_path / "named.csv"
    path.write_text("label,x\n" + "".join(f"{t % 3},{t * t % 7}.5\n" for t in range(20)))
    status, out, _ = longlag("look", path)
    assert (status, "guess" in out) == (0, False)
    assert "--target label --classify" in out
    path.write_text(path.read_text().replace("label", "colour"))
    out = longlag("look", path)[1]
    assert "The target is a guess, 'x'" in out
    assert "--target x" in out


def test_a_form_that_later_rows_settle_is_proposed(longlag, tmp_path):
    """The first hundred hours tell neither day from month."""
    path = tmp_path / "hours.csv"
    rows = [f"{1 + t // 24:02}/05/2024 {t % 24:02}:00,{t % 7}.5" for t in range(400)]
    path.write_text("\n".join(["when,x", *rows, ""]))
    words = shlex.split(json.loads(longlag("look", path, "--json")[1])["command"])
    assert words[-2:] == ["--time-format", "%d/%m/%Y %H:%M"]
    turned = [f"05/{1 + t // 24:02}/2024 {t % 24:02}:00,{t % 7}.5" for t in range(400)]
    path.write_text("\n".join(["when,x", *turned, ""]))
    words = shlex.split(json.loads(longlag("look", path, "--json")[1])["command"])
    assert words[-2:] == ["--time-format", "%m/%d/%Y %H:%M"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_command_line_can_be_pasted_whatever_the_names():
    names = [*(name for name in NAMES.values() if len(name) < 100), "it's\\a\x1b1", "tab\tand\n2"]
    words = [shell_word(name) for name in names]
    assert not control_characters("".join(words))
    command = f"printf '%s\\0' {' '.join(words)}"
    said = subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout
    assert said.decode().split("\0")[:-1] == names


def test_small_numbers_at_equal_times_are_a_target_and_no_names_of_series(longlag, tmp_path):
    rows = [f"2026-03-01 {t // 4:02}:00,{50 + t % 7}" for t in range(80)]
    (tmp_path / "a.csv").write_text("\n".join(["time,load", *rows, ""]))
    status, out, _ = longlag("look", tmp_path / "a.csv", "--json")
    found = json.loads(out)
    assert (status, found["target"], found["group"]) == (0, "load", None)


@pytest.mark.parametrize("unit", [1, 1000])
def test_seconds_since_1970_are_proposed_as_times(longlag, tmp_path, unit):
    rows = [f"{(1_700_000_000 + 60 * t) * unit},{t % 7}" for t in range(50)]
    (tmp_path / "a.csv").write_text("\n".join(["ts,level", *rows, ""]))
    status, out, _ = longlag("look", tmp_path / "a.csv", "--json")
    found = json.loads(out)
    assert (status, found["target"], found["time"]) == (0, "level", "ts")
    assert found["command"].endswith("--target level --time ts")


def test_a_sign_beside_numbers_is_remarked_on(longlag, tmp_path):
    """One that `learn` does not read past: a letter may be a unit, a factor or a class."""
    rows = [f"{t},{t % 7}M,{t % 9} kWh,line {t % 3},{t}th" for t in range(50)]
    (tmp_path / "a.csv").write_text("\n".join(["n,views,used,name,place", *rows, ""]))
    status, out, _ = longlag("look", tmp_path / "a.csv")
    assert status == 0
    assert "'views' holds numbers beside 'M'" in out.replace("\n", " ")
    assert "factors" not in out
    assert "signs beside numbers (kWh in used)" in out.replace("\n", " ")
    assert "'name' holds" not in out


@pytest.mark.parametrize(
    ("values", "time"), [([0, 0, 1, 1, 4, 4], "day"), ([0, 1, 2, 0, 1, 2], None), ([3] * 6, None)]
)
def test_numbers_that_do_not_fall_are_times_if_they_are_called_so(longlag, tmp_path, values, time):
    rows = [f"{value},{n % 2},{n * n % 11}.5" for n, value in enumerate(values)]
    (tmp_path / "a.csv").write_text("\n".join(["day,store,sales", *rows, ""]))
    status, out, _ = longlag("look", tmp_path / "a.csv", "--json")
    found = json.loads(out)
    assert (status, found["time"], found["target"]) == (0, time, "sales")
    assert found["group"] == ("store" if time else None)
    assert "1970" not in longlag("look", tmp_path / "a.csv")[1]


def test_columns_of_one_name_are_excluded(longlag, tmp_path):
    rows = [f"{t},{t % 5},{t % 7}" for t in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["a,a,y", *rows, ""]))
    status, out, _ = longlag("look", tmp_path / "a.csv")
    assert (status, "2 columns are called 'a'" in out) == (0, True)
    assert out.rstrip().endswith("--target y --exclude a")


def hourly(hours):
    rows = [f"2024-03-{1 + hour // 24:02} {hour % 24:02}:00,{hour % 7}" for hour in hours]
    return "\n".join(["time,load", *rows, ""])


def test_gaps_between_rows_are_counted(longlag, tmp_path):
    path = tmp_path / "load.csv"
    path.write_text(hourly([*range(30), *range(79, 100), 102]))
    out = " ".join(longlag("look", path)[1].split())
    assert (
        "Most rows are 1:00:00 apart; 2 of 51 steps are longer, the longest 2 days, 2:00:00" in out
    )
    remarks = json.loads(longlag("look", path, "--json")[1])["remarks"]
    assert len(remarks) > 1
    assert all(" ".join(remark.split()) in out for remark in remarks)
    path.write_text(hourly(range(100)))
    assert "apart" not in longlag("look", path)[1]


@pytest.mark.parametrize("features", [True, False])
def test_the_other_horizon_is_named_where_there_are_other_columns(longlag, tmp_path, features):
    path = tmp_path / "load.csv"
    rows = [f"2024-03-01 {hour:02}:00,{hour % 7}" for hour in range(24)]
    rows = [f"{row},{hour % 2}" for hour, row in enumerate(rows)] if features else rows
    path.write_text("\n".join(["time,wind,target" if features else "time,target", *rows, ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert ("--horizon 0 predicts it from the other columns" in out) is features
    assert ("number, two values" in out) is features


@pytest.mark.usefixtures("own_folder")
def test_points_that_may_stand_between_thousands_get_one_line(longlag, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a;y\n" + "x;1.200 \u20ac\nx;901 \u20ac\nx;12.500 \u20ac\n" * 20, "utf-8")
    doubt = "1.200 in 'y' is read as 1.2. Other numbers there have no point"
    status, out, _ = longlag("look", path)
    assert (status, " ".join(out.split()).count(doubt)) == (0, 1)
    assert doubt not in " ".join(longlag("look", path, "--thousands", "point")[1].split())
    learn = ("learn", path, "--target", "y", "--cells", 2)
    status, _, err = longlag(*learn, "--save", "m")
    assert status == 0
    (line,) = (line for line in err.splitlines() if doubt in line)
    assert line.endswith("give --thousands point if it does, --decimal point if not.")
    assert doubt not in longlag(*learn, "--decimal", "point")[2]
    assert doubt not in longlag("predict", "m", path)[2]  # as the model has learned them


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("2024-01-{:02}x", "'x' may hold times in a form that is not known, such as '2024-01-01x'"),
        ("{} tammikuuta 2024", "'x' may hold times in a form that is not known, such as '1 tammi"),
        ("temp={}.5", "'x' holds numbers beside 'temp=', such as 'temp=1.5'"),
        ("10.0.0.{}", ""),
        ("release 2024.{}", ""),
    ],
)
def test_columns_of_texts_that_hold_times_or_numbers_are_said(longlag, tmp_path, form, said):
    path = tmp_path / "a.csv"
    rows = [f"{form.format(n)},{n * n % 7}.5" for n in range(1, 29)]
    path.write_text("\n".join(["x,y", *rows, ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert said in out
    assert bool(said) == ("'x'" in out)


@pytest.mark.parametrize("often", [True, False])
@pytest.mark.parametrize("mark", ["undefined", "M", "Low"])
def test_a_mark_that_hides_numbers_is_said(longlag, tmp_path, mark, often):
    """It stands in most rows, or in all of the first ones: then the column is one of texts."""
    path = tmp_path / "gusts.csv"
    rows = [f"{mark if n % 3 or (n < 120 and not often) else n},{n}.5" for n in range(400)]
    path.write_text("\n".join(["x,y", *rows, ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert f"'x' holds numbers and '{mark}', and `learn` takes it for a category: name this" in out
    status, out, err = longlag("learn", path, "--target", "y", "--missing", mark, "--cells", 2)
    assert (status, "Taken as categories" in err) == (0, False)
    out = " ".join(longlag("look", path, "--missing", mark)[1].split())
    assert "'x' holds" not in out


def test_times_that_cannot_be_read_are_counted(longlag, tmp_path):
    """As where years, quarters and months of one series stand one below the other."""
    path = tmp_path / "cpi.csv"
    quarters = [f"{year} Q{n}" for year in range(2000, 2020) for n in range(1, 5)]
    rows = [f"{time},{n}.5" for n, time in enumerate(["2000 all", *quarters, "Total"])]
    path.write_text("\n".join(["x,y", *rows, ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert "1 of 82 times cannot be read, such as '2000 all': are these rows like" in out


@pytest.mark.parametrize("name", ["time_stamp", "Time Stamp", "epoch", "date time (UTC)"])
def test_seconds_in_no_order_are_times_where_they_are_called_so(longlag, tmp_path, name):
    path = tmp_path / "air.csv"
    rows = [f"{1_700_000_000 + 3600 * (n * 37 % 101)},{n}.5" for n in range(101)]
    path.write_text("\n".join([f"{name},y", *rows, ""]))
    assert json.loads(longlag("look", path, "--json")[1])["time"] == name


def test_a_few_of_many_columns_with_texts_are_named(longlag, tmp_path):
    path = tmp_path / "wide.csv"
    rows = [",".join(["3 x" if n == 7 else f"{n}"] * 30) for n in range(20)]
    path.write_text("\n".join([",".join(f"c{n}" for n in range(30)), *rows, ""]))
    out = " ".join(longlag("look", path)[1].split())
    assert out.count("holds numbers and texts") == 5
    assert "So do 25 more columns." in out


@pytest.mark.parametrize(("text", "missing"), [("broken", True), ("103.8 e", False)])
def test_a_text_with_a_number_in_it_is_not_proposed_as_missing(longlag, tmp_path, text, missing):
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(["a,y", f"1,{text}", *(f"{n % 3},{n * 0.7:.1f}" for n in range(60)), ""])
    )
    found = json.loads(longlag("look", path, "--json")[1])
    assert ("--missing" in shlex.split(found["command"])) == missing
    assert any(text in remark for remark in found["remarks"])
