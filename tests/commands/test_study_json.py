"""The JSON of studies says what their tables say, and no command prints what is no JSON."""

import json
import math
import random
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from support import made_up_records
from support.command_line import in_subprocess

import longlag
from longlag.commands.json_output import print_json
from longlag.commands.study_json import row_as_json
from longlag.experiments.files import catalogue, published
from longlag.experiments.plan import plan
from longlag.experiments.store import Store
from longlag.experiments.trial import Status
from longlag.report.study.counts import count, few
from longlag.report.study.summary import summaries
from longlag.report.study.tables import result_table

WIDE = 400  #: columns, in which no cell is folded
STATUSES = [Status.SOLVED, Status.CAP, Status.DIVERGED, Status.INTERRUPTED]
OUTCOMES = STATUSES + [Status.SOLVED] * 4


def made_up(experiment, seed):
    """A few trials of each row and reading, with means on both sides of the published ones."""
    draw = random.Random(seed)
    for row in experiment.rows:
        published = row.published.to_success if row.published else None
        for reading in experiment.shown(row):
            usual = (published or 1000) * draw.choice([0.01, 0.8, 1.0, 1.2, 40])
            for trial in range(draw.choice([1, 4])):
                sequences = max(1, int(usual * draw.uniform(0.5, 2)))
                status = draw.choice(OUTCOMES)
                made = made_up_records.record(trial, sequences, status, draw.randrange(9))
                named = replace(made.key, experiment=experiment.name, row=row.name, reading=reading)
                yield replace(made, key=named)


def lines_of(row):
    """The two lines of a wide table, as the table words the values of the JSON."""
    published = row["published"] or {"mean": None, "mean_wrong": None}
    above = [
        f"{row['solved']}/{row['networks']}",
        count(row["mean"]) + ("*" if row["biased"] else ""),
        count(row["lowest"]),
        few(row["mean_wrong"]),
        count(published["mean"]),
        few(published["mean_wrong"]),
        "-" if row["ratio"] is None else f"{row['ratio']:.2f}",
        *row["verdict_text"].split(),
    ]
    return above, [count(row["median"]), count(row["highest"])]


def assert_says(text, rows):
    """The table has these rows, two lines each, in this order, and no further ones."""
    body = text.split("─\n")[1].splitlines()
    for number, row in enumerate(rows):
        above, below = (line.split() for line in body[2 * number : 2 * number + 2])
        ours, beneath = lines_of(row)
        assert above[-len(ours) :] == ours
        assert below[-2:] == beneath
    assert body[2 * len(rows)].startswith(("Sequences", "Guesses", "\n"))


@pytest.mark.parametrize("name", catalogue())
def test_the_json_says_what_the_table_says(name):
    experiment = catalogue()[name]
    records = list(made_up(experiment, seed=1))
    ours = summaries(experiment, records)
    rows = [row_as_json(each, name, 7) for each in ours]
    written = StringIO()
    Console(width=WIDE, file=written).print(result_table(ours, width=WIDE))
    assert_says(written.getvalue(), rows)
    for row in rows:
        place = row["row"], row["reading"]
        statuses = [each.status for each in records if (each.key.row, each.key.reading) == place]
        counted = [row[name] for name in ("solved", "capped", "diverged", "interrupted")]
        assert counted == [statuses.count(each) for each in STATUSES]
        assert row["finished"] == (Status.INTERRUPTED not in statuses)
        assert row["chosen"] == (row["reading"] == experiment.chosen(experiment.find_row(place[0])))
        assert row["close"] == (row["ratio"] and 1 / 1.5 <= row["ratio"] <= 1.5)
        assert not row["published"] or row["published"]["citation"]


def test_the_json_of_a_command_says_what_its_table_says(file, own_folder, monkeypatch):
    status, out, err = in_subprocess("run", file, "--json", timeout=300)
    assert status == 0, err
    found = json.loads(out, parse_constant=pytest.fail)
    assert len(found["trials"]) == found["rows"][0]["networks"] == 3
    assert found["rows"][0]["published"]["mean"] == 1000
    assert found["tally"] is None  # a sentence on several experiments
    monkeypatch.setenv("COLUMNS", str(WIDE))
    status, out, err = in_subprocess("run", file, timeout=300)
    assert status == 0, err
    assert_says(out, found["rows"])


def test_several_experiments_have_the_sentence_below_their_tables(longlag, own_folder, tmp_path):
    names = ("adding", "temporal-order")
    with Store(tmp_path / "store") as store:  # so that nothing is left to run
        for key, conditions in (each for name in names for each in plan(published(name), trials=1)):
            made = made_up_records.record(0, 50_000)
            store.save(replace(made, key=key, conditions=conditions))
    command = ("reproduce", *names, "--trials", 1, "--store", tmp_path / "store")
    status, out, _ = longlag(*command, "--json")
    assert status == 0
    found = json.loads(out)
    assert {each["experiment"] for each in found["rows"]} == set(names)
    assert found["tally"]
    assert found["tally"] in " ".join(longlag(*command)[1].split())


def test_the_page_names_every_key():
    experiment = catalogue()["adding"]
    records = list(made_up(experiment, seed=1))
    row = row_as_json(summaries(experiment, records)[0], "adding", 1)
    page = (Path(__file__).parents[2] / "docs/commands.md").read_text("utf-8")
    page = page.split("### The JSON of a study")[1].split("\n## ")[0]
    of_row, of_published = page.split("`published` is")
    assert set(row) <= set(re.findall("`([a-z_]+)`", of_row))
    assert set(row["published"]) <= set(re.findall("`([a-z_]+)`", of_published))


def test_what_is_no_number_is_null(capsys):
    print_json([{"a": math.nan, "b": [1.5, math.inf]}, {"c": (-math.inf, "NaN", None, True)}])
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found == [{"a": None, "b": [1.5, None]}, {"c": [None, "NaN", None, True]}]


def test_every_command_prints_its_json_in_one_way():
    folder = Path(longlag.__file__).parent / "commands"
    texts = {path.name: path.read_text("utf-8") for path in folder.glob("*.py")}
    assert [name for name in texts if "json.dump" in texts[name]] == ["json_output.py"]
