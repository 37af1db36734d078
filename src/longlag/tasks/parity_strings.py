"""Parity of a few short strings, each followed by noise, a task of Lin et al. (1996)."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task, absolute_errors
from longlag.tasks.string_codes import bit_of, length_of

SYMBOL = 0.7  #: input of a 1; that of a 0 is its negative, and targets are the same
CODES = range(2**3, 2**6)  #: all strings of 3 to 5 bits as numbers: their bits after a 1
_MOST = 50  #: steps of noise: all have room for so many, because they share a driver

# Parameters: strings, steps of noise; the strings as numbers; the noise of each string.
_STRINGS, _STEPS, _CODES = range(3)
_NOISE = _CODES + len(CODES)
# The memory of a sequence: the number of its string, the string as a number, its bits.
_STRING, _CODE, _BITS = range(3)


@dataclass(frozen=True)
class ParityStrings(Task):
    """Whether a string of 3 to 5 bits has an odd number of ones, asked after some steps of noise.

    A 1 is shown as 0.7 and a 0 as -0.7, and the target is 0.7 for an odd number of ones, else -0.7.
    The strings of a trial and the noise behind each of them are drawn once: training sequences are
    these strings, all with the same probability, and test sequences are the same strings in turn.
    So a test says how many strings were learned, by heart or not.

    Args:
        strings: how many, no two of them alike, from 2 to 56; 20 by default
        steps: of noise behind each string, from 0 to 50; 10 by default
        noise: largest absolute noise, a number in [0, 100]; 0.2 by default
        correct_below: absolute error from which on an answer is wrong (its sign counts), a number
            in (0, 0.7]; 0.7 by default
    """

    strings: Annotated[int, Meta(ge=2, le=len(CODES))] = 20
    steps: Annotated[int, Meta(ge=0, le=_MOST)] = 10
    noise: Annotated[float, Meta(ge=0, le=100)] = 0.2
    correct_below: Annotated[float, Meta(gt=0, le=0.7)] = SYMBOL

    name = "parity-strings"
    citation = ("lin1996",)
    memory = 3

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
        """From the last bit to the target."""
        return self.steps

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """Numbers of strings and steps, the strings of the trial, and their noise."""
        generator = numpy_stream(seed, trial, Purpose.SETS)
        codes = generator.permutation(np.array(CODES))
        noise = generator.uniform(-self.noise, self.noise, (len(CODES), _MOST))
        return tuple(map(float, (self.strings, self.steps, *codes, *noise.ravel())))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_string(p, m, i):
        code = int(p[_CODES + i])
        bits = length_of(code)
        m[_STRING] = i
        m[_CODE] = code
        m[_BITS] = bits
        return bits + int(p[_STEPS])

    @inlined
    def begin(stream, p, m):
        return begin_string(p, m, int(below(stream, p[_STRINGS])))

    @inlined
    def exam(stream, p, m, i):
        return begin_string(p, m, i % int(p[_STRINGS]))

    @inlined
    def element(stream, p, m, t, x):
        bits = int(m[_BITS])
        if t < bits:
            x[0] = SYMBOL if bit_of(m[_CODE], bits, t) else -SYMBOL
        else:
            x[0] = p[_NOISE + int(m[_STRING]) * _MOST + int(t) - bits]

    @inlined
    def target(p, m, t, y):
        bits, ones = int(m[_BITS]), 0
        for i in range(bits):
            ones += (int(m[_CODE]) >> i) & 1
        y[0] = SYMBOL if ones % 2 == 1 else -SYMBOL
        return t == bits + int(p[_STEPS]) - 1

    return TaskKernel(begin, element, target, absolute_errors, exam=exam, member=exam)
