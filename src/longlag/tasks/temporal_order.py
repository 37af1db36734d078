"""The temporal order problem, Experiment 6 of Hochreiter & Schmidhuber (1997).

Two or three symbols, each X or Y, lie far apart among irrelevant symbols. The network names the
order of these X and Y, the class, at the end.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.registry import added
from longlag.simd.random import below
from longlag.simd.vectors import any_lane, select
from longlag.tasks.base import Task, absolute_errors

_ALPHABET = tuple("EBabcdXY")
_E, _B, _A, _X = (float(_ALPHABET.index(symbol)) for symbol in "EBaX")

_PERCENT = {2: (10, 50), 3: (10, 33, 66)}  # of T: the first position of each X or Y

_MOST = 3
# Parameters: the number of relevant symbols, the shortest length, the number of lengths (and of
# positions of each X or Y), and the earliest steps of the X and Y.
_COUNT, _LENGTH, _CHOICES, _EARLIEST = range(4)
# The memory of a sequence: its last step, its class, then steps and symbols of X and Y.
_LAST, _CLASS, _STEP, _SYMBOL = 0, 1, 2, 2 + _MOST


@dataclass(frozen=True)
class TemporalOrder(Task):
    """Temporal order, as the paper states Experiments 6a (two symbols) and 6b (three; section 5.6).

    There are eight symbols: E, B, a, b, c, d, X, Y. A sequence starts with E and ends with B. In
    between, two or three positions hold X or Y, and all others hold one of a, b, c, d. All choices
    are uniform: the length from 100 to 110; the positions, counted from 1, from 10 to 20 and 50 to
    60 (6b: 10 to 20, 33 to 43 and 66 to 76). With another T, the lowest of these numbers and the
    spans of 10 are multiplied by T/100 and rounded down. The classes are XX, XY, YX, YY (6b: XXX,
    XXY, XYX, XYY, YXX, YXY, YYX, YYY), with one output for each. At the end the target is 1 for the
    class and 0 for all others. An answer is correct if every output is less than 0.3 from its
    target.

    Args:
        relevant_symbols: number of symbols X or Y, from 2 (6a) to 3 (6b); 2 by default
        T: shortest length, from 20 to 1e9; 100 by default, as in the paper
    """

    relevant_symbols: Annotated[int, Meta(ge=2, le=3)] = 2
    T: Annotated[int, Meta(ge=20, le=1_000_000_000)] = added(100)

    name = "temporal-order"
    citation = ("hochreiter1997",)
    coding = "symbol"
    alphabet = _ALPHABET
    memory = 2 + 2 * _MOST

    @property
    def inputs(self) -> int:
        """Symbols."""
        return len(_ALPHABET)

    @property
    def outputs(self) -> int:
        """Classes."""
        return 2**self.relevant_symbols

    @property
    def positions(self) -> tuple[int, ...]:
        """The first position of each X or Y, counted from 1."""
        return tuple(self.T * percent // 100 for percent in _PERCENT[self.relevant_symbols])

    @property
    def choices(self) -> int:
        """The number of positions of each X or Y, and of lengths of a sequence."""
        return self.T // 10 + 1

    @property
    def minimal_lag(self) -> int:
        """From the last position of an X or Y to the shortest length: 40 or 24 with T=100."""
        return self.T - (self.positions[-1] + self.choices - 1)

    @property
    def tolerance(self) -> float:
        """The absolute error of every output must stay below this."""
        return 0.3

    @property
    def parameters(self) -> tuple[float, ...]:
        """See `_COUNT` and the names after it; without a third X or Y, its earliest step is 0."""
        steps = [position - 1.0 for position in self.positions]
        sizes = float(self.relevant_symbols), float(self.T), float(self.choices)
        return *sizes, *steps, *[0.0] * (_MOST - self.relevant_symbols)

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The steps of X and Y."""
        return tuple(np.flatnonzero(x[:, 0] >= _X).tolist())

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        length = int(p[_LENGTH]) + below(stream, p[_CHOICES])
        m[_LAST] = length - 1
        m[_CLASS] = 0.0
        for i in range(_MOST):
            m[_STEP + i] = -1.0  # never
            if i < p[_COUNT]:
                second = below(stream, 2)
                m[_STEP + i] = p[_EARLIEST + i] + below(stream, p[_CHOICES])
                m[_SYMBOL + i] = _X + second
                m[_CLASS] = 2.0 * m[_CLASS] + second
        return length

    @inlined
    def element(stream, p, m, t, x):
        symbol = _A + below(stream, 4)
        for i in range(_MOST):
            symbol = select(t == m[_STEP + i], m[_SYMBOL + i], symbol)
        symbol = select(t == 0, _E, symbol)
        x[0] = select(t == m[_LAST], _B, symbol)

    @inlined
    def target(p, m, t, y):
        for k in range(4):
            y[k] = select(m[_CLASS] == k, 1.0, 0.0)
        # Lanes that advance together have the same number of outputs.
        if any_lane(p[_COUNT] > 2.0):
            for k in range(4, 8):
                y[k] = select(m[_CLASS] == k, 1.0, 0.0)
        return t == m[_LAST]

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True)
