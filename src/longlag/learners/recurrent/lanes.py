"""The compiled forward pass of conventional recurrent nets, and the errors at a target.

The equations are in `longlag.learners.recurrent.learner`.
"""

from collections.abc import Callable
from typing import NamedTuple

from longlag.compiled.compiling import inner
from longlag.learners.descent import weighted_sums
from longlag.learners.layout import Layout
from longlag.learners.outputs import feed_back, output_errors, squash_outputs
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import over_rows, rows_from
from longlag.simd.vectors import fma, select

logistic_rows = over_rows(logistic)
tanh_half_rows = over_rows(tanh_half)


class Forward(NamedTuple):
    """The functions that all learning algorithms of these nets share; S is the layout's bank."""

    clear: Callable  #: clear(S, mask): a new sequence begins, activations become 0
    step: Callable  #: step(S, X, at): activations, and the slopes of the recurrent units
    answer: Callable  #: answer(S): the outputs, and their slopes in a layered net
    find_errors: Callable  #: find_errors(S, Y, at, mask): rows "unit_errors" become -dE/dy_k of the
    #: units that `taught` names, and rows "output_errors" become -dE/dnet_k of the outputs of a
    #: layered net; 0 where masked


def compile_forward(topology: RecurrentTopology, layout: Layout) -> Forward:
    """The functions of every network of this topology, with the rows of this layout."""
    hidden, outputs, units = topology.hidden, topology.outputs, topology.units
    real_inputs, FIRST = topology.real_inputs, topology.first_unit
    full, tanh = topology.full, topology.tanh
    output_units = FIRST + hidden  # of a full net, among the activations
    to_outputs = topology.readout.row(FIRST) or 0  # the weights from the first hidden unit

    w_row = layout.start("weights")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    symbol_row, slope_row = layout.start("symbol"), layout.start("slopes")
    out_row, out_slope_row = layout.start("outputs"), layout.start("output_slopes")
    e_row, unit_e_row = layout.start("output_errors"), layout.start("unit_errors")
    squash, reach = squash_outputs(outputs, layout), feed_back(outputs)
    find_output_errors = output_errors(outputs, layout)
    recurrent_net = weighted_sums(topology.recurrent)
    output_net = weighted_sums(topology.readout)

    @inner
    def clear(S, mask):
        for i in range(y_row + FIRST, y_row + FIRST + units):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def step(S, X, at):
        z, y, slope = rows_from(S, z_row), rows_from(S, y_row), rows_from(S, slope_row)
        symbol = X[at]
        S[symbol_row] = symbol
        for i in range(real_inputs):
            y[1 + i] = X[at + i]
        for i in range(FIRST + units):
            z[i] = y[i]
        recurrent_net(y, FIRST, rows_from(S, w_row), z, symbol)
        if tanh:
            for i in range(hidden):
                y[FIRST + i] = y[FIRST + i] * 2.0
            tanh_half_rows(y, FIRST, hidden)
            for i in range(hidden):
                slope[i] = fma(-y[FIRST + i], y[FIRST + i], 1.0)
        else:
            logistic_rows(y, FIRST, hidden)
            for i in range(hidden):
                slope[i] = y[FIRST + i] * (1.0 - y[FIRST + i])
        if full:
            squash(S, rows_from(y, output_units), rows_from(slope, hidden))

    @inner
    def answer(S):
        y, out = rows_from(S, y_row), rows_from(S, out_row)
        if full:
            for k in range(outputs):
                out[k] = y[output_units + k]
        else:
            output_net(out, 0, rows_from(S, w_row), y, S[symbol_row])
            squash(S, out, rows_from(S, out_slope_row))

    @inner
    def find_errors(S, Y, at, mask):
        out, unit_e = rows_from(S, out_row), rows_from(S, unit_e_row)
        if full:
            for k in range(outputs):
                unit_e[hidden + k] = select(mask, Y[at + k] - out[k], 0.0)
        else:
            find_output_errors(S, Y, at, mask)
            reach(unit_e, hidden, rows_from(S, w_row), to_outputs, rows_from(S, e_row))

    return Forward(clear, step, answer, find_errors)
