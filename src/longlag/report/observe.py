"""Watches a solved network at work, for the picture of how it solves its task."""

from collections.abc import Sequence

import numpy as np

from longlag.experiments.trial import Status, TrialRecord
from longlag.kernels.random import Purpose
from longlag.learners.lstm import LSTM
from longlag.network import Network
from longlag.report.mechanism import Trace


def most_typical(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """The solved LSTM trial of the shortest task whose number of sequences is the median one."""
    solved = [
        r for r in records if r.status is Status.SOLVED and isinstance(r.conditions.learner, LSTM)
    ]
    if not solved:
        return None
    lag = min(record.conditions.task.minimal_lag for record in solved)
    shortest = [record for record in solved if record.conditions.task.minimal_lag == lag]
    return sorted(shortest, key=lambda record: record.sequences)[(len(shortest) - 1) // 2]


def observe(record: TrialRecord) -> Trace:
    """The trial's network over the first sequence of its test."""
    c = record.conditions
    x, target = next(c.task.sequences(c.seed, record.key.trial, Purpose.TESTING))
    network = Network.from_column(c.learner, record.column)
    seen = network.record(x)
    activations, places = seen["activations"], c.learner.topology.places  # type: ignore[attr-defined]
    gates = activations[:, places["output_gates"]]
    return Trace(
        x=x,
        target=target,
        input_gates=activations[:, places["input_gates"]],
        output_gates=gates if gates.shape[1] else None,
        states=seen["states"],
        cell_outputs=activations[:, places["cells"]],
        outputs=network.predict(x),
        marked=_marked(x),
    )


def _marked(x: np.ndarray) -> tuple[int, ...]:
    """The marked steps of the adding problem: those whose second input is 1."""
    return tuple(np.flatnonzero(x[:, 1] == 1.0).tolist()) if x.shape[1] == 2 else ()
