"""What a solved network does over one sequence, for the picture of how it solves its task."""

from collections.abc import Sequence

from longlag.experiments.experiment import Experiment
from longlag.experiments.trial import Status, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.network import Network
from longlag.report.study.mechanism import Trace
from longlag.simd.random import Purpose


def most_typical(experiment: Experiment, records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """For each task of the experiment, the solved LSTM trial with the median number of sequences.

    The trial is of the row with the shortest lag, and of the reading chosen for the row if any
    trial of that reading was solved.
    """
    solved = [
        r for r in records if r.status is Status.SOLVED and isinstance(r.conditions.learner, LSTM)
    ]
    chosen = {row.name: experiment.chosen(row) for row in experiment.rows}
    rows = list(chosen)
    shown = []
    for task in dict.fromkeys(record.conditions.task.name for record in solved):
        candidates = [r for r in solved if r.conditions.task.name == task]
        proper = [r for r in candidates if r.key.reading == chosen[r.key.row]] or candidates
        first = min(
            proper, key=lambda r: (r.conditions.task.minimal_lag, rows.index(r.key.row))
        ).key
        # A median over several rows of equal lag, or over several readings, would mean nothing.
        alike = [r for r in proper if (r.key.row, r.key.reading) == (first.row, first.reading)]
        shown.append(sorted(alike, key=lambda record: record.sequences)[(len(alike) - 1) // 2])
    return shown


def observe(record: TrialRecord) -> Trace:
    """The trial's network over the first sequence of its test."""
    c = record.conditions
    x, target = next(c.task.sequences(c.seed, record.key.trial, Purpose.TESTING))
    fed = x[:, 0] if c.task.coding == "symbol" else x
    network = Network.from_column(c.learner, record.column)
    seen = network.record(fed)
    activations, places = seen["activations"], c.learner.topology.places  # type: ignore[attr-defined]
    gates = activations[:, places["output_gates"]]
    return Trace(
        x=x,
        target=target,
        input_gates=activations[:, places["input_gates"]],
        output_gates=gates if gates.shape[1] else None,
        states=seen["states"],
        cell_outputs=activations[:, places["cells"]],
        outputs=network.predict(fed),
        marked=c.task.relevant(x),
        symbols=c.task.alphabet if c.task.coding == "symbol" else None,
    )
