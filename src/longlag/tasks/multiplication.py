"""The multiplication problem, Experiment 5 of Hochreiter & Schmidhuber (1997).

The sequences are those of the adding problem, but the target is a product instead of a sum. Does a
memory cell that only adds solve this problem too?
"""

from dataclasses import dataclass
from functools import cache

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import uniform
from longlag.simd.vectors import select
from longlag.tasks.adding import RESULT, EarlyMarks, draw_marks, is_last, marked, marker_1997
from longlag.tasks.base import absolute_errors


@dataclass(frozen=True)
class Multiplication(EarlyMarks):
    """The multiplication problem, element by element as the paper states it (section 5.5).

    Each step shows a value, uniform in [0, 1], and a marker. The length is uniform in
    [T, T + T/10]. One of the first ten pairs is marked 1.0 (its value is X1), then one of the first
    T/2 - 1 pairs still unmarked (X2). The first and the last marker are -1.0, all others 0.0. If
    the first pair is marked, its value counts as 1. The target at the end is X1 X2.

    Args:
        T: minimal length in steps, from 22 to 1e9; 100 by default
    """

    name = "multiplication"
    citation = ("hochreiter1997",)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        m[RESULT] = 1.0
        return draw_marks(stream, p, m)

    @inlined
    def element(stream, p, m, t, x):
        value = uniform(stream)
        m[RESULT] = select(marked(m, t) & (t > 0), m[RESULT] * value, m[RESULT])
        x[0] = value
        x[1] = marker_1997(m, t)

    @inlined
    def target(p, m, t, y):
        y[0] = m[RESULT]
        return is_last(m, t)

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True)
