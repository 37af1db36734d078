"""How an error flows back in a network of any learner that names the paths on which it can."""

import numpy as np

from longlag.errorflow.products import Flow, Lags, flow_back
from longlag.learners.base import ErrorPath, Learner


def network_flow(
    learner: Learner, column: np.ndarray, x: np.ndarray, lags: Lags
) -> dict[str, Flow]:
    """The flow from the last step of a sequence on each path of an error, by the name of the path.

    In LSTM these are "inside the cell", "truncated" and "untruncated". `column` is that of
    `Learner.start`, of `Network.column`, or of a trial. x is a sequence of T steps as
    `longlag.Network` takes it; lags are whole numbers from 1 to T-1. Raises `InputError` for
    weights that are not finite, and for learners whose flow is not known.
    """
    return {path.name: flow_on(path, lags) for path in paths_of(learner, column, x, lags)}


def paths_of(learner: Learner, column: np.ndarray, x: np.ndarray, lags: Lags) -> list[ErrorPath]:
    """The paths of an error as far back as the lags reach; see `network_flow`."""
    return learner.error_paths(column, x, last=int(max(lags)) + 1)


def flow_on(path: ErrorPath, lags: Lags) -> Flow:
    """The flow on one path."""
    return flow_back(path.jacobians, lags, arrive=path.arrive, leave=path.leave)
