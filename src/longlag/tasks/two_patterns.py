"""The two-sequence problem of El Hihi & Bengio (1996): which of two patterns began the sequence?

Unlike in `two-sequence`, the patterns are drawn for each trial, and noise is small and everywhere.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.simd.random import Purpose, below, numpy_stream, uniform
from longlag.tasks.base import absolute_errors
from longlag.tasks.latch import Target, Tolerance, TwoTargets

_LONGEST = 16  # of a pattern: all have room for so many numbers, because they share a driver
# Parameters (the two targets in a row); then the patterns.
_T, _N, _NOISE, _TARGET_1, _TARGET_2, _PATTERNS = range(6)
_CLASS = 0  # the memory of a sequence: 0 or 1


@dataclass(frozen=True)
class TwoPatterns(TwoTargets):
    """Each class has a pattern of N numbers, drawn uniformly from [-1, 1] for each trial.

    A sequence shows one number a step: its pattern, then 0, with noise that is uniform in
    [-noise, noise] at every step. Each class has probability 1/2; test sequences alternate between
    the classes. The target stands at the end.

    Args:
        T: length in steps, from 2 to 1e9; 40 by default
        N: length of the patterns, from 1 to the smaller of T - 1 and 16; 3 by default
        noise: largest absolute noise, a number in [0, 100]; 0.1 by default
        target_1: target of class 1, a number in [-100, 100]; 1 by default
        target_2: target of class 2, a number in [-100, 100]; -1 by default. The two targets lie at
            least twice `correct_below` apart
        correct_below: absolute error from which on an answer is wrong (its sign counts), a number
            in (0, 100]; 1 by default
    """

    T: Annotated[int, Meta(ge=2, le=1_000_000_000)] = 40
    N: Annotated[int, Meta(ge=1)] = 3
    noise: Annotated[float, Meta(ge=0, le=100)] = 0.1
    target_1: Target = 1.0
    target_2: Target = -1.0
    correct_below: Tolerance = 1.0

    name = "two-patterns"
    citation = ("elhihi1996",)
    memory = 1

    def __post_init__(self):
        super().__post_init__()
        check_whole("N of two-patterns", self.N, 1, min(self.T - 1, _LONGEST))

    @property
    def inputs(self) -> int:
        """One number."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """From the last step of a pattern to the end."""
        return self.T - self.N

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """Lengths of sequence and pattern, largest noise, targets, and the patterns."""
        patterns = numpy_stream(seed, trial, Purpose.SETS).uniform(-1, 1, 2 * self.N)
        room = np.zeros(2 * (_LONGEST - self.N))
        numbers = self.T, self.N, self.noise, self.target_1, self.target_2
        return tuple(map(float, (*numbers, *patterns, *room)))

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
    def begin_class(p, m, other):
        m[_CLASS] = other
        return int(p[_T])

    @inlined
    def begin(stream, p, m):
        return begin_class(p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_class(p, m, i % 2)

    @inlined
    def element(stream, p, m, t, x):
        x[0] = p[_NOISE] * (2.0 * uniform(stream) - 1.0)
        if t < p[_N]:
            x[0] += p[_PATTERNS + int(m[_CLASS] * p[_N]) + t]

    @inlined
    def target(p, m, t, y):
        y[0] = p[_TARGET_1 + int(m[_CLASS])]
        return t == p[_T] - 1.0

    return TaskKernel(begin, element, target, absolute_errors, exam=exam)
