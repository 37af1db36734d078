"""Back-propagation through time, full and truncated (Werbos 1990; Williams & Peng 1990).

BPTT(h; h'), with h = `depth` and h' = `interval`: after every h' steps the errors of these steps
are propagated back through the last h steps. With the symbols of `longlag.learners.recurrent` a
pass at step T does, for t = T, T-1, ... T-h+1 or the first step of the sequence, where d is 0 at
T+1 and E_k(t) is that of `longlag.learners.recurrent.rtrl`, 0 for errors propagated before,

    d_k(t)   = f_k'(net_k(t)) [E_k(t) + sum_l w(l,k) d_l(t+1)]    units that are fed back
    dw(i,j) += alpha d_i(t) z_j(t)

and the weights into the outputs of a layered net change along the errors of the h' steps. A
sequence ends with a pass over what is left of it. So:

- *full BPTT* is a depth and an interval of at least the length of the sequence, and gives what RTRL
  gives with `update = "sequence"`, the exact gradient;
- of a longer sequence, BPTT(h; h) propagates back through every stretch of h steps on its own, and
  no error flows from one stretch to the one before: lags beyond h are not learned;
- *BPTT(h)* is an interval of 1: every error is propagated h steps back, at once.

With `update = "step"` the weights change after every pass, with "sequence" at the end.

Cost: O(h) memory per unit and input, for the last h steps are stored; per step, h / h' times as
many multiplications as there are weights and feedback weights, where errors arise at every step.
Lanes at different steps of their sequences share passes, so that these cost more than their share.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.errors import InputError, check_choice, check_whole
from longlag.learners.base import Reference
from longlag.learners.descent import compile_descent, descend
from longlag.learners.layout import Layout
from longlag.learners.recurrent.lanes import compile_forward
from longlag.learners.recurrent.learner import RecurrentNet
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.simd.banks import get_lane, rows_from
from longlag.simd.denormals import flushed
from longlag.simd.products import add_outer, gather, scatter, scatter_add
from longlag.simd.vectors import any_lane, fma, select

#: Rows "clock" of a network: place of the latest step in the history, steps of this sequence that
#: the history holds, steps since the last pass, whether any of these has an error (1 or 0).
PLACE, STEPS, SINCE, PENDING = range(4)


class Structure(NamedTuple):
    """What a kernel of BPTT is compiled for."""

    topology: RecurrentTopology
    depth: int
    interval: int

    @property
    def shown(self) -> int:
        """Rows that hold the inputs of a step."""
        return self.topology.real_inputs or 1

    @property
    def layout(self) -> Layout:
        """The history is a ring of steps, each with inputs, y(t-1), slopes and errors."""
        units = self.topology.units
        return self.topology.layout(
            kept={"clock": (4,), "history": (self.depth, self.shown + 3 * units)},
            scratch={"deltas": (units,), "deltas_after": (units,), "span": (1,)},
        )


@dataclass(frozen=True)
class BPTT(RecurrentNet):
    """Back-propagation through time, through a stored history of `depth` steps.

    The memory of one network, in bytes, grows with the depth:

    >>> for depth in (10, 1000):
    ...     BPTT(inputs=2, outputs=1, depth=depth, interval=1).layout.bytes("float32")
    2084
    105044
    """

    connections: Literal["layered", "full"] = "layered"  #: see `recurrent_topology`
    depth: int = 100  #: steps that an error is propagated back through: the h of BPTT(h; h')
    interval: int = 100  #: steps between two passes, at most the depth: the h' of BPTT(h; h')

    name = "bptt"
    citation = ("werbos1990", "williams1990")

    def __post_init__(self):
        check_choice("connections of bptt", self.connections, ("layered", "full"))
        check_whole("depth of bptt", self.depth, 1, 1_000_000)
        check_whole("interval of bptt", self.interval, 1, 1_000_000)
        if self.interval > self.depth:
            raise InputError(
                f"interval of bptt must be at most its depth, {self.depth}, or errors would be "
                f"forgotten, got {self.interval}"
            )
        super().__post_init__()

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

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.recurrent.reference import ReferenceBPTT

        return ReferenceBPTT(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_bptt(self.structure, lanes)


@lru_cache(maxsize=64)
def compile_bptt(structure: Structure, lanes: int) -> LaneKernel:
    """The kernel of every network of this structure, for `lanes` of them."""
    topology, layout = structure.topology, structure.layout
    units, real_inputs, FIRST = topology.units, topology.real_inputs, topology.first_unit
    symbols, full, per_sequence = topology.symbols, topology.full, topology.per_sequence
    depth, interval, shown = structure.depth, structure.interval, structure.shown
    (first_source, sources), _ = topology.recurrent.spans
    sources_row, feedback = topology.recurrent.span_rows[0], topology.feedback
    first_taught, taught = topology.taught
    # Where the parts of a step begin within its rows of the history.
    width, BEFORE, SLOPES, ERRORS = shown + 3 * units, shown, shown + units, shown + 2 * units

    w_row, gradient_row = layout.start("weights"), layout.start("gradient")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    symbol_row, slope_row = layout.start("symbol"), layout.start("slopes")
    e_row, unit_e_row = layout.start("output_errors"), layout.start("unit_errors")
    clock_row, history_row = layout.start("clock"), layout.start("history")
    d_row, after_row, span_row = (layout.start(name) for name in ("deltas", "deltas_after", "span"))
    forward = compile_forward(topology, layout)
    clear, advance, find_errors = forward.clear, forward.step, forward.find_errors
    descent = compile_descent(topology, layout)
    descend_outputs, apply = descend(topology.readout, descent), descent.apply

    @inner
    def reset(S, mask):
        clear(S, mask)
        clock = rows_from(S, clock_row)
        for i in range(4):
            clock[i] = select(mask, 0.0, clock[i])

    @inner
    def longest(S, mask):
        """The most steps that any of these lanes has to go back."""
        S[span_row] = select(mask, S[clock_row + STEPS], 0.0)
        most = 0
        for lane in range(lanes):
            most = max(most, int(get_lane(S, span_row, lane)))
        return most

    @inner
    def go_back(S, place, back, mask):
        """Deltas of the step that many steps ago, at its place, and what they add to the gradient.

        `back` is the same number in all lanes, the place in the history is not.
        """
        history, w = rows_from(S, history_row), rows_from(S, w_row)
        d, after = rows_from(S, d_row), rows_from(S, after_row)
        since = S[clock_row + SINCE]
        for k in range(units):
            after[k] = d[k]
        for k in range(units):
            total = after[0] * 0.0
            if back < interval:  # older errors have been propagated before
                total = select(since > back, gather(history, ERRORS + k, place, width), 0.0)
            for l in range(units):
                total = fma(w[feedback + k * units + l], after[l], total)
            slope = gather(history, SLOPES + k, place, width)
            d[k] = select(mask, flushed(slope * total), 0.0)
        gradient, z = rows_from(S, gradient_row), rows_from(S, z_row)
        for i in range(real_inputs):
            z[1 + i] = gather(history, i, place, width)
        for k in range(units):
            z[FIRST + k] = gather(history, BEFORE + k, place, width)
        if symbols:
            symbol = gather(history, 0, place, width)
            for k in range(units):
                scatter_add(gradient, k, symbol, units, d[k])
        add_outer(gradient, sources_row, z, first_source, sources, d, 0, units)

    @inner
    def propagate(S, mask):
        """A pass; afterwards no error of these lanes is pending."""
        clock, z, d = rows_from(S, clock_row), rows_from(S, z_row), rows_from(S, d_row)
        z[0] = S[y_row]  # the bias unit
        for k in range(units):
            d[k] = 0.0
        place, steps = clock[PLACE], clock[STEPS]
        for back in range(longest(S, mask)):
            go_back(S, place, back, mask & (steps > back))
            place = place - 1.0
            place = select(place < 0.0, depth - 1.0, place)
        clock[PENDING] = select(mask, 0.0, clock[PENDING])
        if not per_sequence:
            apply(S, mask)

    @inner
    def pass_on_time(S):
        """A pass in the lanes that have made `interval` steps since the last."""
        clock = rows_from(S, clock_row)
        time = clock[SINCE] >= interval
        due = time & (clock[PENDING] > 0.5)
        if any_lane(due):
            propagate(S, due)
        clock[SINCE] = select(time, 1.0, clock[SINCE] + 1.0)

    @inner
    def step(S, X, at):
        pass_on_time(S)
        advance(S, X, at)
        clock, history = rows_from(S, clock_row), rows_from(S, history_row)
        z, slope = rows_from(S, z_row), rows_from(S, slope_row)
        place = clock[PLACE] + 1.0
        place = select(place >= depth, 0.0, place)
        clock[PLACE] = place
        clock[STEPS] = select(clock[STEPS] < depth, clock[STEPS] + 1.0, clock[STEPS])
        for i in range(shown):
            scatter(history, i, place, width, S[symbol_row] if symbols else z[1 + i])
        for k in range(units):
            scatter(history, BEFORE + k, place, width, z[FIRST + k])
            scatter(history, SLOPES + k, place, width, slope[k])
            scatter(history, ERRORS + k, place, width, 0.0 * place)

    @inner
    def learn(S, Y, at, mask):
        clock, unit_e = rows_from(S, clock_row), rows_from(S, unit_e_row)
        find_errors(S, Y, at, mask)
        if not full:
            activations = rows_from(S, y_row)
            descend_outputs(S, activations, S[symbol_row], rows_from(S, e_row), mask)
        for k in range(first_taught, first_taught + taught):
            row = history_row + ERRORS + k
            scatter_add(S, row, clock[PLACE], width, unit_e[k])
        clock[PENDING] = select(mask, 1.0, clock[PENDING])

    @inner
    def finish(S, mask):
        pending = mask & (S[clock_row + PENDING] > 0.5)
        if any_lane(pending):
            propagate(S, pending)
        if per_sequence:
            apply(S, mask)

    return LaneKernel(reset, step, forward.answer, learn, finish)
