"""The latch and two-sequence problems of Bengio, Simard & Frasconi (1994), as they were guessed.

The first element of a line tells one of two classes, Gaussian noise follows, and at the end the
class is to be named. `latch` is the problem with a given first element, which Hochreiter &
Schmidhuber (1996) call the 2-sequence problem. In `trainable-latch` the first elements of the two
classes are for the network to choose. Experiment 3 of the 1997 paper is `two-sequence`.
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
from longlag.tasks.base import Task, absolute_errors

# Parameters (the two targets in a row).
_SHORTEST, _LENGTHS, _NOISE, _TARGET_1, _TARGET_2 = range(5)
# What a sequence remembers: its last step, whether it is of class 1, its target.
_LAST, _CLASS_1, _TARGET = range(3)


class _Latch(Task):
    """What the two have in common."""

    memory = 3

    shortest: int
    longest: int
    noise_variance: float
    target_1: float
    target_2: float
    correct_below: float

    def __post_init__(self):
        of = f"of {self.name}"
        check_whole(f"shortest {of}", self.shortest, 2, 1_000_000_000)
        check_whole(f"longest {of}", self.longest, self.shortest, 1_000_000_000)
        check_number(f"noise_variance {of}", self.noise_variance, 0.0, 100.0)
        for field in ("target_1", "target_2"):
            check_number(f"{field} {of}", getattr(self, field), -100.0, 100.0)
        check_number(f"correct_below {of}", self.correct_below, 0.0, 100.0, open_below=True)
        if abs(self.target_1 - self.target_2) < 2 * self.correct_below:
            raise InputError(
                f"target_1 and target_2 {of} must lie at least twice correct_below apart, or one "
                f"answer is right for both; got {self.target_1}, {self.target_2} and "
                f"{self.correct_below}"
            )

    @property
    def outputs(self) -> int:
        """The class."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """From the first step to the last of the shortest sequence."""
        return self.shortest - 1

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Shortest length, number of lengths, standard deviation of the noise, the targets."""
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

    The length is uniform in [shortest, longest]. Each class has probability 1/2; those that a
    network is tested on, and the training set of a search learner, alternate. The other elements
    are Gaussian of mean 0 and variance `noise_variance`. The defaults are those of Hochreiter &
    Schmidhuber (1996); variant II of the latch problem of Schmidhuber, Hochreiter & Bengio (2001)
    has the targets 1.0 and -1.0.
    """

    shortest: int = 500  #: length in steps, at least 2
    longest: int = 600
    noise_variance: float = 0.2
    target_1: float = 1.0  #: target of class 1
    target_2: float = 0.0  #: target of class 2
    correct_below: float = 0.1  #: absolute error from which on an answer is wrong

    name = "latch"
    citation = ("hochreiter1996", "schmidhuber2001", "bengio1994")

    @property
    def inputs(self) -> int:
        """The line."""
        return 1

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@dataclass(frozen=True)
class TrainableLatch(_Latch):
    """The latch problem: each class begins with a number of the network's choice.

    Two inputs are 1.0 at the first step of class 1 and of class 2 and 0.0 otherwise, so that a
    weight from them is a trainable first element. The third is the noise line, which is 0.0 at the
    first step; Bengio et al. add the noise to the net input of the one unit, so its weight is 1.
    Otherwise as `Latch`. The defaults are variant I of Schmidhuber, Hochreiter & Bengio (2001).
    """

    shortest: int = 500  #: length in steps, at least 2
    longest: int = 600
    noise_variance: float = 0.2
    target_1: float = 0.8  #: target of class 1
    target_2: float = -0.8  #: target of class 2
    correct_below: float = 0.8  #: absolute error from which on an answer is wrong: its sign counts

    name = "trainable-latch"
    citation = ("schmidhuber2001", "bengio1994")

    @property
    def inputs(self) -> int:
        """Whether the sequence of class 1 begins, whether that of class 2 does, and the line."""
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
