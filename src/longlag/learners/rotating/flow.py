"""Rotating cells: how an error flows back through them.

A state reaches only itself, so there is one path back for the error of a cell,

    d s(t) / d s(t-1) = A(t) = y(phi) exp(j theta)

which turns it and makes it smaller by y(phi). Nothing is cut off.
"""

from collections import deque

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.rotating.learner import Rotating
from longlag.learners.rotating.reference import ReferenceRotating, parts
from longlag.learners.squashing import LOGISTIC


def rotating_paths(
    learner: Rotating, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The paths of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are those of re, im, in and phi, in this order, cell by cell.
    """
    net = ReferenceRotating(learner)
    net.load(column)
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    carry, leave = deque(maxlen=last), deque(maxlen=last)
    with np.errstate(over="ignore"):  # exp may overflow; the logistic, 0, is still right
        for now in x:
            net.step(now)
            carry.append(_turning(net.A))
            leave.append(np.concatenate([_parts(each) for each in net.slopes.values()], axis=1))
        arrive = np.diag(np.repeat(net.y_out, 2) * 2.0 * LOGISTIC.slope(parts(net.s)))
    jacobians = np.array(list(carry)[1:])
    return [
        ErrorPath("inside the cell", jacobians),
        ErrorPath("exact", jacobians, arrive, np.array(leave), to_relevant=True),
    ]


def _turning(A: np.ndarray) -> np.ndarray:
    """The factor of the states, part by part, in one step: (2 cells, 2 cells)."""
    J = np.zeros((2 * len(A), 2 * len(A)))
    re, im = np.arange(0, len(J), 2), np.arange(1, len(J), 2)
    re_A, im_A = np.real(A), np.imag(A)
    J[re, re], J[re, im], J[im, re], J[im, im] = re_A, -im_A, im_A, re_A
    return J


def _parts(slopes: np.ndarray) -> np.ndarray:
    """Complex slopes, one for each cell's net, as (2 cells, cells)."""
    return np.stack([np.diag(np.real(slopes)), np.diag(np.imag(slopes))], axis=1).reshape(
        -1, len(slopes)
    )
