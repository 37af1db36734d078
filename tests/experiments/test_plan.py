"""Which trials an experiment consists of, and in which order."""

from dataclasses import replace

import numpy as np
import pytest

from longlag.errors import InputError
from longlag.experiments.experiment import Experiment, Published, Reading, Row
from longlag.experiments.files import published
from longlag.experiments.plan import current, plan
from longlag.experiments.trial import Status, TrialRecord

EXPERIMENT = Experiment(
    name="mine",
    title="A small adding problem",
    citation=(),
    task={"type": "adding"},
    learner={"type": "lstm", "output": "linear"},
    stop={"type": "recent"},
    rows=(
        Row("short", 100, {"task.T": 24}, readings=("printed",)),
        Row("long", 200, {"task.T": 50}, Published("hochreiter1997", "Table 7"), trials=1),
    ),
    readings=(
        Reading("chosen", "as it stands"),
        Reading("printed", "logistic", {"learner.output": "logistic"}),
    ),
    reading="chosen",
    trials=2,
    test=10,
)


def names(trials):
    return [(key.row, key.reading, key.trial) for key, _ in trials]


def test_rows_readings_and_trials_in_order():
    trials = plan(EXPERIMENT)
    assert names(trials) == [
        ("short", "chosen", 0),
        ("short", "chosen", 1),
        ("short", "printed", 0),
        ("short", "printed", 1),
        ("long", "chosen", 0),  # the row's own number of trials
    ]
    assert {key.experiment for key, _ in trials} == {"mine"}
    short, _, printed, _, long = (conditions for _, conditions in trials)
    assert [each.task.parameters[0] for each in (short, printed, long)] == [24, 24, 50]
    assert [each.cap for each in (short, printed, long)] == [100, 100, 200]
    assert printed.learner == replace(short.learner, output="logistic")
    assert (short.seed, short.dtype, short.test) == (1, "float32", 10)


def test_options_narrow_the_plan():
    assert names(plan(EXPERIMENT, reading="printed", trials=1)) == [
        ("short", "printed", 0),
        ("long", "printed", 0),
    ]
    assert names(plan(EXPERIMENT, T=[50], trials=2)) == [
        ("long", "chosen", 0),
        ("long", "chosen", 1),
    ]
    both = plan(EXPERIMENT, T=[50, 24], seed=7, dtype="float64")
    assert names(both) == names(plan(EXPERIMENT))
    assert {(conditions.seed, conditions.dtype) for _, conditions in both} == {(7, "float64")}


def test_rows_are_chosen_by_the_words_their_names_begin_with():
    first, second = EXPERIMENT.rows
    rows = (replace(first, name="6a T=24"), replace(second, name="6ab T=50"))
    changed = replace(EXPERIMENT, rows=rows)

    def chosen(*asked, T=None):
        return [key.row for key, _ in plan(changed, rows=asked, T=T, reading="chosen", trials=1)]

    assert chosen("6a") == chosen("6a T=24") == chosen("6a", T=[24, 50]) == ["6a T=24"]
    assert chosen("6ab", "6a") == ["6a T=24", "6ab T=50"]
    for asked, T, message in (
        ("6", None, "unknown row of mine '6'"),
        ("", None, "unknown row of mine ''"),
        ("6a", [50], "mine has no row called '6a' with T=50"),
    ):
        with pytest.raises(InputError, match=message):
            chosen(asked, T=T)


def test_a_row_may_choose_its_own_reading():
    first, second = EXPERIMENT.rows
    changed = replace(EXPERIMENT, rows=(first, replace(second, reading="printed")))
    assert names(plan(changed, trials=1)) == [
        ("short", "chosen", 0),
        ("short", "printed", 0),
        ("long", "printed", 0),
    ]
    # What the caller asks for goes before what the row chooses.
    assert names(plan(changed, trials=1, reading="chosen"))[-1] == ("long", "chosen", 0)


