"""Experiments 2a, 2b and 2c of Hochreiter & Schmidhuber (1997): noise-free symbols, long lags.

The first symbol (in 2c the second) is one of two, and a network must keep it to predict the last
symbol. The symbols in between are always the same in `noise-free` (2a), random in
`noise-free-random` (2b), and random and of varying number in `distractors` (2c).

A network predicts the last symbol but never reads it, because nothing follows. Each of the two
symbols has probability 1/2, which the paper does not say for 2c.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import below
from longlag.simd.vectors import select
from longlag.tasks.base import Task, absolute_errors

_MOST = 1_000_000  # symbols: float32 still represents every index exactly

# The memory of a sequence of 2a and 2b: the symbol to keep, and the symbol to read next.
_KEPT, _NEXT = range(2)
# The memory of a sequence of 2c: the symbol to keep, and the last step.
_LAST = 1
# Parameters of 2a and 2b: p, and in 2b whether only the end has a target. Of 2c: p and q.
_P, _END_ONLY, _Q = 0, 1, 1


class _ReadAhead(Task):
    """The common part of 2a and 2b: at every step the target is the next of p + 1 symbols.

    Symbols a_1 to a_(p-1) have the indices 0 to p - 2; x and y follow.
    """

    coding = "symbol"
    targets = "every step"
    memory = 2

    p: Annotated[int, Meta(ge=2, le=_MOST)]

    @property
    def inputs(self) -> int:
        """p + 1 symbols."""
        return self.p + 1

    @property
    def outputs(self) -> int:
        """p + 1 symbols."""
        return self.p + 1

    @property
    def tolerance(self) -> float:
        """The absolute error of every output must stay below this."""
        return 0.25

    @property
    def minimal_lag(self) -> int:
        """From the first step to the last. The paper counts p, up to the symbol predicted."""
        return self.p - 1

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The first symbol, which the last symbol repeats."""
        return (0,)


@dataclass(frozen=True)
class NoiseFree(_ReadAhead):
    """Experiment 2a: the two sequences (x, a_1, ..., a_(p-1), x) and (y, a_1, ..., a_(p-1), y).

    The target at every step is the next symbol, one-hot; all answers of a sequence must be correct.
    A network is tested on the two sequences in turn. Its weights are frozen, and it is reset before
    each sequence, so two tests show the same as the paper's 10,000 random tests.

    Args:
        p: steps, from 2 to 1e6; 100 by default; in the paper 4, 10 and 100
    """

    p: Annotated[int, Meta(ge=2, le=_MOST)] = 100

    name = "noise-free"
    citation = ("hochreiter1997",)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The number of steps."""
        return (float(self.p),)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@dataclass(frozen=True)
class NoiseFreeRandom(_ReadAhead):
    """Experiment 2b: `NoiseFree` with p - 1 random symbols out of a_1, ..., a_(p-1) in between.

    Only the answer at the end is judged, because the symbols before it cannot be predicted. In the
    paper there is an error at every step.

    Args:
        p: steps, from 2 to 1e6; 100 by default
        error: the steps that have a target, "every step" (the default) or "end"
    """

    p: Annotated[int, Meta(ge=2, le=_MOST)] = 100
    error: Literal["every step", "end"] = "every step"

    name = "noise-free-random"
    citation = ("hochreiter1997",)
    extras = 1  #: whether the answer is judged: 1.0 or 0.0

    @property
    def parameters(self) -> tuple[float, ...]:
        """The number of steps, and whether only the end has a target."""
        return float(self.p), float(self.error == "end")

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _random_kernel()


@dataclass(frozen=True)
class Distractors(Task):
    """Experiment 2c: b, then x or y, at least q distractors, the trigger e, the same x or y again.

    Distractors are drawn from a_1, ..., a_p. After the first q distractors, each step is the
    trigger with probability 1/10 and another distractor otherwise. A network therefore reads at
    least q + 3 steps, and q + 12 on average. When the network reads e, the target is the symbol of
    the second step, x or y, one-hot. The paper writes the distractors as a_1 to a_q, which is
    impossible for p < q.

    Symbols a_1 to a_p have the indices 0 to p - 1; e, b, x and y follow.

    Args:
        p: different distractors, from 1 to 1e6; 50 by default
        q: distractors in every sequence, from 0 to 1e9; 50 by default
    """

    p: Annotated[int, Meta(ge=1, le=_MOST)] = 50
    q: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 50

    name = "distractors"
    citation = ("hochreiter1997",)
    coding = "symbol"
    memory = 2

    @property
    def inputs(self) -> int:
        """p + 4 symbols."""
        return self.p + 4

    @property
    def outputs(self) -> int:
        """x and y."""
        return 2

    @property
    def tolerance(self) -> float:
        """The absolute error of both outputs must stay below this."""
        return 0.2

    @property
    def minimal_lag(self) -> int:
        """From the second step to the trigger."""
        return self.q + 1

    @property
    def parameters(self) -> tuple[float, ...]:
        """Different distractors, and distractors in every sequence."""
        return float(self.p), float(self.q)

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The second symbol, which the last symbol repeats."""
        return (1,)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _distractors_kernel()


