"""Writes the next steps of every lane's sequences, ahead of the networks that will see them."""

from collections.abc import Callable
from typing import Any

from longlag.kernels.banks import bank, mark, rows_from, set_lane
from longlag.kernels.compiling import inlined, uncounted
from longlag.kernels.numbers import numbers
from longlag.kernels.random import close_stream, lane_streams, open_stream
from longlag.kernels.simd import any_lane

CHUNK = 32  #: steps written ahead: few, so that the buffers stay in the first-level cache
IDLE, TRAINING, EXAM, TESTING, OVER = range(5)  #: phases of a lane
BEGINS, TARGET, ENDS = 1, 2, 4  #: bits of an event: a sequence begins, has a target, ends
POSITION, LENGTH = range(2)  #: rows of a lane's clock: the next step, and the sequence's length


def compile_writer(
    task: Any, begin: Callable, lanes: int, width: int, answers: int, at_end: bool
) -> Callable:
    """write(arrays, live): fill X, Y and events with the next CHUNK steps of the live lanes.

    `task` is a TaskKernel; begin(arrays, k, stream) begins the next sequence of a lane and returns
    its length; `width` numbers are written per step and `answers` per target; with `at_end` targets
    exist at last steps only.
    """
    if task.branch_free:
        return _together(task, begin, lanes, width, answers, at_end)
    return _lane_by_lane(task, begin, lanes, width, answers, at_end)


def beginner(task: Any) -> Callable:
    """begin(stream, p, m, i): the i-th sequence of a test, or one to train on where i < 0."""
    begin_, exam_ = task.begin, task.exam
    if exam_ is None:

        @inlined
        def begin(stream, p, m, i):
            return begin_(stream, p, m)

    else:

        @inlined
        def begin(stream, p, m, i):
            return begin_(stream, p, m) if i < 0 else exam_(stream, p, m, i)

    return begin


def _lane_by_lane(
    task: Any, begin: Callable, lanes: int, width: int, answers: int, at_end: bool
) -> Callable:
    element, target = task.element, task.target

    @uncounted
    def write_lane(arrays, X, Y, clock, k, x, y):
        p, m = numbers(arrays.p, k), numbers(arrays.m, k)
        stream = open_stream(arrays.stream, k)
        position, length = int(clock[POSITION]), int(clock[LENGTH])
        for i in range(CHUNK):
            event = 0
            if position == length:
                length = begin(arrays, k, stream)
                position = 0
                event = BEGINS
            element(stream, p, m, position, x)
            for j in range(width):
                set_lane(X, i * width + j, k, x[j])
            ends = position + 1 == length
            if (ends or not at_end) and target(p, m, position, y):
                event |= TARGET
                for j in range(answers):
                    set_lane(Y, i * answers + j, k, y[j])
            position += 1
            if ends:
                event |= ENDS
            if event:
                arrays.events[i, k] = event
                arrays.row_events[i] |= event
        clock[POSITION], clock[LENGTH] = position, length
        close_stream(stream, arrays.stream, k)

    @uncounted
    def write(arrays, live):
        X, Y = bank(arrays.X, 0, lanes), bank(arrays.Y, 0, lanes)
        x, y = numbers(arrays.x, 0), numbers(arrays.y, 0)
        for k in range(lanes):
            if live[k]:
                write_lane(arrays, X, Y, numbers(arrays.clock, k), k, x, y)

    return write


def _together(
    task: Any, begin: Callable, lanes: int, width: int, answers: int, at_end: bool
) -> Callable:
    element, target = task.element, task.target

    @uncounted
    def begin_sequences(arrays, i):
        for k in range(lanes):
            clock = numbers(arrays.clock, k)
            if clock[POSITION] == clock[LENGTH]:
                stream = open_stream(arrays.stream, k)
                clock[LENGTH] = begin(arrays, k, stream)
                clock[POSITION] = 0.0
                close_stream(stream, arrays.stream, k)
                arrays.events[i, k] |= BEGINS
                arrays.row_events[i] |= BEGINS

    @uncounted
    def write(arrays, live):
        X, Y = bank(arrays.X, 0, lanes), bank(arrays.Y, 0, lanes)
        p, m = bank(arrays.p, 0, lanes), bank(arrays.m, 0, lanes)
        clock, streams = bank(arrays.clock, 0, lanes), lane_streams(arrays.stream, lanes)
        # Lanes that are not live have an infinite sequence, which neither begins nor ends.
        for i in range(CHUNK):
            if any_lane(clock[POSITION] == clock[LENGTH]):
                begin_sequences(arrays, i)
            t = clock[POSITION]
            element(streams, p, m, t, rows_from(X, i * width))
            ends = t + 1.0 == clock[LENGTH]
            over = any_lane(ends)
            if over or not at_end:
                has = target(p, m, t, rows_from(Y, i * answers))
                mark(arrays.events, i, has, TARGET)
                arrays.row_events[i] |= TARGET
            if over:
                mark(arrays.events, i, ends, ENDS)
                arrays.row_events[i] |= ENDS
            clock[POSITION] = t + 1.0

    return write
