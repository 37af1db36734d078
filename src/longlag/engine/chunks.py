"""How every driver advances its lanes, a chunk of steps at a time.

A driver says what happens to a lane: how its next sequence begins, what an answer and the end of a
training sequence mean for it, and which phase comes next.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inlined, uncounted
from longlag.contract import (
    BEGINS,
    CHUNK,
    ENDS,
    EXAM,
    STRETCH,
    TARGET,
    TESTING,
    TRAINING,
    LaneKernel,
)
from longlag.engine.lane_state import Sizes, begin_sequence, clear_events, test_sequence_over
from longlag.simd.banks import bank, lane_mask


def chunk_by_chunk(
    write: Callable, take_steps: Callable, phase_over: Callable, lanes: int
) -> Callable:
    """advance(arrays, chunks) -> chunks run: at most `chunks`, fewer once a trial is over.

    write(arrays, live) writes the steps of a chunk, and take_steps(arrays) takes them.
    phase_over(arrays, k) moves a lane that has stopped to its next phase, and returns whether its
    trial is over.
    """

    @uncounted
    def change_phases(arrays, live):
        over = False
        for k in range(lanes):
            if live[k]:
                arrays.lanes[k].steps += CHUNK if arrays.lanes[k].phase == TRAINING else 0
            else:
                over |= phase_over(arrays, k)
        return over

    def advance(arrays, chunks):
        for chunk in range(chunks):
            clear_events(arrays, lanes)
            for k in range(lanes):
                arrays.live[k] = arrays.lanes[k].phase in (TRAINING, EXAM, TESTING)
            write(arrays, arrays.live)
            take_steps(arrays)
            if change_phases(arrays, arrays.live):
                return chunk + 1
        return chunks

    return advance


def learning_steps(
    learner: LaneKernel, judge: Callable, sequence_over: Callable, lanes: int, sizes: Sizes
) -> Callable:
    """take_steps(arrays) for learners that learn from targets.

    judge(arrays, k, i) notes the answer of lane k at step i, and returns whether the lane learns
    from the target. sequence_over(arrays, k) counts a training sequence, and returns whether the
    phase continues.
    """
    width, answers = sizes.width, sizes.answers
    reset, step, answer, learn, finish, *_ = learner
    observe = _observation(learner, lanes, width)
    take_stretch = _stretches(learner, width)

    @uncounted
    def judge_answers(arrays, i):
        """Note the answers at step i, and set `teach` to the lanes that learn."""
        live, teach = arrays.live, arrays.teach
        for k in range(lanes):
            teach[0, k] = live[k] and arrays.events[i, k] & TARGET
            if teach[0, k]:
                teach[0, k] = judge(arrays, k, i)

    @uncounted
    def ending(arrays, i):
        """Set `teach` to the lanes in training whose sequence ends at step i."""
        for k in range(lanes):
            ends = arrays.events[i, k] & ENDS and arrays.lanes[k].phase == TRAINING
            arrays.teach[0, k] = arrays.live[k] and ends

    @uncounted
    def end_sequences(arrays, i):
        """Count the sequences that end at step i; remove lanes whose phase is over from `live`."""
        live = arrays.live
        for k in range(lanes):
            if live[k] and arrays.events[i, k] & ENDS:
                lane = arrays.lanes[k]
                if lane.phase == TRAINING:
                    live[k] = sequence_over(arrays, k)
                    if not live[k]:
                        lane.steps += i + 1
                else:
                    live[k] = test_sequence_over(lane)
                begin_sequence(lane)

    @uncounted
    def take_steps(arrays):
        S, X, Y = bank(arrays.S, lanes), bank(arrays.X, lanes), bank(arrays.Y, lanes)
        teach, row_events = arrays.teach, arrays.row_events
        taken = 0
        for i in range(CHUNK):
            if i % STRETCH == 0 and take_stretch(arrays, S, X, i):
                taken = i + STRETCH
            if i < taken:
                continue
            if row_events[i] & BEGINS:
                reset(S, lane_mask(arrays.events, i, lanes, BEGINS))
            observe(arrays, S, X, i)
            step(S, X, i * width)
            if row_events[i] & TARGET:
                answer(S)
                judge_answers(arrays, i)
                learn(S, Y, i * answers, lane_mask(teach, 0, lanes, 1))
            if row_events[i] & ENDS:
                ending(arrays, i)
                finish(S, lane_mask(teach, 0, lanes, 1))
                end_sequences(arrays, i)

    return take_steps


def _stretches(learner: LaneKernel, width: int) -> Callable:
    """take(arrays, S, X, i): take the steps from i on together, where nothing happens in any lane.

    Returns whether it did.
    """
    stretch = learner.stretch
    if stretch is None or learner.observe is not None:

        @inlined
        def take(arrays, S, X, i):
            return False

    else:

        @uncounted
        def take(arrays, S, X, i):
            for j in range(i, i + STRETCH):
                if arrays.row_events[j]:
                    return False
            stretch(S, X, i * width, width)
            return True

    return take


def _observation(learner: LaneKernel, lanes: int, width: int) -> Callable:
    """observe(arrays, S, X, i): show the inputs of step i to the lanes in training."""
    see = learner.observe
    if see is None:

        @inlined
        def observe(arrays, S, X, i):
            pass

    else:

        @uncounted
        def observe(arrays, S, X, i):
            teach = arrays.teach
            for k in range(lanes):
                teach[0, k] = arrays.live[k] and arrays.lanes[k].phase == TRAINING
            see(S, X, i * width, lane_mask(teach, 0, lanes, 1))

    return observe
