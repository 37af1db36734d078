"""What every driver keeps of a lane besides its network, and how a lane goes from phase to phase.

A driver's record of a lane has the fields of `begin_sequence`, `note_answer`, `count_tested` and
`begin_phase`, and others of its own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import CHUNK, LENGTH, POSITION, LearnerSizes, TaskKernel, TaskSizes
from longlag.simd.banks import aligned_zeros
from longlag.simd.pointers import numbers, part


def shared_arrays(
    task: TaskSizes, learner: LearnerSizes, lanes: int, dtype: str, record: np.dtype
) -> dict[str, Any]:
    """The arrays that all drivers have, empty, by the names of their fields."""
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
    """Before a chunk is written: nothing happens at any step."""
    for i in range(CHUNK):
        arrays.row_events[i] = 0
        for k in range(lanes):
            arrays.events[i, k] = 0


@uncounted
def begin_sequence(lane):
    """No answer to the sequence has been judged yet."""
    lane.largest, lane.error, lane.targets = 0.0, 0.0, 0


@uncounted
def begin_phase(arrays, k, phase, stream):
    """Let the lane begin its next sequence in another phase, drawn from another stream."""
    arrays.lanes[k].phase = phase
    arrays.lanes[k].begun = 0
    arrays.clock[POSITION, k] = arrays.clock[LENGTH, k] = 0.0
    for i in range(4):
        arrays.stream[i, k] = stream[i, k]


@uncounted
def count_tested(lane):
    """A sequence of a test is over."""
    lane.tested += 1
    lane.test_error += lane.error / max(lane.targets, 1)
    lane.test_wrong += int(not lane.largest < lane.tolerance)


def noting(task: TaskKernel, outputs: int, extras: int, out_row: int) -> Callable:
    """note_answer(arrays, k, i) -> mean deviation: note those of lane k's answer at step i.

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
