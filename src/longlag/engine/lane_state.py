"""The state of a lane besides its network, for all drivers, and the changes between its phases.

A driver's record of a lane has the fields that the functions below use, and the driver's own
fields.
"""

from collections.abc import Callable

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

UNDECIDED, SOLVED, CAP, DIVERGED = range(4)  #: outcomes of a trial


def shared_arrays(
    task: TaskSizes, learner: LearnerSizes, lanes: int, dtype: str, record: np.dtype
) -> dict[str, np.ndarray]:
    """The empty arrays of all drivers, by the names of their fields."""
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
def test_sequence_over(lane):
    """Count a sequence of the test or exam; returns whether the test or exam continues."""
    count_tested(lane)
    if lane.phase == EXAM:
        return lane.tested < lane.exam and passing(lane)
    return lane.tested < lane.to_test


def noting(task: TaskKernel, outputs: int, extras: int, out_row: int) -> Callable:
    """note_answer(arrays, k, i) -> mean deviation: judge and note lane k's answer at step i.

    `out_row` is the first of the learner's rows "outputs".
    """
    judge, answers = task.judge, outputs + extras

    @uncounted
    def note_answer(arrays, k, i):
        lane = arrays.lanes[k]
        y = part(numbers(arrays.Y, k), i * answers, answers)
        out = part(numbers(arrays.S, k), out_row, outputs)
        largest, mean = judge(numbers(arrays.p, k), y, out)
        if largest > lane.largest or largest != largest:
            lane.largest = largest
        lane.error += mean
        lane.targets += 1
        return mean

    return note_answer
