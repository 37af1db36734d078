"""Experiment files: what they give."""

import math
from dataclasses import replace

import numpy as np
import pytest

from longlag.errors import InputError
from longlag.experiments.conditions import ENGINE, build, to_fingerprint, to_tables
from longlag.experiments.files import catalogue, load_experiment, published
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions
from longlag.learners.lstm import LSTM
from longlag.rules import Adam, RMSProp
from longlag.tasks.adding import Adding, AddingModern

GOOD = """
[experiment]
title = "Mine"
trials = 3
test = 100
reading = "plain"
citation = ["hochreiter1997"]

[task]
type = "adding"

[learner]
type = "lstm"
blocks = 1
output = "linear"

[learner.rule]
type = "adam"
rate = 0.01

[stop]
type = "recent"
window = 50

[[rows]]
name = "short"
cap = 1000
task.T = 40

[[rows]]
name = "long"
cap = 2000
task.T = 60
learner.input_gate_biases = [-4]
readings = ["slow"]
trials = 2

[rows.published]
source = "hochreiter1997"
where = "Table 7"
sequences = 5

[readings.plain]
summary = "as it stands"

[readings.slow]
summary = "another rule, fewer sequences"
cap = 500
test = 10
learner.rule = { type = "rmsprop" }
stop.window = 20
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="my.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def cell(experiment, row, reading, **overrides):
    return experiment.conditions(row, reading, seed=7, dtype="float32", overrides=overrides)


def test_a_file_becomes_an_experiment(write):
    experiment = load_experiment(write(GOOD))
    assert (experiment.name, experiment.title, experiment.trials) == ("my", "Mine", 3)
    assert experiment.citation == ("hochreiter1997",)
    short, long = experiment.rows
    assert (short.name, short.cap, short.changes) == ("short", 1000, {"task.T": 40})
    assert (long.readings, long.trials) == (("slow",), 2)
    assert long.published is not None
    assert long.published.sequences == 5.0


def test_a_row_may_choose_its_reading_and_a_reading_may_be_modern(write):
    text = GOOD.replace('readings = ["slow"]', 'reading = "slow"')
    experiment = load_experiment(
        write(text.replace('summary = "another', 'modern = true\nsummary = "another'))
    )
    short, long = experiment.rows
    assert [experiment.chosen(row) for row in (short, long)] == ["plain", "slow"]
    assert [experiment.shown(row) for row in (short, long)] == [["plain"], ["slow"]]
    assert {each.name: each.modern for each in experiment.readings} == {
        "plain": False,
        "slow": True,
    }


def test_conditions_merge_file_row_and_reading(write):
    experiment = load_experiment(write(GOOD))
    plain = cell(experiment, "short", "plain")
    assert plain.task == Adding(T=40)
    assert plain.learner == LSTM(
        inputs=2, outputs=1, blocks=1, output="linear", rule=Adam(rate=0.01)
    )
    assert plain.stop == Recent(window=50)
    assert (plain.cap, plain.test, plain.dtype, plain.seed) == (1000, 100, "float32", 7)
    slow = cell(experiment, "long", "slow")
    assert isinstance(slow.learner, LSTM)
    assert slow.learner.rule == RMSProp()  # a table with a type replaces the whole table
    assert slow.learner.input_gate_biases == (-4.0,)
    assert (slow.cap, slow.test, slow.stop.window) == (500, 10, 20)  # a reading's cap counts


def test_overrides_come_last_and_leave_the_experiment_alone(write):
    experiment = load_experiment(write(GOOD))
    before = repr(experiment)
    changed = cell(experiment, "long", "slow", **{"cap": 9, "learner.rule.rate": 1, "task.T": 30})
    assert isinstance(changed.learner, LSTM)
    assert (changed.cap, changed.learner.rule.rate, changed.task) == (9, 1.0, Adding(T=30))
    assert repr(experiment) == before


def test_a_table_with_a_type_replaces_the_task(write):
    text = GOOD.replace("task.T = 40", 'task = { type = "adding-modern", T = 30 }')
    assert cell(load_experiment(write(text)), "short", "plain").task == AddingModern(T=30)


def test_a_reading_wins_over_a_row(write):
    text = GOOD + "learner.input_gate_biases = [-1]\n"
    text = text.replace("stop.window = 20\nlearner", "learner")
    learner = cell(load_experiment(write(text)), "long", "slow").learner
    assert isinstance(learner, LSTM)
    assert learner.input_gate_biases == (-1.0,)


def test_a_file_needs_no_readings(write):
    text = GOOD[: GOOD.index("[readings.plain]")]
    text = text.replace('reading = "plain"', "").replace('readings = ["slow"]', "")
    experiment = load_experiment(write(text))
    assert experiment.reading == "as-given"
    assert cell(experiment, "short", "as-given").cap == 1000


def test_a_byte_order_mark_and_windows_line_ends_are_read(write):
    assert (
        load_experiment(write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).title
        == "Mine"
    )


def test_published_experiments():
    assert list(catalogue()) == sorted(catalogue())
    assert set(catalogue()) >= {  # those of 1997, and two of this library
        "adding",
        "adding-far",
        "constant-sources",
        "distractors",
        "embedded-reber",
        "multiplication",
        "noise-free",
        "noise-free-random",
        "temporal-order",
        "two-sequence",
        "two-sequence-noisy-signal",
        "two-sequence-noisy-target",
    }
    assert published("adding") is catalogue()["adding"]
    with pytest.raises(InputError, match=r"^unknown experiment 'ading': did you mean adding"):
        published("ading")


def test_table_7():
    adding = published("adding")
    figures = [
        (row.name, row.cap, row.published.sequences, row.published.wrong)
        for row in adding.rows
        if row.published
    ]
    assert figures == [
        ("T=100", 1_000_000, 74_000, 1),
        ("T=500", 1_000_000, 209_000, 0),
        ("T=1000", 2_500_000, 853_000, 1),
    ]
    assert (adding.trials, adding.test, adding.reading) == (10, 2560, "linear-output-wide-init")
    weights = {
        reading.name: cell(adding, "T=100", reading.name).learner.weights
        for reading in adding.readings
    }
    assert weights == {
        "as-printed": 93,
        "linear-output": 93,
        "linear-output-wide-init": 93,
        "linear-output-unbiased": 92,
        "logistic-wide-output": 57,
        "adam": 93,
    }
    assert cell(adding, "T=500", "as-printed").learner == LSTM(
        inputs=2, outputs=1, input_gate_biases=(-3, -6)
    )
    assert cell(adding, "T=100", "as-printed").stop == Recent(2000, 1, 0.01)


def test_far_beyond_the_paper():
    far = published("adding-far")
    minimal_lags = [cell(far, row.name, far.reading).task.minimal_lag for row in far.rows]
    assert minimal_lags == [500, 5_000, 50_000, 500_000, 5_000_000]
    assert cell(far, "T=1000", far.reading).learner.weights == 91
    old = cell(far, "T=1000", "without-recurrence").learner
    assert old == LSTM(
        inputs=2,
        outputs=1,
        cell_sources=("inputs",),
        gate_sources=("inputs",),
        biased=("input_gates", "output_gates", "outputs"),
        output="linear",
        output_bias=0.5,
        input_gate_biases=(-11.5, -11.5),
        rule=Adam(rate=0.003),
    )
    printed = cell(far, "T=100000", "as-printed-topology").learner
    assert printed == LSTM(
        inputs=2,
        outputs=1,
        output="linear",
        output_bias=0.5,
        input_gate_biases=(-3, -6),
        rule=Adam(rate=0.003),
    )


def test_six_tasks_at_far_lags_have_one_learner():
    far = published("far")
    cells = [cell(far, row.name, far.reading) for row in far.rows]
    assert len({each.task.name for each in cells}) == 4
    assert len(cells) == 6 * 4
    alike = {"inputs": 1, "outputs": 1, "coding": "real", "input_gate_biases": ()}
    assert len({replace(each.learner, **alike) for each in cells}) == 1
    for each in cells:
        (bias,) = set(each.learner.input_gate_biases)
        assert bias == pytest.approx(-math.log(each.task.T) - 2.2, abs=0.06)  # one decimal


def test_paths_that_are_no_file(tmp_path):
    with pytest.raises(InputError, match=r"absent\.toml: no such file: check the path, or see"):
        load_experiment(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_experiment(tmp_path)


@pytest.mark.parametrize(
    ("row", "reading", "overrides", "message"),
    [
        ("shrt", "plain", {}, "unknown row of my 'shrt': did you mean short?"),
        ("short", "slo", {}, "unknown reading of my 'slo': did you mean slow?"),
        (
            "short",
            "plain",
            {"task.T": 3},
            "overrides: task.T: must be from 22 to",
        ),
        ("short", "plain", {"learner.rule": 3}, "overrides: learner.rule: must be a table, got 3"),
        ("short", "plain", {"crap": 3}, "unknown condition 'crap': did you mean cap?"),
        ("short", "plain", {"tsk.T": 30}, "unknown condition 'tsk': did you mean task?"),
        ("short", "plain", {"cap": 0}, "overrides: cap: must be from 1 to 1000000000000, got 0"),
    ],
)
def test_wrong_names_and_overrides(write, row, reading, overrides, message):
    with pytest.raises(InputError) as caught:
        cell(load_experiment(write(GOOD)), row, reading, **overrides)
    assert str(caught.value).startswith(message)


def test_tables_are_the_inverse_of_build():
    for experiment in catalogue().values():
        for row in experiment.rows:
            for reading in experiment.readings:
                wanted = cell(experiment, row.name, reading.name)
                assert build(to_tables(wanted)) == wanted


def test_fields_that_came_later_leave_the_fingerprints_of_stored_trials():
    """This is the fingerprint of before LSTM had forget gates and peepholes."""
    task, stop = Adding(T=100), Recent()
    base = Conditions(task, LSTM(2, 1), stop, cap=1000, test=10, dtype="float32", seed=1)
    assert to_fingerprint(base, engine=2) == (
        "71f6d86a51fd9d85e4a8d893e18078e4285c2c1f0931ba8a6ece7ce4f19c783f"
    )
    assert "forget_gates" not in to_tables(base)["learner"]
    later = replace(base, learner=LSTM(2, 1, forget_gates=True, forget_gate_biases=(1.0, 2.0)))
    assert to_tables(later)["learner"]["forget_gate_biases"] == [1.0, 2.0]
    assert build(to_tables(later)) == later
    assert to_fingerprint(later) != to_fingerprint(base)


def test_a_fingerprint_tells_conditions_apart_and_nothing_else():
    base = cell(published("adding"), "T=100", "as-printed")
    assert to_fingerprint(base) == to_fingerprint(build(to_tables(base)))
    assert len(to_fingerprint(base)) == 64
    whole = replace(base, learner=LSTM(inputs=2, outputs=1, weight_range=1))
    real = replace(base, learner=LSTM(inputs=2, outputs=1, weight_range=1.0))
    assert to_fingerprint(whole) == to_fingerprint(real)
    logarithm = replace(base, learner=LSTM(2, 1, input_gate_biases=tuple(-np.log([100, 100]))))
    assert build(to_tables(logarithm)) == logarithm  # NumPy's numbers are numbers
    different = [
        replace(base, task=AddingModern(T=100)),
        replace(base, task=Adding(T=102)),
        replace(base, learner=LSTM(inputs=2, outputs=1, rule=Adam(rate=0.5))),
        replace(base, stop=Recent(window=1999)),
        replace(base, cap=1),
        replace(base, test=1),
        replace(base, seed=1),
        replace(base, dtype="float64"),
    ]
    fingerprints = {to_fingerprint(each) for each in [base, real, *different]}
    fingerprints.add(to_fingerprint(base, ENGINE + 1))
    assert len(fingerprints) == len(different) + 3
