"""The driver of search learners: K trials in lockstep, each with one guess after another.

Every lane is a trial with its own training set. The lane presents the sequences of the set to one
network after another. It drops a network at its first wrong answer, and the learner proposes the
next network. A network that is correct on the whole set solves the trial, and is then tested on
other sequences.

The set is not stored: its stream starts again for each network. As in the driver of online
learners, the task writes a chunk of steps ahead. A lane whose network is dropped waits for the end
of the chunk, and the steps already written are dropped too. Between chunks a lane consists of its
network, its record and its streams.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import (
    BEGINS,
    CHUNK,
    ENDS,
    TARGET,
    TRAINING,
    LaneKernel,
    LearnerSizes,
    TaskKernel,
    TaskSizes,
    beginner,
)
from longlag.engine.chunks import chunk_by_chunk
from longlag.engine.lane_state import (
    CAP,
    SEQUENCE,
    SHARED,
    SOLVED,
    STANDING,
    TEST,
    UNDECIDED,
    Sizes,
    begin_phase,
    begin_sequence,
    count_tested,
    noting,
    shared_arrays,
    test_or_end,
)
from longlag.engine.writer import compile_writer
from longlag.simd.banks import bank, lane_mask
from longlag.simd.pointers import numbers
from longlag.simd.random import close_stream, open_stream

#: The driver's record of a lane.
LANE = np.dtype(
    [
        *STANDING,
        ("set", np.int64),  # sequences of the training set
        *SEQUENCE,
        # so far: networks, presented sequences and steps, correct sequences of the current network
        ("guesses", np.int64),
        ("sequences", np.int64),
        ("steps", np.int64),
        ("right", np.int64),
        ("seconds", np.float64),
        *TEST,
    ],
    align=True,
)

#: All arrays of a population.
Arrays = namedtuple(
    "Arrays",
    [
        *SHARED,
        "guess_stream",  # (4, lanes) the stream of the proposals
        "set_stream",  # (4, lanes) the stream of the training set, at its beginning
    ],
)


def allocate(task: TaskSizes, learner: LearnerSizes, lanes: int, dtype: str) -> Arrays:
    """Empty arrays for networks of `learner` on `task`."""
    return Arrays(
        **shared_arrays(task, learner, lanes, dtype, LANE),
        guess_stream=np.zeros((4, lanes), np.uint64),
        set_stream=np.zeros((4, lanes), np.uint64),
    )


def _next_sequence(task: TaskKernel) -> Callable:
    """begin(arrays, k, stream): begin the next sequence of a lane -> its length.

    A training set counts as a test, so that the task may enumerate it.
    """
    begin_one = beginner(task)

    @uncounted
    def begin(arrays, k, stream):
        lane = arrays.lanes[k]
        number = lane.begun
        lane.begun += 1
        return begin_one(stream, numbers(arrays.p, k), numbers(arrays.m, k), number)

    return begin


@lru_cache(maxsize=64)
def compile_search(
    task: TaskKernel, learner: LaneKernel, propose: Callable, lanes: int, sizes: Sizes
) -> Callable:
    """advance(arrays, chunks) -> chunks run: at most `chunks`, fewer once a trial is over.

    Run advance as a `longlag.compiled.driver.Driver`. propose(stream, column) writes the weights of
    the next network.
    """
    note_answer = noting(task, sizes)
    reset, step, answer, width = learner.reset, learner.step, learner.answer, sizes.width
    write = compile_writer(task, _next_sequence(task), lanes, sizes)

    @uncounted
    def judge_answers(arrays, i, live):
        """Note the errors of the answers at step i; remove lanes with a wrong one from `live`."""
        for k in range(lanes):
            if live[k] and arrays.events[i, k] & TARGET:
                lane = arrays.lanes[k]
                note_answer(arrays, k, i)
                if lane.phase == TRAINING and not lane.largest < lane.tolerance:
                    live[k] = False
                    lane.sequences += 1
                    lane.steps += i + 1

    @uncounted
    def end_sequences(arrays, i, live):
        """Count the sequences that end at step i; remove lanes whose phase is over from `live`."""
        for k in range(lanes):
            if live[k] and arrays.events[i, k] & ENDS:
                lane = arrays.lanes[k]
                if lane.phase == TRAINING:
                    lane.sequences += 1
                    lane.right += 1
                    if lane.right == lane.set:
                        lane.outcome = SOLVED
                        lane.steps += i + 1
                        live[k] = False
                else:
                    count_tested(lane)
                    live[k] = lane.tested < lane.to_test
                begin_sequence(lane)

    @uncounted
    def next_guess(arrays, k):
        stream = open_stream(arrays.guess_stream, k)
        propose(stream, numbers(arrays.S, k))
        close_stream(stream, arrays.guess_stream, k)
        arrays.lanes[k].guesses += 1
        arrays.lanes[k].right = 0
        begin_sequence(arrays.lanes[k])  # the dropped network left its sequence unfinished
        begin_phase(arrays, k, TRAINING, arrays.set_stream)

    @uncounted
    def phase_over(arrays, k):
        """Move a lane to its next guess or to its test."""
        lane = arrays.lanes[k]
        if lane.phase == TRAINING and lane.outcome == UNDECIDED:
            if lane.guesses < lane.cap:
                next_guess(arrays, k)
                return False
            lane.outcome = CAP
        return test_or_end(arrays, k)

    @uncounted
    def take_steps(arrays):
        S, X, row_events = bank(arrays.S, lanes), bank(arrays.X, lanes), arrays.row_events
        for i in range(CHUNK):
            if row_events[i] & BEGINS:
                reset(S, lane_mask(arrays.events, i, lanes, BEGINS))
            step(S, X, i * width)
            if row_events[i] & TARGET:
                answer(S)
                judge_answers(arrays, i, arrays.live)
            if row_events[i] & ENDS:
                end_sequences(arrays, i, arrays.live)

    return chunk_by_chunk(write, take_steps, phase_over, lanes)
