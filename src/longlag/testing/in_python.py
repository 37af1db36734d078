"""The functions of a task as Python runs them, which sees what compiled code does not.

Compiled functions read and write wherever an index leads, also beyond the numbers of a task. And
what the functions of a branch-free task write for all lanes is what they write for one.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numba.core.errors import NumbaError

from longlag.quoting import counted
from longlag.simd.banks import aligned_zeros, bank, mark, rows_from
from longlag.simd.pointers import Numbers, numbers
from longlag.simd.random import Purpose, close_stream, lane_streams, open_stream, stream_state
from longlag.tasks.base import Task

LANES = 4
_SEQUENCES = 3  # that each function begins
_STEPS = 300  # of a sequence, at most: Python takes some microseconds for each


class Written(NamedTuple):
    """A sequence that Python wrote."""

    x: np.ndarray  #: (steps, width)
    target: np.ndarray  #: (steps, outputs), NaN at steps without a target
    whole: bool  #: whether these are all its steps


class _Named(Numbers):
    """Numbers with a name, beyond which nothing may be used."""

    def __init__(self, name: str, array: np.ndarray):
        super().__init__(array)
        self.name, self.array = name, array

    def _place(self, index: int) -> int:
        count = len(self.array)
        assert 0 <= index < count, (
            f"{self.name}[{int(index)}] is used, but {self.name} has {counted(count, 'number')}"
        )
        return int(index)


def written(task: Task) -> Iterator[Written]:
    """The first sequences that `begin`, `exam` and `member` begin; nothing if Python cannot.

    Raises AssertionError where a function leaves its numbers, or does not write what it must.
    """
    kernel = task.kernel()
    for name in ("begin", "exam", "member"):
        begin = getattr(kernel, name)
        if begin:
            numbered = [() if name == "begin" else (i,) for i in range(_SEQUENCES)]
            yield from _begun(task, name, _plain(begin), numbered)


def _begun(
    task: Task, name: str, begin: Callable, numbered: list[tuple[int, ...]]
) -> Iterator[Written]:
    _, element, target, judge = map(_plain, task.kernel()[:4])
    stream = open_stream(stream_state(1, 0, Purpose.TRAINING)[:, None], 0)
    sizes = {"m": task.memory, "x": task.width, "y": task.outputs + task.extras}
    m, x, y = (_Named(each, np.zeros(size)) for each, size in sizes.items())
    p = _Named("p", np.array(task.trial_parameters(1, 0), np.float64))
    out = _Named("out", np.zeros(task.outputs))
    try:
        for number in numbered:
            m.array[:] = np.nan  # in a study it holds what the sequence before has left
            length = begin(stream, p, m, *number)
            whole = isinstance(length, int | np.integer)
            assert whole, f"{name} must return a whole number of steps, got {length!r}"
            assert length >= 1, f"{name} must return at least 1 step, got {length}"
            steps = min(length, _STEPS)
            found = np.empty((steps, task.width)), np.full((steps, task.outputs), np.nan)
            for t in range(steps):
                # What is left from before may be of another lane, whose numbers use the same place.
                x.array[:] = y.array[:] = np.nan
                element(stream, p, m, t, x)
                _check_written("element", x, t, m)
                found[0][t] = x.array
                if (t + 1 == length or task.targets != "end") and target(p, m, t, y):
                    _check_written("target", y, t, m)
                    found[1][t] = y.array[: task.outputs]
                    judge(p, y, out)
            yield Written(*found, whole=steps == length)
    except NumbaError:  # what Numba alone can run is left to the compiled checks
        return
    except ValueError as error:
        if unwritten := _unwritten(m):
            raise AssertionError(f"after {name}, {error}{unwritten}") from error
        raise


def _check_written(function: str, numbers: _Named, t: int, m: _Named) -> None:
    for k in np.flatnonzero(~np.isfinite(numbers.array)):
        raise AssertionError(
            f"{function} leaves no finite number in {numbers.name}[{k}], step {t}{_unwritten(m)}"
        )


def _unwritten(m: _Named) -> str:
    """The numbers of a sequence that nobody has written, for a message."""
    places = [f"m[{k}]" for k in np.flatnonzero(np.isnan(m.array))]
    return f"; {', '.join(places)} must be written before it is used" if places else ""


def _plain(function: Any) -> Callable:
    return getattr(function, "py_func", function)


def side_by_side(
    task: Task, seed: int, purpose: Purpose = Purpose.TRAINING, most: int = _STEPS
) -> Iterator[Written]:
    """The first sequences of trials 0 to LANES - 1 of a branch-free task, `most` steps of each.

    Targets are followed by extras. Python runs the functions for all lanes at once, as the engine
    does.
    """
    kernel = task.kernel()
    states = np.array([stream_state(seed, trial, purpose) for trial in range(LANES)]).T.copy()
    p = aligned_zeros((len(task.parameters), LANES), np.float64)
    p[:] = np.array([task.trial_parameters(seed, trial) for trial in range(LANES)]).T
    m = aligned_zeros((task.memory, LANES), np.float64)
    lengths = []
    for lane in range(LANES):
        stream = open_stream(states, lane)
        lengths.append(int(kernel.begin(stream, numbers(p, lane), numbers(m, lane))))
        close_stream(stream, states, lane)
    steps, answers = min(max(lengths), most), task.outputs + task.extras
    x = aligned_zeros((steps * task.width, LANES), np.float64)
    y = aligned_zeros((steps * answers, LANES), np.float64)
    flags = np.zeros((steps, LANES), np.uint8)
    p_, m_, x_, y_ = (bank(each, LANES) for each in (p, m, x, y))
    streams = lane_streams(states, LANES)
    for i in range(steps):
        t = np.full(LANES, float(i))
        kernel.element(streams, p_, m_, t, rows_from(x_, i * task.width))
        mark(flags, i, kernel.target(p_, m_, t, rows_from(y_, i * answers)), 1)
    x, y = x.reshape(steps, task.width, LANES), y.reshape(steps, answers, LANES)
    for lane, length in enumerate(lengths):
        shown = slice(min(length, steps))
        has = flags[shown, lane, None] == 1
        target = np.where(has, y[shown, :, lane], np.nan)
        yield Written(x[shown, :, lane], target, length <= steps)
