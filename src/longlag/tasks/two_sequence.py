"""The two-sequence problem, Experiment 3 of Hochreiter & Schmidhuber (1997), after Bengio et al.

The first elements of a noisy line determine one of two classes, and the network names the class at
the end. Signal and noise share one input line, so only their time distinguishes them.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.simd.random import below, normal
from longlag.simd.vectors import select
from longlag.tasks.latch import Target, Tolerance, TwoTargets, Variance

_NOISE_VARIANCE = 0.2  # of the elements without information

# Parameters of a trial (the two targets in a row).
_T, _LENGTHS, _N, _SIGNAL_NOISE, _LINE_NOISE, _TARGET_1, _TARGET_2, _TARGET_NOISE = range(8)
# The memory of a sequence: its last step, its signal, its target without noise and with noise.
_LAST, _SIGNAL, _CLEAN, _NOISY = range(4)


@dataclass(frozen=True)
class TwoSequence(TwoTargets):
    """The two-sequence problem, as the paper states Experiments 3a, 3b and 3c (section 5.3).

    Each step shows one number. The length is uniform in [T, T + T/10]. The class is 1 or 2 with
    probability 1/2 each. The first N elements are 1.0 in class 1 and -1.0 in class 2; all others
    are Gaussian with mean 0 and variance 0.2. Each class has one number as its target at the end.
    The judgement of an answer uses that number, even if the training target carries noise.

    The defaults are 3a. 3b has `signal_variance` 0.2. 3c has `target_1` 0.2, `target_2` 0.8 (class
    2 has the higher target, unlike in 3a), `target_variance` 0.1 and `correct_below` 0.1.

    Args:
        T: minimal length in steps, from 2 to 1e9; 100 by default
        N: elements that carry the class, from 1 to T - 1; 3 by default
        signal_variance: of Gaussian noise added to the first N elements, a number in [0, 100]; 0
            by default
        target_1: target of class 1, a number in [-100, 100]; 1 by default
        target_2: target of class 2, a number in [-100, 100]; 0 by default. The two targets lie at
            least twice `correct_below` apart
        target_variance: of Gaussian noise added to the target to learn from, a number in
            [0, 100]; 0 by default
        correct_below: error from which on a sequence counts as misclassified, a number in
            (0, 100]; 0.2 by default
    """

    T: Annotated[int, Meta(ge=2, le=1_000_000_000)] = 100
    N: Annotated[int, Meta(ge=1)] = 3
    signal_variance: Variance = 0.0
    target_1: Target = 1.0
    target_2: Target = 0.0
    target_variance: Variance = 0.0
    correct_below: Tolerance = 0.2

    name = "two-sequence"
    citation = ("hochreiter1997", "bengio1994")
    memory = 4
    extras = 1  # the target without noise

    def __post_init__(self):
        super().__post_init__()
        check_whole("N of two-sequence", self.N, 1, self.T - 1)

    @property
    def inputs(self) -> int:
        """One number."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """From the last element that carries the class to the end."""
        return self.T - self.N

    @property
    def parameters(self) -> tuple[float, ...]:
        """Shortest length, number of lengths, N, then standard deviations and targets."""
        return (
            float(self.T),
            float(self.T // 10 + 1),
            float(self.N),
            math.sqrt(self.signal_variance),
            math.sqrt(_NOISE_VARIANCE),
            float(self.target_1),
            float(self.target_2),
            math.sqrt(self.target_variance),
        )

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The first N steps."""
        return tuple(range(self.N))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        length = int(p[_T]) + below(stream, p[_LENGTHS])
        other = below(stream, 2)
        m[_LAST] = length - 1
        m[_SIGNAL] = 1.0 - 2.0 * other
        m[_CLEAN] = p[_TARGET_1 + other]
        m[_NOISY] = m[_CLEAN] + p[_TARGET_NOISE] * normal(stream)
        return length

    @inlined
    def element(stream, p, m, t, x):
        informs = t < p[_N]
        deviation = select(informs, p[_SIGNAL_NOISE], p[_LINE_NOISE])
        x[0] = select(informs, m[_SIGNAL], 0.0) + deviation * normal(stream)

    @inlined
    def target(p, m, t, y):
        y[0] = m[_NOISY]
        y[1] = m[_CLEAN]
        return t == m[_LAST]

    @inlined
    def judge(p, y, out):
        error = abs(y[1] - out[0])
        return error, error

    return TaskKernel(begin, element, target, judge, branch_free=True)
