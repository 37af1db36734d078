"""The holographic net: how an error flows back through it.

A step convolves the state with the key, which is a turn: it neither shrinks nor lengthens an error,
at any lag. Only the first step reads inputs, so an error leaves the net there alone.
"""

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.holographic.learner import Holographic
from longlag.learners.holographic.reference import ReferenceHolographic


def holographic_paths(
    learner: Holographic, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The paths of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are the codes.
    """
    net = ReferenceHolographic(learner)
    net.load(column)
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    for now in x:
        net.step(now)
    out, n, shown = net.answer(), learner.hidden, min(last, len(x))
    slopes = np.eye(len(out))
    if learner.output == "softmax":
        slopes = np.diag(out) - np.outer(out, out)
    elif learner.output == "logistic":
        slopes = np.diag(out * (1.0 - out))
    turn = np.array([np.roll(net.key, m) for m in range(n)]).T  # d h(t) / d h(t-1)
    leave = np.zeros((shown, n, n))
    if shown == len(x):
        leave[0] = np.eye(n)
    back = np.broadcast_to(turn, (shown - 1, n, n))
    return [ErrorPath("exact", back, net.gain * slopes @ net.v[:, 1:], leave, to_relevant=True)]
