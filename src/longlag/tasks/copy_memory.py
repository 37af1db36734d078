"""Copy memory: repeat ten symbols after a long blank. The modern standard test of memory.

Arjovsky, Shah & Bengio (2016) gave the task the form that most papers have used since. They took it
from an experiment of Hochreiter & Schmidhuber (1997).
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import below
from longlag.tasks.base import Task

_DATA = 8  # symbols 0 to 7 are to be remembered
_BLANK, _DELIMITER = 8, 9
_ITEMS = 10  # symbols to remember
_OUTPUTS = _DATA + 1


@dataclass(frozen=True)
class CopyMemory(Task):
    """Ten random symbols out of eight, T - 1 blanks, a delimiter, ten blanks: T + 20 steps.

    The target is a blank for T + 10 steps and then the ten symbols in order, one-hot among the
    eight symbols and the blank. Every step has a target, as in the paper. The paper reports only
    the cross-entropy, which averages 10 ln 8 / (T + 20) without any memory; here the learner
    defines the error. An answer is correct if the correct output is the most active at each of the
    last ten steps; earlier answers are not judged.

    Args:
        T: steps from the last symbol to remember to the delimiter, from 1 to 1e9; 100 by default
    """

    T: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 100

    name = "copy-memory"
    citation = ("arjovsky2016",)
    coding = "symbol"
    targets = "every step"
    alphabet = (*"abcdefgh", "blank", "go")
    memory = _ITEMS
    extras = 1  #: whether the answer is judged: 1.0 or 0.0

    @property
    def inputs(self) -> int:
        """Eight symbols to remember, the blank, the delimiter."""
        return _DATA + 2

    @property
    def outputs(self) -> int:
        """The eight symbols and the blank."""
        return _OUTPUTS

    @property
    def tolerance(self) -> float:
        """An answer deviates by 0.0 if it is correct and by 1.0 if it is wrong."""
        return 0.5

    @property
    def minimal_lag(self) -> int:
        """From each symbol to the step at which the network must repeat it."""
        return self.T + _ITEMS

    @property
    def parameters(self) -> tuple[float, ...]:
        """The step of the delimiter."""
        return (float(self.T + _ITEMS - 1),)

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The tenth symbol, which the last answer repeats."""
        return (_ITEMS - 1,)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        for i in range(_ITEMS):
            m[i] = below(stream, _DATA)
        return int(p[0]) + 1 + _ITEMS

    @inlined
    def element(stream, p, m, t, x):
        if t < _ITEMS:
            x[0] = m[t]
        else:
            x[0] = _DELIMITER if t == p[0] else _BLANK

    @inlined
    def target(p, m, t, y):
        repeats = t > p[0]
        symbol = m[t - int(p[0]) - 1] if repeats else _BLANK
        for k in range(_OUTPUTS):
            y[k] = 1.0 if k == symbol else 0.0
        y[_OUTPUTS] = 1.0 if repeats else 0.0
        return True

    @inlined
    def judge(p, y, out):
        """0.0 if correct or not judged, 1.0 if wrong; and the mean absolute error."""
        exceeded = 0  # outputs below the target's output
        total = 0.0
        for k in range(_OUTPUTS):
            total += abs(y[k] - out[k])
            if y[k] == 1.0:
                for j in range(_OUTPUTS):
                    if out[j] < out[k]:
                        exceeded += 1
        wrong = y[_OUTPUTS] == 1.0 and exceeded < _OUTPUTS - 1
        return 1.0 if wrong else 0.0, total / _OUTPUTS

    return TaskKernel(begin, element, target, judge)
