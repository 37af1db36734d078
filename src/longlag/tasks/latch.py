"""The latch and 2-sequence problems of Bengio, Simard & Frasconi (1994), as used for guessing.

The first element of a line determines one of two classes, Gaussian noise follows, and the network
names the class at the end. In `latch` the first element is given; Hochreiter & Schmidhuber (1996)
call this the 2-sequence problem. In `trainable-latch` the network learns the first elements of the
two classes. Experiment 3 of the 1997 paper is `two-sequence`.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import InputError, check_whole
from longlag.simd.random import below, normal
from longlag.simd.vectors import select
from longlag.tasks.base import Task, absolute_errors

# Parameters (the two targets in a row).
_SHORTEST, _LENGTHS, _NOISE, _TARGET_1, _TARGET_2 = range(5)
# The memory of a sequence: its last step, whether it is of class 1, its target.
_LAST, _CLASS_1, _TARGET = range(3)


Shortest = Annotated[int, Meta(ge=2, le=1_000_000_000)]  #: length in steps
Longest = Annotated[int, Meta(le=1_000_000_000)]
Variance = Annotated[float, Meta(ge=0, le=100)]  #: of Gaussian noise
Target = Annotated[float, Meta(ge=-100, le=100)]  #: of a class
Tolerance = Annotated[float, Meta(gt=0, le=100)]  #: absolute error from which on an answer is wrong


class TwoTargets(Task):
    """A classification of sequences into two classes, with one target for each class."""

    target_1: Target
    target_2: Target
    correct_below: Tolerance

    def __post_init__(self):
        super().__post_init__()
        if abs(self.target_1 - self.target_2) < 2 * self.correct_below:
            raise InputError(
                f"target_1 and target_2 of {self.name} must lie at least twice correct_below "
                f"apart, or one answer is right for both; got {self.target_1}, {self.target_2} "
                f"and {self.correct_below}"
            )

    @property
    def outputs(self) -> int:
        """The class."""
        return 1

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below


class _Latch(TwoTargets):
    """The common part of `Latch` and `TrainableLatch`."""

    memory = 3

    shortest: Shortest
    longest: Longest
    noise_variance: Variance

    def __post_init__(self):
        super().__post_init__()
        check_whole(f"longest of {self.name}", self.longest, self.shortest)

    @property
    def minimal_lag(self) -> int:
        """From the first step to the last of the shortest sequence."""
        return self.shortest - 1

    @property
    def parameters(self) -> tuple[float, ...]:
        """The shortest length, number of lengths, standard deviation of the noise, and targets."""
        return (
            float(self.shortest),
            float(self.longest - self.shortest + 1),
            math.sqrt(self.noise_variance),
            float(self.target_1),
            float(self.target_2),
        )

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The first step."""
        return (0,)


@dataclass(frozen=True)
class Latch(_Latch):
    """The 2-sequence problem: the first element is 1.0 in class 1 and -1.0 in class 2.

    The length is uniform in [shortest, longest]. Each class has probability 1/2; test sequences and
    the training set of a search learner alternate between the classes. The other elements are
    Gaussian with mean 0 and variance `noise_variance`. The defaults are the conditions of
    Hochreiter & Schmidhuber (1996). Variant II of the latch problem of Schmidhuber, Hochreiter &
    Bengio (2001) has the targets 1.0 and -1.0.

    Args:
        shortest: length in steps, from 2 to 1e9; 500 by default
        longest: length in steps, from `shortest` to 1e9; 600 by default
        noise_variance: a number in [0, 100]; 0.2 by default
        target_1: target of class 1, a number in [-100, 100]; 1 by default
        target_2: target of class 2, a number in [-100, 100]; 0 by default. The two targets lie at
            least twice `correct_below` apart
        correct_below: absolute error from which on an answer is wrong, a number in (0, 100]; 0.1
            by default
    """

    shortest: Shortest = 500
    longest: Longest = 600
    noise_variance: Variance = 0.2
    target_1: Target = 1.0
    target_2: Target = 0.0
    correct_below: Tolerance = 0.1

    name = "latch"
    citation = ("hochreiter1996", "schmidhuber2001", "bengio1994")

    @property
    def inputs(self) -> int:
        """One number."""
        return 1

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@dataclass(frozen=True)
class TrainableLatch(_Latch):
    """The latch problem: the first element of each class is a weight that the network learns.

    The first input is 1.0 at the first step of class 1, the second at the first step of class 2;
    both are 0.0 otherwise. A weight from either input is therefore a trainable first element. The
    third input is the noise, which is 0.0 at the first step. Bengio et al. add the noise to the net
    input of their single unit, which corresponds to a weight of 1. Everything else is as in
    `Latch`. The defaults are variant I of Schmidhuber, Hochreiter & Bengio (2001).

    Args:
        shortest: length in steps, from 2 to 1e9; 500 by default
        longest: length in steps, from `shortest` to 1e9; 600 by default
        noise_variance: a number in [0, 100]; 0.2 by default
        target_1: target of class 1, a number in [-100, 100]; 0.8 by default
        target_2: target of class 2, a number in [-100, 100]; -0.8 by default. The two targets lie
            at least twice `correct_below` apart
        correct_below: absolute error from which on an answer is wrong (its sign counts), a number
            in (0, 100]; 0.8 by default
    """

    shortest: Shortest = 500
    longest: Longest = 600
    noise_variance: Variance = 0.2
    target_1: Target = 0.8
    target_2: Target = -0.8
    correct_below: Tolerance = 0.8

    name = "trainable-latch"
    citation = ("schmidhuber2001", "bengio1994")

    @property
    def inputs(self) -> int:
        """Whether a sequence of class 1 begins, whether one of class 2 begins, and the noise."""
        return 3

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _trainable_kernel()


@inlined
def _begin_class(stream, p, m, other):
    length = int(p[_SHORTEST]) + int(below(stream, p[_LENGTHS]))
    m[_LAST] = length - 1
    m[_CLASS_1] = 1.0 - other
    m[_TARGET] = p[_TARGET_1 + other]
    return length


@inlined
def _begin(stream, p, m):
    return _begin_class(stream, p, m, below(stream, 2))


@inlined
def _exam(stream, p, m, i):
    return _begin_class(stream, p, m, i % 2)


@inlined
def _target(p, m, t, y):
    y[0] = m[_TARGET]
    return t == m[_LAST]


@cache
def _kernel() -> TaskKernel:
    @inlined
    def element(stream, p, m, t, x):
        x[0] = select(t == 0, 2.0 * m[_CLASS_1] - 1.0, p[_NOISE] * normal(stream))

    return TaskKernel(_begin, element, _target, absolute_errors, branch_free=True, exam=_exam)


@cache
def _trainable_kernel() -> TaskKernel:
    @inlined
    def element(stream, p, m, t, x):
        first = t == 0
        x[0] = select(first, m[_CLASS_1], 0.0)
        x[1] = select(first, 1.0 - m[_CLASS_1], 0.0)
        x[2] = select(first, 0.0, p[_NOISE] * normal(stream))

    return TaskKernel(_begin, element, _target, absolute_errors, branch_free=True, exam=_exam)
