"""The command, end to end: what it prints, how it ends, and what it says to bad input."""

import json
import os
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from support import made_up_records, studies
from support.command_line import EXPERIMENT, assert_refused, in_subprocess

from longlag.commands.study_json import COMPARED
from longlag.experiments.files import load_experiment, published
from longlag.experiments.plan import plan
from longlag.experiments.store import Store
from longlag.experiments.trial import TrialKey, TrialRecord

KEYS = [
    "experiment",
    "row",
    "reading",
    "trial",
    "seed",
    "status",
    "cap",
    "sequences",
    "guesses",
    "steps",
    "seconds",
    "wrong",
    "tested",
    "test_error",
    "memory",
]


pytestmark = pytest.mark.usefixtures("own_folder")


def test_list(longlag):
    status, out, err = longlag("list")
    assert (status, err) == (0, "")
    for name in ("adding", "adding-far", "adding-modern", "lstm", "Experiments", "Tasks"):
        assert name in out


def test_show(longlag, file):
    status, out, err = longlag("show", "adding")
    assert (status, err) == (0, "")
    for part in ("Table 7", "853", "as-printed", "linear-output-wide-init", "gradient-descent"):
        assert part in out
    status, out, err = longlag("show", file)
    assert (status, err) == (0, "")
    assert "A small adding problem" in out


def test_the_json_of_a_trial_is_the_same_in_all_commands_and_on_the_page(longlag, file, tmp_path):
    store = tmp_path / "results.longlag"
    chosen = plan(published("adding"), T=(100,), trials=1)
    own = plan(load_experiment(file), trials=1)
    with Store(store) as opened:  # so that nothing is left to run
        for key, conditions in (*chosen, *own):
            made = made_up_records.record(0, 500)
            opened.save(replace(made, key=key, conditions=conditions, test_error=0.0125))
    found = {}
    for words in (("reproduce", "adding", "--T", 100, "--trials", 1), ("run", file, "--trials", 1)):
        status, out, _ = longlag(*words, "--json", "--store", store)
        assert status == 0
        found[words[0]] = json.loads(out)
    status, out, _ = longlag("results", "--json", "--store", store)
    trials = json.loads(out)["trials"]
    assert trials == found["reproduce"]["trials"] + found["run"]["trials"]
    assert all(list(each) == KEYS and each["test_error"] == 0.0125 for each in trials)
    # Results knows published experiments, and not the user's files.
    of_run = [each | dict.fromkeys(COMPARED) for each in found["run"]["rows"]]
    assert json.loads(out)["rows"] == found["reproduce"]["rows"] + of_run
    assert all(each["verdict"] for words in found.values() for each in words["rows"])
    # All that a record says in plain values is there, and the page names every key.
    arrays = {"key", "conditions", "curve", "column"}
    assert {field.name for field in fields(TrialRecord)} - arrays <= set(KEYS)
    page = (Path(__file__).parents[2] / "docs/commands.md").read_text("utf-8")
    listed = page.split("A trial has the keys ")[1].split("\n")[0]
    listed = re.sub(r"\([^)]*\)", "", listed).partition(". ")[0]
    assert re.findall("`([a-z_]+)`", listed) == KEYS


