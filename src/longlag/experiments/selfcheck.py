"""Compiled code against the readable reference, for some steps before a study begins.

The driver may come from the cache, compiled by another process. Both the driver and the reference
compute a chunk of steps of the study's own networks. This takes some hundredths of a second and
detects code that belongs to another network.
"""

from typing import Any

import numpy as np

from longlag.contract import BEGINS, CHUNK, ENDS, TARGET
from longlag.errors import LonglagError
from longlag.experiments.trial import Conditions
from longlag.learners.base import Observer, Reference

MOST_WEIGHTS = 20_000  #: the reference of a larger network takes too long

#: Largest difference from the float64 reference, relative to the largest number. The rounding
#: errors of a chunk in float32 are a hundredth of this limit; with wrong sizes or a wrong rule, the
#: first digit differs.
TOLERANCE = {"float32": 1e-3, "float64": 1e-9}


def reference_of(conditions: Conditions, column: np.ndarray) -> Reference | None:
    """The reference network of a new trial, or None if there is none or it is too slow."""
    learner = conditions.learner
    reference = learner.reference() if learner.weights <= MOST_WEIGHTS else None
    if reference is not None:
        reference.load(column)
    return reference


@np.errstate(over="ignore")  # exp overflows for a gate that is far shut; the logistic, 0, is right
def follow(reference: Reference, conditions: Conditions, arrays: Any, lane: int) -> None:
    """Step the reference through the chunk in the driver's arrays.

    A lane whose pass over a short training set ended in the chunk learns no more in it, but takes
    its steps.
    """
    width, outputs = conditions.task.width, conditions.task.outputs
    answers = outputs + conditions.task.extras
    left = np.inf if arrays.live[lane] else int(arrays.lanes[lane]["sequences"])
    for i in range(CHUNK):
        event = arrays.events[i, lane]
        if event & BEGINS:
            reference.reset()
        x = arrays.X[i * width : (i + 1) * width, lane]
        if left and isinstance(reference, Observer):
            reference.observe(x)
        reference.step(x)
        if event & TARGET:
            reference.answer()
            if left:
                reference.learn(arrays.Y[i * answers : i * answers + outputs, lane])
        if event & ENDS and left:
            reference.finish()
            left -= 1


def compare(reference: Reference, conditions: Conditions, column: np.ndarray) -> None:
    """Raise `LonglagError` where weights or activations of the compiled network differ."""
    learner = conditions.learner
    for name, expected in (
        ("weights", reference.weights()),
        ("activations", reference.activations()),
    ):
        found = learner.layout.view(column, name)
        largest = max(1.0, float(np.abs(expected).max()))
        if not np.abs(found - expected).max() <= TOLERANCE[conditions.dtype] * largest:
            raise LonglagError(
                f"the compiled code of {learner.name} on {conditions.task.name} is wrong: its "
                f"{name} are not those of the reference; run `longlag cache --clear`, try again, "
                "and report it if it happens again"
            )