@inlined
def _one_hot(y, symbol, symbols):
    for k in range(symbols):
        y[k] = 0.0
    y[symbol] = 1.0


@cache
def _kernel() -> TaskKernel:
    @inlined
    def open_sequence(p, m, which):
        m[_KEPT] = p[_P] - 1.0 + which
        m[_NEXT] = m[_KEPT]
        return int(p[_P])

    @inlined
    def begin(stream, p, m):
        return open_sequence(p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return open_sequence(p, m, i % 2)

    @inlined
    def element(stream, p, m, t, x):
        x[0] = m[_NEXT]
        m[_NEXT] = t if t < p[_P] - 1.0 else m[_KEPT]

    @inlined
    def target(p, m, t, y):
        _one_hot(y, int(m[_NEXT]), int(p[_P]) + 1)
        return True

    return TaskKernel(begin, element, target, absolute_errors, exam=exam)


@cache
def _random_kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        m[_KEPT] = p[_P] - 1.0 + below(stream, 2)
        m[_NEXT] = m[_KEPT]
        return int(p[_P])

    @inlined
    def element(stream, p, m, t, x):
        x[0] = m[_NEXT]
        m[_NEXT] = below(stream, p[_P] - 1.0) if t < p[_P] - 1.0 else m[_KEPT]

    @inlined
    def target(p, m, t, y):
        end = t == p[_P] - 1.0
        if p[_END_ONLY] == 1.0 and not end:
            return False
        symbols = int(p[_P]) + 1
        _one_hot(y, int(m[_NEXT]), symbols)
        y[symbols] = 1.0 if end else 0.0
        return True

    @inlined
    def judge(p, y, out):
        largest, mean = absolute_errors(p, y, out)
        return largest if y[len(out)] == 1.0 else 0.0, mean

    return TaskKernel(begin, element, target, judge)


@cache
def _distractors_kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        m[_KEPT] = p[_P] + 2.0 + below(stream, 2)
        last = int(p[_Q]) + 2
        while below(stream, 10) > 0:
            last += 1
        m[_LAST] = last
        return last + 1

    @inlined
    def element(stream, p, m, t, x):
        distractor = below(stream, p[_P])
        x[0] = select(
            t == 0,
            p[_P] + 1.0,
            select(t == 1, m[_KEPT], select(t == m[_LAST], p[_P], distractor)),
        )

    @inlined
    def target(p, m, t, y):
        y[0] = select(m[_KEPT] == p[_P] + 2.0, 1.0, 0.0)
        y[1] = select(m[_KEPT] == p[_P] + 3.0, 1.0, 0.0)
        return t == m[_LAST]

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True)
