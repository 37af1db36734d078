"""Sequences that a branch-free task writes for all lanes at once, as the engine has it do.

Python runs the kernel as it is written; compiled kernels leave the same bits
(tests/compiled/test_interpreting.py).
"""

from functools import cache

import numpy as np
from numba import njit

from longlag.simd.banks import aligned_zeros, bank, mark, rows_from
from longlag.simd.random import Purpose, lane_streams, stream_state
from longlag.testing.in_python import LANES, side_by_side


@cache
def _compiled_write(kernel):
    element, target = kernel.element, kernel.target

    @njit
    def write(states, p, m, clock, x, y, flags):
        p_, m_, clock_ = bank(p, LANES), bank(m, LANES), bank(clock, LANES)
        x_, y_, streams = bank(x, LANES), bank(y, LANES), lane_streams(states, LANES)
        element(streams, p_, m_, clock_[0], rows_from(x_, 0))
        mark(flags, 0, target(p_, m_, clock_[0], rows_from(y_, 0)), 1)
        clock_[0] = clock_[0] + 1.0

    return write


def first_sequences(task, seed, purpose=Purpose.TRAINING):
    """The first sequence of trials 0 to LANES - 1: inputs, and targets followed by extras.

    Of shapes (length, width) and (length, outputs + extras), NaN at steps without a target.
    """
    for x, target, whole in side_by_side(task, seed, purpose, most=10**9):
        assert whole
        yield x, target


def idle_steps(task, steps):
    """What is written for lanes that hold no sequence: the inputs of the last of so many steps."""
    write = _compiled_write(task.kernel())
    states = np.array([stream_state(1, trial, Purpose.TRAINING) for trial in range(LANES)]).T.copy()
    answers = task.outputs + task.extras
    p, m, clock, x, y = (
        aligned_zeros((rows, LANES), np.float64)
        for rows in (len(task.parameters), task.memory, 1, task.width, answers)
    )
    for _ in range(steps):
        write(states, p, m, clock, x, y, np.zeros((1, LANES), np.uint8))
    return x
