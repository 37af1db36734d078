"""What differs between kinds of learning is known for every kind, and asked of nothing else."""

import tomllib
from dataclasses import fields, replace
from importlib import resources

import pytest

from longlag import testing
from longlag.errors import InputError
from longlag.experiments.kinds import KINDS, kind_of
from longlag.experiments.stop import Exam, ExamWhenReady, Recent, TrainingSet
from longlag.experiments.trial import Conditions, TrialRecord
from longlag.learners import learners
from longlag.learners.lstm import LSTM
from longlag.tasks.adding import Adding
from longlag.testing.learners import _CHECKS as kinds_checked


class InTwoParts(LSTM):
    """A learner of a kind that no driver runs."""

    name = "in-two-parts"
    kind = "sequence"


CONDITIONS = Conditions(Adding(24), LSTM(2, 1), Recent(), 100, 10, "float32", 1)


@pytest.mark.parametrize("name", learners())
def test_every_learner_can_be_run(name):
    assert kind_of(learners()[name]).name == learners()[name].kind


def test_every_kind_is_checked_and_has_a_stop_rule_in_the_matrix():
    stops = tomllib.loads((resources.files("longlag.experiments") / "matrix.toml").read_text())
    assert KINDS.keys() == kinds_checked.keys() == stops["stop"].keys()


def test_what_is_counted_is_kept_and_recorded():
    recorded = {field.name for field in fields(TrialRecord)}
    for kind in KINDS.values():
        assert kind.counted in recorded
        assert kind.counted in (kind.lane.names or ())


@pytest.mark.parametrize(
    "run",
    [
        lambda learner: replace(CONDITIONS, learner=learner),
        testing.check_learner,
        kind_of,
    ],
    ids=["conditions", "check_learner", "kind_of"],
)
def test_another_kind_is_refused_by_name(run):
    with pytest.raises(InputError) as refusal:
        run(InTwoParts(2, 1))
    assert str(refusal.value) == (
        "learner in-two-parts is of the kind 'sequence', which cannot be run: kind must be one of "
        "online, search, batch"
    )


@pytest.mark.parametrize("name", learners())
def test_a_stop_rule_of_another_kind_is_refused(name):
    learner = learners()[name](inputs=2, outputs=1)
    for rule in (Recent(), Exam(), TrainingSet(), ExamWhenReady()):
        if isinstance(rule, kind_of(learner).stop_rules):
            assert replace(CONDITIONS, learner=learner, stop=rule).kind is kind_of(learner)
        else:
            with pytest.raises(InputError, match=f"{name} needs the stop rule .*{rule.name}"):
                replace(CONDITIONS, learner=learner, stop=rule)


@pytest.mark.parametrize(
    ("check", "thing", "said"),
    [
        (testing.check_learner, None, "a learner has 'kernel', which None lacks"),
        (testing.check_learner, LSTM, "a learner is an object, got the class LSTM"),
        (testing.check_learner, Adding(30), "a learner has 'layout', which Adding"),
        (testing.check_task, 5, "a task has 'kernel', which 5 lacks"),
        (testing.check_task, LSTM(2, 1), "a task has 'sequences', which LSTM"),
    ],
)
def test_what_is_no_task_or_learner_is_named(check, thing, said):
    with pytest.raises(InputError, match=said):
        check(thing)
