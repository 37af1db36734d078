"""The driver of batch learners: K networks in lockstep, each in passes over a set of its own.

Every lane is a trial with its own training set. The lane presents the set in order, again and
again. After each pass the learner changes its network, in its own time: the lanes need not be at
the same sequence, nor in the same phase of their learning. A network solves the trial with a pass
without a wrong answer, or with an exam, which it takes whenever its learner is ready. It is then
tested on other sequences. Where the set is taught in lessons, a pass is one over the present
lesson, and a lesson that was right in a whole pass gives way to the next.

The set is not stored: its stream starts again for each pass. As in the other drivers, the task
writes a chunk of steps ahead, and a lane whose pass or phase is over waits for the end of the
chunk. Between chunks a lane consists of its network, its record and its streams.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import (
    EXAM,
    MOST_LESSONS,
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
    end_exam,
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
from longlag.simd.random import close_stream, open_stream

#: The driver's record of a lane.
LANE = np.dtype(
    [
        *STANDING,
        # stop rule
        ("set", np.int64),  # sequences of a pass: of the present lesson, or of the whole set
        ("whole_set", np.int64),  # sequences of the whole set
        ("lessons", np.int64, (MOST_LESSONS + 1,)),  # sequences of each; 0 stands for the whole set
        ("exam", np.int64),  # sequences of an exam; 0 for a rule on the training set
        ("wrong_below", np.int64),
        ("average_below", np.float64),
        *SEQUENCE,
        *PROGRESS,
        # the present lesson: its number, and that of its first sequence in the set
        ("lesson", np.int64),
        ("first", np.int64),
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
        "epoch_stream",  # (4, lanes) the stream of the learner
        "exam_stream",  # (4, lanes) the stream of the next exam
    ],
)


def allocate(task: TaskSizes, learner: LearnerSizes, lanes: int, dtype: str) -> Arrays:
    """Empty arrays for networks of `learner` on `task`."""
    return Arrays(
        **shared_arrays(task, learner, lanes, dtype, LANE),
        **pass_arrays(lanes),
        epoch_stream=np.zeros((4, lanes), np.uint64),
        exam_stream=np.zeros((4, lanes), np.uint64),
    )


def _next_sequence(task: TaskKernel) -> Callable:
    """begin(arrays, k, stream): begin the next sequence of a lane in its phase -> its length."""
    begin_test, begin_member = beginner(task), set_beginner(task)

    @uncounted
    def begin(arrays, k, stream):
        lane, p, m = arrays.lanes[k], numbers(arrays.p, k), numbers(arrays.m, k)
        number = lane.begun
        lane.begun += 1
        if lane.phase == TRAINING:
            return begin_member(stream, p, m, lane.first + number)
        return begin_test(stream, p, m, number)

    return begin


@uncounted
def _next_lesson(lane):
    """Go on to the next lesson, or to the whole set after the last."""
    lane.lesson += 1
    size = lane.lessons[lane.lesson]
    lane.first = lane.first + lane.set if size > 0 else 0
    lane.set = size if size > 0 else lane.whole_set


@uncounted
def _training_sequence_over(arrays, k):
    """Count a sequence of the training set; returns whether the pass continues."""
    return count_presented(arrays.lanes[k], arrays.lanes[k].set)


@uncounted
def _exam_over(arrays, k):
    """Note the outcome; after a failed exam a lane goes on unless it is at its cap."""
    if end_exam(arrays, k):
        begin_pass(arrays, k)


@lru_cache(maxsize=64)
def compile_batch(
    task: TaskKernel,
    learner: LaneKernel,
    epoch: Callable,
    lanes: int,
    sizes: Sizes,
    ready_row: int,
) -> Callable:
    """advance(arrays, chunks) -> chunks run: at most `chunks`, fewer once a trial is over.

    Run advance as a `longlag.compiled.driver.Driver`. epoch(stream, column) changes a network after
    a pass, and leaves above 0 in row `ready_row` of a network that may take an exam.
    """
    note_answer = noting(task, sizes)
    write = compile_writer(task, _next_sequence(task), lanes, sizes)

    @uncounted
    def judge(arrays, k, i):
        return learns(arrays, k, i, note_answer(arrays, k, i))

    @uncounted
    def pass_over(arrays, k):
        """After the last sequence of a pass, or at the cap: learn, unless the trial is decided."""
        lane = arrays.lanes[k]
        whole = lane.presented == lane.set
        learned = whole and lane.exam == 0 and lane.right == lane.set
        if learned and lane.lessons[lane.lesson] == 0:
            lane.outcome = SOLVED
            return
        ready = False
        if whole:
            lane.last_error = lane.pass_error / lane.set
            stream, column = open_stream(arrays.epoch_stream, k), numbers(arrays.S, k)
            epoch(stream, column)
            close_stream(stream, arrays.epoch_stream, k)
            ready = lane.exam > 0 and column[ready_row] > 0.0
        if learned:
            _next_lesson(lane)
        if ready:
            begin_phase(arrays, k, EXAM, arrays.exam_stream)
        elif lane.sequences >= lane.cap:
            lane.outcome = CAP
        else:
            begin_pass(arrays, k)

    phase_over = end_of_phases(pass_over, _exam_over)
    take_steps = learning_steps(learner, judge, _training_sequence_over, lanes, sizes)
    return chunk_by_chunk(write, take_steps, phase_over, lanes)
