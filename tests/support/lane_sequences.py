"""Sequences that a branch-free task writes for all lanes at once, as the engine has it do.

Python runs the kernel as it is written; compiled kernels leave the same bits
(tests/compiled/test_interpreting.py).
"""

from functools import cache

import numpy as np
from numba import njit

from longlag.simd.banks import aligned_zeros, bank, mark, rows_from
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, lane_streams, open_stream, stream_state

LANES = 4


def _writers(kernel):
    begin_, element, target = kernel.begin, kernel.element, kernel.target

    def begin(states, p, m, lane):
        stream = open_stream(states, lane)
        length = begin_(stream, numbers(p, lane), numbers(m, lane))
        close_stream(stream, states, lane)
        return length

    def write(states, p, m, clock, x, y, flags, width, answers):
        p_, m_, clock_ = bank(p, LANES), bank(m, LANES), bank(clock, LANES)
        x_, y_, streams = bank(x, LANES), bank(y, LANES), lane_streams(states, LANES)
        for i in range(len(flags)):
            t = clock_[0]
            element(streams, p_, m_, t, rows_from(x_, i * width))
            mark(flags, i, target(p_, m_, t, rows_from(y_, i * answers)), 1)
            clock_[0] = t + 1.0

    return begin, write


@cache
def _compiled_write(kernel):
    return njit(_writers(kernel)[1])


def first_sequences(task, seed, purpose=Purpose.TRAINING):
    """The first sequence of trials 0 to LANES - 1: inputs, and targets followed by extras.

    Of shapes (length, width) and (length, outputs + extras), NaN at steps without a target.
    """
    begin, write = _writers(task.kernel())
    states = np.array([stream_state(seed, trial, purpose) for trial in range(LANES)]).T.copy()
    p = aligned_zeros((len(task.parameters), LANES), np.float64)
    p[:] = np.array(task.parameters)[:, None]
    m, clock = (aligned_zeros((rows, LANES), np.float64) for rows in (task.memory, 1))
    lengths = [begin(states, p, m, lane) for lane in range(LANES)]
    steps, answers = max(lengths), task.outputs + task.extras
    x = aligned_zeros((steps * task.width, LANES), np.float64)
    y = aligned_zeros((steps * answers, LANES), np.float64)
    flags = np.zeros((steps, LANES), np.uint8)
    write(states, p, m, clock, x, y, flags, task.width, answers)
    x, y = x.reshape(steps, task.width, LANES), y.reshape(steps, answers, LANES)
    for lane, length in enumerate(lengths):
        has = flags[:length, lane, None] == 1
        yield x[:length, :, lane], np.where(has, y[:length, :, lane], np.nan)


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
        write(states, p, m, clock, x, y, np.zeros((1, LANES), np.uint8), task.width, answers)
    return x
