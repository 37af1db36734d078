"""An experiment and trial records made by hand, for the tests of the report."""

from dataclasses import replace

import numpy as np

from longlag.experiments.experiment import Experiment, Published, Reading, Row
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.report.study.mechanism import Trace
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


def beside_published(
    name: str, title: str, means: dict[str, float], count: int = 4
) -> tuple[Experiment, list[TrialRecord]]:
    """Rows with these published means, and trials under a chosen, a literal and a modern reading.

    Rows whose names differ in what follows " ST" hold figures of one line of the table.
    """
    random = np.random.default_rng(1)
    rows = tuple(
        Row(
            row,
            int(8 * mean),
            {"task.T": 100},
            replace(PUBLISHED, sequences=mean, low=None, high=None, line=row.split(" ST")[0]),
            readings=("as-printed", "adam"),
        )
        for row, mean in means.items()
    )
    readings = (
        Reading("as-printed", "To the letter."),
        Reading("adam", "Adam on the same online gradient.", modern=True),
        Reading("unconnected", "No hidden unit feeds another.", {"learner.cell_sources": []}),
    )
    described = replace(experiment(title), name=name, rows=rows, readings=readings)
    described = replace(described, reading="unconnected", trials=count)
    records = []
    for row, mean in means.items():
        for reading, share in (("as-printed", 3.0), ("unconnected", 1.1), ("adam", 0.2)):
            for trial in range(count):
                needed = int(share * mean * random.lognormal(0, 0.3))
                capped = needed > 3 * mean
                status = Status.CAP if capped else Status.SOLVED
                sequences = int(8 * mean) if capped else needed
                wrong = int(random.integers(4))
                one = record(trial, sequences, status, wrong, row, reading)
                records.append(replace(one, key=replace(one.key, experiment=name)))
    return described, records


def several() -> list[tuple[Experiment, list[TrialRecord]]]:
    """Two experiments, the first with two figures of one line."""
    return [
        beside_published(
            "noise", "Noise and signal", {"N=3 ST1": 27_380, "N=3 ST2": 39_850, "N=1": 58_370}
        ),
        beside_published("order", "Temporal order", {"6a": 31_390}),
    ]


def trace(steps: int = 100, **changed) -> Trace:
    """What a network of two blocks of two cells might have done over a sequence."""
    rng = np.random.default_rng(1)
    target = np.full((steps, 1), np.nan)
    target[-1] = 0.6
    arrays = {
        "x": rng.uniform(-1, 1, (steps, 2)),
        "target": target,
        "input_gates": rng.random((steps, 2)),
        "output_gates": rng.random((steps, 2)),
        "states": rng.normal(size=(steps, 4)),
        "cell_outputs": rng.normal(size=(steps, 4)),
        "outputs": rng.random((steps, 1)),
        "marked": (3, 40),
    }
    return Trace(**{**arrays, **changed})
