"""Melodies of the form AABA (Mozer 1992): predict each next note.

A phrase is five notes that ascend in semitones from a random first note. A melody is the phrases A,
A, B and A, and an end. Within a phrase the next note follows from the last; the first notes of the
second and the last A, and the end, need a memory of more than a phrase. Nothing tells the first
note of B.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task

NOTES = 5  #: of a phrase
STEPS = 4 * NOTES + 1
#: Predictions of a melody by what they need: those within its phrases, and three across them.
PREDICTIONS = {"local": 4 * (NOTES - 1), "global": 3}
PREDICTIONS["both"] = sum(PREDICTIONS.values())

# Parameters: which predictions are judged (two numbers, 1 or 0), how much a wrong one weighs, the
# first notes that there may be, the melodies of the training set, and each of them as a number.
_LOCAL, _GLOBAL, _WEIGHT, _FIRSTS, _MELODIES, _CODES = range(6)
_A, _B = range(2)  # the memory of a sequence: the first notes of its phrases


@dataclass(frozen=True)
class Melodies(Task):
    """The target at every step but the last is the next note, or the end.

    Each note is a symbol, from the lowest on, and the end is the last symbol. A trial has its own
    training set; test melodies are drawn anew. All predictions are learned. A prediction is right
    if the next symbol has the largest output, and the mean error is the share of wrong ones among
    those that are judged. If both kinds are judged, all must be right; if one kind is, its error
    is measured alone, and every melody counts as right.

    Args:
        pitches: different notes, from 5 to 1000; 49 by default, four octaves
        judged: predictions within phrases, "local", across them, "global", or "both" (the default);
            the first note of B never is
        melodies: of the training set, from 1 to 10_000; 200 by default, as in the source
    """

    pitches: Annotated[int, Meta(ge=NOTES, le=1000)] = 49
    judged: Literal["local", "global", "both"] = "both"
    melodies: Annotated[int, Meta(ge=1, le=10_000)] = 200

    name = "melodies"
    citation = ("mozer1992",)
    coding = "symbol"
    targets = "every step"
    memory = 2
    extras = 1  # whether a prediction is judged: 1.0 or 0.0

    @property
    def inputs(self) -> int:
        """The notes and the end."""
        return self.pitches + 1

    @property
    def outputs(self) -> int:
        """The next symbol, one-hot."""
        return self.pitches + 1

    @property
    def tolerance(self) -> float:
        """A judged prediction deviates by 1 if it is wrong, else by 0."""
        return 0.5 if self.judged == "both" else 2.0

    @property
    def minimal_lag(self) -> int:
        """From the first note of A to its repetition."""
        return NOTES - 1

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """What is judged, the first notes that there may be, and the training set of the trial."""
        firsts = self.pitches - NOTES + 1
        drawn = numpy_stream(seed, trial, Purpose.SETS).integers(firsts**2, size=self.melodies)
        local, across = (self.judged in (each, "both") for each in ("local", "global"))
        weight = (STEPS - 1) / PREDICTIONS[self.judged]  # a mean is over all targets
        numbers = (local, across, weight, firsts, self.melodies)
        return tuple(map(float, (*numbers, *drawn)))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


def note(a, b, firsts, t):
    """The symbol of step t of a melody whose phrases begin with a and b."""
    if t >= 4 * NOTES:
        return firsts + NOTES - 1.0
    first = b if 2 * NOTES <= t < 3 * NOTES else a
    return first + t % NOTES


@cache
def _kernel() -> TaskKernel:
    symbol = inlined(note)

    @inlined
    def begin_melody(p, m, code):
        m[_A] = code // p[_FIRSTS]
        m[_B] = code % p[_FIRSTS]
        return STEPS

    @inlined
    def begin(stream, p, m):
        return begin_melody(p, m, p[_CODES + int(below(stream, p[_MELODIES]))])

    @inlined
    def member(stream, p, m, i):
        return begin_melody(p, m, p[_CODES + i % int(p[_MELODIES])])

    @inlined
    def exam(stream, p, m, i):
        return begin_melody(p, m, float(below(stream, p[_FIRSTS] * p[_FIRSTS])))

    @inlined
    def element(stream, p, m, t, x):
        x[0] = symbol(m[_A], m[_B], p[_FIRSTS], t)

    @inlined
    def target(p, m, t, y):
        following = symbol(m[_A], m[_B], p[_FIRSTS], t + 1)
        for k in range(int(p[_FIRSTS]) + NOTES):
            y[k] = 1.0 if k == following else 0.0
        within = t % NOTES < NOTES - 1
        judged = p[_LOCAL] if within else 0.0 if t == 2 * NOTES - 1 else p[_GLOBAL]
        y[int(p[_FIRSTS]) + NOTES] = judged
        return t < STEPS - 1

    @inlined
    def judge(p, y, out):
        wanted = 0
        while y[wanted] == 0.0:
            wanted += 1
        wrong = 0.0
        for k in range(len(out)):
            if out[k] != out[k]:
                return out[k], out[k]  # a network that has diverged
            if k != wanted and out[k] >= out[wanted]:
                wrong = y[len(out)]
        return wrong, wrong * p[_WEIGHT]

    return TaskKernel(begin, element, target, judge, exam=exam, member=member)
