"""LSTM: how an error flows back through the cells, with and without the truncation.

Appendix A.2 of Hochreiter & Schmidhuber (1997). The state of the hidden layer is (y, s): the
activations of all its units (hidden units, cells, gates) and the states of its cells. This module
measures which part of an error that arrives at the output of a cell at step t leaves through the
net input of some unit at step t-q.

The truncation cuts off errors that would flow back from the net input of a unit to the units that
feed it. It keeps the constant error carrousel (eqs 30, 35)

    d s(t) / d s(t-1) = 1

and the path into and out of the carrousel. An error that arrives at y(c) leaves scaled by (eq 41)

    y(out,t) h'(s(t)) * g'(net_c(t-q)) y(in,t-q)          through the cell's input
    y(out,t) h'(s(t)) * g(net_c(t-q)) f'(net_in(t-q))     through its input gate

The carrousel itself adds no factor, however large q is. Without the truncation, the Jacobians hold
all recurrent weights. With forget gates (Gers, Schmidhuber & Cummins 2000) y(phi,t) takes the place
of the 1, and eq 41 is multiplied by q such factors.
"""

from collections import deque
from typing import NamedTuple

import numpy as np

from longlag.errors import InputError
from longlag.learners.base import ErrorPath
from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.learners.lstm.topology import SQUASHING_RANGES
from longlag.learners.squashing import LOGISTIC

KINDS = ("hidden", "cells", "input_gates", "forget_gates", "output_gates")  #: the order of y


def lstm_paths(learner: LSTM, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
    """The paths of an error through the `last` steps of a sequence; see `Learner.error_paths`."""
    slopes = lstm_slopes(learner, column, x, last=last)
    units = slopes.recurrent.shape[1]
    states = slice(units, None)
    arrive = np.eye(units + slopes.cells)[slopes.places["cells"]]
    cut, full = jacobians(slopes, truncated=True), jacobians(slopes, truncated=False)
    return [
        ErrorPath("inside the cell", cut[:, states, states], learned=learner.forget_gates),
        ErrorPath("truncated", cut, arrive, slopes.leave, to_relevant=True),
        ErrorPath("untruncated", full, arrive, slopes.leave),
    ]


class LSTMSlopes(NamedTuple):
    """The linearised effect of each step on the state (y, s), along a sequence of T steps."""

    leave: np.ndarray  #: (T, units + cells, units): d state(t) / d net(t)
    carry: np.ndarray  #: (T, units + cells, cells): d state(t) / d s(t-1), at fixed net inputs
    recurrent: np.ndarray  #: (units, units): d net(t) / d y(t-1)
    places: dict[str, slice]  #: the place of each kind of units within y

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.carry.shape[2]


def jacobians(slopes: LSTMSlopes, *, truncated: bool) -> np.ndarray:
    """d state(t+1) / d state(t) for t from 0 to T-2: shape (T-1, units + cells, units + cells)."""
    units = slopes.recurrent.shape[1]
    J = np.zeros((len(slopes.leave) - 1, *[units + slopes.cells] * 2))
    J[:, :, units:] = slopes.carry[1:]
    if not truncated:
        J[:, :, :units] = slopes.leave[1:] @ slopes.recurrent
    return J


def lstm_slopes(
    learner: LSTM, column: np.ndarray, x: np.ndarray, *, last: int | None = None
) -> LSTMSlopes:
    """Step the readable LSTM through a sequence; linearise each step, or only the `last` steps."""
    learner.check_measurable()
    net = ReferenceLSTM(learner)
    net.load(column)
    if learner.construction_window:
        net.construction.enabled = learner.layout.view(column, "enabled")
    if not np.isfinite(net.weights()).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    places, at = {}, 0
    for kind in KINDS:
        places[kind] = slice(at, at + len(net.y[kind]))
        at = places[kind].stop
    recurrent = np.zeros((at, at))
    for kind, rows in places.items():
        for source in KINDS:
            if source in net.w[kind]:
                recurrent[rows, places[source]] = net.w[kind][source]
    linearised = deque(maxlen=last)
    with np.errstate(over="ignore"):  # exp overflows for a far state; the logistic is correctly 0
        for now in x:
            before = net.s
            net.step(now)
            linearised.append(_linearise(net, before, places, at))
    leave, carry = (np.array(each) for each in zip(*linearised, strict=True))
    return LSTMSlopes(leave, carry, recurrent, places)


def _linearise(
    net: ReferenceLSTM, before: np.ndarray, places: dict[str, slice], units: int
) -> tuple[np.ndarray, np.ndarray]:
    """d state(t) / d net(t) and d state(t) / d s(t-1) of the latest step, from s(t-1)."""
    config, block, cells = net.config, net.block, len(net.s)
    # Slopes are computed from net inputs: from saturated activations, 1 - f would round to 0.
    df_i, df_in, df_phi, df_out = (
        LOGISTIC.slope(each) for each in (net.net_i, net.net_in, net.net_phi, net.net_out)
    )
    dg = SQUASHING_RANGES[config.g][0] * LOGISTIC.slope(net.net_c)
    dh = np.ones(cells) if config.h == "identity" else 2.0 * LOGISTIC.slope(net.s)
    # A block that has not been added has no gates, so no error leaves through it.
    enabled = net.construction.enabled
    df_in, df_phi, df_out = (df * enabled[: len(df)] for df in (df_in, df_phi, df_out))
    to_output = net.y_out * dh  # d y(c) / d s

    place = {kind: np.arange(where.start, where.stop) for kind, where in places.items()}
    c, each = place["cells"], np.arange(cells)
    s = units + each
    leave = np.zeros((units + cells, units))
    for kind, df in (
        ("hidden", df_i),
        ("input_gates", df_in),
        ("forget_gates", df_phi),
        ("output_gates", df_out),
    ):
        leave[place[kind], place[kind]] = df
    leave[s, c] = dg * net.y_in
    leave[s, place["input_gates"][block]] = net.g(net.net_c) * df_in[block]
    if config.forget_gates:
        leave[s, place["forget_gates"][block]] = before * df_phi[block]
    leave[c] = to_output[:, None] * leave[s]
    if config.output_gates:
        leave[c, place["output_gates"][block]] = net.h(net.s) * df_out[block]

    carry = np.zeros((units + cells, cells))
    carry[s, each] = net.y_phi  # 1 without forget gates: the constant error carrousel
    carry[c, each] = to_output * net.y_phi
    return leave, carry
