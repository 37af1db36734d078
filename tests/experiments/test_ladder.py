"""The ladder of lags: its rungs, who climbs, and where a climb ends."""

from dataclasses import replace

import pytest
from support import made_up_records

from longlag.commands.ladder import KINDS
from longlag.errors import InputError
from longlag.experiments.conditions import construct_task
from longlag.experiments.ladder import (
    ENOUGH,
    LAGS,
    NETWORKS,
    Ladder,
    _reach,
    climbs_in,
    families,
    family_of,
    row_of,
)
from longlag.experiments.trial import Status
from longlag.learners import learners

RUNGS = [(family, lag) for family in families().values() for lag in LAGS if lag >= family.first]


def climb(find, learner="lstm", **changes):
    ladder = Ladder(1000, families=["adding"], learners=[learner], **changes)
    (found,) = ladder.climbs(find)
    return found


def up_to(lag, asked=None):
    """A `find`: tasks up to this lag are solved by as many networks as needed, longer ones not."""

    def find(key, conditions):
        if asked is not None:
            asked.append((key, conditions))
        solved = conditions.task.minimal_lag <= lag
        count = 3 if key.experiment == "ladder-tuning" else ENOUGH
        status = Status.SOLVED if solved and key.trial < count else Status.CAP
        record = made_up_records.record(key.trial, 500, status)
        return replace(record, key=key, conditions=conditions)

    return find


@pytest.mark.parametrize(("family", "lag"), RUNGS, ids=lambda each: getattr(each, "name", each))
def test_a_task_has_the_lag_of_its_rung(family, lag):
    task = construct_task(family.task(lag))
    assert lag <= task.minimal_lag <= 1.1 * lag
    assert construct_task(family.task(lag, signed=True)).minimal_lag == task.minimal_lag
    steps = getattr(task, "T", None) or getattr(task, "longest", lag)
    assert 1.1 * steps <= _reach(lag)


def test_the_kinds_of_memory_are_those_of_the_papers():
    assert tuple(families()) == KINDS


def test_a_kind_is_called_as_its_task_and_keeps_the_keys_of_its_trials():
    for name, family in families().items():
        assert family.fixed["type"] == name
        assert family_of(family.formerly) is family_of(name) is family
    assert row_of(family_of("trainable-latch"), 5) == "latch, lag 5"  # as stores have it
    former = Ladder(1000, families=["noise-free", "symbol-lag", "adding"])
    assert [each.name for each in former.kinds] == ["symbol-lag", "adding"]
    assert (LAGS[0], LAGS[-1]) == (5, 10_000)


def test_every_learner_climbs_or_says_why_not():
    found = Ladder(1000).climbs(lambda key, conditions: None)
    assert [(each.family, each.learner) for each in found] == [
        (family, learner) for family in families() for learner in learners()
    ]
    for each in found:
        assert bool(each.pending) != bool(each.reason)


def test_a_climb_ends_at_the_first_lag_that_too_few_networks_bridge():
    found = climb(up_to(100))
    assert [rung.lag for rung in found.rungs] == [20, 50, 100, 200]
    assert (found.reached, found.pending) == (100, ())
    assert found.rungs[0].solved == ENOUGH < NETWORKS == len(found.rungs[0].records)
    assert found.rungs[0].needed == 500
    fell = found.rungs[-1]
    assert (fell.stands, fell.setting, fell.needed, fell.weights) == (False, None, None, None)


def test_a_climb_may_reach_the_top_or_no_rung():
    assert climb(up_to(10**9)).reached == LAGS[-1]
    none = climb(up_to(0))
    assert (none.reached, [rung.lag for rung in none.rungs]) == (0, [20])


def test_the_setting_of_the_rung_below_is_tried_first():
    def find(key, conditions):
        if key.experiment == "ladder-tuning" and "0.01" not in key.reading:
            return replace(up_to(0)(key, conditions), status=Status.CAP)
        return up_to(50)(key, conditions)

    asked = []
    found = climb(lambda *trial: asked.append(trial) or find(*trial))
    assert {rung.setting for rung in found.rungs[:-1]} == {"Adam 0.01"}
    second = [key for key, conditions in asked if conditions.task.minimal_lag == 50]
    assert second[0].reading == "lstm, Adam 0.01"
    assert {key.experiment for key in second} == {"ladder-tuning", "ladder"}


def test_what_is_pending_names_its_lag():
    def find(key, conditions):
        return up_to(100)(key, conditions) if conditions.task.T < 100 else None

    found = climb(find)
    assert (found.reached, found.ahead, len(found.pending)) == (20, 50, 3)


def test_the_budget_counts_presentations_and_the_rungs_can_be_chosen():
    asked = []
    assert climb(up_to(10**9, asked), lags=[50, 20], seed=5).reached == 50
    assert {conditions.cap for _, conditions in asked} == {1000}
    assert {conditions.seed for _, conditions in asked} == {5, 1_000_005}
    assert {conditions.task.T for _, conditions in asked} == {40, 100}


def test_a_store_tells_which_rungs_were_climbed():
    asked = []
    ladder = Ladder(1000, ["adding"], ["lstm", "elman"], [50, 200])
    climbs = ladder.climbs(up_to(100, asked))
    records = [up_to(100)(*trial) for trial in asked]
    other = Ladder(900, ["adding"], ["lstm"], [20])
    other.climbs(lambda *trial: records.insert(0, up_to(0)(*trial)) or records[0])
    found = climbs_in(records)
    assert [(each.learner, [rung.lag for rung in each.rungs]) for each in found] == [
        ("elman", [50, 200]),
        ("lstm", [50, 200]),
    ]
    assert not any(each.pending for each in climbs + found)
    begun = climbs_in([each for each in records if "lag 200" not in each.key.row])
    assert [(each.reached, each.ahead) for each in begun] == [(50, 100)] * 2


def test_a_rung_below_the_shortest_lag_of_a_task_says_so():
    found = climb(up_to(10**9), lags=[5, 10])
    assert (found.rungs, found.pending) == ((), ())
    assert found.reason == "no sequence has a lag as short: the shortest is 20"


def test_a_name_given_twice_counts_once():
    ladder = Ladder(1000, families=["adding", "adding"], learners=["lstm", "lstm"])
    assert len(ladder.climbs(up_to(0))) == 1


def test_a_learner_that_answers_by_a_sign_sees_targets_of_both_signs():
    ladder = Ladder(1000, families=["trainable-latch"], learners=["discrete-error", "lstm"])
    targets = {
        conditions.learner.name: getattr(conditions.task, "target_2", None)
        for each in ladder.climbs(lambda key, conditions: None)
        for _, conditions in each.pending
    }
    assert targets == {"discrete-error": -1.0, "lstm": 0.0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"budget": 0}, "budget must be"),
        ({"families": [["adding"]]}, r"unknown kind of memory \['adding'\]: did you mean adding"),
        ({"learners": [None]}, "unknown learner None: "),
        ({"families": ["ading"]}, "unknown kind of memory 'ading': did you mean adding"),
        ({"learners": ["lsmt"]}, "unknown learner 'lsmt': did you mean lstm"),
        ({"seed": -1}, "seed must be"),
        ({"families": "adding"}, "families must be a list, got 'adding': put it in brackets"),
        ({"lags": 10}, "lags must be a list, got 10: put it in brackets"),
        ({"lags": [7]}, "each lag must be one of 5, 10, 20, .* got 7"),
    ],
)
def test_what_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        Ladder(**({"budget": 1000} | wrong))
