"""Writes the next steps of every lane's sequences, before the networks take them."""

from collections.abc import Callable

from longlag.compiled.compiling import uncounted
from longlag.contract import BEGINS, CHUNK, ENDS, LENGTH, POSITION, TARGET, TaskKernel
from longlag.engine.lane_state import Sizes
from longlag.simd.banks import bank, mark, rows_from, set_lane
from longlag.simd.pointers import numbers
from longlag.simd.random import close_stream, lane_streams, open_stream
from longlag.simd.vectors import any_lane


def compile_writer(task: TaskKernel, begin: Callable, lanes: int, sizes: Sizes) -> Callable:
    """write(arrays, live): fill X, Y and events with the next CHUNK steps of the live lanes.

    begin(arrays, k, stream) begins the next sequence of a lane and returns its length.
    """
    return (_together if task.branch_free else _lane_by_lane)(task, begin, lanes, sizes)


def _lane_by_lane(task: TaskKernel, begin: Callable, lanes: int, sizes: Sizes) -> Callable:
    element, target = task.element, task.target
    width, answers, at_end = sizes.width, sizes.answers, sizes.at_end

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
        X, Y = bank(arrays.X, lanes), bank(arrays.Y, lanes)
        x, y = numbers(arrays.x, 0), numbers(arrays.y, 0)
        for k in range(lanes):
            if live[k]:
                write_lane(arrays, X, Y, numbers(arrays.clock, k), k, x, y)

    return write


def _together(task: TaskKernel, begin: Callable, lanes: int, sizes: Sizes) -> Callable:
    element, target = task.element, task.target
    width, answers, at_end = sizes.width, sizes.answers, sizes.at_end

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
        X, Y = bank(arrays.X, lanes), bank(arrays.Y, lanes)
        p, m = bank(arrays.p, lanes), bank(arrays.m, lanes)
        clock, streams = bank(arrays.clock, lanes), lane_streams(arrays.stream, lanes)
        # All lanes are written: a lane that is not live has an infinite sequence without events.
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
