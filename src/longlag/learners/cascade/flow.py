"""Cascade-Correlation: how an error flows back in the unit that a candidate has become.

A candidate learns by itself, and nothing but its own loop leads back in time: a step back is the
factor f'(net(t)) s of each unit. So a unit with |s| < 1 / f' forgets exponentially.
"""

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.cascade.learner import CascadeCorrelation
from longlag.learners.cascade.topology import UNITS


def cascade_paths(
    learner: CascadeCorrelation, column: np.ndarray, x: np.ndarray, last: int
) -> list[ErrorPath]:
    """The path of an error through the loops of all units; see `Learner.error_paths`.

    A net without hidden units has none.
    """
    layout, topology = learner.layout, learner.topology
    weights = layout.view(np.asarray(column, float), "weights")
    if not np.isfinite(weights).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    units = int(layout.view(np.asarray(column), "progress")[UNITS])
    if not units:
        return []
    first, n = topology.first_unit, topology.units
    into = weights[topology.into_units :][: first * n].reshape(first, n)
    to_self = weights[topology.to_self :][:units]
    gain = 2.0 if learner.squashing == "tanh" else 1.0
    V, slopes = np.zeros(units), []
    for now in x:
        shown = np.eye(learner.inputs)[int(now[0])] if learner.coding == "symbol" else now
        fixed = np.concatenate(([1.0], shown)) @ into[:, :units]
        before, V, slope = V, np.zeros(units), np.zeros(units)
        for k in range(units):
            earlier = sum(V[i] * weights[topology.between_units(i) + k - i - 1] for i in range(k))
            net = fixed[k] + earlier + to_self[k] * before[k]
            V[k] = 0.5 * gain * np.tanh(0.5 * gain * net)
            slope[k] = gain**2 / 4.0 - V[k] ** 2
        slopes.append(slope)
    recent = np.array(slopes)[-last:, :, None] * np.eye(units)
    return [ErrorPath("loops of the units", recent[1:] * to_self, leave=recent, to_relevant=True)]
