"""An experiment and trial records made by hand, for the tests of the report."""

import numpy as np

from longlag.experiments.experiment import Experiment, Published, Reading, Row
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.tasks.adding import Adding

CAP = 200_000
CONDITIONS = Conditions(
    task=Adding(100),
    learner=LSTM(inputs=2, outputs=1),
    stop=Recent(),
    cap=CAP,
    test=2560,
    dtype="float32",
    seed=7,
)

PUBLISHED = Published(
    source="hochreiter1997",
    where="Table 7",
    sequences=74_000,
    low=37_000,
    high=202_000,
    trials=10,
    wrong=1,
    tested=2560,
)


def experiment(title: str = "The adding problem", description: str = "Add two.") -> Experiment:
    return Experiment(
        name="adding",
        title=title,
        citation=("hochreiter1997",),
        task={"type": "adding"},
        learner={"type": "lstm", "blocks": 2, "rule": {"type": "gradient-descent", "rate": 0.5}},
        stop={"type": "recent", "window": 2000},
        rows=(
            Row("T=100", CAP, {"task.T": 100}, PUBLISHED),
            Row("T=500", CAP, {"task.T": 500}),
        ),
        readings=(
            Reading("as-printed", "To the letter."),
            Reading("linear-output", "A linear output unit.", {"learner.output": "linear"}),
        ),
        reading="linear-output",
        trials=10,
        test=2560,
        description=description,
    )


def record(
    trial: int,
    sequences: int,
    status: Status = Status.SOLVED,
    wrong: int = 0,
    row: str = "T=100",
    reading: str = "linear-output",
) -> TrialRecord:
    solved = status is Status.SOLVED
    points = np.linspace(1000, max(sequences, 2000), 20)
    errors = 0.16 * np.exp(-3.0 * points / points[-1])
    if status is Status.DIVERGED:
        errors[-1] = np.nan
    return TrialRecord(
        key=TrialKey("adding", row, reading, trial),
        conditions=CONDITIONS,
        status=status,
        sequences=sequences,
        steps=sequences * 105,
        seconds=2.0 + trial,
        wrong=wrong if solved else None,
        tested=2560 if solved else 0,
        test_error=0.006 if solved else None,
        curve=np.stack([points, errors, errors], axis=1),
        column=np.zeros(4),
    )


def study() -> list[TrialRecord]:
    """Solved, capped and diverged trials of two rows and two readings, in no order."""
    return [
        record(0, CAP, Status.CAP, reading="as-printed"),
        *(record(i, 30_000 + 20_000 * i, wrong=i % 2, row="T=500") for i in range(3)),
        record(3, 12_345, Status.DIVERGED, row="T=500"),
        *(record(i, 61_000 + 1_111 * i, wrong=i) for i in range(3)),
        record(3, CAP, Status.CAP),
        record(1, CAP, Status.CAP, reading="as-printed"),
    ]
