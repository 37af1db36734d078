"""Local feedback: how an error flows back through units that see themselves alone.

The state is what later steps see: the last h and the last y. With slopes f' and F' on diagonals,

    dh(t) = f' sum_m a_m dh(t-m)
    dy(t) = F' (sum_n v_n dh(t-n) + sum_m b_m dy(t-m))

by the state before. All other numbers of the state move by one step.
"""

from collections import deque

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.local_feedback.learner import LocalFeedback
from longlag.learners.local_feedback.reference import ReferenceLocalFeedback


def local_paths(
    learner: LocalFeedback, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The path of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are those of the hidden units.
    """
    net = ReferenceLocalFeedback(learner)
    net.load(column)
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    hidden, output = learner.topology.hidden, learner.topology.output
    n, k = hidden.units, output.units
    kept_h = max(hidden.own, output.seen - 1, 1) * n  # numbers of the state
    size = kept_h + max(output.own, 1) * k
    v = net.output[0][:, 1:].reshape(k, output.seen, n)

    # d state(t) / d state(t-1), but for h(t) and y(t), which the slopes of a step decide.
    moved = np.zeros((size, size))
    moved[n:kept_h] = np.eye(size)[: kept_h - n]
    moved[kept_h + k :] = np.eye(size)[kept_h : size - k]
    to_h, to_y = np.zeros((n, size)), np.zeros((k, size))  # of net inputs, without h(t)
    for m, a in enumerate(net.hidden[1]):
        to_h[:, m * n : (m + 1) * n] = np.diag(a)
    for m in range(1, output.seen):
        to_y[:, (m - 1) * n : m * n] = v[:, m]
    for m, b in enumerate(net.output[1]):
        to_y[:, kept_h + m * k : kept_h + (m + 1) * k] = np.diag(b)

    jacobians, leave = deque(maxlen=last), deque(maxlen=last)
    for now in x:
        net.step(now)
        slopes = 1.0 - net.h[-1] ** 2
        J, entry = moved.copy(), np.zeros((size, n))
        J[:n] = slopes[:, None] * to_h
        J[kept_h : kept_h + k] = net.slopes[:, None] * (v[:, 0] @ J[:n] + to_y)
        entry[:n] = np.diag(slopes)
        entry[kept_h : kept_h + k] = net.slopes[:, None] * v[:, 0] * slopes
        jacobians.append(J)
        leave.append(entry)
    arrive = np.eye(size)[kept_h : kept_h + k]
    back = np.array(list(jacobians)[1:])
    return [ErrorPath("exact", back, arrive, np.array(leave), to_relevant=True)]
