"""`longlag learn` and `longlag predict`, end to end: what they print, write, keep and refuse."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.hostile_names import NAMES, control_characters
from support.learned_table import ROWS, SMALL, lines, table, with_dates

from longlag import LSTMRegressor
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.seasons import Places

pytestmark = pytest.mark.usefixtures("default_kernels", "own_folder")


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines()) + "\n")
    return path


def test_scores_predictions_model_and_page(longlag, data, tmp_path):
    kept, page, predictions = tmp_path / "m.safetensors", tmp_path / "p.html", tmp_path / "p.csv"
    files = ("--save", kept, "--predictions", predictions, "--report", page)
    status, out, _ = longlag("learn", data, *SMALL, *files)
    assert status == 0
    out = " ".join(out.split())
    for part in ("LSTM", "last value", "running mean", "MAE", "RMSE", "R2", "117 of 120 rows"):
        assert part in out
    assert "Missing features: 1, replaced by their means." in out
    assert "Missing targets: 1, not learned." in out
    assert kept.exists()
    assert "<svg" in page.read_text("utf-8")

    found = table(predictions)
    assert list(found[0]) == ["row", "ts", "prediction", "target", "target_row", "target_time"]
    assert [row["row"] for row in found] == [str(t + 1) for t in range(ROWS)]
    assert [row["ts"] for row in found] == [str(t) for t in range(ROWS)]
    rows = list(csv.DictReader(lines()))
    x = np.array([float(row["x"] or "nan") for row in rows])
    y = np.array([float(row["price"].replace("NA", "nan")) for row in rows])
    assert [row["target"] for row in found[:-1]] == [
        "" if v != v else repr(v) for v in y[1:].tolist()
    ]
    assert found[-1]["target"] == ""
    assert [(row["target_row"], row["target_time"]) for row in found] == [
        (str(t + 2), str(t + 1)) for t in range(ROWS)
    ]
    # By the definition: features and what is known at a row, and the target of the next row.
    series = NumberSeries()
    (past,) = series.add(y, Places.undated(ROWS))
    (last, change, usual), origin = past.feedback.T, past.origins[:, 0]
    model = LSTMRegressor(cells=2)
    # In the order of their names, as in an estimator.
    inputs = np.column_stack([change, last, usual, x])
    answers = np.append(origin[:-1] + model.learn_many(inputs[:-1], y[1:] - origin[:-1]), np.nan)
    answers[0] = np.nan
    expected = series.blended(answers[:, None], past)[:-1, 0]
    assert [row["prediction"] for row in found[1:-1]] == [f"{x:.9g}" for x in expected[1:]]
    judged = ~np.isnan(y[2:])
    error = np.abs(expected[1:] - y[2:])[judged].mean()
    assert f"{error:.4g}" in out


def test_kind_of_cells(longlag, data):
    assert longlag("learn", data, *SMALL, "--cell", "mixed", "--save", "m")[0] == 0
    assert LSTMRegressor.load("m").cell == "mixed"


def test_json_of_classes(longlag, data):
    options = ("--target", "kind", "--features", "x, price", "--classify", "--horizon", 2)
    predictions = ("--predictions", "p.csv", "--cells", 2, "--seed", 1, "--rate", 0.01)
    status, out, err = longlag("learn", data, *options, *predictions, "--json")
    assert (status, err.count("\n")) == (0, 1)
    assert "The network is right less often than the last class" in err
    found = json.loads(out)
    assert found["classes"] == ["flat", "up", "down"]
    assert (found["target"], found["features"]) == ("kind", ["x", "price"])
    assert (found["rows"], found["horizon"], found["cut"]) == (ROWS, 2, False)
    assert (found["missing_features"], found["missing_targets"]) == (2, 0)
    assert [each["predictor"] for each in found["scores"]] == [
        *("LSTM", "last class", "majority class"),
    ]
    rows = [row for row in table(Path("p.csv")) if row["target"] and row["prediction"]]
    right = sum(row["prediction"] == row["target"] for row in rows) / found["judged"]
    assert found["scores"][0]["accuracy"] == pytest.approx(right, rel=1e-12)
    assert all(0.333 <= float(row["probability"]) <= 1 for row in rows)
    assert rows[0]["target_row"] == str(int(rows[0]["row"]) + 2)


@pytest.mark.parametrize(("horizon", "dated"), [(1, False), (3, True)])
def test_a_stream_in_two_runs_is_the_same_stream(longlag, data, tmp_path, horizon, dated):
    text = list(with_dates(list(lines())) if dated else lines())
    data.write_text("\n".join(text) + "\n")
    whole = ("--save", "whole", "--predictions", "whole.csv", "--horizon", horizon)
    assert longlag("learn", data, *SMALL, *whole)[0] == 0
    head = tmp_path / "head.csv"
    head.write_text("\n".join(text[:71]) + "\n")  # 70 rows
    status, *_ = longlag("learn", head, *SMALL, "--save", "half", "--horizon", horizon)
    assert status == 0
    rest = ("--resume", "half", "--skip", 70, "--save", "half", "--predictions", "rest.csv")
    assert longlag("learn", data, *rest)[0] == 0
    assert (tmp_path / "half").read_bytes() == (tmp_path / "whole").read_bytes()
    assert table(tmp_path / "rest.csv") == table(tmp_path / "whole.csv")[70:]


def test_several_targets_and_horizons_in_one_run(longlag, data, tmp_path):
    """What is written, how it is judged, and that a stream in two runs is the same stream."""
    text = list(with_dates(list(lines())))
    data.write_text("\n".join(text) + "\n")
    options = ("--target", "price,x", "--time", "ts", "--exclude", "city,kind", "--cells", 2)
    options += ("--horizon", "1-2,4", "--interval", 0.8)
    whole = ("--save", "whole", "--predictions", "whole.csv", "--report", "page.html", "--json")
    status, out, _ = longlag("learn", data, *options, *whole)
    scores = json.loads(out)
    assert (status, scores["horizons"], scores["targets"]) == (0, [1, 2, 4], ["price", "x"])
    heads = [(name, horizon) for name in ("price", "x") for horizon in (1, 2, 4)]
    named = [(row["target"], row["horizon"]) for row in scores["scores"]]
    assert named == [head for head in heads for _ in range(4)]
    found, rows = table(tmp_path / "whole.csv"), list(csv.DictReader(with_dates(list(lines()))))
    assert [(row["row"], row["column"], row["horizon"]) for row in found] == [
        (str(t + 1), name, str(horizon)) for t in range(ROWS) for name, horizon in heads
    ]
    for line in found:
        due = int(line["row"]) + int(line["horizon"])
        assert line["target_row"] == str(due)
        day, hour = divmod(due - 1, 24)
        assert line["target_time"] == f"2026-11-{1 + day:02} {hour:02}:00"
        came = rows[due - 1][line["column"]] if due <= ROWS else ""
        assert line["target"] == ("" if came in ("", "NA") else repr(float(came)))
    errors = [
        abs(float(line["prediction"]) - float(line["target"]))
        for line in found
        if (line["column"], line["horizon"]) == ("x", "4")
        if line["prediction"] and line["target"]
    ]
    # Predictions are written with nine digits.
    assert scores["scores"][20]["MAE"] == pytest.approx(np.mean(errors), rel=1e-7)

    head = tmp_path / "head.csv"
    head.write_text("\n".join(text[:71]) + "\n")  # 70 rows
    assert longlag("learn", head, *options, "--save", "half")[0] == 0
    rest = ("--resume", "half", "--horizon", "1,2,4", "--target", "price, x", "--save", "half")
    status, out, _ = longlag("learn", data, *rest, "--predictions", "rest.csv")
    assert status == 0
    assert "x, 4 rows ahead" in out
    assert (tmp_path / "half").read_bytes() == (tmp_path / "whole").read_bytes()
    assert table(tmp_path / "rest.csv") == found[6 * 70 :]

    status, out, err = longlag("predict", "whole")
    coming = [line for line in found if int(line["target_row"]) > ROWS]
    for line in coming:
        del line["target"]
    assert (status, err) == (0, "")
    said = list(csv.DictReader(io.StringIO(out)))
    assert [line["target_row"] for line in said] == [
        str(ROWS + k) for k in (1, 1, 2, 2, 3, 3, 4, 4)
    ]
    assert all(line in coming for line in said)
    assert [line["horizon"] for line in said] == ["1", "1", "2", "2", "4", "4", "4", "4"]

    (tmp_path / "more.csv").write_text("ts,x\n2026-11-06 00:00,1\n")
    status, out, err = longlag("predict", "whole", "more.csv")
    assert (status, len(out.splitlines())) == (0, 7)
    assert "has no column 'price'" in err
    assert "longlag predict whole` alone predicts the rows after the last one" in err


def test_the_next_rows_have_times_where_rows_keep_a_distance(longlag, data, tmp_path):
    text = list(lines())
    (tmp_path / "uneven.csv").write_text(
        "\n".join(
            [text[0], *(f"{t * t},{line.split(',', 1)[1]}" for t, line in enumerate(text[1:]))]
        )
    )
    assert longlag("learn", "uneven.csv", *SMALL, "--save", "m")[0] == 0
    status, out, err = longlag("predict", "m")
    assert (status, out.splitlines()[0]) == (0, "row,ts,prediction,target_row,target_time")
    assert "targets have no times: its rows keep no distance" in err
    assert longlag("learn", data, *SMALL, "--horizon", 0, "--save", "m")[0] == 0
    status, _, err = longlag("predict", "m")
    assert (status, "--horizon 0 predicts a row from its other columns" in err) == (2, True)


def test_the_same_file_is_gone_on_with_and_another_is_learned_whole(longlag, data, tmp_path):
    assert longlag("learn", data, *SMALL, "--save", "whole")[0] == 0
    head = tmp_path / "head.csv"
    head.write_text("\n".join(list(lines())[:71]) + "\n")  # 70 rows
    assert longlag("learn", head, *SMALL, "--save", "half")[0] == 0
    status, _, err = longlag("learn", data, "--resume", "half", "--save", "half")
    assert status == 0
    assert "half has learned 70 rows." in err
    assert "Passed over the first 70 rows of " in err
    assert (tmp_path / "half").read_bytes() == (tmp_path / "whole").read_bytes()
    status, _, err = longlag("learn", data, "--resume", "half", "--save", "half")
    assert status == 0
    assert "which the model has learned. There are no others." in err
    assert (tmp_path / "half").read_bytes() == (tmp_path / "whole").read_bytes()
    other = tmp_path / "other.csv"
    other.write_text("ts,x,city,price,kind\n" + "\n".join(list(lines())[50:]) + "\n")
    status, out, err = longlag("learn", other, "--resume", "half", "--json")
    found = json.loads(out)
    assert (status, err.count("Passed over")) == (0, 0)
    assert (found["rows"], found["skipped"]) == (ROWS - 49, 0)


def test_columns_with_hostile_names(longlag, tmp_path):
    for name in NAMES.values():
        if set(name) & set("\r,\n"):  # the dialect of the file, not a name
            continue
        with open("names.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["x", name], *([t, t % 5] for t in range(40))])
        options = ("--cells", 2, "--report", "page.html", "--save", "m", "--predictions", "p.csv")
        status, out, err = longlag("learn", "names.csv", "--target", name, *options)
        assert status == 0, (name, err)
        assert not control_characters(out + err)
        assert "Warning" not in err
        assert not control_characters(Path("page.html").read_text("utf-8"))
        assert longlag("predict", "m", "names.csv")[0] == 0


def test_predictions_of_a_saved_model_go_on_from_its_last_row(longlag, data, tmp_path):
    assert longlag("learn", data, *SMALL, "--save", "m")[0] == 0
    before = (tmp_path / "m").read_bytes()
    more = tmp_path / "more.csv"
    more.write_text("price,ts,x\n0.1,120,1\n,121,2\n0.3,122,NA\n")
    status, out, err = longlag("predict", "m", more)
    assert (status, err) == (0, "")
    said = list(csv.DictReader(io.StringIO(out)))
    assert [(row["row"], row["ts"]) for row in said] == [("1", "120"), ("2", "121"), ("3", "122")]
    assert len({float(row["prediction"]) for row in said}) == 3
    assert longlag("predict", "m", more, "-o", "said.csv")[:2] == (0, "")
    assert (tmp_path / "said.csv").read_text() == out
    # Learning gives the first answer too: what it learns from comes with the next row.
    assert longlag("learn", more, "--resume", "m", "--predictions", "learned.csv")[0] == 0
    assert (tmp_path / "m").read_bytes() == before

    more.write_text("x\n1\n2\n")
    status, out, err = longlag("predict", "m", more)
    assert status == 0
    assert "has no column 'price': its last known value is kept" in err
    assert out.startswith("row,prediction,target_row\n1,")


def test_the_network_sees_the_hour_unless_told_not_to(longlag, tmp_path):
    text = list(with_dates(list(lines())))
    (tmp_path / "dated.csv").write_text("\n".join(text) + "\n")
    status, out, err = longlag("learn", "dated.csv", *SMALL, "--save", "m", "--json")
    assert (status, json.loads(out)["calendar"]) == (0, ["hour of the day"])
    assert "from the times, too: hour of the day" in err
    assert "hour of the day, sine" in LSTMRegressor.load("m").features_
    status, out, err = longlag("learn", "dated.csv", *SMALL, "--no-calendar", "--json")
    assert (status, json.loads(out)["calendar"], "the times, too" in err) == (0, [], False)
    said = []
    for hour in ("00:00", "12:00", "noon"):
        (tmp_path / "more.csv").write_text(f"{text[0]}\n2026-11-06 {hour},1,,0.1,\n")
        said.append(longlag("predict", "m", "more.csv")[1].splitlines()[1].split(",")[2])
    assert said[0] != said[1]
    assert float(said[2])  # no hour is a missing value
    status, _, err = longlag("learn", "more.csv", "--resume", "m", "--no-calendar")
    assert (status, "--no-calendar is that of a new model" in err) == (2, True)


def test_intervals_are_written_judged_and_kept(longlag, data):
    whole = ("--interval", 0.8, "--save", "m", "--predictions", "p.csv", "--report", "page.html")
    status, out, _ = longlag("learn", data, *SMALL, *whole, "--json")
    found = json.loads(out)
    assert (status, found["interval"]) == (0, 0.8)
    assert 0.6 < found["scores"][0]["coverage"] < 0.95  # of 117 rows
    assert [row["coverage"] for row in found["scores"][1:]] == [None] * 3
    rows = [row for row in table(Path("p.csv")) if row["lower"]]
    assert len(rows) > 110
    for row in rows:
        assert float(row["lower"]) <= float(row["prediction"]) <= float(row["upper"])
    assert "0.8 of the targets" in Path("page.html").read_text("utf-8")
    status, out, _ = longlag("predict", "m", data)
    assert (status, out.splitlines()[0]) == (
        0,
        "row,ts,prediction,lower,upper,target_row,target_time",
    )
    status, _, err = longlag("learn", data, "--resume", "m", "--interval", 0.9)
    assert (status, "--interval differs from that of m" in err) == (2, True)


def test_rows_above_a_bad_one_are_learned_and_saved(longlag, tmp_path):
    text = list(lines())
    text[91] = text[91].replace(",Rome", "x,Rome")
    bad, head = tmp_path / "bad.csv", tmp_path / "head.csv"
    bad.write_text("\n".join(text) + "\n")
    head.write_text("\n".join(text[:91]) + "\n")
    features = ("--features", "x", "--save")
    status, out, err = longlag("learn", bad, *SMALL, *features, "bad")
    assert status == 2
    assert "90 rows judged" in " ".join(out.split())
    assert "longlag: " in err.splitlines()[-1]
    assert "bad.csv, row 91: column 'x' must hold finite numbers" in err.splitlines()[-1]
    assert longlag("learn", head, *SMALL, *features, "head")[0] == 0
    assert (tmp_path / "bad").read_bytes() == (tmp_path / "head").read_bytes()


@pytest.mark.parametrize("bad", ["far", "1e999", "4,4,4,4", None])
def test_json_says_whether_all_rows_were_learned(longlag, data, bad):
    text = list(lines())
    if bad:
        text[91] = f"{text[91]},{bad}" if "," in bad else text[91].replace(",Rome", f"{bad},Rome")
    data.write_text("\n".join(text) + "\n")
    status, out, err = longlag("learn", data, *SMALL, "--features", "x", "--json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (status, "row 91" in err) == ((2, True) if bad else (0, False))
    assert (found["finished"], found["rows"]) == ((False, 90) if bad else (True, ROWS))
    assert found["interrupted"] is False  # nobody pressed Ctrl-C


def test_a_file_that_is_cut_off_and_goes_back_in_time(longlag, tmp_path):
    text = list(lines())
    text[30], text[31] = text[31], text[30]
    path = tmp_path / "cut.csv"
    path.write_text("\n".join(text)[:-8])
    status, out, err = longlag("learn", path, *SMALL, "--json")
    assert status == 0
    assert json.loads(out)["cut"] is True
    assert "ends in the middle of a row, which was left out" in err
    assert "Times go back in 1 row, first in row 31" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("learn", "--data requires an argument"),
        ("learn data.csv", "name the column to predict: --target NAME"),
        ("learn data.csv --target prise", "has no column 'prise': did you mean price?"),
        ("learn data.csv --target price --features price", "must not name the target 'price'"),
        ("learn data.csv --target price --features x,x", "must be different columns, got 'x,x'"),
        ("learn data.csv --target price --categories price", "must not name the target 'price'"),
        ("learn data.csv --target price --features x,z --exclude z", "'z' is in both --features"),
        ("learn data.csv --target price --categories x --exclude x", "both --categories and --ex"),
        ("learn data.csv --target price --categories ts --time ts", "'ts' is in both --categories"),
        ("learn data.csv --target price --features x,kind --group kind", "in both --features and"),
        ("learn data.csv --target city", "row 1: column 'city' must hold finite numbers"),
        ("learn data.csv --target price --cells 0", "cells must be from 1"),
        ("learn data.csv --target price --cell square", "cell must be one of 'memory', "),
        ("learn data.csv --target price --horizon -1", "horizon must be from 0"),
        ("learn data.csv --target price --horizon 1.5", "a whole number of rows"),
        ("learn data.csv --target price --horizon 24h", "as 1-24 or 1,6,24, got '24h'"),
        ("learn data.csv --target price --horizon 24-1", "the nearest first, got '24-1'"),
        ("learn data.csv --target price --horizon 0-3", "--horizon 0 must stand alone"),
        ("learn data.csv --target price,x --features x", "must not name the target 'x'"),
        ("learn data.csv --target price,z", "has no column 'z'"),
        ("learn data.csv --target kind --classify --horizon 1,2", "one target and one horizon"),
        ("learn data.csv --target price --missing -200 -999", "no place for '-999'"),
        ("learn data.csv --target price --time-format %Y", "name it with --time"),
        ("learn data.csv --target price --time ts --time-format %Y.%m", "fits none of the first"),
        ("learn data.csv --target price --no-calendar", "name it with --time"),
        ("learn data.csv --target price --time price", "'price' is both --target and --time"),
        ("learn data.csv --target price --skip -1", "--skip must be at least 0"),
        ("learn data.csv --target price --skip 500", "has no rows to learn from"),
        ("learn data.csv --target price --save nowhere/m", "name a file in a folder that is there"),
        ("learn data.csv --target price --report .", "name a file in a folder that is there"),
        ("learn empty.csv --target price", "empty.csv is empty"),
        ("learn names.csv --target price", "names.csv has no rows to learn from"),
        ("learn nothing.csv --target price", "nothing.csv cannot be read: No such file"),
        ("learn . --target price", "cannot be read: Is a directory"),
        ("learn data.csv --resume nothing", "cannot read nothing: No such file or directory\n"),
        ("learn data.csv --resume .", ". is a folder: name a file"),
        ("learn data.csv --resume data.csv", "data.csv is not a saved model, or is damaged"),
        (
            "learn data.csv --resume plain",
            "plain cannot go on: Python has saved it, not `longlag learn`",
        ),
        ("learn data.csv --resume m --horizon 2", "--horizon differs from that of m, which is '1'"),
        ("learn data.csv --resume m --target x", "--target differs from that of m, which is"),
        ("learn data.csv --resume m --cells 3", "--cells is that of a new model"),
        ("learn data.csv --resume m --cell memory", "--cell is that of a new model"),
        ("learn other.csv --resume m", "other.csv has no column 'x': known are price, z, ts"),
        ("predict m --missing x", "options for the form of data need data"),
        ("predict m other.csv", "other.csv has no column 'x'"),
        ("predict m names.csv", "names.csv has no rows below its first line"),
        ("predict data.csv data.csv", "is not a saved model, or is damaged"),
        ("predict m data.csv -o nowhere/p.csv", "cannot write nowhere/p.csv"),
    ],
)
def test_what_is_refused(arguments, message, longlag, data, tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "names.csv").write_text("x,price\n")
    (tmp_path / "other.csv").write_text("price,z,ts\n1,2,3\n")
    if "plain" in arguments:
        model = LSTMRegressor(cells=2)
        model.learn_many([[0.0], [1.0]], [0.0, 1.0])
        model.save(tmp_path / "plain")
    if " m" in arguments:
        assert longlag("learn", data, *SMALL, "--features", "x", "--save", "m")[0] == 0
    status, out, err = longlag(*arguments.split())
    assert (status, out) == (2, "")
    assert err.startswith("longlag: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_name_that_holds_a_comma_is_listed_in_quotation_marks(longlag, tmp_path):
    path = tmp_path / "wind.csv"
    path.write_text('t,"Wind, m/s",y\n1,2,3\n2,3,4\n3,4,4\n')
    wanted = ("learn", path, "--target", "y", "--cells", 2, "--json", "--features")
    status, _, err = longlag(*wanted, "Wind, m/s")
    assert (status, err.count("\n")) == (2, 1)
    assert 'stands in quotation marks: "Wind, m/s"' in err
    status, out, _ = longlag(*wanted, '"Wind, m/s", t')
    assert (status, json.loads(out)["features"]) == (0, ["Wind, m/s", "t"])


def test_what_a_person_may_overlook_is_remarked_on(longlag, data, tmp_path):
    status, _, err = longlag("learn", data, *SMALL, "--horizon", 5000)
    assert (status, "the horizon is 5,000, the number of rows 120" in err) == (0, True)
    _, _, err = longlag("learn", data, *SMALL, "--features", "x", "--rate", 100)
    assert "times that of the last value: a new model with a --rate below 100" in err
    _, _, err = longlag("learn", data, *SMALL, "--skip", 1)
    assert "Passed over the first 1 row of" in err
    assert "learned" not in err
    few = tmp_path / "few.csv"
    few.write_text("x,price\n1,2\n")
    status, _, err = longlag("learn", few, "--target", "price", "--save", "m")
    assert (status, Path("m").exists()) == (2, False)
    assert "of 1 row, no target was learned that came 1 row later" in err
    status, _, err = longlag("learn", data, *SMALL, "--horizon", 61, "--save", "m")
    assert (status, "the network learns from row 123 on" in err) == (2, True)
    assert "the first row that is judged is row 184" in err


def test_the_page_is_written_for_a_reader_of_the_first_line_alone(tmp_path):
    """As `| head -1` is: the pipe closes while the scores are printed."""
    path, page = tmp_path / "x.csv", tmp_path / "page.html"
    path.write_text("x\n" + "".join(f"{i % 7}\n" for i in range(60)))
    command = [sys.executable, "-m", "longlag", "learn", str(path), "--target", "x", "--cells", "2"]
    command += ["--report", str(page)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    _, err = running.communicate()
    assert running.returncode == 0
    assert f"The page is in {page}" in " ".join(err.decode().split())
    assert page.exists()