def test_T_of_the_experiment_holds_for_rows_that_do_not_change_it():
    changed = replace(
        EXPERIMENT, task={"type": "adding", "T": 30}, rows=(Row("only", 9), *EXPERIMENT.rows)
    )
    assert names(plan(changed, T=[30], trials=1)) == [("only", "chosen", 0)]


def finished(trials):
    """Records of such trials, whatever became of them."""
    return [
        TrialRecord(
            key=key,
            conditions=conditions,
            status=Status.CAP,
            sequences=1,
            steps=1,
            seconds=0.0,
            wrong=None,
            tested=0,
            test_error=None,
            curve=np.zeros((0, 3)),
            column=np.zeros(1),
        )
        for key, conditions in trials
    ]


def test_current_leaves_out_what_was_run_under_other_conditions():
    now = finished(plan(EXPERIMENT)) + finished(plan(EXPERIMENT, seed=2))
    long = EXPERIMENT.rows[1]
    earlier = replace(EXPERIMENT, rows=(replace(long, cap=100), replace(long, name="gone")))
    other = finished(plan(replace(EXPERIMENT, name="other")))
    records = finished(plan(earlier)) + now + other
    kept = current(EXPERIMENT, records)
    assert [id(each) for each in kept] == [id(each) for each in now]


def test_current_leaves_out_a_second_precision():
    single, double = (finished(plan(EXPERIMENT, dtype=dtype)) for dtype in ("float32", "float64"))
    assert {each.conditions.dtype for each in current(EXPERIMENT, double + single)} == {"float32"}
    assert len(current(EXPERIMENT, double)) == len(double)


def test_a_reading_shown_beside_itself_is_run_once():
    row = replace(EXPERIMENT.rows[0], readings=("chosen", "printed", "printed"))
    trials = plan(replace(EXPERIMENT, rows=(row,)), trials=1)
    assert names(trials) == [("short", "chosen", 0), ("short", "printed", 0)]


def test_a_row_with_a_whole_task_is_found_by_its_lag():
    order = Row("order", 100, {"task": {"type": "temporal-order", "T": 50}})
    trials = plan(replace(EXPERIMENT, rows=(*EXPERIMENT.rows, order)), T=[50], trials=1)
    assert [key.row for key, _ in trials] == ["long", "order"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"T": [7]}, "mine has no row with T=7: it has T = 24, 50"),
        ({"T": [24, 7]}, "mine has no row with T=7"),
        ({"T": 24}, "T must be a list, got 24: put it in brackets"),
        ({"rows": "short"}, "rows must be a list, got 'short': put it in brackets"),
        ({"reading": "chozen"}, "unknown reading of mine 'chozen': did you mean chosen?"),
        ({"trials": 0}, "trials must be from 1 to 1000000, got 0"),
        ({"trials": 1.5}, "trials must be a whole number from 1 to 1000000, got 1.5"),
        ({"seed": -1}, "seed: must be from 0 to"),
        ({"dtype": "float16"}, "dtype: must be one of 'float32', 'float64'"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(InputError) as caught:
        plan(EXPERIMENT, **options)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_experiment_without_T_says_so():
    experiment = replace(EXPERIMENT, rows=(Row("only", 100),))
    with pytest.raises(InputError, match="no row with T=24: it has T = none"):
        plan(experiment, T=[24])


def test_the_published_table():
    """Table 7: three rows of ten trials, and as-printed beside the first."""
    trials = plan(published("adding"))
    assert len(trials) == 40
    cells = list(dict.fromkeys((key.row, key.reading) for key, _ in trials))
    assert cells == [
        ("T=100", "linear-output-wide-init"),
        ("T=100", "as-printed"),
        ("T=500", "linear-output-wide-init"),
        ("T=1000", "linear-output-wide-init"),
    ]
    assert {conditions.test for _, conditions in trials} == {2560}
    assert {conditions.learner.weights for _, conditions in trials} == {93}
