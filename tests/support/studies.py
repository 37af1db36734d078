"""Small studies that tests share, so that each driver compiles once.

All trials below run in the driver that was compiled for `easy`, if they have its lanes and dtype:
what differs between them are numbers.
"""

from dataclasses import replace
from functools import cache

from longlag.experiments.stop import Recent
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, TrialKey, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.rules import Adam
from longlag.tasks.adding import Adding

#: Met within a few thousand sequences: half of the last 200 within the tolerance.
EASY = Recent(window=200, wrong_below=100, average_below=0.1)
#: Never met.
STRICT = Recent(window=200, wrong_below=1, average_below=1e-9)

Trials = list[tuple[TrialKey, Conditions]]


@cache
def easy(T: int = 24, cap: int = 20_000, dtype: str = "float32", rate: float = 0.01) -> Conditions:
    """The adding problem at a size and a criterion that a trial meets in a moment."""
    learner = LSTM(2, 1, output="linear", output_bias=0.5, rule=Adam(rate))
    return Conditions(Adding(T), learner, EASY, cap=cap, test=100, dtype=dtype, seed=3)


def endless(cap: int, T: int = 24, dtype: str = "float32") -> Conditions:
    """A trial that goes on until its cap."""
    return replace(easy(T, cap, dtype), stop=STRICT)


def trials(conditions: Conditions, count: int) -> Trials:
    """The first trials of a study."""
    return [(TrialKey("easy", "only", "only", i), conditions) for i in range(count)]


def mixed(dtype: str = "float32") -> Trials:
    """Trials of several lengths of sequence and of training that share a driver."""
    kinds = [easy(24, 20_000, dtype), endless(3000, 24, dtype), endless(150, 60, dtype)]
    return [
        (TrialKey("mixed", f"row {i % len(kinds)}", "only", i), kinds[i % len(kinds)])
        for i in range(20)
    ]


def run(conditions: Conditions, count: int, **options) -> list[TrialRecord]:
    """Their records, without a store."""
    return Study(trials(conditions, count), **options).run(every=0.001)


def bits(record: TrialRecord) -> tuple:
    """All that must not depend on lanes, workers or interruptions."""
    return (
        record.key,
        record.status,
        record.sequences,
        record.guesses,
        record.steps,
        record.wrong,
        record.tested,
        record.test_error,
        record.curve.tobytes(),
        record.column.tobytes(),
    )
