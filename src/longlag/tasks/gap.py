"""The gap task of Mozer (1992): predict each symbol of a sequence, one of which comes twice.

A sequence begins with X or Y, and A, B, C, ... follow, always in this order. After `gap` of these
letters the first symbol comes again. All other symbols can be predicted without memory over the
gap.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.simd.random import below
from longlag.tasks.base import Task, absolute_errors

# Parameters.
_GAP, _LETTERS = range(2)
_FIRST = 0  # the memory of a sequence: its first symbol


@dataclass(frozen=True)
class Gap(Task):
    """Predict each symbol of a sequence whose first symbol comes again after a gap (Mozer 1992).

    There are two sequences, each with probability 1/2; in tests they alternate. X and Y have the
    indices 0 and 1, the letters those from 2 on. The target is the next symbol at every step but
    the last.

    Args:
        gap: letters between the first symbol and its repetition, from 1 to `letters`; 4 by default
        letters: of a sequence, from 1 to 1000; 11 by default, as in the source
    """

    gap: Annotated[int, Meta(ge=1)] = 4
    letters: Annotated[int, Meta(ge=1, le=1000)] = 11

    name = "gap"
    citation = ("mozer1992",)
    coding = "symbol"
    targets = "every step"
    memory = 1

    def __post_init__(self):
        super().__post_init__()
        check_whole("gap of gap", self.gap, 1, self.letters)

    @property
    def inputs(self) -> int:
        """X, Y and the letters."""
        return self.letters + 2

    @property
    def outputs(self) -> int:
        """The next symbol, one-hot."""
        return self.letters + 2

    @property
    def tolerance(self) -> float:
        """Each output is on the right side of 1/2: our choice, the source does not print it."""
        return 0.5

    @property
    def minimal_lag(self) -> int:
        """From the first symbol to the prediction of its repetition."""
        return self.gap

    @property
    def parameters(self) -> tuple[float, ...]:
        """Letters of the gap, and in all."""
        return float(self.gap), float(self.letters)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def symbol(p, m, t):
        """The symbol of a step."""
        if t == 0 or t == p[_GAP] + 1.0:
            return m[_FIRST]
        return 1.0 + t if t <= p[_GAP] else 0.0 + t

    @inlined
    def begin_with(p, m, first):
        m[_FIRST] = first
        return int(p[_LETTERS]) + 2

    @inlined
    def begin(stream, p, m):
        return begin_with(p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_with(p, m, i % 2)

    @inlined
    def element(stream, p, m, t, x):
        x[0] = symbol(p, m, t)

    @inlined
    def target(p, m, t, y):
        following = symbol(p, m, t + 1)
        for k in range(int(p[_LETTERS]) + 2):
            y[k] = 1.0 if k == following else 0.0
        return t < p[_LETTERS] + 1.0

    return TaskKernel(begin, element, target, absolute_errors, exam=exam)
