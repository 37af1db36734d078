"""Input-output hidden Markov models: how targets flow back.

EM has no errors, but its posteriors are a gradient: h_ij - P(i | j, x) sum_i' h_i'j is that of the
likelihood by the logit of a move (`longlag.learners.iohmm.learner`). A step back is the matrix of
the probabilities of the moves. What a product of such matrices leaves of a difference between two
states fades, unless moves are certain: the diffusion of credit.

Probabilities add up to 1, so that of state 0 is no variable here: d alpha_i(t) / d alpha_j(t-1) =
P(i | j) - P(i | 0). Products of the matrices themselves would tend to a matrix of equal columns,
and their differences to rounding errors.
"""

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.iohmm.learner import IOHMM


def model_paths(learner: IOHMM, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
    """The path from the answer to the logits of the moves; see `Learner.error_paths`.

    A model of one state has none.
    """
    n, column = learner.states, np.asarray(column, float)
    weights = learner.layout.view(column, "weights")
    if not np.isfinite(weights).all():
        raise InputError("the model's weights must be finite, got others: it has diverged")
    if n == 1:
        return []
    transitions = weights[: -n * learner.outputs].reshape(-1, n, n)
    emissions = weights[-n * learner.outputs :].reshape(n, learner.outputs)
    alpha, moves, leave = np.eye(n)[0], [], []
    for now in x:
        move = _moves(learner, transitions, now)
        moves.append((move[1:, 1:] - move[0, 1:]).T)
        # d alpha_k(t) / d logit of (j to i) = alpha_j P(i | j) (delta_ik - P(k | j))
        spread = np.eye(n)[None] - move[:, None, :]
        leave.append(((alpha[:, None] * move)[:, :, None] * spread).reshape(n * n, n).T[1:])
        alpha = alpha @ move
    return [
        ErrorPath(
            "probabilities of moves",
            np.array(moves[-last:])[1:],
            (emissions[1:] - emissions[0]).T,
            np.array(leave[-last:]),
            to_relevant=True,
        )
    ]


def _moves(learner: IOHMM, transitions: np.ndarray, now: np.ndarray) -> np.ndarray:
    """[from, to]: the probabilities of all moves with these inputs."""
    if learner.transitions == "table":
        return transitions[int(now[0]) if learner.coding == "symbol" else int(now[0] > 0)]
    net = np.tensordot(np.append(1.0, now), transitions, axes=1)
    net = np.where(learner.allowed > 0, net, -np.inf)
    risen = np.exp(net - net.max(axis=1, keepdims=True))
    return risen / risen.sum(axis=1, keepdims=True)
