"""Sequences to generate (Plate 1993): an input tells which, and the net must produce it.

The input says at every step which sequence is wanted, and nothing else. A few short sequences, the
basis, are there to learn symbols and how to walk along a sequence; the others are to be generated.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task

MOST = 16  #: steps of a sequence: as a number in base 8 it must be exact in float64
# Parameters: different symbols, sequences of the basis and their length, the others and theirs, and
# each sequence as a number.
_SYMBOLS, _BASIS, _SHORT, _NOVEL, _LENGTH, _CODES = range(6)
_WHICH, _LEFT = range(2)  # the memory of a sequence: its input, and its steps to come as a number

Length = Annotated[int, Meta(ge=1, le=MOST)]


@dataclass(frozen=True)
class Generation(Task):
    """Produce the sequence of symbols whose number is the input at every step (Plate 1993).

    Each trial draws its sequences: every step of each is one of the symbols, at random. The symbol
    of the input is the number of the sequence, those of the basis first. The target at every step
    is the symbol of the sequence, one-hot. In training all sequences are equally frequent; exams
    and tests go through those that are not of the basis. An output is right if that of the symbol
    exceeds 1/2 and is more than twice as large as any other. The mean error is the share of wrong
    outputs.

    Args:
        length: of the sequences that are not of the basis, from 1 to 16; 8 by default
        novel: sequences that are not of the basis, from 1 to 1000; 32 by default
        symbols: from 2 to 8; 3 by default
        basis: sequences of the basis, from 0 to 1000; 12 by default
        basis_length: of the sequences of the basis, from 1 to 16; 4 by default
    """

    length: Length = 8
    novel: Annotated[int, Meta(ge=1, le=1000)] = 32
    symbols: Annotated[int, Meta(ge=2, le=8)] = 3
    basis: Annotated[int, Meta(ge=0, le=1000)] = 12
    basis_length: Length = 4

    name = "generation"
    citation = ("plate1993",)
    coding = "symbol"
    targets = "every step"
    memory = 2

    @property
    def inputs(self) -> int:
        """One symbol for each sequence."""
        return self.basis + self.novel

    @property
    def outputs(self) -> int:
        """The symbols of the sequences."""
        return self.symbols

    @property
    def tolerance(self) -> float:
        """An output deviates by 1 if it is wrong, else by 0."""
        return 0.5

    @property
    def minimal_lag(self) -> int:
        """The input never leaves."""
        return 0

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """Numbers of symbols, sequences and steps, and the sequences of the trial."""
        generator = numpy_stream(seed, trial, Purpose.SETS)
        drawn = (
            *generator.integers(self.symbols**self.basis_length, size=self.basis),
            *generator.integers(self.symbols**self.length, size=self.novel),
        )
        numbers = self.symbols, self.basis, self.basis_length, self.novel, self.length
        return tuple(map(float, (*numbers, *drawn)))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_sequence(p, m, which):
        m[_WHICH] = which
        m[_LEFT] = p[_CODES + which]
        return int(p[_SHORT]) if which < p[_BASIS] else int(p[_LENGTH])

    @inlined
    def begin(stream, p, m):
        return begin_sequence(p, m, int(below(stream, p[_BASIS] + p[_NOVEL])))

    @inlined
    def exam(stream, p, m, i):
        return begin_sequence(p, m, int(p[_BASIS]) + i % int(p[_NOVEL]))

    @inlined
    def element(stream, p, m, t, x):
        x[0] = m[_WHICH]

    @inlined
    def target(p, m, t, y):
        symbol = m[_LEFT] % p[_SYMBOLS]
        m[_LEFT] = m[_LEFT] // p[_SYMBOLS]
        for k in range(int(p[_SYMBOLS])):
            y[k] = 1.0 if k == symbol else 0.0
        return True

    @inlined
    def judge(p, y, out):
        wanted = 0
        while y[wanted] == 0.0:
            wanted += 1
        right = out[wanted] > 0.5
        for k in range(len(out)):
            if out[k] != out[k]:
                return out[k], out[k]  # a network that has diverged
            if k != wanted and out[wanted] <= 2.0 * out[k]:
                right = False
        wrong = 0.0 if right else 1.0
        return wrong, wrong

    return TaskKernel(begin, element, target, judge, exam=exam)
