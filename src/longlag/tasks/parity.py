"""Parity of a long sequence, a task of Bengio, Simard & Frasconi (1994)."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import InputError, check_whole
from longlag.registry import added
from longlag.simd.random import below, uniform
from longlag.simd.vectors import select
from longlag.tasks.base import Task, absolute_errors

# Parameters.
_SHORTEST, _LENGTHS, _NOISE, _EVEN = range(4)
# The memory of a sequence: its last step, its parity at the end, and its parity so far.
_LAST, _PARITY, _SO_FAR = range(3)


@dataclass(frozen=True)
class Parity(Task):
    """Parity: the target is 1.0 if an odd number of the elements are 1.0, and `even` otherwise.

    The length is uniform in [shortest, longest]. Every element is 1.0 or -1.0, with probability 1/2
    each. Test sequences and the training set of a search learner are odd and even in turn. Noise,
    uniform in [-noise, noise], is added to every element. The defaults are the conditions of
    Hochreiter & Schmidhuber (1996); their noisy parity has a noise of 0.2.

    Args:
        shortest: length in steps, from 1 to 1e9; 500 by default
        longest: length in steps, from `shortest` to 1e9; 600 by default
        noise: largest absolute noise, a number in [0, 100]; 0 by default
        correct_below: absolute error from which on an answer is wrong, a number in (0, 1], at most
            half the distance of the two targets; 0.1 by default
        even: target of an even number of ones, a number in [-1, 0]; 0 by default
    """

    shortest: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 500
    longest: Annotated[int, Meta(le=1_000_000_000)] = 600
    noise: Annotated[float, Meta(ge=0, le=100)] = 0.0
    correct_below: Annotated[float, Meta(gt=0, le=1)] = 0.1
    even: Annotated[float, Meta(ge=-1, le=0)] = added(0.0)

    name = "parity"
    citation = ("hochreiter1996", "schmidhuber2001", "bengio1994")
    memory = 3

    def __post_init__(self):
        super().__post_init__()
        check_whole("longest of parity", self.longest, self.shortest)
        if 2 * self.correct_below > 1.0 - self.even:
            raise InputError(
                "the targets of parity must lie at least twice correct_below apart, or one answer "
                f"is right for both; got 1.0, {self.even} and {self.correct_below}"
            )

    @property
    def inputs(self) -> int:
        """One number."""
        return 1

    @property
    def outputs(self) -> int:
        """The parity."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The last element affects the parity too."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Shortest length, number of lengths, largest noise, target of an even number."""
        lengths = float(self.longest - self.shortest + 1)
        return float(self.shortest), lengths, float(self.noise), float(self.even)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_parity(stream, p, m, parity):
        length = int(p[_SHORTEST]) + int(below(stream, p[_LENGTHS]))
        m[_LAST] = length - 1
        m[_PARITY] = parity
        m[_SO_FAR] = 0.0
        return length

    @inlined
    def begin(stream, p, m):
        return begin_parity(stream, p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_parity(stream, p, m, (i + 1) % 2)

    @inlined
    def element(stream, p, m, t, x):
        missing = select(m[_SO_FAR] == m[_PARITY], 0.0, 1.0)
        # `begin` draws the parity, and the last element makes up for what is missing to it. The
        # distribution of sequences is the same as with an independent last element.
        one = select(t == m[_LAST], missing, below(stream, 2))
        m[_SO_FAR] = select(m[_SO_FAR] == one, 0.0, 1.0)
        x[0] = 2.0 * one - 1.0 + p[_NOISE] * (2.0 * uniform(stream) - 1.0)

    @inlined
    def target(p, m, t, y):
        y[0] = select(m[_PARITY] == 1.0, 1.0, p[_EVEN])
        return t == m[_LAST]

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True, exam=exam)
