"""The running mean: how an error flows back through it.

The state is the average c and the sum Q of the weights q of all steps so far,

    c(t) = (Q(t-1) c(t-1) + q(t) h(t)) / Q(t),     Q(t) = Q(t-1) + q(t)

with q = 1, or exp(e) under attention. A step back is d c(t) / d c(t-1) = Q(t-1) / Q(t), and the
factors of T steps multiply to q / Q(T): every step has the same share of the error, 1/T.
"""

from collections import deque

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.running_mean.learner import RunningMean
from longlag.learners.running_mean.reference import ReferenceMean, df


def mean_paths(
    learner: RunningMean, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The paths of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are those of the features.
    """
    net = ReferenceMean(learner)
    net.load(column)
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    n = learner.features
    c, Q = np.zeros(n), 0.0
    jacobians, leave = deque(maxlen=last), deque(maxlen=last)
    pull = net.v[0, 1:] if learner.attention else np.zeros(n)  # d e / d h
    for now in x:
        net.step(now)
        q, h, slopes = net.q[-1], net.h[-1][1:], net.slopes[-1]
        before, Q = c, Q + q
        c = before + (h - before) * q / Q
        J = np.eye(n + 1)
        J[:n, :n] *= (Q - q) / Q
        J[:n, n] = (before - c) / Q
        jacobians.append(J)
        of_weight = net.q_slopes[-1] * pull * slopes  # d q / d net
        leave.append(
            np.vstack((q / Q * np.diag(slopes) + np.outer((h - c) / Q, of_weight), of_weight))
        )
    net.answer()
    arrive = (net.out_slopes[:, None] * net.o[:, 1:] * df(net.net_a)) @ net.u[:, 1:]
    arrive = np.hstack((arrive, np.zeros((len(arrive), 1))))
    back = np.array(list(jacobians)[1:])
    return [
        ErrorPath("inside the average", back[:, :n, :n], learned=learner.attention),
        ErrorPath("exact", back, arrive, np.array(leave), to_relevant=True),
    ]
