"""The two-sequence problem, Experiment 3 of Hochreiter & Schmidhuber (1997), after Bengio et al.

The first elements of a noisy line tell one of two classes, which is to be named at the end. Signal
and noise share the line: nothing but time tells them apart.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import InputError, check_number, check_whole
from longlag.simd.random import below, normal
from longlag.simd.vectors import select
from longlag.tasks.base import Task

_NOISE_VARIANCE = 0.2  # of the elements without information
_LARGEST = 100.0  # variance or target that is accepted

# Parameters of a trial (the two targets in a row).
_T, _LENGTHS, _N, _SIGNAL_NOISE, _LINE_NOISE, _TARGET_1, _TARGET_2, _TARGET_NOISE = range(8)
# What a sequence remembers: its last step, its signal, its target without noise and with.
_LAST, _SIGNAL, _CLEAN, _NOISY = range(4)


@dataclass(frozen=True)
class TwoSequence(Task):
    """The two-sequence problem, as the paper states Experiments 3a, 3b and 3c (section 5.3).

    Each step shows one number. The length is uniform in [T, T + T/10]. The class is 1 or 2 with
    probability 1/2 each; the first N elements are 1.0 in class 1 and -1.0 in class 2, all others
    Gaussian of mean 0 and variance 0.2. The target at the end is a number for each class. An answer
    is judged by its distance from that number, whatever noise the target to learn from carries.

    The defaults are 3a. 3b has `signal_variance` 0.2. 3c has `target_1` 0.2, `target_2` 0.8 (so the
    higher target changes its class), `target_variance` 0.1 and `correct_below` 0.1.
    """

    T: int = 100  #: minimal length in steps, at least 2
    N: int = 3  #: elements that carry the class, from 1 to T - 1
    signal_variance: float = 0.0  #: of Gaussian noise added to these
    target_1: float = 1.0  #: target of class 1
    target_2: float = 0.0  #: target of class 2
    target_variance: float = 0.0  #: of Gaussian noise added to the target to learn from
    correct_below: float = 0.2  #: error from which on a sequence counts as misclassified

    name = "two-sequence"
    citation = ("hochreiter1997", "bengio1994")
    memory = 4
    extras = 1  # the target without noise

    def __post_init__(self):
        of = "of the two-sequence problem"
        check_whole(f"T {of}", self.T, 2, 1_000_000_000)
        check_whole(f"N {of}", self.N, 1, self.T - 1)
        for field in ("signal_variance", "target_variance"):
            check_number(f"{field} {of}", getattr(self, field), 0.0, _LARGEST)
        for field in ("target_1", "target_2"):
            check_number(f"{field} {of}", getattr(self, field), -_LARGEST, _LARGEST)
        check_number(f"correct_below {of}", self.correct_below, 0.0, _LARGEST, open_below=True)
        if abs(self.target_1 - self.target_2) < 2 * self.correct_below:
            raise InputError(
                f"target_1 and target_2 {of} must lie at least twice correct_below apart, or one "
                f"answer is right for both; got {self.target_1}, {self.target_2} and "
                f"{self.correct_below}"
            )

    @property
    def inputs(self) -> int:
        """The line."""
        return 1

    @property
    def outputs(self) -> int:
        """The class."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """From the last element that carries the class to the end."""
        return self.T - self.N

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

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
