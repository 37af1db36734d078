"""Connected nets: how an error flows back through them.

With y(t) = (h(t), o(t)), hidden units and outputs, slopes F_h and F_o on diagonals, and W_oh the
weights to the outputs from the hidden units, which they see at the same step, a step back is

    d h(t) / d y(t-1) = F_h (W_hh, W_ho)
    d o(t) / d y(t-1) = F_o (W_oh dh(t) / dy(t-1) + (0, W_oo))
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.connected.pseudo_newton import PseudoNewton
from longlag.learners.connected.stored import Block, blocks_of
from longlag.learners.squashing import LOGISTIC, TANH


def connected_paths(
    learner: PseudoNewton, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The path of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are those of the hidden units, then those of the outputs.
    """
    weights = learner.layout.view(np.asarray(column, float), "weights")
    if not np.isfinite(weights).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    blocks, n = blocks_of(learner.wiring), learner.hidden

    def matrix(block: Block) -> np.ndarray:
        """Shape (units, sources)."""
        count = block.sources * block.units
        return weights[block.row : block.row + count].reshape(block.sources, block.units).T

    W_oh = matrix(blocks.outputs_from_hidden)
    W_h = np.hstack((matrix(blocks.hidden_from_hidden), matrix(blocks.hidden_from_outputs)))
    W_o = np.hstack((np.zeros_like(W_oh), matrix(blocks.outputs_from_outputs)))
    feed_h, feed_o = (
        _feed(matrix(seen), matrix(bias))
        for seen, bias in (
            (blocks.hidden_from_inputs, blocks.hidden_from_bias),
            (blocks.outputs_from_inputs, blocks.outputs_from_bias),
        )
    )
    f = TANH if learner.squashing == "tanh" else LOGISTIC
    y = np.zeros(n + learner.outputs)
    jacobians, leave = deque(maxlen=last), deque(maxlen=last)
    for now in np.asarray(x, float):
        net_h = W_h @ y + feed_h(now)
        h = f(net_h)
        net_o = W_oh @ h + W_o @ y + feed_o(now)
        F_h, F_o = np.diag(f.slope(net_h)), np.diag(f.slope(net_o))
        jacobians.append(np.vstack((F_h @ W_h, F_o @ (W_oh @ F_h @ W_h + W_o))))
        leave.append(np.block([[F_h, np.zeros((n, len(F_o)))], [F_o @ W_oh @ F_h, F_o]]))
        y = np.concatenate((h, f(net_o)))
    arrive = np.eye(len(y))[n:]
    back = np.array(list(jacobians)[1:])
    return [ErrorPath("exact", back, arrive, np.array(leave), to_relevant=True)]


def _feed(weights: np.ndarray, bias: np.ndarray) -> Callable:
    """What inputs and bias add to the net inputs; the last inputs have a weight fixed at 1."""
    weighted = weights.shape[1]

    def feed(x: np.ndarray) -> np.ndarray:
        return weights @ x[:weighted] + bias.sum(axis=1) + x[weighted:].sum()

    return feed