def test_an_experiment_from_file_to_report(longlag, file, tmp_path):
    status, out, err = longlag("run", file, "--json", "--seed", 5)
    assert status == 0
    assert "reading as-given" in err
    trials = json.loads(out)["trials"]
    assert [list(each) for each in trials] == [KEYS] * 3
    for i, each in enumerate(trials):
        expected = {"experiment": "small", "row": "T=24", "reading": "as-given", "seed": 5}
        assert each.items() >= expected.items()
        assert (each["trial"], each["status"], each["tested"]) == (i, "solved", 20)
        assert 200 <= each["sequences"] <= 20_000
        assert each["steps"] >= 24 * each["sequences"]
        assert 0 <= each["wrong"] <= 20

    # The same again takes what is there; one more trial is run beside it.
    status, out, err = longlag("run", file, "--json", "--seed", 5, "--trials", 4)
    assert status == 0
    assert "3 of 4 trials were finished before" in err
    assert json.loads(out)["trials"][:3] == trials

    status, out, err = longlag("run", file, "--seed", 5)
    assert status == 0
    assert "A small adding problem" in out
    assert "1,000" in out, "the published figure"
    assert "3/3" in out
    assert "longlag report" in err

    status, out, err = longlag("results", "--json")
    assert (status, err) == (0, "")
    stored = json.loads(out)["trials"]
    assert [list(each) for each in stored] == [KEYS] * 4
    assert sorted(stored, key=lambda each: each["trial"])[:3] == trials
    status, out, err = longlag("results")
    assert (status, err) == (0, "")
    assert "small" in out
    assert "4/4" in out

    assert_refused(longlag("results", "--markdown"), "no published experiment has results")

    page, pictures = tmp_path / "page.html", tmp_path / "pictures"
    status, out, err = longlag("report", file, "-o", page, "--pictures", pictures)
    assert (status, out) == (0, "")
    assert str(page) in err
    text = page.read_text("utf-8")
    assert "A small adding problem" in text
    for outside in ('src="http', "src='http", 'href="http://www.w3', "@import", "<link"):
        assert outside not in text, "the page needs nothing but itself"
    assert {path.suffix for path in pictures.iterdir()} == {".svg", ".png"}
    drawn = pictures / "small-distribution.svg"
    before = drawn.read_bytes()
    refused = longlag("report", file, "-o", drawn, "--pictures", pictures)
    assert_refused(refused, "--pictures, small-distribution, as .svg and --output are the same")
    assert drawn.read_bytes() == before

    other = tmp_path / "other" / file.name
    other.parent.mkdir()
    other.write_text(file.read_text("utf-8"), "utf-8")
    assert_refused(longlag("report", file, other, "-o", page), "an experiment called 'small'")

    # Without the file the page cannot know the experiment, and nothing is left to show.
    status, _, err = longlag("report", "-o", page)
    assert status == 2
    assert "small is left out: add its file" in err
    assert "nothing to report" in err.splitlines()[-1]
    assert page.read_text("utf-8") == text


def test_results_as_markdown_are_those_of_todays_conditions(longlag):
    """Of made-up trials: three as the experiment is now, and one from before its cap was raised."""
    experiment = published("adding")
    (key, now), *_ = plan(experiment, T=[100], seed=7)
    with Store(os.environ["LONGLAG_STORE"]) as store:
        for trial, cap in enumerate((now.cap, now.cap, now.cap, 5_000)):
            made = made_up_records.record(trial, 4_000 + trial, reading=key.reading)
            store.save(replace(made, conditions=replace(now, cap=cap)))
    status, out, err = longlag("results", "--markdown")
    assert status == 0
    assert err.startswith("adding: 1 of 4 trials are left out, which are of other conditions")
    assert "| T=100 | `linear-output-wide-init` | 3 of 3 | 4,001 |" in out
    assert ", of which 1 " in out


def test_options_reach_the_trials(longlag, file, tmp_path):
    store = tmp_path / "elsewhere" / "other.longlag"
    options = ("--T", 24, "--rows", "T=24", "--trials", 1, "--workers", 1, "--dtype", "float64")
    status, out, _ = longlag("run", file, *options, "--reading", "as-given", "--store", store)
    assert status == 0
    assert "1/1" in out
    with Store(store, read_only=True) as opened:
        (record,) = opened.records()
    assert record.key == TrialKey("small", "T=24", "as-given", 0)
    assert (record.conditions.dtype, record.conditions.seed) == ("float64", 1)
    assert not Path(os.environ["LONGLAG_STORE"]).exists()


