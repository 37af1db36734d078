"""The 2-sequence problem as Bengio & Frasconi (1994) compare seven methods on it.

The first elements of a sequence tell its class, as in `two-sequence` of 1997. Here sequences are
shorter, from T/2 to T steps, and the noise is uniform and lies on all elements.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.simd.random import below, uniform
from longlag.simd.vectors import select
from longlag.tasks.base import absolute_errors
from longlag.tasks.latch import Target, Tolerance, TwoTargets

# Parameters (the two targets in a row).
_SHORTEST, _LENGTHS, _N, _NOISE, _TARGET_1, _TARGET_2 = range(6)
# The memory of a sequence: its last step, the elements that tell its class, its target.
_LAST, _SIGNAL, _TARGET = range(3)


@dataclass(frozen=True)
class TwoSequence1994(TwoTargets):
    """The 2-sequence problem: the first N elements are 1.0 in class 1 and -1.0 in class 2.

    The other elements are 0.0. Noise, uniform in [-noise, noise], is added to every element. The
    length is uniform from half of T to T. Each class has probability 1/2; test sequences and the
    training set of a batch or search learner alternate between the classes.

    The source gives N, the lengths and that the noise is uniform. What the elements are, the size
    of the noise and the targets are not known; by default the sign of an answer counts.

    Args:
        T: greatest length in steps, from 2 to 1e9; 100 by default; the shortest sequence has half
            of T steps, rounded up, but at least N
        N: elements that carry the class, from 1 to T; 3 by default
        noise: largest absolute noise, a number in [0, 100]; 0.775 by default, a variance of 0.2
        target_1: target of class 1, a number in [-100, 100]; 0.8 by default
        target_2: target of class 2, a number in [-100, 100]; -0.8 by default. The two targets lie
            at least twice `correct_below` apart
        correct_below: absolute error from which on an answer is wrong, a number in (0, 100]; 0.8
            by default
    """

    T: Annotated[int, Meta(ge=2, le=1_000_000_000)] = 100
    N: Annotated[int, Meta(ge=1)] = 3
    noise: Annotated[float, Meta(ge=0, le=100)] = 0.775
    target_1: Target = 0.8
    target_2: Target = -0.8
    correct_below: Tolerance = 0.8

    name = "two-sequence-1994"
    citation = ("bengio1994b", "bengio1994")
    memory = 3

    def __post_init__(self):
        super().__post_init__()
        check_whole("N of two-sequence-1994", self.N, 1, self.T)

    @property
    def inputs(self) -> int:
        """One number."""
        return 1

    @property
    def shortest(self) -> int:
        """Steps of the shortest sequence."""
        return max(self.N, (self.T + 1) // 2)

    @property
    def minimal_lag(self) -> int:
        """From the last element that carries the class to the end of the shortest sequence."""
        return self.shortest - self.N

    @property
    def parameters(self) -> tuple[float, ...]:
        """Shortest length, number of lengths, N, largest noise, and targets."""
        return (
            float(self.shortest),
            float(self.T - self.shortest + 1),
            float(self.N),
            float(self.noise),
            float(self.target_1),
            float(self.target_2),
        )

    def relevant(self, x) -> tuple[int, ...]:
        """The first N steps."""
        return tuple(range(self.N))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_class(stream, p, m, other):
        length = int(p[_SHORTEST]) + int(below(stream, p[_LENGTHS]))
        m[_LAST] = length - 1
        m[_SIGNAL] = 1.0 - 2.0 * other
        m[_TARGET] = p[_TARGET_1 + other]
        return length

    @inlined
    def begin(stream, p, m):
        return begin_class(stream, p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_class(stream, p, m, i % 2)

    @inlined
    def element(stream, p, m, t, x):
        noise = p[_NOISE] * (2.0 * uniform(stream) - 1.0)
        x[0] = select(t < p[_N], m[_SIGNAL], 0.0) + noise

    @inlined
    def target(p, m, t, y):
        y[0] = m[_TARGET]
        return t == m[_LAST]

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True, exam=exam)
