"""The driver of batch learners against a trial in plain Python, and its bits."""

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pytest
from support import studies
from support.made_up_batch import RunningSum

from longlag.compiled.compiling import inner
from longlag.errors import InputError
from longlag.experiments.population import Job, Population
from longlag.experiments.stop import Exam, ExamWhenReady, TrainingSet
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey
from longlag.learners.guessing import Guessing
from longlag.network import Network
from longlag.simd.random import Purpose, numpy_stream
from longlag.simd.vectors import select
from longlag.tasks.latch import Latch
from longlag.tasks.reber import EmbeddedReber
from longlag.testing import check_learner

#: Without noise the sum of the inputs is 1 or -1: every exam with both classes is as hard.
TASK = Latch(20, 24, noise_variance=0.0, target_2=-1.0, correct_below=0.05)
#: All trials below run in the driver compiled for this one.
WHOLE_SET = Conditions(TASK, RunningSum(), TrainingSet(12), 5000, 30, "float64", seed=8)
#: Each sequence is one of two, in turn, so a lesson has the same ones as its part of the set.
LESSONS = replace(
    WHOLE_SET,
    task=replace(TASK, shortest=24),
    stop=TrainingSet(12, lessons=(1, 3, 2)),
)
EXAMINED = replace(WHOLE_SET, stop=ExamWhenReady(set=12, sequences=40, wrong_below=1))


def run(conditions, count, **options):
    return studies.run(conditions, count, workers=1, **({"lanes": 4} | options))


@dataclass
class ByHand:
    """A trial from the words of its conditions."""

    conditions: Conditions
    trial: int
    passes = sequences = steps = 0
    b = 0.0

    def __post_init__(self):
        c = self.conditions
        self.generator = numpy_stream(c.seed, self.trial, Purpose.WEIGHTS)
        self.w = 4.0 * self.generator.random() - 2.0
        self.status = self.learn()

    def error(self, x, target):
        h = 0.0
        for number in x[:, 0]:
            h += number
        return target[-1, 0] - (self.w * h + self.b), h

    def wrong(self, sequences):
        return sum(abs(self.error(x, y)[0]) >= self.conditions.task.tolerance for x, y in sequences)

    def learn(self):
        c = self.conditions
        examined = isinstance(c.stop, ExamWhenReady)
        size = c.stop.set if examined else c.stop.sequences
        whole = list(islice(c.task.sequences(c.seed, self.trial, Purpose.SETS), size))
        lessons = [] if examined else list(c.stop.lessons)
        firsts = np.cumsum([0, *lessons])
        parts = [whole[i : i + n] for i, n in zip(firsts, lessons, strict=False)] + [whole]
        chosen = parts.pop(0)
        while True:
            slope_w = slope_b = 0.0
            for x, target in chosen:
                error, h = self.error(x, target)
                slope_w, slope_b = slope_w + error * h, slope_b + error
                self.sequences, self.steps = self.sequences + 1, self.steps + len(x)
                if self.sequences == c.cap and x is not chosen[-1][0]:
                    return Status.CAP
            learned = not examined and not self.wrong(chosen)
            if learned and not parts:
                return Status.SOLVED
            rate = c.learner.rate / len(chosen)
            self.w += rate * slope_w + c.learner.shake * self.generator.random()
            if self.passes > 0:
                self.b += rate * slope_b
            self.passes += 1
            chosen = parts.pop(0) if learned else chosen
            exam = islice(c.task.sequences(c.seed, self.trial, Purpose.EXAM), 40)
            if examined and self.passes % 3 == 0 and self.wrong(exam) < c.stop.wrong_below:
                return Status.SOLVED
            if self.sequences >= c.cap:
                return Status.CAP


CASES = {
    "the set": WHOLE_SET,
    "lessons": LESSONS,
    "exams": EXAMINED,
    "a lenient exam": replace(EXAMINED, stop=replace(EXAMINED.stop, wrong_below=30)),
    "cap within a pass": replace(WHOLE_SET, cap=31),
    "cap before an exam": replace(EXAMINED, cap=36),
}


@pytest.mark.parametrize("case", CASES)
def test_a_trial_is_that_of_plain_python(case):
    conditions = CASES[case]
    seen = set()
    for trial, record in enumerate(run(conditions, 6)):
        hand = ByHand(conditions, trial)
        assert (record.status, record.sequences) == (hand.status, hand.sequences)
        assert record.steps == hand.steps
        # The order of the operations is the same, and so is each of them.
        assert record.column[:2].tolist() == [hand.w, hand.b]
        seen.add(record.status)
        if record.status is Status.SOLVED:
            tests = conditions.task.sequences(conditions.seed, trial, Purpose.TESTING)
            wrong = hand.wrong(islice(tests, conditions.test))
            assert (record.tested, record.wrong) == (conditions.test, wrong)
        else:
            assert (record.tested, record.wrong, record.test_error) == (0, None, None)
    assert Status.SOLVED in seen or "cap" in case
    assert Status.CAP in seen or "cap" not in case


