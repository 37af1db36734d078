"""The driver of growing training sets against a trial in plain Python, and its bits."""

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pytest
from support import studies

from longlag import (
    RTRL,
    EmbeddedReber,
    FirstStrings,
    GradientDescent,
    Momentum,
    Reber,
    SecondOrder,
    TwoPatterns,
)
from longlag.errors import InputError
from longlag.experiments.population import Job, Population
from longlag.experiments.stop import GrowingSet
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey
from longlag.learners.guessing import Guessing
from longlag.simd.random import Purpose, numpy_stream

LEARNER = SecondOrder(3, 1, coding="symbol", hidden=3, weight_range=1.0, depth=5, rule=Momentum())
#: All trials of this learner run in the driver compiled for this one.
GROWING = Conditions(
    FirstStrings(states=2, strings=31, longest=5),
    LEARNER,
    GrowingSet(first=3, more=2, passes=4, cycles=60, sequences=31),
    *(20_000, 63, "float64", 5),
)


@dataclass
class ByHand:
    """A trial from the words of its conditions."""

    conditions: Conditions
    trial: int
    sequences = steps = 0

    def __post_init__(self):
        c = self.conditions
        column = c.learner.start(numpy_stream(c.seed, self.trial, Purpose.WEIGHTS))
        self.net = c.learner.reference()
        self.net.load(column)
        self.status = self.learn()

    def error(self, x, target):
        self.net.reset()
        for now in x:
            self.net.step(now)
        return abs(self.net.answer()[0] - target[-1, 0])

    def wrong(self, sequences):
        return [not self.error(x, y) < self.conditions.task.tolerance for x, y in sequences]

    def learn(self):
        c, rule = self.conditions, self.conditions.stop
        of_set = c.task.sequences(c.seed, self.trial, Purpose.SETS)
        whole = list(islice(of_set, rule.sequences))
        shown = list(range(rule.first))
        for _ in range(rule.cycles):
            for _ in range(rule.passes):
                right = 0
                for x, target in (whole[i] for i in shown):
                    right += self.error(x, target) < c.task.tolerance
                    self.net.learn(target[-1])
                    self.net.finish()
                    self.sequences, self.steps = self.sequences + 1, self.steps + len(x)
                    if self.sequences == c.cap:
                        break
                if right == len(shown) or self.sequences == c.cap:
                    break
            wrong = np.flatnonzero(self.wrong(whole))
            if len(wrong) == 0:
                return Status.SOLVED
            if self.sequences == c.cap:
                return Status.CAP
            shown = sorted([*shown, *[i for i in wrong if i not in shown][: rule.more]])
        return Status.CAP


CASES = {
    "a set that grows": GROWING,
    "close answers": replace(GROWING, task=replace(GROWING.task, correct_below=0.2)),
    "few cycles": replace(GROWING, stop=replace(GROWING.stop, cycles=3)),
    "cap within a pass": replace(GROWING, cap=17),
    "the whole set": replace(GROWING, stop=replace(GROWING.stop, first=31, more=0, cycles=5)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_trial_is_that_of_plain_python(case):
    conditions = CASES[case]
    seen = set()
    for trial, record in enumerate(studies.run(conditions, 6, workers=1, lanes=4)):
        hand = ByHand(conditions, trial)
        assert (record.status, record.sequences) == (hand.status, hand.sequences)
        assert record.steps == hand.steps
        # The reference sums in another order: some thousand updates of 1e-16 each, as they grow.
        weights = conditions.learner.layout.view(record.column, "weights")
        np.testing.assert_allclose(weights, hand.net.weights(), rtol=1e-7, atol=1e-7)
        seen.add(record.status)
        if record.status is Status.SOLVED:
            tests = conditions.task.sequences(conditions.seed, trial, Purpose.TESTING)
            wrong = sum(hand.wrong(islice(tests, conditions.test)))
            assert (record.tested, record.wrong) == (conditions.test, wrong)
        else:
            assert (record.tested, record.wrong, record.test_error) == (0, None, None)
    assert seen & {Status.SOLVED if case not in ("few cycles", "cap within a pass") else Status.CAP}


def test_bits_do_not_depend_on_lanes_and_company():
    alone = [studies.bits(each) for each in studies.run(GROWING, 5, workers=1, lanes=1)]
    assert alone == [studies.bits(each) for each in studies.run(GROWING, 5, workers=1, lanes=4)]
    hard = replace(GROWING, stop=replace(GROWING.stop, more=1, cycles=10))
    mixed = [
        (TrialKey("easy", "only", "only", i), hard if i > 4 else GROWING)
        for i in reversed(range(9))
    ]
    beside = Study(mixed, workers=2, lanes=4).run(every=0.001)
    assert alone == [studies.bits(each) for each in reversed(beside) if each.key.trial < 5]


def test_a_trial_resumes_to_the_bit():
    conditions = replace(GROWING, task=replace(GROWING.task, correct_below=0.01), cap=400)
    expected = studies.run(conditions, 4, workers=1, lanes=4)
    assert all(record.sequences == 400 for record in expected)
    jobs = [Job(record.key, conditions) for record in expected]
    records, slices = [], 0
    while jobs:  # a new population for every few chunks
        population = Population(conditions, 4)
        for job in jobs:
            population.load(job)
        records += [ended.record for ended in population.advance(0.0)]
        jobs, slices = population.checkpoints(), slices + 1
    assert slices > 20
    records.sort(key=lambda record: record.key.trial)
    assert list(map(studies.bits, records)) == list(map(studies.bits, expected))


#: Drawn sequences, and another driver.
DRAWN = Conditions(
    TwoPatterns(T=6),
    RTRL(1, 1, hidden=2, squashing="tanh", output="linear", rule=GradientDescent(0.5)),
    GrowingSet(first=8, passes=100, cycles=30, sequences=8),
    *(10**6, 20, "float64", 1),
)


def test_a_set_that_is_drawn_is_shown_whole():
    """Sequences that a task draws cannot be taken one by one; a stream begins again each pass."""
    for trial, record in enumerate(studies.run(DRAWN, 2, workers=1, lanes=1)):
        hand = ByHand(DRAWN, trial)
        assert (record.status, record.sequences) == (hand.status, hand.sequences)
    with pytest.raises(InputError, match=r"^growing-set needs a task that enumerates its training"):
        replace(DRAWN, stop=GrowingSet(first=3, sequences=8))


@pytest.mark.parametrize("task", [Reber(), EmbeddedReber(strings=0)], ids=repr)
def test_strings_that_are_drawn_on_the_fly_are_no_set(task):
    with pytest.raises(InputError, match="enumerates its training set, got"):
        replace(GROWING, task=task, learner=RTRL(7, 7, hidden=2, coding="symbol"))


def test_a_network_that_is_not_finite_any_more_has_diverged():
    wild = replace(DRAWN, learner=replace(DRAWN.learner, rule=GradientDescent(1e6)))
    for record in studies.run(wild, 2, workers=1, lanes=1):
        assert record.status is Status.DIVERGED
        assert record.sequences < 1000


def test_the_rule_is_for_online_learners_and_its_first_sequences_are_of_the_set():
    with pytest.raises(InputError, match="guessing needs the stop rule training-set, got growing"):
        replace(GROWING, learner=Guessing(3, 1, coding="symbol"))
    with pytest.raises(InputError, match="first of growing-set must be from 1 to 20, got 30"):
        GrowingSet(sequences=20)
