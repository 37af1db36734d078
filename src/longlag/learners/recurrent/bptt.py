"""Back-propagation through time, full and truncated (Werbos 1990; Williams & Peng 1990).

BPTT(h; h'), with h = `depth` and h' = `interval`: after every h' steps the errors of these steps
are propagated back through the last h steps. The symbols are those of
`longlag.learners.recurrent.learner`, and E_k(t) is that of `longlag.learners.recurrent.rtrl`, but 0
for errors that an earlier pass has propagated. With d = 0 at T+1, a pass at step T computes, for
t = T, T-1, ... down to T-h+1 or the first step of the sequence,

    d_k(t)   = f_k'(net_k(t)) [E_k(t) + sum_l w(l,k) d_l(t+1)]    units that are fed back
    dw(i,j) += alpha d_i(t) z_j(t)

and the weights into the outputs of a layered net change along the errors of the h' steps. A last
pass propagates the remaining errors at the end of a sequence. Special cases are:

- *Full BPTT*: depth and interval are at least the length of the sequence. The gradient is exact,
  like that of RTRL with `update = "sequence"`.
- BPTT(h; h) with a longer sequence: each stretch of h steps is propagated back on its own, and no
  error flows from one stretch to the one before, but from what is left at the end, which goes back
  h steps, too. Lags beyond h are not learned.
- *BPTT(h)*: the interval is 1, and every error is at once propagated h steps back.

With `update = "step"` the weights change after every pass, with "sequence" at the end.

Cost: O(h) memory per unit and input, to store the last h steps. With an error at every step, a step
takes h / h' times as many multiplications as there are weights and feedback weights. A pass serves
a few lanes but takes the time of all lanes, because lanes are at different steps of their
sequences.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import Reference
from longlag.learners.descent import compile_descent, descend, sum_gradients
from longlag.learners.history import CLOCK, Passes, Span, compile_history, with_history
from longlag.learners.layout import Layout
from longlag.learners.recurrent.lanes import compile_forward
from longlag.learners.recurrent.learner import RecurrentNet
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.simd.banks import rows_from
from longlag.simd.denormals import flushed
from longlag.simd.vectors import fma, select


class Structure(NamedTuple):
    """The sizes and connections for which a BPTT kernel is compiled."""

    topology: RecurrentTopology
    depth: int
    interval: int

    @property
    def shown(self) -> int:
        """The number of rows for the inputs of a step."""
        return self.topology.real_inputs or 1

    @property
    def layout(self) -> Layout:
        """The rows of one network; the history stores inputs, y(t-1), slopes and errors."""
        units = self.topology.units
        return self.topology.layout(
            kept={"clock": (len(CLOCK),), "history": (self.depth, self.shown + 3 * units)},
            scratch={"deltas": (units,), "deltas_after": (units,), "span": (1,)},
        )


@dataclass(frozen=True)
class BPTT(RecurrentNet):
    """Back-propagation through time, with a stored history of `depth` steps.

    The memory of one network, in bytes, grows with the depth:

    >>> for depth in (10, 1000):
    ...     BPTT(inputs=2, outputs=1, depth=depth, interval=1).layout.bytes("float32")
    2084
    105044

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
        depth: steps that an error is propagated back through, from 1 to 1e6; 100 by default: the h
            of BPTT(h; h')
        interval: steps between two passes, from 1 to `depth`; 100 by default: the h' of BPTT(h; h')
    """

    connections: Literal["layered", "full"] = "layered"
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
    interval: Annotated[int, Meta(ge=1)] = 100

    name = "bptt"
    citation = ("werbos1990", "williams1990")

    def __post_init__(self):
        super().__post_init__()
        if self.interval > self.depth:
            raise InputError(
                f"interval of bptt must be at most its depth, {self.depth}, or errors would be "
                f"forgotten, got {self.interval}"
            )

    @property
    def full(self) -> bool:
        """See `RecurrentNet`."""
        return self.connections == "full"

    @property
    def sums_gradients(self) -> bool:
        """See `RecurrentNet`; here a gradient is a sum over many steps."""
        return True

    @property
    def structure(self) -> Structure:
        """See `Learner`."""
        return Structure(self.topology, self.depth, self.interval)

    @property
    def layout(self) -> Layout:
        """Weights, their gradient, the update rule's rows and the history of one network."""
        return self.structure.layout

    @property
    def most_lanes(self) -> int:
        """See `Learner`; BPTT has few, because a pass for one lane computes all lanes."""
        return 4

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.recurrent.reference import ReferenceBPTT

        return ReferenceBPTT(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_bptt(self.structure, lanes)


@lru_cache(maxsize=64)
def compile_bptt(structure: Structure, lanes: int, layout: Layout | None = None) -> LaneKernel:
    """The kernel of every network of this structure, with its rows unless `layout` has others."""
    topology, layout = structure.topology, layout or structure.layout
    units, real_inputs, FIRST = topology.units, topology.real_inputs, topology.first_unit
    symbols, full = topology.symbols, topology.full
    feedback, (first_taught, taught) = topology.feedback, topology.taught

    w_row = layout.start("weights")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    symbol_row, slope_row = layout.start("symbol"), layout.start("slopes")
    e_row, unit_e_row = layout.start("output_errors"), layout.start("unit_errors")
    d_row, after_row = layout.start("deltas"), layout.start("deltas_after")
    forward = compile_forward(topology, layout)
    find_errors = forward.find_errors
    descent = compile_descent(topology, layout)
    descend_outputs = descend(topology.readout, descent)
    add_gradients = sum_gradients(topology.recurrent, layout)

    @inner
    def begin_pass(S):
        z, d = rows_from(S, z_row), rows_from(S, d_row)
        z[0] = S[y_row]  # the bias unit
        for k in range(units):
            d[k] = 0.0

    @inner
    def go_back(S, fresh, mask):
        """Compute the deltas of a step, and add their contribution to the gradient."""
        w, d, after = rows_from(S, w_row), rows_from(S, d_row), rows_from(S, after_row)
        slope, unit_e = rows_from(S, slope_row), rows_from(S, unit_e_row)
        for k in range(units):
            after[k] = d[k]
        for k in range(units):
            total = select(fresh, unit_e[k], 0.0)
            for l in range(units):
                total = fma(w[feedback + k * units + l], after[l], total)
            d[k] = select(mask, flushed(slope[k] * total), 0.0)
        add_gradients(S, rows_from(S, z_row), S[symbol_row], d)

    seen = (
        Span(symbol_row, 1) if symbols else Span(z_row + 1, real_inputs),
        Span(z_row + FIRST, units),  # y(t-1)
        Span(slope_row, units),
    )
    errors, passes = Span(unit_e_row, units), Passes(begin_pass, go_back, descent.after_target)
    history = compile_history(layout, structure.interval, lanes, seen, errors, passes)
    add_errors = history.add_errors

    @inner
    def learn(S, Y, at, mask):
        find_errors(S, Y, at, mask)
        if not full:
            activations = rows_from(S, y_row)
            descend_outputs(S, activations, S[symbol_row], rows_from(S, e_row), mask)
        add_errors(S, unit_e_row + first_taught, first_taught, taught, mask)

    kernel = LaneKernel(forward.clear, forward.step, forward.answer, learn, descent.after_sequence)
    return with_history(history, kernel)