def test_bits_do_not_depend_on_lanes_and_company():
    alone = [studies.bits(record) for record in run(EXAMINED, 5, lanes=1)]
    assert alone == [studies.bits(record) for record in run(EXAMINED, 5)]
    mixed = [
        (TrialKey("easy", "only", "only", i), WHOLE_SET if i > 4 else EXAMINED)
        for i in reversed(range(9))
    ]
    beside = Study(mixed, workers=2, lanes=4).run(every=0.001)
    assert alone == [studies.bits(record) for record in reversed(beside) if record.key.trial < 5]


def test_a_trial_resumes_to_the_bit():
    conditions = replace(EXAMINED, cap=400, stop=replace(EXAMINED.stop, average_below=1e-9))
    expected = run(conditions, 4)
    assert all(record.sequences == 400 for record in expected)
    jobs = [Job(record.key, conditions) for record in expected]
    records, slices = [], 0
    while jobs:  # a new population for every few chunks
        population = Population(conditions, 4)
        for job in jobs:
            population.load(job)
        records += [ended.record for ended in population.advance(0.0)]
        assert all(each.to_success == each.sequences for each in population.running())
        jobs, slices = population.checkpoints(), slices + 1
    assert slices > 50
    records.sort(key=lambda record: record.key.trial)
    assert list(map(studies.bits, records)) == list(map(studies.bits, expected))


def test_a_network_that_is_not_finite_any_more_has_diverged():
    for record in run(replace(WHOLE_SET, learner=RunningSum(rate=1e200)), 2):
        assert record.status is Status.DIVERGED
        assert 12 < record.sequences < 100


def test_the_made_up_learner_keeps_the_contract():
    check_learner(RunningSum(), compiled=False)


@dataclass(frozen=True)
class Hasty(RunningSum):
    """Learns within a pass."""

    def kernel(self, lanes):
        kernel = super().kernel(lanes)

        @inner
        def learn(S, Y, at, mask):
            S[0] = select(mask, S[0] + 0.1 * Y[at], S[0])

        return kernel._replace(learn=learn)


@dataclass(frozen=True)
class Modest(RunningSum):
    """Reports fewer weights than it has."""

    def weights_of(self, column):
        return 1


@pytest.mark.parametrize(
    ("learner", "message"), [(Hasty, "before the pass is over"), (Modest, "2 weights are there")]
)
def test_broken_learners_are_found_out(learner, message):
    with pytest.raises(AssertionError, match=message):
        check_learner(learner(), compiled=False)


def test_a_batch_learner_does_not_learn_from_one_sequence():
    with pytest.raises(InputError, match="running-sum does not learn from one sequence"):
        Network(RunningSum()).learn(np.ones((3, 1)), [1.0])


def test_the_stop_rule_goes_with_the_learner():
    with pytest.raises(InputError, match="running-sum needs the stop rule training-set or exam-w"):
        replace(WHOLE_SET, stop=Exam())
    with pytest.raises(InputError, match="lstm needs the stop rule recent or exam or growing-s"):
        replace(studies.easy(), stop=ExamWhenReady())
    with pytest.raises(InputError, match="wrong_below of exam-when-ready must be from 1 to 40"):
        ExamWhenReady(sequences=40, wrong_below=41)


def test_lessons_are_parts_of_a_set_for_batch_learners():
    with pytest.raises(InputError, match="at most 12 sequences in all, got 2 with 13: give fewer"):
        TrainingSet(12, lessons=(6, 7))
    with pytest.raises(InputError, match="must be at most 15, with at most 20 seq"):
        TrainingSet(20, lessons=(1,) * 16)
    with pytest.raises(InputError, match="for batch learners, which guessing is not: leave them"):
        replace(LESSONS, learner=Guessing(1, 1))


def test_a_set_of_strings_is_taken_in_order():
    """Training strings all, and once each pass: no test string is among them."""
    task = EmbeddedReber(strings=20)
    shown = [x[:, 0].tolist() for x, _ in islice(task.sequences(1, purpose=Purpose.SETS), 40)]
    examined = [x[:, 0].tolist() for x, _ in islice(task.sequences(1, purpose=Purpose.EXAM), 40)]
    assert shown == 2 * examined[20:]
    assert not any(string in shown for string in examined[:20])
