"""Tomita's own strings of each of his languages, and all short strings as a test.

Tomita (1982) gave some strings of each language and some others. Watrous & Kuhn (1992) trained
second-order nets on these sets, and tested the nets on all strings of up to 10 bits. For one
language they trained on a random tenth of all these strings, too.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import InputError
from longlag.registry import added
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task, absolute_errors
from longlag.tasks.string_codes import bit_of, length_of, number_of
from longlag.tasks.tomita import AUTOMATA

#: The strings of a language, and strings outside; - is the empty string.
STRINGS = {
    1: (
        "- 1 11 111 1111 11111 111111 1111111 11111111",
        "0 10 01 00 011 110 11111110 10111111",
    ),
    2: (
        "- 10 1010 101010 10101010 10101010101010",
        "1 0 11 00 01 101 100 1001010 10110 110101010",
    ),
    3: (
        "- 1 0 01 11 00 100 110 111 000 100100 110000011100001 111101100010011100",
        "10 101 010 1010 1110 1011 10001 111010 1001000 11111000 0111001101 11011100110",
    ),
    4: (
        "- 1 0 10 01 00 100100 001111110100 0100100100 11100 010",
        "000 11000 0001 000000000 00000 0000 11111000011 1101010000010111 1010010001",
    ),
    5: (
        "- 11 00 1001 0101 1010 1000111101 1001100001111010 111111 0000",
        "1 0 111 010 000000000 1000 01 10 1110010100 010111111110 0001 011",
    ),
    6: (
        "- 10 01 1100 101010 111 000000 10111 0111101111 100100100",
        "1 0 11 00 101 011 11001 1111 00000000 010111 10111101111 1001001001",
    ),
    7: (
        "- 1 0 10 01 11111 000 00110011 0101 0000100001111 00100 011111011111 00",
        "1010 00110011000 0101010101 1011010 10101 010100 101001 100100110101",
    ),
}
LONGEST = 10  #: bits of a test string
TESTED = 2 ** (LONGEST + 1) - 1  #: strings of at most so many bits

# Parameters: strings of the language, strings outside, the automaton (for each state the states
# after 0 and after 1), whether each state accepts, and each string as a number: its bits after a 1.
_MOST = max(len(f"{inside} {outside}".split()) for inside, outside in STRINGS.values())
_INSIDE, _OUTSIDE, _EDGES, _ACCEPTS, _CODES = 0, 1, 2, 12, 17
# The memory of a sequence: its string as a number, its bits, its target.
_CODE, _BITS, _TARGET = range(3)


@dataclass(frozen=True)
class TomitaStrings(Task):
    """Training draws from some twenty strings; test sequences are all 2,047 strings in turn.

    Each training sequence is one of Tomita's strings for the language, all with the same
    probability; the training set of a batch learner holds them in order. With `share` above 0 they
    are others: each of the 2,047 strings of up to 10 bits is among the training strings of a trial
    with this probability. An end symbol, the third,
    follows each string, and has the target: 1 for a string of the language, 0 for others. The i-th
    test sequence is the i-th string of 0 to 10 bits, in order of length; after 2,047 they begin
    again. The strings are quoted from later papers, which agree with the numbers of strings that
    Watrous & Kuhn print.

    Args:
        grammar: which language, from 1 to 7; 1 by default
        correct_below: absolute error from which on an answer is wrong, a number in (0, 0.5]; 0.5
            by default
        share: of the short strings, for training, a number from 0.01 to 1; 0.0 (the default): those
            of Tomita
    """

    grammar: Annotated[int, Meta(ge=1, le=len(AUTOMATA))] = 1
    correct_below: Annotated[float, Meta(gt=0, le=0.5)] = 0.5
    share: Annotated[float, Meta(ge=0, le=1)] = added(0.0)

    name = "tomita-strings"
    citation = ("tomita1982", "watrous1992")
    coding = "symbol"
    alphabet = ("0", "1", "end")
    memory = 3

    def __post_init__(self):
        super().__post_init__()
        if 0 < self.share < 0.01:  # there would be trials without a string
            raise InputError(
                f"share of tomita-strings must be 0 or from 0.01 to 1, got {self.share}: give more"
            )

    @property
    def inputs(self) -> int:
        """0, 1 and the end."""
        return 3

    @property
    def outputs(self) -> int:
        """Whether the string belongs to the language."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The empty string has one symbol, its end."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """How many strings there are of each kind, the automaton, and the strings."""
        inside, outside = self._strings(seed, trial)
        automaton, states = AUTOMATA[self.grammar], (_ACCEPTS - _EDGES) // 2
        edges = [to for state in automaton.edges for to in state]
        edges += [0] * (2 * states - len(edges))
        accepts = [state in automaton.accepting for state in range(states)]
        codes = [*inside, *outside]
        most = TESTED if self.share else _MOST
        codes += [0] * (most - len(codes))  # as many for all languages, which share a driver
        return tuple(map(float, (len(inside), len(outside), *edges, *accepts, *codes)))

    def _strings(self, seed: int, trial: int) -> tuple[list[int], list[int]]:
        """The training strings of the language and outside, as numbers."""
        if not self.share:
            inside, outside = (strings.split() for strings in STRINGS[self.grammar])
            return [number_of(each) for each in inside], [number_of(each) for each in outside]
        generator = numpy_stream(seed, trial, Purpose.SETS)
        chosen = 1 + np.flatnonzero(generator.random(TESTED) < self.share)
        accepts = AUTOMATA[self.grammar].accepts
        members = np.array([accepts(f"{number:b}"[1:]) for number in chosen])
        return chosen[members].tolist(), chosen[~members].tolist()

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_string(m, code, target):
        bits = length_of(code)
        m[_CODE] = code
        m[_BITS] = bits
        m[_TARGET] = target
        return bits + 1

    @inlined
    def begin(stream, p, m):
        i = int(below(stream, p[_INSIDE] + p[_OUTSIDE]))
        return begin_string(m, int(p[_CODES + i]), 1.0 if i < p[_INSIDE] else 0.0)

    @inlined
    def member(stream, p, m, i):
        i %= int(p[_INSIDE] + p[_OUTSIDE])
        return begin_string(m, int(p[_CODES + i]), 1.0 if i < p[_INSIDE] else 0.0)

    @inlined
    def exam(stream, p, m, i):
        length = begin_string(m, i % TESTED + 1, 0.0)
        state = 0
        for t in range(length - 1):
            state = int(p[_EDGES + 2 * state + bit_of(m[_CODE], m[_BITS], t)])
        m[_TARGET] = p[_ACCEPTS + state]
        return length

    @inlined
    def element(stream, p, m, t, x):
        x[0] = 2.0 if t >= m[_BITS] else 0.0 + bit_of(m[_CODE], m[_BITS], t)

    @inlined
    def target(p, m, t, y):
        y[0] = m[_TARGET]
        return t == m[_BITS]

    return TaskKernel(begin, element, target, absolute_errors, exam=exam, member=member)
