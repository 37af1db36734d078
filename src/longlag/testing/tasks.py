"""Checks of tasks: what they declare, what they write, and how they judge."""

from itertools import islice
from typing import Any

import numpy as np
from numba import njit

from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, open_stream, stream_state
from longlag.tasks.base import Task
from longlag.testing.declarations import check_declaration, check_kind
from longlag.testing.in_python import side_by_side, written

_SEQUENCES = 20  # inspected per random stream


def check_task(task: Task) -> None:
    """Check that `task` keeps the contract of `longlag.tasks.Task`.

    Raises `InputError` for what is no task at all.
    """
    check_kind("task", task)
    check_declaration(task)
    assert task.coding in ("real", "symbol"), f"coding is {task.coding!r}"
    assert task.targets in ("end", "every step"), f"targets is {task.targets!r}"
    sizes = {"inputs": 1, "outputs": 1, "memory": 0, "extras": 0, "minimal_lag": 0}
    for label, least in sizes.items():
        size = getattr(task, label)
        assert isinstance(size, int), f"{label} must be a whole number, got {size!r}"
        assert size >= least, f"{label} must be at least {least}, got {size}"
    names = task.alphabet
    assert len(names) in (0, task.inputs), f"alphabet names {len(names)} of {task.inputs} symbols"
    assert task.tolerance > 0, f"tolerance must be positive, got {task.tolerance}"
    _check_parameters(task)
    for sequence in written(task):
        if sequence.whole:
            _check_sequence(task, sequence.x, sequence.target)

    sequences = list(islice(task.sequences(seed=1), _SEQUENCES))
    for x, target in sequences:
        _check_sequence(task, x, target)
    assert task.first_length(seed=1) == len(sequences[0][0]), "first_length is of another sequence"
    shortest = min(len(x) for x, _ in sequences)
    assert task.minimal_lag < shortest, (
        f"minimal_lag is {task.minimal_lag}, but a sequence has {shortest} steps"
    )

    def same(**stream: Any) -> bool:
        others = islice(task.sequences(**stream), _SEQUENCES)
        return all(
            np.array_equal(a, b, equal_nan=True)
            for pair in zip(sequences, others, strict=True)
            for a, b in zip(*pair, strict=True)
        )

    assert same(seed=1), "the same seed gives different sequences"
    assert not same(seed=2), "two seeds give the same sequences"
    assert not same(seed=1, trial=1), "two trials of a seed give the same sequences"
    assert not same(seed=1, purpose=Purpose.TESTING), "training and test sequences are the same"
    _check_judge(task)
    if task.kernel().branch_free:
        _check_lanes(task)


def _check_parameters(task: Task) -> None:
    parameters = task.trial_parameters(seed=1, trial=0)
    try:
        array = np.array(parameters, np.float64)
    except (TypeError, ValueError):
        array = np.zeros(())
    assert array.ndim == 1, f"parameters must be numbers in a tuple, got {parameters!r}"
    assert np.isfinite(array).all(), f"parameters must be finite, got {parameters}"
    assert len(array) == len(task.parameters), "trials differ in the number of parameters"


def _check_lanes(task: Task) -> None:
    """Check that `element` and `target` write for all lanes at once what they write for each."""
    try:
        together = list(side_by_side(task, seed=1))
    except ValueError as error:  # of an array in place of a truth
        raise AssertionError(
            f"a branch-free task uses `select`, `&` and `|` in place of if, and, or: {error}"
        ) from None
    for trial, (x, target, _) in enumerate(together):
        one_x, one_target = next(task.sequences(1, trial))
        same = np.array_equal(x, one_x[: len(x)])
        answers = target[:, : task.outputs]
        assert same, "a branch-free task writes other inputs in lanes than in one"
        same = np.array_equal(answers, one_target[: len(x)], equal_nan=True)
        assert same, "a branch-free task writes other targets in lanes than in one"


def _check_sequence(task: Task, x: np.ndarray, target: np.ndarray) -> None:
    length = len(x)
    assert length >= 1, "a sequence has no steps"
    assert x.shape == (length, task.width), f"inputs have the shape {x.shape}"
    assert target.shape == (length, task.outputs), f"targets have the shape {target.shape}"
    assert np.isfinite(x).all(), "an input is not finite"
    if task.coding == "symbol":
        known = (x == np.floor(x)) & (x >= 0) & (x < task.inputs)
        assert known.all(), f"a symbol is not a whole number from 0 to {task.inputs - 1}"
    if task.targets == "end":
        assert np.isnan(target[:-1]).all(), "a target stands before the end"
    given = ~np.isnan(target).all(axis=1)
    assert given.any(), "a sequence has no target"
    steps = task.relevant(x)
    assert all(0 <= step < length for step in steps), f"relevant gives {steps} of {length} steps"
    assert np.isfinite(target[given]).all(), "a target is not finite"


def _check_judge(task: Task) -> None:
    """The target itself is a correct answer, a distant answer is wrong, and NaN is never correct.

    The first two need not hold for a task whose extras decide which answers are correct.
    """
    begin, element, target, judge = task.kernel()[:4]

    @njit
    def deviations(state, p, m, x, y, out, shift):
        stream = open_stream(state, 0)
        p_, m_, x_, y_ = numbers(p, 0), numbers(m, 0), numbers(x, 0), numbers(y, 0)
        for t in range(int(begin(stream, p_, m_))):
            element(stream, p_, m_, t, x_)
            target(p_, m_, t, y_)
        close_stream(stream, state, 0)
        for k in range(len(out)):
            out[k, 0] = y[k, 0] + shift
        return judge(p_, y_, numbers(out, 0))

    widths = task.memory, task.width, task.outputs + task.extras, task.outputs
    p = np.array(task.trial_parameters(1, 0), np.float64)[:, None]

    def judged(shift: float) -> tuple[float, float]:
        state = stream_state(1, 0, Purpose.TRAINING)[:, None]
        m, x, y, out = (np.zeros((width, 1)) for width in widths)
        return deviations(state, p, m, x, y, out, shift)

    if not task.extras:
        largest, mean = judged(0.0)
        assert largest < task.tolerance, f"the target itself is judged wrong, by {largest}"
        assert mean <= largest, f"the mean deviation {mean} exceeds the largest, {largest}"
        largest, _ = judged(1e6)
        assert not largest < task.tolerance, f"an answer off by 1e6 deviates by {largest} only"
    largest, _ = judged(np.nan)
    assert not largest < task.tolerance, "an answer that is not a number is judged right"
