"""The seven regular languages of Tomita (1982), to be told from their complements.

1. 1*
2. (10)*
3. no odd run of 0s anywhere after an odd run of 1s
4. no 000
5. an even number of 0s and an even number of 1s
6. the number of 1s less the number of 0s is divisible by 3
7. 0*1*0*1*

The list is that of Watrous & Kuhn (1992), but for their wording of the fifth, which says the same
of strings of even length.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from longlag.errors import InputError, check_choice, check_whole
from longlag.kernels.compiling import inlined
from longlag.kernels.random import below
from longlag.tasks.base import Task, TaskKernel, absolute_errors


class Automaton(NamedTuple):
    """The minimal automaton of a language over 0 and 1; it begins in state 0."""

    edges: tuple[tuple[int, int], ...]  #: from each state, where 0 and 1 lead
    accepting: tuple[int, ...]  #: states
    trap: int | None = None  #: the state that is never left

    def accepts(self, bits: str) -> bool:
        """Whether the string is one of the language.

        >>> AUTOMATA[4].accepts("0100"), AUTOMATA[4].accepts("10001")
        (True, False)
        """
        state = 0
        for bit in bits:
            state = self.edges[state][int(bit)]
        return state in self.accepting


AUTOMATA = {
    1: Automaton(((1, 0), (1, 1)), (0,), 1),
    2: Automaton(((2, 1), (0, 2), (2, 2)), (0,), 2),
    # No odd run of 1s; perhaps one; after one, perhaps an odd run of 0s; after one, none; a fault.
    3: Automaton(((0, 1), (2, 0), (3, 4), (2, 3), (4, 4)), (0, 1, 3), 4),
    # So many 0s at the end.
    4: Automaton(((1, 0), (2, 0), (3, 0), (3, 3)), (0, 1, 2), 3),
    # Bit 0: odd number of 0s; bit 1: odd number of 1s.
    5: Automaton(((1, 2), (0, 3), (3, 0), (2, 1)), (0,)),
    6: Automaton(((2, 1), (0, 2), (1, 0)), (0,)),
    # The part of 0*1*0*1* that the string is in.
    7: Automaton(((0, 1), (2, 1), (2, 3), (4, 3), (4, 4)), (0, 1, 2, 3), 4),
}

_STATES = 5  # of the largest automaton
# Steps before the end from which on what can be reached repeats every 2 steps: it does for all
# seven from the fourth on, and an even number of steps keeps the repetition in phase.
_HORIZON = 8

# Parameters: lengths, input of 0 and of 1, whether strings outside have one fault, the trap; then
# for every state where 0 and 1 lead; then which bits may follow (see `_choices`).
_SHORTEST, _LENGTHS, _ZERO, _ONE, _ONE_FAULT, _TRAP, _EDGES = range(7)
_CHOICES = _EDGES + 2 * _STATES
# What a sequence remembers: its last step, whether it belongs to the language, the automaton's
# state, from which step on the fault is made, and whether it has been made.
_LAST, _MEMBER, _STATE, _FAULT, _FAULTY = range(5)

# Which bits may follow.
_ONLY_0, _ONLY_1, _EITHER, _NONE = range(4)


@dataclass(frozen=True)
class Tomita(Task):
    """Whether a string belongs to one of Tomita's languages: 1.0, or else 0.0.

    The sources do not say how strings of several hundred symbols were drawn. Uniform ones almost
    never belong to the first four languages or the seventh, so both classes are built here, each
    with probability 1/2; those that a network is tested on, and the training set of a search
    learner, belong and do not belong in turn. The length is uniform in [shortest, longest], drawn
    again if the class has no string of it. A string is a walk through the minimal automaton: each
    bit is one of those after which the string can still end in its class, with equal probability.

    `outside` says what strings outside the language look like. With "walk" they are such walks too,
    which hardly differ from uniform strings, and most leave the language within a few steps. With
    "one fault" they look like strings of the language up to a step drawn uniformly, then leave it
    as soon as they can, and go on like a string of the language from its beginning. Languages 5 and
    6, which no beginning of a string leaves for ever, have walks only.

    The defaults are the conditions of Hochreiter & Schmidhuber (1996); Miller & Giles (1993) used
    lengths up to 10. With `symbols` the inputs are symbols, otherwise 1.0 for a 1 and -1.0 for a 0.
    """

    grammar: int = 1  #: which language, 1 to 7
    shortest: int = 500  #: length in steps
    longest: int = 600
    outside: str = "walk"  #: strings outside the language: "walk" or "one fault"
    symbols: bool = False  #: inputs as one of two symbols instead of a number
    correct_below: float = 0.1  #: absolute error from which on an answer is wrong

    name = "tomita"
    citation = ("tomita1982", "watrous1992", "miller1993", "hochreiter1996")
    memory = 5

    def __post_init__(self):
        check_whole("grammar of tomita", self.grammar, 1, len(AUTOMATA))
        check_whole("shortest of tomita", self.shortest, 1, 1_000_000_000)
        check_whole("longest of tomita", self.longest, self.shortest, 1_000_000_000)
        check_choice("outside of tomita", self.outside, ("walk", "one fault"))
        lengths = range(self.shortest, min(self.longest, self.shortest + 2 * _HORIZON) + 1)
        choices = _choices(self.grammar)
        for member, words in ((0, "outside"), (1, "in")):
            if all(choices[member, min(n, _folded(n)), 0] == _NONE for n in lengths):
                raise InputError(
                    f"tomita language {self.grammar} has no string {words} the language of "
                    f"{self.shortest} to {self.longest} steps: take other lengths"
                )

    @property
    def coding(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        """See `symbols`."""
        return "symbol" if self.symbols else "real"

    @property
    def alphabet(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The names of the symbols, where inputs are such."""
        return ("0", "1") if self.symbols else ()

    @property
    def inputs(self) -> int:
        """One number, or two symbols."""
        return 2 if self.symbols else 1

    @property
    def outputs(self) -> int:
        """Whether the string belongs to the language."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The last element counts, too."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Lengths, inputs, the kind of strings outside, and the automaton as tables."""
        automaton = AUTOMATA[self.grammar]
        edges = np.zeros((_STATES, 2))
        edges[: len(automaton.edges)] = automaton.edges
        return (
            float(self.shortest),
            float(self.longest - self.shortest + 1),
            0.0 if self.symbols else -1.0,
            1.0,
            float(self.outside == "one fault" and automaton.trap is not None),
            float(-1 if automaton.trap is None else automaton.trap),
            *edges.ravel().tolist(),
            *_choices(self.grammar).astype(float).ravel().tolist(),
        )

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _choices(grammar: int) -> np.ndarray:
    """[member, left, state]: which bits keep the class within reach, `left` steps before the end.

    `left` counts the bit to be chosen, and is `_folded` from `_HORIZON` on.
    """
    automaton = AUTOMATA[grammar]
    states = range(len(automaton.edges))
    choices = np.full((2, _HORIZON, _STATES), _NONE)
    for member in (0, 1):
        reaches = [(state in automaton.accepting) == bool(member) for state in states]
        for left in range(1, _HORIZON):
            may = [[reaches[automaton.edges[state][bit]] for bit in (0, 1)] for state in states]
            for state, (zero, one) in enumerate(may):
                if zero or one:
                    choices[member, left, state] = _EITHER if zero and one else _ONLY_1 * one
            reaches = [zero or one for zero, one in may]
    return choices


