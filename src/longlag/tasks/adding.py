"""The adding problem: add two marked numbers that lie far apart in a long sequence of numbers.

Two tasks share only the idea; their figures are not comparable. `adding` is Experiment 4 of
Hochreiter & Schmidhuber (1997), the experiment of their NIPS 1996 paper. `adding-modern` is the
variant used in the literature since 2015. At equal T `adding` is the harder test of memory: both
numbers lie at least T/2 steps before the answer, whereas the second number of `adding-modern` may
stand at the very end.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import below, uniform
from longlag.simd.vectors import select
from longlag.tasks.base import Task, absolute_errors

# The memory of a sequence: its last step, the steps of the two marks, and the sum so far (the
# product in the multiplication problem).
_LAST, _FIRST_MARK, _SECOND_MARK, RESULT = range(4)


class _TwoMarks(Task):
    """The common part of all tasks with two marked numbers."""

    memory = 4

    @property
    def inputs(self) -> int:
        """A value and a marker."""
        return 2

    @property
    def outputs(self) -> int:
        """The sum or the product."""
        return 1

    @property
    def tolerance(self) -> float:
        """The tolerance of the 1997 paper; the literature on the modern task has none."""
        return 0.04

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The steps of the marks."""
        return tuple(np.flatnonzero(x[:, 1] == 1.0).tolist())


@dataclass(frozen=True)
class EarlyMarks(_TwoMarks):
    """Lengths and marks of 1997, which the adding and the multiplication problem share.

    The length is uniform in [T, T + T/10]. One of the first ten pairs is marked 1.0, then one of
    the first T/2 - 1 pairs still unmarked. The first and the last marker are -1.0, even if the
    first pair is one of the marked pairs; all other markers are 0.0.

    Args:
        T: minimal length in steps, from 22 to 1e9; 100 by default
    """

    # Ten pairs are open to the first mark; the T/2 - 1 pairs of the second mark must include them.
    T: Annotated[int, Meta(ge=22, le=1_000_000_000)] = 100

    @property
    def minimal_lag(self) -> int:
        """Both marks lie at least T/2 steps before the end."""
        return self.T // 2

    @property
    def parameters(self) -> tuple[float, ...]:
        """The shortest length, the number of lengths, and the number of second marks."""
        return float(self.T), float(self.T // 10 + 1), float(self.T // 2 - 2)


@inlined
def draw_marks(stream, p, m):
    """Draw the length and the marks of an `EarlyMarks` sequence; returns the length."""
    length = int(p[0]) + below(stream, p[1])
    first = below(stream, 10)
    second = below(stream, p[2])
    m[_LAST] = length - 1
    m[_FIRST_MARK] = first
    # "the first T/2 - 1 still unmarked pairs": of the first T/2 - 1, any but the marked one.
    m[_SECOND_MARK] = second + 1 if second >= first else second
    return length


@inlined
def marked(m, t):
    """Whether the pair of step t is marked."""
    return (t == m[_FIRST_MARK]) | (t == m[_SECOND_MARK])


@inlined
def is_last(m, t):
    """Whether step t is the sequence's last."""
    return t == m[_LAST]


@inlined
def marker_1997(m, t):
    """The marker of step t of an `EarlyMarks` sequence."""
    return select((t == 0) | is_last(m, t), -1.0, select(marked(m, t), 1.0, 0.0))


@dataclass(frozen=True)
class Adding(EarlyMarks):
    """The adding problem of 1997, element by element as the paper states it (section 5.4).

    Each step shows a value, uniform in [-1, 1], and a marker. The length is uniform in
    [T, T + T/10]. One of the first ten pairs is marked 1.0 (its value is X1), then one of the first
    T/2 - 1 pairs still unmarked (X2). The first and the last marker are -1.0, all others 0.0. If
    the first pair is marked, its value counts as 0. The target at the end is 0.5 + (X1 + X2) / 4.

    Args:
        T: minimal length in steps, from 22 to 1e9; 100 by default
    """

    name = "adding"
    citation = ("hochreiter1997", "hochreiter1996")

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@dataclass(frozen=True)
class AddingModern(_TwoMarks):
    """The adding problem as used since 2015 (Le, Jaitly & Hinton 2015; Arjovsky et al. 2016).

    The length T is fixed. Values are uniform in [0, 1]. One marker in each half is 1.0, all others
    are 0.0. The target at the end is the sum of the two marked values. A constant answer of 1 has a
    mean squared error of 1/6 = 0.167.

    Args:
        T: length in steps, from 2 to 1e9; 100 by default
    """

    T: Annotated[int, Meta(ge=2, le=1_000_000_000)] = 100

    name = "adding-modern"
    citation = ("le2015", "arjovsky2016")

    @property
    def minimal_lag(self) -> int:
        """The second mark may stand at the last step."""
        return 0

    @property
    def parameters(self) -> tuple[float, ...]:
        """Length and length of the first half."""
        return float(self.T), float(self.T // 2)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _modern_kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        m[RESULT] = 0.0
        return draw_marks(stream, p, m)

    @inlined
    def element(stream, p, m, t, x):
        value = 2.0 * uniform(stream) - 1.0
        m[RESULT] = select(marked(m, t) & (t > 0), m[RESULT] + value, m[RESULT])
        x[0] = value
        x[1] = marker_1997(m, t)

    @inlined
    def target(p, m, t, y):
        y[0] = 0.5 + m[RESULT] / 4.0
        return is_last(m, t)

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True)


@cache
def _modern_kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        m[_LAST] = p[0] - 1
        m[_FIRST_MARK] = below(stream, p[1])
        m[_SECOND_MARK] = p[1] + below(stream, p[0] - p[1])
        m[RESULT] = 0.0
        return int(p[0])

    @inlined
    def element(stream, p, m, t, x):
        value = uniform(stream)
        m[RESULT] = select(marked(m, t), m[RESULT] + value, m[RESULT])
        x[0] = value
        x[1] = select(marked(m, t), 1.0, 0.0)

    @inlined
    def target(p, m, t, y):
        y[0] = m[RESULT]
        return is_last(m, t)

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True)
