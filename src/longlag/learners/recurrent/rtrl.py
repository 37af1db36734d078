"""Real-time recurrent learning (Robinson & Fallside 1987; Williams & Zipser 1989).

The gradient is carried forward in time. For every weight w(i,j) into a unit i that is fed back, and
for every such unit k, there is a stored partial derivative p(k;i,j) = dy_k/dw(i,j), which is 0 at
the beginning of a sequence. With the symbols of `longlag.learners.recurrent.learner`, every step
computes

    p(k;i,j)(t) = f_k'(net_k(t)) [sum_l w(k,l) p(l;i,j)(t-1) + delta(i,k) z_j(t)]

and, at a step with a target d_k(t), with l over the units that are fed back,

    e_k(t)   = f_k'(net_k(t)) (d_k(t) - y_k(t))                outputs of a layered net
    E_l(t)   = sum_k w(k,l) e_k(t),  or d_l(t) - y_l(t) for the outputs of a full net
    dw(k,m)  = alpha e_k(t) u_m(t)                             into outputs of a layered net
    dw(i,j)  = alpha sum_l E_l(t) p(l;i,j)(t)

With teacher forcing, in a full net, d_k(t) then replaces y_k(t) as a source of the next step. The
target depends on no weight, so p(k;i,j)(t) becomes 0. Steps without a target, and therefore tests,
have no teacher forcing.

With `update = "sequence"` this is the exact gradient of the error of a sequence. With "step" the
weights change during the sequence, while the stored partials still belong to earlier weights.

Cost per step: with n units that are fed back and W weights into these units, n W multiplications
and n W stored partials, so O(n^4) time and O(n^3) memory, whatever the length of the sequence.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import Reference
from longlag.learners.descent import compile_descent, descend
from longlag.learners.layout import Layout
from longlag.learners.recurrent.lanes import compile_forward
from longlag.learners.recurrent.learner import RecurrentNet
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.simd.banks import rows_from
from longlag.simd.denormals import flushed
from longlag.simd.products import add_product
from longlag.simd.vectors import fma, select


class Structure(NamedTuple):
    """The sizes and connections for which an RTRL kernel is compiled."""

    topology: RecurrentTopology
    teacher_forcing: bool

    @property
    def layout(self) -> Layout:
        """The rows of one network; "partials" has p(k;i,j) in row (row of w(i,j)) * units + k."""
        units = self.topology.units
        return self.topology.layout(
            kept={"partials": (self.topology.recurrent.rows, units)},
            scratch={"partial_nets": (units,)},
        )


@dataclass(frozen=True)
class RTRL(RecurrentNet):
    """Real-time recurrent learning: the exact gradient, carried forward in time.

    The net of Smith & Zipser (1989) for the embedded Reber grammar:

    >>> RTRL(inputs=7, outputs=7, hidden=3, connections="full", biased=()).weights
    170

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: hidden units, which all feed each other, from 1 to 100_000; 8 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        output_sources: what feeds the outputs in a layered net, "hidden" and, for shortcuts,
            "inputs"; ("hidden",) by default
        biased: units that have a bias weight; ("hidden", "outputs") by default
        squashing: of the hidden units, "logistic" (the default), to [0, 1], or "tanh", to [-1, 1]
        output: output units, "logistic" (the default) or "linear"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.1 by default
        update: weights change at each target, "step" (the default), or once in a "sequence"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
        connections: "layered" (the default) or "full", where every unit feeds every unit
        teacher_forcing: whether a full net feeds back targets instead of outputs; False by default
    """

    connections: Literal["layered", "full"] = "layered"
    teacher_forcing: bool = False

    name = "rtrl"
    citation = ("robinson1987", "williams1989")

    def __post_init__(self):
        super().__post_init__()
        if self.teacher_forcing and not self.full:
            raise InputError(
                "teacher_forcing of rtrl needs outputs that are fed back: give connections 'full', "
                f"got {self.connections!r}"
            )

    @property
    def full(self) -> bool:
        """See `RecurrentNet`."""
        return self.connections == "full"

    @property
    def structure(self) -> Structure:
        """See `Learner`."""
        return Structure(self.topology, self.teacher_forcing)

    @property
    def layout(self) -> Layout:
        """Weights, the update rule's rows, activations and stored partials of one network."""
        return self.structure.layout

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.recurrent.reference import ReferenceRTRL

        return ReferenceRTRL(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_rtrl(self.structure)


@lru_cache(maxsize=64)
def compile_rtrl(structure: Structure, layout: Layout | None = None) -> LaneKernel:
    """The kernel of every network of this structure, with its rows unless `layout` has others."""
    topology, layout = structure.topology, layout or structure.layout
    units, symbols, FIRST = topology.units, topology.recurrent.symbols, topology.first_unit
    hidden, outputs, full = topology.hidden, topology.outputs, topology.full
    weights, feedback = topology.recurrent.rows, topology.feedback
    (first_source, sources), _ = topology.recurrent.spans
    first_taught, taught = topology.taught
    forced = structure.teacher_forcing

    w_row, y_row = layout.start("weights"), layout.start("activations")
    z_row, symbol_row = layout.start("sources"), layout.start("symbol")
    p_row, net_row = layout.start("partials"), layout.start("partial_nets")
    slope_row, e_row = layout.start("slopes"), layout.start("output_errors")
    unit_e_row = layout.start("unit_errors")
    forward = compile_forward(topology, layout)
    clear, advance, find_errors = forward.clear, forward.step, forward.find_errors
    descent = compile_descent(topology, layout)
    descend_outputs = descend(topology.readout, descent)
    begin, so_far, settle = descent.begin, descent.so_far, descent.settle
    after_target = descent.after_target

    @inner
    def reset(S, mask):
        clear(S, mask)
        for i in range(p_row, p_row + weights * units):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def carry(S, weight, i, source):
        """p(k;i,j)(t) for all k, of the weight w(i,j), where source is z_j(t)."""
        p, net = rows_from(S, p_row + weight * units), rows_from(S, net_row)
        slope = rows_from(S, slope_row)
        for k in range(units):
            net[k] = 0.0
        net[i] = source
        add_product(net, 0, rows_from(S, w_row), feedback, p, 0, units, units)
        for k in range(units):
            p[k] = flushed(slope[k] * net[k])

    @inner
    def step(S, X, at):
        advance(S, X, at)
        z, symbol = rows_from(S, z_row + first_source), S[symbol_row]
        for j in range(symbols):
            source = select(symbol == j, 1.0, 0.0 * symbol)
            for i in range(units):
                carry(S, j * units + i, i, source)
        for j in range(sources):
            for i in range(units):
                carry(S, (symbols + j) * units + i, i, z[j])

    @inner
    def learn(S, Y, at, mask):
        unit_e, p = rows_from(S, unit_e_row + first_taught), rows_from(S, p_row + first_taught)
        find_errors(S, Y, at, mask)
        begin(S, mask)
        if not full:
            activations = rows_from(S, y_row)
            descend_outputs(S, activations, S[symbol_row], rows_from(S, e_row), mask)
        for weight in range(weights):
            gradient = fma(unit_e[0], p[weight * units], so_far(S, weight))
            for l in range(1, taught):
                gradient = fma(unit_e[l], p[weight * units + l], gradient)
            settle(S, weight, gradient, mask)
        after_target(S, mask)
        if forced:
            force(S, Y, at, mask)

    @inner
    def force(S, Y, at, mask):
        y = rows_from(S, y_row + FIRST + hidden)
        for k in range(outputs):
            y[k] = select(mask, Y[at + k], y[k])
            for weight in range(weights):
                row = p_row + weight * units + hidden + k
                S[row] = select(mask, 0.0, S[row])

    return LaneKernel(reset, step, forward.answer, learn, descent.after_sequence)
