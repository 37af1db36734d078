"""Kalman training: how the derivatives that the filter uses fade with the lag.

The filter has the derivatives of RTRL, each step's times the discount: a step back is discount F'W.
"""

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.recurrent.kalman import Kalman
from longlag.learners.recurrent.reference_kalman import ReferenceKalman


def kalman_paths(learner: Kalman, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
    """The path of an error through the `last` steps of a sequence; see `Learner.error_paths`."""
    if not np.isfinite(learner.layout.view(np.asarray(column), "weights")).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    net = ReferenceKalman(learner)
    net.load(column)
    net.reset()
    slopes = []
    for now in x:
        net.step(now)
        slopes.append(net.slopes)
    net.answer()
    recurrent = learner.discount * net.w[:, net.first :]
    recent = np.array(slopes)[-last:]
    return [
        ErrorPath(
            "discounted derivatives",
            recent[1:, :, None] * recurrent,
            net.out_slopes[:, None] * net.v[:, net.first :],
            recent[:, :, None] * np.eye(net.units),
            to_relevant=True,
        )
    ]
