"""A history of the last steps of a sequence for every lane, and backward passes through it.

A history is a ring buffer of the last `depth` steps. After every `interval` steps a pass propagates
the errors of those steps back through the whole buffer. At the end of a sequence a last pass
propagates the remaining errors. Before each step back, the rows that the forward step saw are
restored from the buffer.

Lanes are at different steps of their sequences, so each lane has its own place in its buffer. A
pass serves only the lanes that need one, but takes as long as a pass for all lanes.
"""

from collections.abc import Callable
from typing import NamedTuple

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.layout import Layout
from longlag.simd.banks import get_lane, rows_from, set_lane
from longlag.simd.products import scatter_add
from longlag.simd.vectors import any_lane, select

#: Rows "clock" of a network: the place of the latest step in the ring, the number of steps of this
#: sequence in the ring, the number of steps since the last pass, and whether any step since the
#: last pass has an error (1 or 0).
CLOCK = ("place", "steps", "since", "pending")
PLACE, STEPS, SINCE, PENDING = range(len(CLOCK))


class Span(NamedTuple):
    """Consecutive rows."""

    first: int
    rows: int


class Passes(NamedTuple):
    """The functions of a backward pass for one kind of network; masks select lanes."""

    begin: Callable  #: begin(S): begin a pass, in all lanes
    back: Callable  #: back(S, fresh, mask): go one step back; the errors of the step's own outputs
    #: count where `fresh`, because an earlier pass has propagated the errors of other steps
    end: Callable  #: end(S, mask): end a pass


class History(NamedTuple):
    """Functions that store steps and make passes; S is the bank of the layout."""

    clear: Callable  #: clear(S, mask): a new sequence begins
    make_room: Callable  #: make_room(S): make the passes that are due; call this before a step
    remember: Callable  #: remember(S): store the rows that a step saw; call this after the step
    add_errors: Callable  #: add_errors(S, row, first, count, mask): add the `count` rows from `row`
    #: on to the stored errors of the latest step, from error number `first` on; masked lanes add 0
    finish: Callable  #: finish(S, mask): a sequence ended: propagate its remaining errors


def compile_history(
    layout: Layout,
    interval: int,
    lanes: int,
    seen: tuple[Span, ...],
    errors: Span,
    passes: Passes,
) -> History:
    """The history in the rows "clock" and "history" of the layout; the row "span" is scratch.

    The history holds for each step the rows `seen`, then the rows `errors`. Both are scratch rows.
    """
    clock_row, history_row = layout.start("clock"), layout.start("history")
    span_row, (depth, width) = layout.start("span"), layout.shapes["history"]
    seen = tuple(span for span in seen if span.rows)
    first_error, error_count = errors
    begin, back, end = passes

    @inner
    def clear(S, mask):
        clock = rows_from(S, clock_row)
        for i in range(4):
            clock[i] = select(mask, 0.0, clock[i])

    @inner
    def recall(S, place, mask):
        """Restore the rows of the step at this place of the ring."""
        S[span_row] = select(mask, place, -1.0)
        for lane in range(lanes):
            at = int(get_lane(S, span_row, lane))
            if at >= 0:
                row = history_row + at * width
                for first, count in seen:
                    for i in range(first, first + count):
                        set_lane(S, i, lane, get_lane(S, row, lane))
                        row += 1
                for i in range(first_error, first_error + error_count):
                    set_lane(S, i, lane, get_lane(S, row, lane))
                    row += 1

    @inner
    def longest(S, mask):
        """The largest number of steps that any of the masked lanes must go back."""
        S[span_row] = select(mask, S[clock_row + STEPS], 0.0)
        most = 0
        for lane in range(lanes):
            most = max(most, int(get_lane(S, span_row, lane)))
        return most

    @inner
    def propagate(S, mask):
        """Make a pass, after which no error of the masked lanes is pending."""
        clock = rows_from(S, clock_row)
        place, steps, since = clock[PLACE], clock[STEPS], clock[SINCE]
        begin(S)
        # An earlier network may have left NaN in the other lanes, and 0 * NaN is NaN.
        for first, count in seen:
            for i in range(first, first + count):
                S[i] = select(mask, S[i], 0.0)
        for ago in range(longest(S, mask)):
            reached = mask & (steps > ago)
            recall(S, place, reached)
            back(S, since > ago, reached)
            place = place - 1.0
            place = select(place < 0.0, depth - 1.0, place)
        clock[PENDING] = select(mask, 0.0, clock[PENDING])
        end(S, mask)

    @inner
    def make_room(S):
        clock = rows_from(S, clock_row)
        time = clock[SINCE] >= interval
        due = time & (clock[PENDING] > 0.5)
        if any_lane(due):
            propagate(S, due)
        clock[SINCE] = select(time, 1.0, clock[SINCE] + 1.0)

    @inner
    def remember(S):
        clock = rows_from(S, clock_row)
        place = clock[PLACE] + 1.0
        clock[PLACE] = select(place >= depth, 0.0, place)
        clock[STEPS] = select(clock[STEPS] < depth, clock[STEPS] + 1.0, clock[STEPS])
        for lane in range(lanes):
            row = history_row + int(get_lane(S, clock_row + PLACE, lane)) * width
            for first, count in seen:
                for i in range(first, first + count):
                    set_lane(S, row, lane, get_lane(S, i, lane))
                    row += 1
            for _ in range(error_count):
                set_lane(S, row, lane, 0.0)
                row += 1

    @inner
    def add_errors(S, row, first, count, mask):
        clock = rows_from(S, clock_row)
        clock[PENDING] = select(mask, 1.0, clock[PENDING])
        to = history_row + width - error_count + first
        for i in range(count):
            scatter_add(S, to + i, clock[PLACE], width, S[row + i])

    @inner
    def finish(S, mask):
        pending = mask & (S[clock_row + PENDING] > 0.5)
        if any_lane(pending):
            propagate(S, pending)

    return History(clear, make_room, remember, add_errors, finish)


def with_history(history: History, kernel: LaneKernel) -> LaneKernel:
    """The kernel with every step stored; its `learn` has to call `add_errors` of the history."""
    clear, make_room, remember, _, finish_passes = history
    reset_network, step_forward, answer, learn, finish_sequence, *_ = kernel

    @inner
    def reset(S, mask):
        reset_network(S, mask)
        clear(S, mask)

    @inner
    def step(S, X, at):
        make_room(S)
        step_forward(S, X, at)
        remember(S)

    @inner
    def finish(S, mask):
        finish_passes(S, mask)
        finish_sequence(S, mask)

    return LaneKernel(reset, step, answer, learn, finish)
