"""The state of a lane besides its network, for all drivers, and the changes between its phases.

A driver has a record of each lane and a tuple of arrays. Both consist of the fields below, which
the functions below use, and of the driver's own fields. The order of the fields of a record is that
of the checkpoints in a store.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import (
    CHUNK,
    EXAM,
    LENGTH,
    OVER,
    POSITION,
    TESTING,
    TRAINING,
    LearnerSizes,
    TaskKernel,
    TaskSizes,
)
from longlag.simd.banks import aligned_zeros
from longlag.simd.pointers import numbers, part
from longlag.simd.random import reseed_stream


class Sizes(NamedTuple):
    """The sizes of a task and a learner for which a driver is compiled."""

    width: int  #: numbers written per step
    outputs: int  #: output units
    extras: int  #: numbers written after the targets, for `judge` alone
    answer_row: int  #: the first of the learner's rows "outputs"
    at_end: bool  #: whether only last steps have targets

    @property
    def answers(self) -> int:
        """Numbers written per target."""
        return self.outputs + self.extras


UNDECIDED, SOLVED, CAP, DIVERGED = range(4)  #: outcomes of a trial

#: Of a record: the phase, the outcome, and the most sequences or guesses.
STANDING = (("phase", np.int64), ("outcome", np.int64), ("cap", np.int64))

#: Of a record: the tolerance; of the sequence being answered, the largest and the summed deviation
#: and the number of targets; and how many sequences were begun in this phase (written ahead).
SEQUENCE = (
    ("tolerance", np.float64),
    ("largest", np.float64),
    ("error", np.float64),
    ("targets", np.int64),
    ("begun", np.int64),
)

#: Of a record: sequences and steps so far, and computing time.
PROGRESS = (("sequences", np.int64), ("steps", np.int64), ("seconds", np.float64))

#: Of a record: sequences of the final test; sequences of this test or exam so far, those answered
#: wrong, and the sum of their errors.
TEST = (
    ("to_test", np.int64),
    ("tested", np.int64),
    ("test_wrong", np.int64),
    ("test_error", np.float64),
)

#: The arrays of every driver.
SHARED = (
    "S",  # (rows, lanes) the networks
    "lanes",  # (lanes,) the records
    "p",  # (parameters, lanes) of the task
    "m",  # (memory, lanes) of the task
    "clock",  # (2, lanes) POSITION and LENGTH of the sequence being written
    "stream",  # (4, lanes) the random stream in use
    "test_stream",  # (4, lanes) the stream of the final test
    "X",  # (CHUNK * width, lanes) inputs written ahead
    "Y",  # (CHUNK * (outputs + extras), lanes) targets written ahead
    "events",  # (CHUNK, lanes) what happens at each step: BEGINS, TARGET, ENDS
    "row_events",  # (CHUNK,) the events of all lanes together: most steps test one byte
    "live",  # (lanes,) scratch: lanes whose phase goes on
    "x",  # (width, 1) scratch for the task
    "y",  # (outputs + extras, 1) scratch for the task
)


def shared_arrays(
    task: TaskSizes, learner: LearnerSizes, lanes: int, dtype: str, record: np.dtype
) -> dict[str, np.ndarray]:
    """The arrays `SHARED` of empty lanes with these records, by name."""
    answers = task.outputs + task.extras
    clock = aligned_zeros((2, lanes), np.float64)
    clock[LENGTH] = np.inf  # the sequence of an idle lane never ends
    return {
        "S": aligned_zeros((learner.layout.rows, lanes), dtype),
        "lanes": np.zeros(lanes, record),
        "p": aligned_zeros((len(task.parameters), lanes), np.float64),
        "m": aligned_zeros((task.memory, lanes), np.float64),
        "clock": clock,
        "stream": np.zeros((4, lanes), np.uint64),
        "test_stream": np.zeros((4, lanes), np.uint64),
        "X": aligned_zeros((CHUNK * task.width, lanes), dtype),
        "Y": aligned_zeros((CHUNK * answers, lanes), dtype),
        "events": np.zeros((CHUNK, lanes), np.uint8),
        "row_events": np.zeros(CHUNK, np.uint8),
        "live": np.zeros(lanes, np.uint8),
        "x": np.zeros((task.width, 1)),
        "y": np.zeros((answers, 1)),
    }


@uncounted
def clear_events(arrays, lanes):
    """Clear the events of all steps, before a chunk is written."""
    for i in range(CHUNK):
        arrays.row_events[i] = 0
        for k in range(lanes):
            arrays.events[i, k] = 0


@uncounted
def begin_sequence(lane):
    """Reset the errors of the sequence, of which no answer has been judged yet."""
    lane.largest, lane.error, lane.targets = 0.0, 0.0, 0


@uncounted
def begin_phase(arrays, k, phase, stream):
    """Change the phase of a lane; its next sequence is drawn from `stream`."""
    arrays.lanes[k].phase = phase
    arrays.lanes[k].begun = 0
    arrays.clock[POSITION, k] = arrays.clock[LENGTH, k] = 0.0
    for i in range(4):
        arrays.stream[i, k] = stream[i, k]


@uncounted
def test_or_end(arrays, k):
    """Move a lane whose phase is over to its test, or end its trial; returns whether it is over."""
    lane = arrays.lanes[k]
    if lane.phase not in (TRAINING, EXAM, TESTING):
        return False
    if lane.phase != TESTING and lane.outcome == SOLVED and lane.to_test > 0:
        begin_phase(arrays, k, TESTING, arrays.test_stream)
        return False
    lane.phase = OVER
    arrays.clock[LENGTH, k] = np.inf
    return True


@uncounted
def count_tested(lane):
    """Count a finished test sequence."""
    lane.tested += 1
    lane.test_error += lane.error / max(lane.targets, 1)
    lane.test_wrong += int(not lane.largest < lane.tolerance)


@uncounted
def clear_test(lane):
    """Forget the sequences of the last test or exam."""
    lane.tested, lane.test_wrong, lane.test_error = 0, 0, 0.0


@uncounted
def passing(lane):
    """Whether the exam can still be passed; at its end, whether it is passed."""
    return lane.test_wrong < lane.wrong_below and lane.test_error < lane.average_below * lane.exam


@uncounted
def end_exam(arrays, k):
    """Note the outcome of lane k's exam; returns whether training goes on.

    An exam ends early, at a point that depends on its limits. The next exam must not depend on that
    point, so it does not continue the stream.
    """
    lane = arrays.lanes[k]
    if passing(lane):
        lane.outcome = SOLVED
    elif lane.sequences >= lane.cap:
        lane.outcome = CAP
    clear_test(lane)
    if lane.outcome != UNDECIDED:
        return False
    reseed_stream(arrays.exam_stream, k)
    return True


@uncounted
def test_sequence_over(lane):
    """Count a sequence of the test or exam; returns whether the test or exam continues."""
    count_tested(lane)
    if lane.phase == EXAM:
        return lane.tested < lane.exam and passing(lane)
    return lane.tested < lane.to_test


def noting(task: TaskKernel, sizes: Sizes) -> Callable:
    """note_answer(arrays, k, i) -> mean deviation: judge and note lane k's answer at step i."""
    judge, answers, outputs, answer_row = task.judge, sizes.answers, sizes.outputs, sizes.answer_row

    @uncounted
    def note_answer(arrays, k, i):
        lane = arrays.lanes[k]
        y = part(numbers(arrays.Y, k), i * answers, answers)
        out = part(numbers(arrays.S, k), answer_row, outputs)
        largest, mean = judge(numbers(arrays.p, k), y, out)
        if largest > lane.largest or largest != largest:
            lane.largest = largest
        lane.error += mean
        lane.targets += 1
        return mean

    return note_answer
