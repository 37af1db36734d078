"""The 20-step lag of Schmidhuber (1992): which of two symbols began the string?

As Schmidhuber's own later texts describe the task; the strings are (a, b_1, ..., b_lag) and
(x, b_1, ..., b_lag). A stream of them without boundaries needs a learner that is not reset, such as
`Chunker` with `resets = False`; to all others the beginning of a string is told.

Several runs are ours: the symbols b_1 to b_lag come again and again, and after each run but the
last comes a symbol of its own, (a, b_1, ..., b_lag, c_1, b_1, ..., b_lag, c_2, ...). So what
follows b_lag cannot be told from the last `lag` symbols, but from those between the runs.
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
from longlag.tasks.base import Task, absolute_errors


@dataclass(frozen=True)
class SymbolLag(Task):
    """A string begins with a or x, each with probability 1/2, and goes on with b_1 to b_lag.

    The target at the last symbol is 1 if the string began with a, else 0. Symbols a and x have the
    indices 0 and 1; b_1 to b_lag follow, then c_1 to c_(runs-1).

    Args:
        lag: symbols of a run, from 1 to 1e6; 20 by default. With one run, the steps from the first
            symbol to the target
        runs: how often b_1 to b_lag come, from 1 to 1000; 1 by default
    """

    lag: Annotated[int, Meta(ge=1, le=1_000_000)] = 20
    runs: Annotated[int, Meta(ge=1, le=1000)] = added(1)

    name = "symbol-lag"
    citation = ("schmidhuber1992",)
    coding = "symbol"
    memory = 1  # the first symbol

    @property
    def inputs(self) -> int:
        """The symbols a, x, b_1 to b_lag, and one between two runs."""
        return self.lag + self.runs + 1

    @property
    def outputs(self) -> int:
        """Whether the string began with a."""
        return 1

    @property
    def tolerance(self) -> float:
        """The absolute error must stay below this: our choice, the source does not print it."""
        return 0.2

    @property
    def minimal_lag(self) -> int:
        """From the first symbol to the last."""
        return self.runs * (self.lag + 1) - 1

    @property
    def parameters(self) -> tuple[float, ...]:
        """The symbols of a run, and the lag."""
        return float(self.lag), float(self.minimal_lag)

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The first symbol."""
        return (0,)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        m[0] = below(stream, 2)
        return int(p[1]) + 1

    @inlined
    def element(stream, p, m, t, x):
        run, place = divmod(t - 1, int(p[0]) + 1)
        x[0] = m[0] if t == 0 else 2.0 + place + (run if place == p[0] else 0.0)

    @inlined
    def target(p, m, t, y):
        y[0] = 1.0 - m[0]
        return t == p[1]

    return TaskKernel(begin, element, target, absolute_errors)
