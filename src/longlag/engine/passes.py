"""Passes over a training set: what the drivers of `batch` and `growing` have in common.

A lane presents its training set in order, again and again; the set is not stored, and its stream
starts again for each pass.
"""

from collections.abc import Callable

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import EXAM, TESTING, TRAINING
from longlag.engine.lane_state import DIVERGED, UNDECIDED, begin_phase, test_or_end

#: Of a record: sequences presented in this pass, correct ones, the sum of their errors; and the
#: mean error of the last pass.
PASS = (
    ("presented", np.int64),
    ("right", np.int64),
    ("pass_error", np.float64),
    ("last_error", np.float64),
)

#: The arrays of such a driver besides the shared ones.
PASS_ARRAYS = (
    "set_stream",  # (4, lanes) the stream of the training set, at its beginning
    "teach",  # (1, lanes) scratch: lanes that learn at a step
)


def pass_arrays(lanes: int) -> dict[str, np.ndarray]:
    """The arrays `PASS_ARRAYS` of empty lanes, by name."""
    return {
        "set_stream": np.zeros((4, lanes), np.uint64),
        "teach": np.zeros((1, lanes), np.uint8),
    }


@uncounted
def begin_pass(arrays, k):
    """Let lane k begin its set again."""
    lane = arrays.lanes[k]
    lane.presented, lane.right, lane.pass_error = 0, 0, 0.0
    begin_phase(arrays, k, TRAINING, arrays.set_stream)


@uncounted
def count_presented(lane, size):
    """Count a sequence of a pass of `size` sequences; returns whether the pass continues."""
    lane.sequences += 1
    lane.presented += 1
    lane.right += int(lane.largest < lane.tolerance)
    lane.pass_error += lane.error / max(lane.targets, 1)
    return lane.presented < size and lane.sequences < lane.cap


@uncounted
def learns(arrays, k, i, mean):
    """Whether lane k learns from its answer at step i, which deviates by `mean`.

    It does in training, unless it has diverged.
    """
    lane, finite = arrays.lanes[k], np.isfinite(mean)
    if lane.phase != TRAINING:
        return False
    if not finite:
        lane.outcome = DIVERGED
        lane.steps += i + 1
        arrays.live[k] = False
    return finite


def end_of_phases(pass_over: Callable, exam_over: Callable) -> Callable:
    """phase_over(arrays, k), for `longlag.engine.chunks.chunk_by_chunk`.

    pass_over(arrays, k) and exam_over(arrays, k) choose the next phase of a lane, or its outcome.
    """

    @uncounted
    def phase_over(arrays, k):
        """Move a lane to its next pass, its exam, or its test."""
        lane = arrays.lanes[k]
        if lane.phase == EXAM:
            exam_over(arrays, k)
        elif lane.phase == TRAINING and lane.outcome == UNDECIDED:
            pass_over(arrays, k)
        if lane.phase == TESTING or lane.outcome != UNDECIDED:
            return test_or_end(arrays, k)
        return False

    return phase_over
