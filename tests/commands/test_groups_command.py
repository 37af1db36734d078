"""`longlag learn --group`: several series in one file, end to end."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from longlag.commands.group_cost import remark
from longlag.forecasting.question import Question

DAYS = 60


pytestmark = pytest.mark.usefixtures("default_kernels", "own_folder")


@pytest.fixture
def lines():
    """Sales of two stores, of which the second begins later, and sells a hundredth."""
    rng = np.random.default_rng(3)
    found = ["day,store,sales,kind"]
    for day in range(DAYS):
        for store, size in (("north", 1000), ("south", 10)):
            if store == "north" or day > 20:
                sales = size * (2 + np.sin(day / 4) + 0.1 * rng.normal())
                date = f"2026-{9 + day // 30:02}-{1 + day % 30:02}"
                found.append(f"{date},{store},{sales:.3f},{'much' if sales > 2 * size else 'few'}")
    return found


SALES = ("--target", "sales", "--time", "day", "--group", "store", "--cells", 2)
OPTIONS = (*SALES, "--exclude", "kind", "--horizon", "1,3")


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("more", [(), ("--per-group",)])
def test_two_stores_in_one_file(longlag, lines, more):
    Path("all.csv").write_text("\n".join(lines) + "\n")
    files = ("--save", "whole", "--predictions", "p.csv", "--report", "page.html")
    status, out, _ = longlag("learn", "all.csv", *OPTIONS, *more, *files, "--json")
    found = json.loads(out)
    assert (status, list(found["groups"])) == (0, ["north", "south"])
    assert found["groups"]["south"]["rows"] == DAYS - 21
    assert found["rows"] == len(lines) - 1
    page = Path("page.html").read_text("utf-8")
    assert 'scope="row">south' in page
    assert "The mean absolute error of the network (1 row ahead) is" in page
    assert 'class="number">MAE, 1 row ahead</th>' in page  # of the groups, not of all horizons

    rows, said = table("\n".join(lines)), table(Path("p.csv").read_text())
    assert list(said[0])[:6] == ["row", "day", "store", "horizon", "prediction", "target"]
    assert len(said) == 2 * len(rows)
    for line in said:
        assert rows[int(line["row"]) - 1]["store"] == line["store"]
        if line["target"]:
            due = rows[int(line["target_row"]) - 1]
            assert (due["store"], due["day"]) == (line["store"], line["target_time"])
            assert float(due["sales"]) == float(line["target"])
            ahead = [each["day"] for each in rows if each["store"] == line["store"]]
            assert ahead.index(due["day"]) - ahead.index(line["day"]) == int(line["horizon"])
    south = [line["prediction"] for line in said if line["store"] == "south"][-20:]
    assert max(map(float, south)) < 100

    Path("head.csv").write_text("\n".join(lines[:51]) + "\n")
    assert longlag("learn", "head.csv", *OPTIONS, *more, "--save", "half")[0] == 0
    rest = ("--resume", "half", "--save", "half", "--predictions", "rest.csv")
    assert longlag("learn", "all.csv", *rest)[0] == 0
    assert Path("half").read_bytes() == Path("whole").read_bytes()
    after = [line for line in said if int(line["row"]) > 50]
    assert sorted(map(str, table(Path("rest.csv").read_text()))) == sorted(map(str, after))

    status, out, err = longlag("predict", "whole")
    assert (status, err) == (0, "")
    coming = table(out)
    assert [line["store"] for line in coming] == ["north"] * 3 + ["south"] * 3
    assert [line["horizon"] for line in coming[:3]] == ["1", "3", "3"]
    rows_of_south = DAYS - 21
    assert [line["target_row"] for line in coming[3:]] == [
        str(rows_of_south + k) for k in (1, 2, 3)
    ]
    last = {(line["store"], line["horizon"]): line for line in said}
    assert coming[3]["prediction"] == last["south", "1"]["prediction"]

    Path("more.csv").write_text("day,store\n2026-11-01,south\n2026-11-01,west\n")
    status, out, err = longlag("predict", "whole", "more.csv")
    said = table(out)
    assert (status, [line["store"] for line in said]) == (0, ["south", "south", "west", "west"])
    assert said[0]["prediction"]
    assert not said[2]["prediction"]  # nothing is known of a new store
    assert "never seen 1 group of more.csv, 'west'" in err


def test_predict_says_for_which_rows_of_a_group_it_predicts(longlag, lines):
    Path("all.csv").write_text("\n".join(lines) + "\n")
    assert longlag("learn", "all.csv", *OPTIONS, "--save", "model")[0] == 0
    more = [f"2027-01-{day:02d},{store}" for day in range(1, 6) for store in ("south", "north")]
    Path("more.csv").write_text("\n".join(["day,store", *more, "2027-01-06"]) + "\n")
    status, out, err = longlag("predict", "model", "more.csv")
    assert (status, "11" in err) == (2, True)  # a bad row, below which nothing is read
    said = table(out)
    assert len(said) == 20
    for line in said:
        due = int(line["row"]) + 2 * int(line["horizon"])
        assert line["target_row"] == (str(due) if due <= 10 else "")
        day = int(line["day"][-2:]) + int(line["horizon"])
        assert line["target_time"] == f"2027-01-{day:02d}"


def test_scores_of_the_groups_are_shown(longlag, lines):
    Path("all.csv").write_text("\n".join(lines) + "\n")
    status, out, err = longlag("learn", "all.csv", *SALES, "--exclude", "kind")
    assert (status, "2 groups." in out) == (0, True)
    assert "Times go back" not in err
    found = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert sorted(found[-2:]) == ["north", "south"]


def test_rows_are_older_only_than_those_of_their_own_group(longlag, lines):
    rows = [line.split(",") for line in lines[1:]]
    north, south = ([",".join(row) for row in rows if row[1] == one] for one in ("north", "south"))
    Path("north.csv").write_text("\n".join([lines[0], *north, *south[:5]]) + "\n")
    Path("south.csv").write_text("\n".join([lines[0], *south[5:]]) + "\n")
    Path("again.csv").write_text("\n".join([lines[0], *south[3:]]) + "\n")
    options = (*SALES, "--exclude", "kind", "--save", "m")
    assert longlag("learn", "north.csv", *options)[0] == 0
    assert "at or before" not in longlag("learn", "south.csv", "--resume", "m")[2]
    assert "at or before" in longlag("learn", "again.csv", "--resume", "m")[2]


def test_names_leave_room_for_the_scores(longlag, lines):
    named = [line.replace("south", '"' + 500 * "so\nuth" + '"') for line in lines]
    Path("all.csv").write_text("\n".join(named) + "\n")
    files = ("--save", "m", "--predictions", "p.csv", "--report", "page.html")
    status, out, _ = longlag("learn", "all.csv", *SALES, "--exclude", "kind", *files)
    (line,) = (line for line in out.splitlines() if line.startswith("so uth"))
    assert (status, len(line.split()[-4:])) == (0, 4)
    assert float(line.split()[-1]) > 0
    assert table(Path("p.csv").read_text())[-1]["store"] == 500 * "so\nuth"


def test_groups_that_are_too_short_are_named_as_the_reason(longlag, lines):
    Path("all.csv").write_text("\n".join(lines) + "\n")
    status, out, err = longlag("learn", "all.csv", *SALES, "--horizon", 40, "--save", "m")
    assert (status, "ratio" in out) == (2, False)
    assert "in 2 groups: the first row of a group that is judged is row 121" in err
    assert "the network learns from row 81 of a group on" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--target sales --per-group", "name their column with --group"),
        ("--target sales --group shop", "has no column 'shop'"),
        ("--target sales --group sales", "is both --target and --group"),
        ("--target sales --time day --group day,store", "is both --time and --group"),
        ("--target sales --group=", "--group must name a column, got ''"),
        ("--target kind --classify --group store", "add --per-group to --group"),
    ],
)
def test_what_is_refused(longlag, lines, arguments, message):
    Path("all.csv").write_text("\n".join(lines) + "\n")
    status, out, err = longlag("learn", "all.csv", *arguments.split())
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_what_many_horizons_cost_is_said_at_once():
    said = remark(Question(("sales",), (), tuple(range(1, 1001))))
    assert said.startswith("1,000 predictions a row keep 156 MB for each group, and a row ")
    assert "take fewer or shorter horizons" in said
    assert remark(Question(("sales",), (), tuple(range(1, 25)))) is None


def test_groups_without_a_prediction_are_counted(longlag, tmp_path):
    path, model = tmp_path / "a.csv", tmp_path / "m"
    rows = [f"{day},{store},{day}" for day in range(9) for store in "ab" if day < 1 or store == "a"]
    path.write_text("\n".join(["day,store,sales", *rows, ""]))
    command = ["learn", path, "--target", "sales", "--group", "store", "--cells", 2]
    assert longlag(*command, "--save", model)[0] == 0
    status, out, err = longlag("predict", model)
    assert status == 0
    assert [line.split(",")[1] for line in out.splitlines()] == ["store", "a"]
    assert "There is no prediction for 1 of 2 groups, first 'b'" in err
