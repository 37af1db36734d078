"""The latch problem of Lin, Horne, Tino & Giles (1996): a class to be held in uniform noise.

A single unit with tapped feedback sees, in the first steps of a sequence, numbers that it learns
for each of two classes, and then noise. At the end its sign must tell the class. Weights from one
input for each class and step stand for the numbers.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.simd.random import below, uniform
from longlag.tasks.base import absolute_errors
from longlag.tasks.latch import Target, Tolerance, TwoTargets

# Parameters (the two targets in a row).
_T, _L, _NOISE, _TARGET_1, _TARGET_2 = range(5)
_FIRST = 0  # the memory of a sequence: the input that is 1 at its first step


@dataclass(frozen=True)
class UniformLatch(TwoTargets):
    """The numbers that begin a sequence of each class are weights that the network learns.

    Input t, from 0 on, is 1 at step t of class 1, and input L + t at step t of class 2, for the
    first L steps; all are 0 otherwise. The last input is noise after these steps, uniform in
    [-noise, noise], and 0 before. Each class has probability 1/2; test sequences alternate between
    the classes.

    Args:
        T: length in steps, from 2 to 1e9; 50 by default
        L: steps that carry the class, from 1 to the smaller of T - 1 and 1000; 3 by default
        noise: largest absolute noise, a number in [0, 100]; 0.155 by default
        target_1: target of class 1, a number in [-100, 100]; 0.8 by default
        target_2: target of class 2, a number in [-100, 100]; -0.8 by default. The two targets lie
            at least twice `correct_below` apart
        correct_below: absolute error from which on an answer is wrong (its sign counts), a number
            in (0, 100]; 0.8 by default
    """

    T: Annotated[int, Meta(ge=2, le=1_000_000_000)] = 50
    L: Annotated[int, Meta(ge=1)] = 3
    noise: Annotated[float, Meta(ge=0, le=100)] = 0.155
    target_1: Target = 0.8
    target_2: Target = -0.8
    correct_below: Tolerance = 0.8

    name = "uniform-latch"
    citation = ("lin1996",)
    memory = 1

    def __post_init__(self):
        super().__post_init__()
        check_whole("L of uniform-latch", self.L, 1, min(self.T - 1, 1000))

    @property
    def inputs(self) -> int:
        """One for each class and step, and the noise."""
        return 2 * self.L + 1

    @property
    def minimal_lag(self) -> int:
        """From the last step that carries the class to the end."""
        return self.T - self.L

    @property
    def parameters(self) -> tuple[float, ...]:
        """Length, steps that carry the class, largest noise, targets."""
        return tuple(map(float, (self.T, self.L, self.noise, self.target_1, self.target_2)))

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The first L steps."""
        return tuple(range(self.L))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_class(p, m, other):
        m[_FIRST] = other * p[_L]
        return int(p[_T])

    @inlined
    def begin(stream, p, m):
        return begin_class(p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_class(p, m, i % 2)

    @inlined
    def element(stream, p, m, t, x):
        noise = 2 * int(p[_L])  # the place of the last input
        for i in range(noise):
            x[i] = 0.0
        if t < p[_L]:
            x[int(m[_FIRST]) + t] = 1.0
            x[noise] = 0.0
        else:
            x[noise] = p[_NOISE] * (2.0 * uniform(stream) - 1.0)

    @inlined
    def target(p, m, t, y):
        y[0] = p[_TARGET_1] if m[_FIRST] == 0.0 else p[_TARGET_2]
        return t == p[_T] - 1.0

    return TaskKernel(begin, element, target, absolute_errors, exam=exam)
