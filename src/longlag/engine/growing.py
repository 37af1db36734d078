"""The driver of online learners on a training set that grows: K networks, each on its own set.

A network learns the first sequences of a training set, in their order, again and again. After some
passes, or one without a wrong answer, it answers the whole set, with frozen weights. Some of those
that it answers wrong then join those that are shown, and the passes go on. A trial is solved when
the whole set is answered right. This is how Giles et al. (1992) presented strings.

As in the other drivers, the task writes a chunk of steps ahead, and a lane whose pass or exam is
over waits for the end of the chunk. The set is not stored: its stream starts again for each pass.
Between chunks a lane consists of its network, its record, its stream, and what is shown.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import (
    CHUNK,
    EXAM,
    TESTING,
    TRAINING,
    LaneKernel,
    LearnerSizes,
    TaskKernel,
    TaskSizes,
    beginner,
    set_beginner,
)
from longlag.engine.chunks import chunk_by_chunk, learning_steps
from longlag.engine.lane_state import (
    CAP,
    DIVERGED,
    SOLVED,
    UNDECIDED,
    begin_phase,
    clear_test,
    noting,
    shared_arrays,
    test_or_end,
)
from longlag.engine.writer import compile_writer
from longlag.simd.pointers import numbers

#: The driver's record of a lane.
LANE = np.dtype(
    [
        ("phase", np.int64),
        ("outcome", np.int64),
        # stop rule
        ("cap", np.int64),  # presented sequences
        ("more", np.int64),  # sequences that join after an exam
        ("passes", np.int64),  # of a cycle, at most
        ("cycles", np.int64),  # at most
        ("exam", np.int64),  # sequences of the whole set
        ("wrong_below", np.int64),  # an exam never ends early: more than there are
        ("average_below", np.float64),  # likewise
        ("tolerance", np.float64),
        # the sequence being answered
        ("largest", np.float64),
        ("error", np.float64),
        ("targets", np.int64),
        # sequences begun in this pass or phase (written ahead), and where the next one is sought
        ("begun", np.int64),
        ("next", np.int64),
        # so far: sequences and steps presented, cycles, passes of this cycle, sequences shown
        ("sequences", np.int64),
        ("steps", np.int64),
        ("seconds", np.float64),
        ("cycle", np.int64),
        ("passed", np.int64),
        ("shown", np.int64),
        # this pass: sequences presented, correct ones, sum of the errors; the mean of the last
        ("presented", np.int64),
        ("right", np.int64),
        ("pass_error", np.float64),
        ("last_error", np.float64),
        # test or exam
        ("to_test", np.int64),
        ("tested", np.int64),
        ("test_wrong", np.int64),
        ("test_error", np.float64),
    ],
    align=True,
)


class Arrays(NamedTuple):
    """All arrays of a population."""

    S: np.ndarray  #: (rows, lanes) the networks
    lanes: np.ndarray  #: (lanes,) of LANE
    p: np.ndarray  #: (parameters, lanes) of the task
    m: np.ndarray  #: (memory, lanes) of the task
    clock: np.ndarray  #: (2, lanes) POSITION and LENGTH of the sequence being written
    stream: np.ndarray  #: (4, lanes) the stream in use
    set_stream: np.ndarray  #: (4, lanes) the stream of the training set, at its beginning
    test_stream: np.ndarray  #: (4, lanes) the stream of the final test
    members: np.ndarray  #: (lanes, set) whether each sequence of the set is shown
    wrong: np.ndarray  #: (lanes, set) whether each was answered wrong in this exam
    X: np.ndarray  #: (CHUNK * width, lanes) inputs written ahead
    Y: np.ndarray  #: (CHUNK * (outputs + extras), lanes) targets written ahead
    events: np.ndarray  #: (CHUNK, lanes) what happens at each step: BEGINS, TARGET, ENDS
    row_events: np.ndarray  #: (CHUNK,) the events of all lanes together: most steps test one byte
    live: np.ndarray  #: (lanes,) scratch: lanes whose pass or phase goes on
    teach: np.ndarray  #: (1, lanes) scratch: lanes that learn at a step
    x: np.ndarray  #: (width, 1) scratch for the task
    y: np.ndarray  #: (outputs + extras, 1) scratch for the task


def allocate(task: TaskSizes, learner: LearnerSizes, lanes: int, size: int, dtype: str) -> Arrays:
    """Empty arrays for networks of `learner` on `task`, with `size` sequences in a set."""
    return Arrays(
        **shared_arrays(task, learner, lanes, dtype, LANE),
        set_stream=np.zeros((4, lanes), np.uint64),
        members=np.zeros((lanes, size), np.bool_),
        wrong=np.zeros((lanes, size), np.bool_),
        teach=np.zeros((1, lanes), np.uint8),
    )


def _next_sequence(task: TaskKernel) -> Callable:
    """begin(arrays, k, stream): begin the next sequence of a lane in its phase -> its length."""
    begin_test, begin_member = beginner(task), set_beginner(task)

    @uncounted
    def next_shown(lane, members):
        """The number of the next sequence that is shown; after the last, the first again."""
        number = lane.next
        while number < lane.exam and not members[number]:
            number += 1
        if number == lane.exam:
            number = 0
            while not members[number]:
                number += 1
        lane.next = number + 1
        return number

    @uncounted
    def begin(arrays, k, stream):
        lane, p, m = arrays.lanes[k], numbers(arrays.p, k), numbers(arrays.m, k)
        number = lane.begun
        lane.begun += 1
        if lane.phase == TESTING:
            return begin_test(stream, p, m, number)
        if lane.phase == TRAINING:
            number = next_shown(lane, arrays.members[k])
        return begin_member(stream, p, m, number)

    return begin


@uncounted
def _begin_pass(arrays, k):
    lane = arrays.lanes[k]
    lane.presented, lane.right, lane.pass_error, lane.next = 0, 0, 0.0, 0
    begin_phase(arrays, k, TRAINING, arrays.set_stream)


@uncounted
def _training_sequence_over(arrays, k):
    """Count a sequence of the training set; returns whether the pass continues."""
    lane = arrays.lanes[k]
    lane.sequences += 1
    lane.presented += 1
    lane.right += int(lane.largest < lane.tolerance)
    lane.pass_error += lane.error / max(lane.targets, 1)
    return lane.presented < lane.shown and lane.sequences < lane.cap


@uncounted
def _pass_over(arrays, k):
    """After the last sequence of a pass, or at the cap: another pass, or the exam."""
    lane = arrays.lanes[k]
    lane.passed += 1
    lane.last_error = lane.pass_error / lane.presented
    learned = lane.right == lane.shown
    if learned or lane.passed == lane.passes or lane.sequences >= lane.cap:
        clear_test(lane)
        for i in range(lane.exam):
            arrays.wrong[k, i] = False
        begin_phase(arrays, k, EXAM, arrays.set_stream)
    else:
        _begin_pass(arrays, k)


@uncounted
def _exam_over(arrays, k):
    """Note the outcome; after a failed exam, show some more of what was answered wrong."""
    lane = arrays.lanes[k]
    lane.cycle += 1
    lane.passed = 0
    if lane.test_wrong == 0:
        lane.outcome = SOLVED
    elif lane.cycle >= lane.cycles or lane.sequences >= lane.cap:
        lane.outcome = CAP
    else:
        more = lane.more
        for i in range(lane.exam):
            if more > 0 and arrays.wrong[k, i] and not arrays.members[k, i]:
                arrays.members[k, i] = True
                lane.shown += 1
                more -= 1
        _begin_pass(arrays, k)
    clear_test(lane)


@lru_cache(maxsize=64)
def compile_growing(
    task: TaskKernel, learner: LaneKernel, lanes: int, sizes: tuple[int, ...], at_end: bool
) -> Callable:
    """advance(arrays, chunks) -> chunks run: at most `chunks`, fewer once a trial is over.

    Run advance as a `longlag.compiled.driver.Driver`. The arguments are those of
    `longlag.engine.online.compile_online`.
    """
    note_answer = noting(task, *sizes[1:])
    width, outputs, extras, _ = sizes
    answers = outputs + extras
    write = compile_writer(task, _next_sequence(task), lanes, width, answers, at_end)

    @uncounted
    def judge(arrays, k, i):
        """Note the answer; a lane in training learns, or has diverged."""
        lane, finite = arrays.lanes[k], np.isfinite(note_answer(arrays, k, i))
        if lane.phase == EXAM and not lane.largest < lane.tolerance:
            arrays.wrong[k, lane.tested] = True
        if lane.phase != TRAINING:
            return False
        if not finite:
            lane.outcome = DIVERGED
            lane.steps += i + 1
            arrays.live[k] = False
        return finite

    @uncounted
    def change_phases(arrays, live):
        """After a chunk, move stopped lanes to their next pass, their exam, or their test.

        Returns whether a trial is over.
        """
        over = False
        for k in range(lanes):
            lane = arrays.lanes[k]
            if live[k]:
                lane.steps += CHUNK if lane.phase == TRAINING else 0
                continue
            if lane.phase == EXAM:
                _exam_over(arrays, k)
            elif lane.phase == TRAINING and lane.outcome == UNDECIDED:
                _pass_over(arrays, k)
            if lane.phase == TESTING or lane.outcome != UNDECIDED:
                over |= test_or_end(arrays, k)
        return over

    take_steps = learning_steps(learner, judge, _training_sequence_over, lanes, width, answers)
    return chunk_by_chunk(write, take_steps, change_phases, lanes)
