"""The driver of online learners: K networks in lockstep, each on its own sequences.

Every lane trains its own network on its own random stream until its stop rule or its cap, and then
tests the network, independently of the other lanes. The driver works in chunks of a few steps. The
task first writes the next steps of every lane, and the driver then steps all networks through the
chunk. If a sequence ends in some lanes only, learning and resetting act under a mask. Between
chunks a lane consists of its network, its record and its streams, so it can be saved, moved or
replaced there. A lane whose phase is over waits for the end of the chunk, and the steps already
written for it are dropped.

A stop rule with exams interrupts the training of its lane for each exam. An exam draws from its own
stream, and training continues with the same sequence as without the exam. The n-th exam of a trial
does not depend on the limits of earlier exams.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import (
    EXAM,
    TRAINING,
    LaneKernel,
    LearnerSizes,
    TaskKernel,
    TaskSizes,
    beginner,
)
from longlag.engine.chunks import chunk_by_chunk, learning_steps
from longlag.engine.lane_state import (
    CAP,
    DIVERGED,
    PROGRESS,
    SEQUENCE,
    SHARED,
    SOLVED,
    STANDING,
    TEST,
    UNDECIDED,
    Sizes,
    begin_phase,
    clear_test,
    end_exam,
    noting,
    shared_arrays,
    test_or_end,
)
from longlag.engine.writer import compile_writer
from longlag.simd.pointers import numbers
from longlag.simd.random import close_stream

CURVE = 256  #: points of a learning curve; when all are used, pairs of points are joined

#: An error beyond which a sum has lost the digits of the others: it is made again when this leaves.
WILD = 1e9

#: The driver's record of a lane.
LANE = np.dtype(
    [
        *STANDING,
        # stop rule
        ("wrong_below", np.int64),
        ("average_below", np.float64),
        ("every", np.int64),  # training sequences between exams; 0 for a rule on recent sequences
        ("exam", np.int64),  # sequences of an exam
        *SEQUENCE,
        ("due", np.int64),  # training pauses after the sequence of this number
        *PROGRESS,
        # the last sequences: how many wrong, sum of their errors, slot of the oldest
        ("recent_wrong", np.int64),
        ("recent_error", np.float64),
        ("oldest", np.int64),
        # learning curve: full points, sequences per point, sequences in the point being filled
        ("points", np.int64),
        ("stretch", np.int64),
        ("filled", np.int64),
        *TEST,
    ],
    align=True,
)

#: All arrays of a population.
Arrays = namedtuple(
    "Arrays",
    [
        *SHARED,
        "held_stream",  # (4, lanes) the stream of training, at the point of the exam
        "exam_stream",  # (4, lanes) the stream of the next exam
        "recent",  # (lanes, window) mean absolute error of the last sequences
        "recent_bad",  # (lanes, window) whether each was answered incorrectly
        "curve",  # (lanes, CURVE, 2) sums over each stretch of sequences: error, wrong
        "teach",  # (1, lanes) scratch: lanes that learn at a step
    ],
)


def allocate(task: TaskSizes, learner: LearnerSizes, lanes: int, window: int, dtype: str) -> Arrays:
    """Empty arrays for networks of `learner` on `task`."""
    return Arrays(
        **shared_arrays(task, learner, lanes, dtype, LANE),
        held_stream=np.zeros((4, lanes), np.uint64),
        exam_stream=np.zeros((4, lanes), np.uint64),
        recent=np.zeros((lanes, window), np.float32),
        recent_bad=np.zeros((lanes, window), np.bool_),
        curve=np.zeros((lanes, CURVE, 2)),
        teach=np.zeros((1, lanes), np.uint8),
    )


@uncounted
def _extend_curve(lane, curve, error, bad):
    """Add a sequence to the learning curve."""
    point = lane.points
    curve[point, 0] += error
    curve[point, 1] += bad
    lane.filled += 1
    if lane.filled < lane.stretch:
        return
    lane.filled = 0
    lane.points += 1
    if lane.points == CURVE:  # full: join pairs, so that each point stands for twice as many
        half = CURVE // 2
        for j in range(2):
            for i in range(half):
                curve[i, j] = curve[2 * i, j] + curve[2 * i + 1, j]
            for i in range(half, CURVE):
                curve[i, j] = 0.0
        lane.points = half
        lane.stretch *= 2


@uncounted
def _train_sequence_over(lane, recent, recent_bad, curve):
    """Count a training sequence and apply the stop rule; returns whether training continues."""
    error = lane.error / max(lane.targets, 1)
    bad = not lane.largest < lane.tolerance
    lane.sequences += 1
    _extend_curve(lane, curve, error, bad)
    at = lane.oldest
    lane.recent_error += np.float32(error) - recent[at]
    lane.recent_wrong += int(bad) - int(recent_bad[at])
    wild = recent[at] > WILD
    recent[at] = error
    recent_bad[at] = bad
    window = len(recent)
    if wild:
        lane.recent_error = 0.0
        for i in range(window):
            lane.recent_error += recent[i]
    lane.oldest = (at + 1) % window
    if not np.isfinite(np.float32(error)):  # in float32, as `recent` stores it
        lane.outcome = DIVERGED
    elif (
        lane.every == 0
        and lane.sequences >= window
        and lane.recent_wrong < lane.wrong_below
        and lane.recent_error / window < lane.average_below
    ):
        lane.outcome = SOLVED
    elif lane.sequences == lane.due:
        return False  # the exam comes first
    elif lane.sequences >= lane.cap:
        lane.outcome = CAP
    return lane.outcome == UNDECIDED


def _next_sequence(task: TaskKernel) -> Callable:
    """begin(arrays, k, stream): begin the next sequence of a lane in its phase -> its length."""
    begin_one = beginner(task)

    @uncounted
    def begin(arrays, k, stream):
        lane = arrays.lanes[k]
        number = lane.begun
        lane.begun += 1
        if lane.phase == TRAINING:
            if number == lane.due:  # training resumes with this sequence after the exam
                close_stream(stream, arrays.held_stream, k)
            number = -1
        return begin_one(stream, numbers(arrays.p, k), numbers(arrays.m, k), number)

    return begin


@lru_cache(maxsize=64)
def compile_online(task: TaskKernel, learner: LaneKernel, lanes: int, sizes: Sizes) -> Callable:
    """advance(arrays, chunks) -> chunks run: at most `chunks`, fewer once a trial is over.

    Run advance as a `longlag.compiled.driver.Driver`. It returns after the first chunk in which a
    trial ended.
    """
    note_answer = noting(task, sizes)
    write = compile_writer(task, _next_sequence(task), lanes, sizes)

    @uncounted
    def judge(arrays, k, i):
        """Note the answer; a lane in training learns, unless its error is not finite."""
        mean = note_answer(arrays, k, i)
        return arrays.lanes[k].phase == TRAINING and np.isfinite(mean)

    @uncounted
    def sequence_over(arrays, k):
        return _train_sequence_over(
            arrays.lanes[k], arrays.recent[k], arrays.recent_bad[k], arrays.curve[k]
        )

    @uncounted
    def pause_training(arrays, k):
        """Keep the training stream, and begin the exam."""
        lane = arrays.lanes[k]
        if lane.begun == lane.sequences:  # no further sequence was written, so none was held
            for i in range(4):
                arrays.held_stream[i, k] = arrays.stream[i, k]
        clear_test(lane)
        begin_phase(arrays, k, EXAM, arrays.exam_stream)

    @uncounted
    def exam_over(arrays, k):
        """Note the outcome; after a failed exam a lane resumes training unless it is at its cap."""
        if end_exam(arrays, k):
            lane = arrays.lanes[k]
            begin_phase(arrays, k, TRAINING, arrays.held_stream)
            lane.begun = lane.sequences
            lane.due += lane.every

    @uncounted
    def phase_over(arrays, k):
        """Move a lane to its exam, back to training, or to its test."""
        lane = arrays.lanes[k]
        if lane.phase == TRAINING and lane.outcome == UNDECIDED:
            pause_training(arrays, k)
            return False
        if lane.phase == EXAM:
            exam_over(arrays, k)
            if lane.phase == TRAINING:
                return False
        return test_or_end(arrays, k)

    take_steps = learning_steps(learner, judge, sequence_over, lanes, sizes)
    return chunk_by_chunk(write, take_steps, phase_over, lanes)