def _folded(left):
    """The number of steps below `_HORIZON` from which the same can be reached."""
    return _HORIZON - 2 + left % 2 if left >= _HORIZON else left


@cache
def _kernel() -> TaskKernel:
    folded = inlined(_folded)

    @inlined
    def choice(p, member, left, state):
        return p[_CHOICES + (int(member) * _HORIZON + folded(left)) * _STATES + int(state)]

    @inlined
    def begin_class(stream, p, m, member):
        length = int(p[_SHORTEST]) + below(stream, p[_LENGTHS])
        while choice(p, member, length, 0) == _NONE:
            length = int(p[_SHORTEST]) + below(stream, p[_LENGTHS])
        m[_LAST] = length - 1
        m[_MEMBER] = member
        m[_STATE] = 0
        m[_FAULTY] = 0
        m[_FAULT] = length  # never
        if member == 0 and p[_ONE_FAULT] == 1.0:
            m[_FAULT] = below(stream, length)
        return length

    @inlined
    def begin(stream, p, m):
        return begin_class(stream, p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_class(stream, p, m, (i + 1) % 2)

    @inlined
    def leads(p, state, bit):
        return p[_EDGES + 2 * int(state) + bit]

    @inlined
    def next_bit(stream, p, m, t):
        """The bit of step t."""
        state, left = m[_STATE], int(m[_LAST]) - t + 1
        bit = below(stream, 2)
        may = choice(p, m[_MEMBER], left, state)
        if p[_ONE_FAULT] == 1.0 and m[_MEMBER] == 0.0:
            if m[_FAULTY] == 1.0:
                # Any bits keep the string outside: these look as if it were in the language.
                may = _ONLY_0 if leads(p, state, 1) == p[_TRAP] else _EITHER
                may = _ONLY_1 if leads(p, state, 0) == p[_TRAP] else may
            elif may == _EITHER:
                for other in range(2):
                    if leads(p, state, other) == p[_TRAP]:
                        bit = other if t >= m[_FAULT] else 1 - other
        return bit if may == _EITHER else int(may)

    @inlined
    def element(stream, p, m, t, x):
        bit = next_bit(stream, p, m, t)
        x[0] = p[_ONE] if bit == 1 else p[_ZERO]
        m[_STATE] = leads(p, m[_STATE], bit)
        if p[_ONE_FAULT] == 1.0 and m[_STATE] == p[_TRAP]:
            m[_FAULTY] = 1
            m[_STATE] = 0

    @inlined
    def target(p, m, t, y):
        if t < m[_LAST]:
            return False
        y[0] = m[_MEMBER]
        return True

    return TaskKernel(begin, element, target, absolute_errors, exam=exam)
