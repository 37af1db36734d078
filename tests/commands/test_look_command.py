"""`longlag look` says what a table is taken for, and a command that learns from it."""

import json
import shlex

import numpy as np
import pytest

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
    assert words[-2:] == ["--missing", "-200"]
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
