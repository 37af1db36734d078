"""Melodies of the form AABA (Mozer 1992): predict each next note.

A phrase is five notes that ascend in semitones from a random first note. A melody is the phrases A,
A, B and A, and an end. Within a phrase the next note follows from the last; the first notes of the
second and the last A, and the end, need a memory of more than a phrase. Nothing tells the first
note of B.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.registry import added
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task

NOTES = 5  #: of a phrase
STEPS = 4 * NOTES + 1
#: Predictions of a melody by what they need: those within its phrases, and three across them.
PREDICTIONS = {"local": 4 * (NOTES - 1), "first notes": 2, "end": 1}
PREDICTIONS["global"] = PREDICTIONS["first notes"] + PREDICTIONS["end"]
PREDICTIONS["both"] = PREDICTIONS["local"] + PREDICTIONS["global"]

OCTAVE, FIFTH = 12, 7  #: semitones
PLACE = 6  #: numbers of a symbol's place: its height, two circles, and whether it is the end

# Parameters: which predictions are judged (three numbers, 1 or 0), how much a wrong one weighs, the
# first notes that there may be, numbers of a symbol (1, or those of its place), the melodies of the
# training set, and each of them as a number; then the places of all symbols.
_LOCAL, _FIRST_NOTES, _END, _WEIGHT, _FIRSTS, _NUMBERS, _MELODIES, _CODES = range(8)
_A, _B = range(2)  # the memory of a sequence: the first notes of its phrases


@dataclass(frozen=True)
class Melodies(Task):
    """Predict the next note, or the end, of melodies of the form AABA (Mozer 1992).

    The target at every step but the last is the next note, or the end. Each note is a symbol, from
    the lowest on, and the end is the last symbol. A trial has its own training set; test melodies
    are drawn anew. All predictions are learned. A prediction is right if the next symbol has the
    largest output, and the mean error is the share of wrong ones among those that are judged. If
    both kinds are judged, all must be right; if one kind is, its error is measured alone, and every
    melody counts as right.

    With the code "place", inputs, targets and answers are places of notes in a space of Shepard
    (1982), so that notes that sound alike are near each other; an answer is the symbol whose place
    is nearest. The six numbers of note n, in semitones from the lowest, are its height from -1 to
    1, its place on the circle of an octave (cos and sin of pi n / 6), that on the circle of fifths
    (of 7 pi n / 6), and 0; those of the end are 0, and 1.

    Args:
        pitches: different notes, from 5 to 1000; 49 by default, four octaves
        judged: predictions within phrases, "local", across them, "global", of the latter the
            "first notes" or the "end" alone, or "both" (the default), which is all of these; the
            first note of B never is
        melodies: of the training set, from 1 to 10_000; 200 by default, as in the source
        code: inputs and outputs as a "symbol" (the default) or its "place"
    """

    pitches: Annotated[int, Meta(ge=NOTES, le=1000)] = 49
    judged: Literal["local", "global", "both", "first notes", "end"] = "both"
    melodies: Annotated[int, Meta(ge=1, le=10_000)] = 200
    code: Literal["symbol", "place"] = added("symbol")

    name = "melodies"
    citation = ("mozer1992", "shepard1982")
    targets = "every step"
    memory = 2
    extras = 1  # whether a prediction is judged: 1.0 or 0.0

    @property
    def coding(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        """See `code`."""
        return "symbol" if self.code == "symbol" else "real"

    @property
    def inputs(self) -> int:
        """The notes and the end, or the numbers of a place."""
        return self.pitches + 1 if self.code == "symbol" else PLACE

    @property
    def outputs(self) -> int:
        """The next symbol, one-hot, or its place."""
        return self.inputs

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
        weight = (STEPS - 1) / PREDICTIONS[self.judged]  # a mean is over all targets
        local = self.judged in ("local", "both")
        first_notes, end = (
            self.judged in (each, "global", "both") for each in ("first notes", "end")
        )
        numbers = 1 if self.code == "symbol" else PLACE
        head = (local, first_notes, end, weight, firsts, numbers, self.melodies)
        places = () if self.code == "symbol" else _places(self.pitches)
        return tuple(map(float, (*head, *drawn, *places)))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


def _places(pitches: int) -> list[float]:
    """The places of all notes and of the end, one after another."""
    places = []
    for n in range(pitches):
        height = 2.0 * n / (pitches - 1) - 1.0
        circles = [_circle(step * n + quarter) for step in (1, FIFTH) for quarter in (0, -3)]
        places += [height, *circles, 0.0]
    return [*places, *(PLACE - 1) * [0.0], 1.0]


def _circle(twelfths: int) -> float:
    """The cosine of so many twelfths of a circle, the same on every machine."""
    turned = min(twelfths % OCTAVE, -twelfths % OCTAVE)
    return (1.0, math.sqrt(3.0) / 2.0, 0.5, 0.0, -0.5, -math.sqrt(3.0) / 2.0, -1.0)[turned]


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
    def place_of(p, k, j):
        return p[_CODES + int(p[_MELODIES]) + PLACE * int(k) + j]

    @inlined
    def element(stream, p, m, t, x):
        now = symbol(m[_A], m[_B], p[_FIRSTS], t)
        if p[_NUMBERS] == 1.0:
            x[0] = now
        else:
            for j in range(PLACE):
                x[j] = place_of(p, now, j)

    @inlined
    def target(p, m, t, y):
        following = symbol(m[_A], m[_B], p[_FIRSTS], t + 1)
        count = int(p[_FIRSTS]) + NOTES
        if p[_NUMBERS] == 1.0:
            for k in range(count):
                y[k] = 1.0 if k == following else 0.0
        else:
            for j in range(PLACE):
                y[j] = place_of(p, following, j)
            count = PLACE
        if t % NOTES < NOTES - 1:
            y[count] = p[_LOCAL]
        elif t == STEPS - 2:
            y[count] = p[_END]
        else:
            y[count] = 0.0 if t == 2 * NOTES - 1 else p[_FIRST_NOTES]
        return t < STEPS - 1

    @inlined
    def judge_symbol(p, y, out):
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

    @inlined
    def judge_place(p, y, out):
        wanted = 0.0
        for j in range(PLACE):
            wanted += (out[j] - y[j]) * (out[j] - y[j])
        if wanted != wanted:
            return wanted, wanted  # a network that has diverged
        wrong = 0.0
        for k in range(int(p[_FIRSTS]) + NOTES):
            distance, between = 0.0, 0.0
            for j in range(PLACE):
                place = place_of(p, k, j)
                distance += (out[j] - place) * (out[j] - place)
                between += (y[j] - place) * (y[j] - place)
            if between > 0.0 and distance <= wanted:
                wrong = y[PLACE]
        return wrong, wrong * p[_WEIGHT]

    @inlined
    def judge(p, y, out):
        if p[_NUMBERS] == 1.0:
            return judge_symbol(p, y, out)
        return judge_place(p, y, out)

    return TaskKernel(begin, element, target, judge, exam=exam, member=member)
