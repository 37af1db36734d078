"""Unfolded nets: how an error flows back through what they feed back and keep.

Where units are fed back, the state is h(t), and a step back is

    d h(t) / d h(t-1) = k(t) + q(t) F'(t) W(t)

with k, q and the slopes F' as diagonal matrices, and W the weights from the units of the step
before; where products are weighted, W(t) is what the products make of them. Where outputs are fed
back, the state is the outputs of the last D steps. All paths of the full gradient are in these
products.

Where nothing is fed back, the net still sees earlier inputs: its delay line, or its gamma memory,
is the state, and an error flows back to the inputs. With mu = 1 for a delay line,

    d g_k(t) / d g_k(t-1) = 1 - mu,   d g_k(t) / d g_(k-1)(t-1) = mu,   k = 1, ..., K
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

    Net inputs are those of the units; where nothing is fed back, the inputs of the net.
    """
    learner.check_measurable()
    net = ReferenceUnfolded(learner)
    net.load(column)
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    if learner.topology.taps == 0:
        return [_through_inputs(net, x, last)]
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


def _through_inputs(net: ReferenceUnfolded, x: np.ndarray, last: int) -> ErrorPath:
    """The path through the earlier inputs that the net sees."""
    topology, shown = net.topology, min(last, len(x))
    for now in x:
        net.step(now)
    mu = net.mu.item() if topology.gamma else 1.0
    stages = np.diag([0.0] + [1.0 - mu] * (topology.input_taps - 1))
    stages += mu * np.eye(topology.input_taps, k=-1)
    J = np.kron(stages, np.eye(topology.inputs))
    entry = np.eye(len(J), topology.inputs)  # the first stage is the input
    arrive = _outputs_of_units(net) * net.steps[-1].slopes @ net.w[:, 1:]
    return ErrorPath(
        "to the inputs",
        np.broadcast_to(J, (shown - 1, *J.shape)),
        arrive,
        np.broadcast_to(entry, (shown, *entry.shape)),
        to_relevant=True,
    )


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
