"""The driver of online learners on a training set that grows: K networks, each on its own set.

A network learns the first sequences of a training set, in their order, again and again. After some
passes, or one without a wrong answer, it answers the whole set, with frozen weights. Some of those
that it answers wrong then join those that are shown, and the passes go on. A trial is solved when
the whole set is answered right. This is how Giles et al. (1992) presented strings.

As in the other drivers, the task writes a chunk of steps ahead, and a lane whose pass or exam is
over waits for the end of the chunk. The set is not stored: its stream starts again for each pass.
Between chunks a lane consists of its network, its record, its stream, and what is shown.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import (
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
    PROGRESS,
    SEQUENCE,
    SHARED,
    SOLVED,
    STANDING,
    TEST,
    Sizes,
    begin_phase,
    clear_test,
    noting,
    shared_arrays,
)
from longlag.engine.passes import (
    PASS,
    PASS_ARRAYS,
    begin_pass,
    count_presented,
    end_of_phases,
    learns,
    pass_arrays,
)
from longlag.engine.writer import compile_writer
from longlag.simd.pointers import numbers

#: The driver's record of a lane.
LANE = np.dtype(
    [
        *STANDING,
        # stop rule
        ("more", np.int64),  # sequences that join after an exam
        ("passes", np.int64),  # of a cycle, at most
        ("cycles", np.int64),  # at most
        ("exam", np.int64),  # sequences of the whole set
        ("wrong_below", np.int64),  # an exam never ends early: more than there are
        ("average_below", np.float64),  # likewise
        *SEQUENCE,
        ("next", np.int64),  # where in the set the next sequence is sought
        *PROGRESS,
        # cycles so far, passes of this cycle, sequences shown
        ("cycle", np.int64),
        ("passed", np.int64),
        ("shown", np.int64),
        *PASS,
        *TEST,
    ],
    align=True,
)

#: All arrays of a population.
Arrays = namedtuple(
    "Arrays",
    [
        *SHARED,
        *PASS_ARRAYS,
        "members",  # (lanes, set) whether each sequence of the set is shown
        "wrong",  # (lanes, set) whether each was answered wrong in this exam
    ],
)


def allocate(task: TaskSizes, learner: LearnerSizes, lanes: int, size: int, dtype: str) -> Arrays:
    """Empty arrays for networks of `learner` on `task`, with `size` sequences in a set."""
    return Arrays(
        **shared_arrays(task, learner, lanes, dtype, LANE),
        **pass_arrays(lanes),
        members=np.zeros((lanes, size), np.bool_),
        wrong=np.zeros((lanes, size), np.bool_),
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
    arrays.lanes[k].next = 0
    begin_pass(arrays, k)


@uncounted
def _training_sequence_over(arrays, k):
    """Count a sequence of the training set; returns whether the pass continues."""
    return count_presented(arrays.lanes[k], arrays.lanes[k].shown)


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
def compile_growing(task: TaskKernel, learner: LaneKernel, lanes: int, sizes: Sizes) -> Callable:
    """advance(arrays, chunks) -> chunks run: at most `chunks`, fewer once a trial is over.

    Run advance as a `longlag.compiled.driver.Driver`.
    """
    note_answer = noting(task, sizes)
    write = compile_writer(task, _next_sequence(task), lanes, sizes)

    @uncounted
    def judge(arrays, k, i):
        """Note the answer, and what was wrong in an exam; a lane in training learns."""
        lane, mean = arrays.lanes[k], note_answer(arrays, k, i)
        if lane.phase == EXAM and not lane.largest < lane.tolerance:
            arrays.wrong[k, lane.tested] = True
        return learns(arrays, k, i, mean)

    phase_over = end_of_phases(_pass_over, _exam_over)
    take_steps = learning_steps(learner, judge, _training_sequence_over, lanes, sizes)
    return chunk_by_chunk(write, take_steps, phase_over, lanes)
