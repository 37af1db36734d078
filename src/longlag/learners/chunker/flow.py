"""Chunkers: how an error flows back through their nets.

All are recurrent nets, with a step back F'(t) W each. A net above the lowest steps only where an
input is unexpected; elsewhere its state stays, and d state(t) / d state(t-1) is the identity. So
its product has a factor for each surprise, and no factor for all that was foreseen. What the
chunker of two nets reads beside the inputs, targets that the automatizer missed, is not known here
and left out.
"""

from collections import deque

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.chunker.hierarchy import ChunkerHierarchy
from longlag.learners.chunker.hierarchy_reference import ReferenceChunkerHierarchy
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
    return [
        _answering("automatizer", A, learner.outputs, answers, leave),
        ErrorPath("chunker, which reads the unexpected", np.array(list(reads)[1:])),
    ]


def hierarchy_paths(
    learner: ChunkerHierarchy, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The paths of an error through each level that is there; see `Learner.error_paths`.

    Net inputs are those of the lowest level's hidden units; other paths lead from state to state.
    """
    network = ReferenceChunkerHierarchy(learner)
    network.load(column)
    _check_finite(network.weights())
    network.newest = int(learner.layout.view(np.asarray(column), "newest")[0])
    nets = network.nets[: network.newest + 1]
    steps = [deque(maxlen=last) for _ in nets]
    leave = deque(maxlen=last)
    network.reset()
    for now in x:
        before = [net.y for net in nets]
        network.step(now)
        for net, state, taken in zip(nets, before, steps, strict=True):
            taken.append(np.eye(net.units) if net.y is state else _back(net))
        leave.append(np.diag(nets[0].slopes))
    above = (
        ErrorPath(f"level {level}, which reads what is unexpected below", np.array(list(taken)[1:]))
        for level, taken in enumerate(steps[1:], start=1)
    )
    return [_answering("level 0", nets[0], learner.outputs, steps[0], leave), *above]


def _answering(name: str, net: ReferenceNet, outputs: int, steps: deque, leave: deque) -> ErrorPath:
    """The path from the first outputs of a net to the net inputs of its hidden units."""
    net.answer()
    arrive = (net.out_slopes[:, None] * net.v[:, net.first :])[:outputs]
    return ErrorPath(name, np.array(list(steps)[1:]), arrive, np.array(leave), to_relevant=True)


def _check_finite(weights: np.ndarray) -> None:
    if not np.isfinite(weights).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")


def _loaded(config: RTRL | BPTT, weights: np.ndarray) -> ReferenceNet:
    _check_finite(weights)
    net, own = ReferenceNet(config), np.zeros(config.layout.rows)
    config.layout.view(own, "weights")[:] = weights
    net.load(own)
    return net


def _back(net: ReferenceNet) -> np.ndarray:
    """d y(t) / d y(t-1)."""
    return net.slopes[:, None] * net.w[:, net.first :]