TOML = EXPERIMENT.format(average_below=0.1, cap=20_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TOML.replace("window = 200", "windw = 200"), "unknown key: did you mean window?"),
        (
            TOML.replace("window = 200", 'window = "200"'),
            "must be a whole number from 1 to",
        ),
        (TOML.replace("window = 200", "window = 0"), "must be from 1 to 1000000, got 0"),
        (TOML.replace("window = 200", "window = "), "is not valid TOML"),
        (TOML.replace("trials = 3", "trials = 0"), "must be from 1 to 1000000, got 0"),
        (
            TOML.replace("task.T = 24", "task.T = 20"),
            "task.T: must be from 22 to",
        ),
        (TOML.replace('"adding"', '"addling"'), "unknown task 'addling': did you mean adding"),
        (TOML.replace('"lstm"', '"lsmt"'), "unknown learner 'lsmt': did you mean lstm?"),
        (TOML.replace('"adam"', '"adm"'), "unknown update rule 'adm': did you mean adam?"),
        (TOML.replace("rate = 0.01", "rate = nan"), "learner.rule.rate: must be a number"),
        (TOML.replace("cap = 20000", "cap = -1"), "cap"),
        (TOML.split("[stop]")[0], "is missing"),
        ("", "is missing"),
    ],
)
def test_files_that_are_refused(text, message, longlag, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    for command in ("run", "show"):
        result = longlag(command, path)
        assert_refused(result, message)
        assert "mine.toml" in result[2]
    assert not Path(os.environ["LONGLAG_STORE"]).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nonsense", 'Unknown command "nonsense"'),
        ("reproduce", "name an experiment to reproduce, or all: adding, adding-far"),
        ("reproduce addng", "unknown experiment 'addng': did you mean adding"),
        ("reproduce adding addng", "unknown experiment 'addng'"),
        ("reproduce adding --trails 3", "Unknown option: --trails"),
        ("reproduce adding --T 7", "adding has no row with T=7: it has T = 100, 500, 1000"),
        ("reproduce adding --T", "--T requires a number, such as --T 100"),
        ("reproduce adding --rows", "--rows requires a name, as longlag show lists them"),
        ("reproduce adding --rows T=10", "unknown row of adding 'T=10': "),
        ("matrix --stored --tasks", "--tasks requires at least 1 element"),
        ("matrix --learners --stored", "--learners requires at least 1 element"),
        ("ladder --stored --lags", "--lags requires at least 1 element"),
        ("ladder --families --stored", "--families requires at least 1 element"),
        ("judge my.py --example lstm", "prints a file and runs none: leave out my.py"),
        ("ladder --budget 1_", "--budget must be a number of presentations such as 2e7"),
        ("matrix --budget 1__0", "or 2h, got '1__0'"),
        ("judge model.py --beside", "--beside requires at least 1 element"),
        ("errorflow --weights", "--weights requires at least 1 element"),
        ("errorflow --torch --q 5", "--torch requires at least 1 element"),
        ("reproduce adding --T ten", 'it must be a whole number, got "ten"'),
        ("reproduce adding --reading as-writ", "unknown reading of adding 'as-writ': did you"),
        ("reproduce adding --trials 0", "trials must be from 1 to 1000000, got 0"),
        ("reproduce adding --trials many", 'it must be a whole number, got "many"'),
        ("reproduce nothing --trials 1.5", "1.5"),
        ("reproduce nothing --T 100.5", "100.5"),
        ("reproduce adding --seed -1", "seed: must be from 0 to 9223372036854775807, got -1"),
        ("reproduce adding --dtype float16", 'Invalid value "float16" for --dtype'),
        ("reproduce adding --store", "--store requires an argument"),
        ("run", "--file requires an argument"),
        ("run nothing.toml", "nothing.toml: no such file"),
        ("run .", "cannot be read: Is a directory"),
        ("show", "--name requires an argument"),
        ("show nothing", "unknown experiment 'nothing'"),
        ("show nothing.toml", "nothing.toml: no such file"),
        ("list everything", "everything"),
        ("results", "there are no results in"),
        ("results --jsn", "Unknown option: --jsn. Did you mean --json?"),
        ("results --json --markdown", "--json and --markdown exclude each other: choose one"),
        ("results --markdown", "there are no results in"),
        ("report", "there are no results in"),
        ("report nothing.toml", "nothing.toml: no such file"),
        ("bench often", "often"),
    ],
)
def test_arguments_that_are_refused(arguments, message, longlag):
    assert_refused(longlag(*arguments.split()), message)
    assert not Path(os.environ["LONGLAG_STORE"]).exists()


def test_workers_that_are_refused(longlag, file):
    assert_refused(longlag("run", file, "--workers", 0), "workers must be from 1 to 1024, got 0")


@pytest.mark.slow
def test_reproduce(tmp_path):
    """The README's line with fewer trials: one row, the chosen reading and as-printed beside it."""
    status, out, err = in_subprocess(
        *("reproduce", "adding", "--T", 100, "--trials", 2, "--json"),
        *("--store", tmp_path / "results.longlag"),
        timeout=300,
    )
    assert status == 0, err
    trials = json.loads(out)["trials"]
    assert [list(each) for each in trials] == [KEYS] * 4
    assert [each["reading"] for each in trials] == ["linear-output-wide-init"] * 2 + [
        "as-printed"
    ] * 2
    assert [each["status"] for each in trials] == ["solved"] * 2 + ["cap"] * 2
    assert all(each["tested"] == 2560 for each in trials[:2])


def test_the_experiment_is_the_shared_study(file):
    """If this fails, the tests above still pass, but compile a driver of their own."""
    ((_, conditions), *_) = plan(load_experiment(file))
    assert conditions.learner == studies.easy().learner
    assert conditions.stop == studies.EASY
