"""Names in files are shown as they are: no markup, no formula, no control character."""

import json
import re
from dataclasses import replace

import pytest
from support import made_up_records
from support.command_line import EXPERIMENT
from support.hostile_names import NAMES, TOGETHER, control_characters

from longlag.experiments.store import Store
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.report.provenance import Provenance
from longlag.report.stream import page as stream_page
from longlag.report.stream.terminal import remarks, score_table
from longlag.report.study import page as study_page
from longlag.report.style import console

pytestmark = pytest.mark.usefixtures("own_folder")
each_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
names = pytest.mark.parametrize("name", TOGETHER.values(), ids=TOGETHER)


@pytest.fixture
def hostile_file(name, tmp_path):
    """An experiment with the name wherever a file can have one."""
    text = EXPERIMENT.format(average_below=0.1, cap=20_000)
    given = json.dumps(name, ensure_ascii=False)
    text = text.replace('"A small adding problem"', given + f"\ndescription = {given}")
    text = text.replace('name = "T=24"', f"name = {given}").replace('"nowhere"', given)
    text += f"\n[readings.{given}]\nsummary = {given}\n"
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return path


@each_name
def test_show(longlag, hostile_file, name):
    status, out, err = longlag("show", hostile_file)
    assert (status, err) == (0, "")
    assert not control_characters(out)
    plain = "".join(c for c in name if c.isprintable()).replace("?", "")
    if len(name) < 70:
        assert f"mine: {plain}" in out.replace("?", "")


@names
def test_results_and_report(longlag, name, tmp_path):
    path = tmp_path / "results.longlag"
    with Store(path) as store:
        for each in made_up_records.study():
            key = replace(each.key, experiment=name, row=name, reading=name)
            store.save(replace(each, key=key))
    for options in ((), ("--json",)):
        status, out, err = longlag("results", "--store", path, *options)
        assert (status, err) == (0, "")
        assert not control_characters(out)
    status, out, err = longlag("report", "--store", path)
    assert status == 2
    assert not control_characters(out + err)


@names
@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "{}"),
        ("show", "{}.toml"),
        ("reproduce", "{}"),
        ("reproduce", "adding", "--reading", "{}"),
        ("reproduce", "adding", "--seed", "{}"),
        ("matrix", "--tasks", "{}"),
        ("matrix", "--budget", "{}"),
        ("ladder", "--families", "{}"),
        ("errorflow", "{}"),
        ("learn", "{}", "--target", "x"),
        ("learn", "data.csv", "--target", "{}"),
        ("learn", "data.csv", "--target", "x", "--features", "{}"),
        ("learn", "data.csv", "--target", "x", "--resume", "{}"),
        ("learn", "data.csv", "--target", "x", "--save", "nowhere/{}"),
        ("predict", "{}", "data.csv"),
        ("results", "--store", "nowhere/{}"),
        ("{}",),
        ("list", "--{}"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_lines_of_errors(arguments, longlag, name, tmp_path):
    (tmp_path / "data.csv").write_text("x,y\n1,2\n3,4\n")
    status, out, err = longlag(*(each.replace("{}", name) for each in arguments))
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("longlag: ")
    assert not control_characters(err)
    assert len(err) < 1000


@names
def test_page_of_a_study(name, tmp_path):
    experiment = made_up_records.experiment(title=name, description=name)
    rows = tuple(replace(row, name=f"{name}{row.name}") for row in experiment.rows)
    readings = tuple(replace(each, summary=name) for each in experiment.readings)
    records = [
        replace(each, key=replace(each.key, row=f"{name}{each.key.row}"))
        for each in made_up_records.study()
    ]
    mine = replace(experiment, name=name, rows=rows, readings=readings)
    records = [replace(each, key=replace(each.key, experiment=name)) for each in records]
    assert_harmless(
        study_page.render([study_page.Section(mine, records)], Provenance("0", "a", "b"))
    )


@each_name
def test_tables_and_page_of_a_stream(name, capsys):
    evaluation = Evaluation(
        Question((name,), (name,)), Question((name,), ()).kind.estimator(cells=2)
    )
    out = console.results()
    out.print(score_table(evaluation))
    out.print(remarks(evaluation))
    console.say(remarks(evaluation))
    printed = capsys.readouterr()
    assert not control_characters(printed.out + printed.err)
    assert_harmless(stream_page.render(evaluation, Provenance("0", "a", "b")))


def assert_harmless(page):
    """The page has no element of ours but those of the templates, and no control character."""
    assert not control_characters(page)
    assert not re.search(r"<script|<img", page)
