"""The chunker: how an error flows back through its two nets.

Both are recurrent nets, with a step back F'(t) W each. The chunker steps only where an input is
unexpected; elsewhere its state stays, and d state(t) / d state(t-1) is the identity. So its product
has a factor for each surprise, and no factor for all that was foreseen. What it reads beside the
inputs, targets that the automatizer missed, is not known here and left out.
"""

from collections import deque

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.chunker.learner import Chunker
from longlag.learners.recurrent.bptt import BPTT
from longlag.learners.recurrent.reference import ReferenceNet
from longlag.learners.recurrent.rtrl import RTRL


def chunker_paths(
    learner: Chunker, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The paths of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are those of the automatizer's hidden units; the chunker's path leads from state to
    state.
    """
    A, C = (
        _loaded(net, part.view(np.asarray(column), "weights"))
        for net, part in zip(
            (learner.automatizer, learner.chunker), learner.structure.parts, strict=True
        )
    )
    inputs = learner.inputs
    first = 0 if learner.predicts == "targets" else learner.outputs  # of the predicted inputs
    answers, reads, leave = deque(maxlen=last), deque(maxlen=last), deque(maxlen=last)
    for t, now in enumerate(x):
        shown = np.eye(inputs)[int(now[0])] if learner.coding == "symbol" else np.asarray(now)
        foreseen = t > 0 and np.abs(A.answer()[first : first + inputs] - shown).max()
        if t == 0 or foreseen >= learner.threshold:
            told = (now,) if learner.predicts == "targets" else (shown, np.zeros(learner.outputs))
            C.step(np.concatenate(told))
            reads.append(_back(C))
        else:
            reads.append(np.eye(C.units))
        A.step(now)
        answers.append(_back(A))
        leave.append(np.diag(A.slopes))
    A.answer()
    arrive = (A.out_slopes[:, None] * A.v[:, A.first :])[: learner.outputs]
    return [
        ErrorPath(
            "automatizer",
            np.array(list(answers)[1:]),
            arrive,
            np.array(leave),
            to_relevant=True,
        ),
        ErrorPath("chunker, which reads the unexpected", np.array(list(reads)[1:])),
    ]


def _loaded(config: RTRL | BPTT, weights: np.ndarray) -> ReferenceNet:
    if not np.isfinite(weights).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    net, own = ReferenceNet(config), np.zeros(config.layout.rows)
    config.layout.view(own, "weights")[:] = weights
    net.load(own)
    return net


def _back(net: ReferenceNet) -> np.ndarray:
    """d y(t) / d y(t-1)."""
    return net.slopes[:, None] * net.w[:, net.first :]
