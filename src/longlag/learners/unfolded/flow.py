"""Unfolded nets: how an error flows back through what they feed back and keep.

Where units are fed back, the state is h(t), and a step back is

    d h(t) / d h(t-1) = k(t) + q(t) F'(t) W(t)

with k, q and the slopes F' as diagonal matrices, and W the weights from the units of the step
before; where products are weighted, W(t) is what the products make of them. Where outputs are fed
back, the state is the outputs of the last D steps. All paths of the full gradient are in these
products.
"""

from collections import deque

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.unfolded.learner import UnfoldedNet
from longlag.learners.unfolded.reference import ReferenceUnfolded


def unfolded_paths(
    learner: UnfoldedNet, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The paths of an error through the `last` steps of a sequence; see `Learner.error_paths`.

    Net inputs are those of the units.
    """
    learner.check_measurable()
    net = ReferenceUnfolded(learner)
    net.load(column)
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    of_units = learner.topology.feeds_back == "units"
    step_back = _through_units if of_units else _through_outputs
    jacobians, leave, kept = (deque(maxlen=last) for _ in range(3))
    for now in x:
        net.step(now)
        J, entry = step_back(net)
        jacobians.append(J)
        leave.append(entry)
        kept.append(np.diag(net.steps[-1].kept))
    arrive = _outputs_of_units(net) if of_units else np.eye(len(leave[-1]))[: learner.outputs]
    back = np.array(list(jacobians)[1:])
    paths = [ErrorPath("exact", back, arrive, np.array(leave), to_relevant=True)]
    if learner.topology.keeping != "nothing":
        held = ErrorPath("inside the units", np.array(list(kept)[1:]), learned=False)
        paths.insert(0, held)
    return paths


def _outputs_of_units(net: ReferenceUnfolded) -> np.ndarray:
    """d y(t) / d h(t)."""
    step = net.steps[-1]
    if not net.topology.readout:
        return np.eye(net.topology.units)[: len(step.y)]
    return step.output_slopes[:, None] * net.v[:, 1:]


def _through_units(net: ReferenceUnfolded) -> tuple[np.ndarray, np.ndarray]:
    """d h(t) / d h(t-1), and d h(t) / d net(t)."""
    topology, step = net.topology, net.steps[-1]
    w = net.w @ net.by_fed_back(step) if topology.pairs else net.w[:, topology.first_fed_back :]
    return np.diag(step.kept) + step.slopes[:, None] * w, np.diag(step.slopes)


def _through_outputs(net: ReferenceUnfolded) -> tuple[np.ndarray, np.ndarray]:
    """The same for y(t), ..., y(t-D+1)."""
    topology, step = net.topology, net.steps[-1]
    outputs, size = topology.output_units, topology.taps * topology.output_units
    entry = np.zeros((size, topology.units))
    entry[:outputs] = _outputs_of_units(net) * step.slopes
    J = np.eye(size, k=-outputs)
    J[:outputs] = entry[:outputs] @ net.w[:, topology.first_fed_back - topology.fixed :]
    return J, entry
