"""`longlag learn --group --per-group`: the networks are a fleet, end to end."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from longlag import Fleet, LSTMRegressor

DAYS, STORES = 9, ("north", "south", "east")
SALES = ("--target", "sales", "--group", "store", "--time", "day")


pytestmark = pytest.mark.usefixtures("own_folder", "interpreted_drivers")


def lines(first, stop, stores=STORES):
    generator = np.random.default_rng(3)
    found = ["day,store,ads,sales"]
    for day in range(DAYS):
        for store in STORES:
            ads, sales = generator.normal(size=2).tolist()
            sales += 5 + day % 2
            if first <= day < stop and store in stores:
                found.append(f"2026-11-{1 + day:02},{store},{ads:.3f},{sales:.3f}")
    return "\n".join(found) + "\n"


def states(first, stop):
    """Machines that are busy every other hour; the third class comes late."""
    found = ["machine,load,state"]
    for hour in range(first, stop):
        for machine in ("saw", "mill"):
            state = "off" if hour % 7 == 6 else "busy" if hour % 2 else "idle"
            found.append(f"{machine},{hour % 2 + 0.1 * (machine == 'saw')},{state}")
    return "\n".join(found) + "\n"


def test_classes_learn_resume_predict_and_the_page(longlag):
    Path("all.csv").write_text(states(0, 14))
    Path("first.csv").write_text(states(0, 5))
    Path("rest.csv").write_text(states(5, 14))
    kind = ("--target", "state", "--group", "machine", "--per-group", "--cells", 1)
    files = ("--save", "whole", "--predictions", "p.csv", "--report", "page.html")
    status, out, _ = longlag("learn", "all.csv", *kind, "--classify", *files, "--json")
    found = json.loads(out)
    assert (status, list(found["groups"]), found["rows"]) == (0, ["saw", "mill"], 28)
    assert found["classes"] == ["idle", "busy", "off"]
    assert found["judged"] == 2 * (14 - 2)  # a network learns with the second row
    best, *naive = (each["accuracy"] for each in found["groups"]["saw"]["scores"])
    assert 0 <= best <= 1
    assert naive[0] == 0  # the class changes with every row
    page = Path("page.html").read_text("utf-8")
    assert 'scope="row">mill' in page
    assert "The errors of all groups" in page
    assert "The groups that are predicted worst" in page
    assert "The share of wrong answers of the network in each group" in page
    assert "over that of the last class" in page
    with open("p.csv", newline="") as file:
        named = {row["prediction"] for row in csv.DictReader(file)}
    assert named <= {"", "idle", "busy", "off"}

    longlag("learn", "first.csv", *kind, "--classify", "--save", "part")
    assert longlag("learn", "rest.csv", "--resume", "part", "--save", "part")[0] == 0
    for model in ("whole", "part"):
        assert longlag("predict", model, "-o", f"{model}.csv")[0] == 0
    assert Path("whole.csv").read_bytes() == Path("part.csv").read_bytes()
    assert len(Path("whole.csv").read_text().splitlines()) == 3


def predictions(path):
    with open(path, newline="") as file:
        return [(row["store"], row["day"], row["prediction"]) for row in csv.DictReader(file)]


def test_learn_resume_predict_and_the_page(longlag):
    Path("all.csv").write_text(lines(0, DAYS))
    Path("first.csv").write_text(lines(0, 5))
    Path("rest.csv").write_text(lines(5, DAYS))
    files = ("--save", "whole", "--predictions", "p.csv", "--report", "page.html")
    status, out, _ = longlag(
        "learn", "all.csv", *SALES, "--per-group", "--cells", 1, *files, "--json"
    )
    found = json.loads(out)
    assert (status, list(found["groups"]), found["rows"]) == (0, list(STORES), DAYS * len(STORES))
    assert found["groups"]["south"]["rows"] == DAYS
    assert found["judged"] == (DAYS - 2) * len(STORES)  # a network learns with the second row
    page = Path("page.html").read_text("utf-8")
    assert 'scope="row">south' in page
    assert "The groups that are predicted worst" in page

    longlag("learn", "first.csv", *SALES, "--per-group", "--cells", 1, "--save", "part")
    status, *_ = longlag("learn", "rest.csv", "--resume", "part", "--save", "part")
    assert status == 0
    for model in ("whole", "part"):
        assert longlag("predict", model, "-o", f"{model}.csv")[0] == 0
    ahead = predictions("whole.csv")
    assert ahead == predictions("part.csv")
    assert [store for store, *_ in ahead] == list(STORES)
    assert all(said for *_, said in ahead)


def test_groups_that_the_model_has_never_seen_are_named(longlag):
    Path("some.csv").write_text(lines(0, 5, ("north", "south")))
    Path("new.csv").write_text(lines(5, DAYS))
    longlag("learn", "some.csv", *SALES, "--per-group", "--cells", 1, "--save", "m")
    status, _, err = longlag("predict", "m", "new.csv", "-o", "p.csv")
    assert status == 0
    assert "The model has never seen 1 group of new.csv, 'east': no prediction is made" in err
    assert {store: bool(said) for store, _, said in predictions("p.csv")} == {
        "north": True,
        "south": True,
        "east": False,
    }


def test_what_python_has_saved_is_named(longlag):
    for model in (Fleet(cells=1), LSTMRegressor(cells=1)):
        if isinstance(model, Fleet):
            model.learn_many(["a"], [[1.0]], [1.0])
        else:
            model.learn_many([[1.0]], [1.0])
        model.save("model")
        said = f"{type(model).__name__}.load"
        for command in (("predict", "model"), ("learn", "-", "--resume", "model")):
            status, out, err = longlag(*command)
            assert (status, out) == (2, "")
            assert said in err
            assert "Python has saved" in err
            assert len(err.splitlines()) == 1


def test_a_group_that_is_called_as_we_call_none_and_as_a_column_is_told_apart(longlag):
    groups = ("(none)", "", "a")
    rows = [f"{group},{hour % 2 + n}" for hour in range(5) for n, group in enumerate(groups)]
    Path("all.csv").write_text("\n".join(["prediction,y", *rows]))
    status, out, _ = longlag(
        *("learn", "all.csv", "--target", "y", "--group", "prediction", "--per-group"),
        *("--cells", 1, "--predictions", "p.csv", "--report", "page.html"),
    )
    assert status == 0
    shown = [line.split()[0] for line in out.splitlines()[-3:]]
    assert sorted(shown) == ["'(none)'", "(none)", "a"]
    with open("p.csv", newline="") as file:
        found = list(csv.DictReader(file))
    assert {row["prediction (group)"] for row in found} == set(groups)
    assert {row["prediction"] for row in found[-3:]}.isdisjoint(groups)


def test_groups_that_are_no_fleet_say_so(longlag):
    Path("all.csv").write_text(lines(0, 4))
    command = ("learn", "all.csv", *SALES, "--per-group", "--cells", 1)
    said = longlag(*command, "--horizon", "1,2")[2]
    assert "one after the other, since there are 2 horizons" in said
    assert "one after the other" not in longlag(*command)[2]
