"""Morse code (Fahlman 1991): which letter do the dots and dashes mean, and when is it over?

A dot is a one and a zero, a dash two ones and a zero; another zero ends the letter. So V, three
dots and a dash, is 1 0 1 0 1 0 1 1 0 0. At the last step of a letter the *strobe* and the output of
the letter must be on; at all other steps every output must be off.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import below
from longlag.tasks.base import Task, absolute_errors

#: The letters in the order of the lessons: ET, AIN, DGHKRUW, BFLOV and CJPQXYZ. The source prints M
#: and S in none of them: they come in the whole set alone.
_LESSONS = """
E .     T -
A .-    I ..    N -.
D -..   G --.   H ....  K -.-   R .-.   U ..-   W .--
B -...  F ..-.  L .-..  O ---   V ...-
C -.-.  J .---  P .--.  Q --.-  X -..-  Y -.--  Z --..
M --    S ...
"""
CODES: dict[str, str] = dict(zip(_LESSONS.split()[::2], _LESSONS.split()[1::2], strict=True))
LETTERS = len(CODES)


def inputs_of(letter: str) -> str:
    """The ones and zeros of a letter. All letters have 228; the source counts 226.

    >>> inputs_of("V")
    '1010101100'
    """
    return CODES[letter].replace(".", "10").replace("-", "110") + "0"


# The parameters are the letters, each as a number: its ones and zeros after a 1.
# The memory of a sequence: its number, its steps, and which letter it is.
_CODE, _STEPS, _LETTER = range(3)


@dataclass(frozen=True)
class Morse(Task):
    """Name a letter of the Morse code when its dots and dashes are over (Fahlman 1991).

    A sequence is one of the 26 letters, each with probability 1/26. Tests, and the training set of
    a batch learner, have the letters in the order of the lessons of the source, again and again:
    `TrainingSet(26, lessons=(2, 3, 7, 5, 7))` teaches them in lessons. The input is 1.0 for a one
    and -1.0 for a zero. The first output is the strobe; those of the letters follow, in the same
    order.

    Args:
        correct_below: absolute error from which on an answer is wrong, a number in (0, 0.5]; 0.4 by
            default, as in the simulator that was published
    """

    correct_below: Annotated[float, Meta(gt=0, le=0.5)] = 0.4

    name = "morse"
    citation = ("fahlman1991",)
    targets = "every step"
    memory = 3

    @property
    def inputs(self) -> int:
        """The line: on or off."""
        return 1

    @property
    def outputs(self) -> int:
        """The strobe and the letters."""
        return 1 + LETTERS

    @property
    def minimal_lag(self) -> int:
        """The last zero ends the letter."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """The letters."""
        return tuple(float(int("1" + inputs_of(letter), 2)) for letter in CODES)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_letter(p, m, letter):
        steps = 0
        while p[letter] >= 2 << steps:
            steps += 1
        m[_CODE] = p[letter]
        m[_STEPS] = steps
        m[_LETTER] = letter
        return steps

    @inlined
    def begin(stream, p, m):
        return begin_letter(p, m, int(below(stream, LETTERS)))

    @inlined
    def exam(stream, p, m, i):
        return begin_letter(p, m, i % LETTERS)

    @inlined
    def element(stream, p, m, t, x):
        x[0] = 2.0 * ((int(m[_CODE]) >> (int(m[_STEPS]) - 1 - int(t))) & 1) - 1.0

    @inlined
    def target(p, m, t, y):
        over = t == m[_STEPS] - 1.0
        y[0] = 1.0 if over else 0.0
        for letter in range(LETTERS):
            y[1 + letter] = 1.0 if over and letter == m[_LETTER] else 0.0
        return True

    return TaskKernel(begin, element, target, absolute_errors, exam=exam)
