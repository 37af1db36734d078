"""The seven regular languages of Tomita (1982): does a string belong to the language?

1. 1*
2. (10)*
3. no odd run of 0s anywhere after an odd run of 1s
4. no 000
5. an even number of 0s and an even number of 1s
6. the number of 1s less the number of 0s is divisible by 3
7. 0*1*0*1*

The list follows Watrous & Kuhn (1992), except for the wording of the fifth language. Their wording
agrees with this one for strings of even length.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import InputError, check_whole
from longlag.registry import added
from longlag.simd.lookup import lookup
from longlag.simd.random import below
from longlag.simd.vectors import select
from longlag.tasks.base import Task, absolute_errors


class Automaton(NamedTuple):
    """The minimal automaton of a language over 0 and 1; it begins in state 0."""

    edges: tuple[tuple[int, int], ...]  #: for each state, the next states after 0 and after 1
    accepting: tuple[int, ...]  #: states
    trap: int | None = None  #: the state that no edge leaves

    def accepts(self, bits: str) -> bool:
        """Whether the string belongs to the language.

        >>> AUTOMATA[4].accepts("0100"), AUTOMATA[4].accepts("10001")
        (True, False)
        """
        state = 0
        for bit in bits:
            state = self.edges[state][int(bit)]
        return state in self.accepting


def kinds_of_states(automaton: Automaton) -> list[int]:
    """A number for each state, the same for states that no string tells apart (Moore 1956)."""
    kinds = [int(state in automaton.accepting) for state in range(len(automaton.edges))]
    while True:
        seen = [
            (kinds[state], *(kinds[to] for to in edges))
            for state, edges in enumerate(automaton.edges)
        ]
        numbers = {each: n for n, each in enumerate(dict.fromkeys(seen))}
        found = [numbers[each] for each in seen]
        if len(set(found)) == len(set(kinds)):
            return found
        kinds = found


AUTOMATA = {
    1: Automaton(((1, 0), (1, 1)), (0,), 1),
    2: Automaton(((2, 1), (0, 2), (2, 2)), (0,), 2),
    # States: no odd run of 1s so far; in a run of 1s that is odd so far; after an odd run of 1s, in
    # a run of 0s that is odd so far; after an odd run of 1s, in no odd run of 0s; a fault.
    3: Automaton(((0, 1), (2, 0), (3, 4), (2, 3), (4, 4)), (0, 1, 3), 4),
    # The state is the number of 0s at the end.
    4: Automaton(((1, 0), (2, 0), (3, 0), (3, 3)), (0, 1, 2), 3),
    # Bit 0: odd number of 0s; bit 1: odd number of 1s.
    5: Automaton(((1, 2), (0, 3), (3, 0), (2, 1)), (0,)),
    6: Automaton(((2, 1), (0, 2), (1, 0)), (0,)),
    # The state is the part of 0*1*0*1* that the string has reached.
    7: Automaton(((0, 1), (2, 1), (2, 3), (4, 3), (4, 4)), (0, 1, 2, 3), 4),
}

_STATES = 5  # of the largest automaton
_FALLEN = _STATES  # stands for the trap in strings with one fault
# Far enough from the end, the states from which a class can be reached repeat with a period of two
# steps. For all seven languages this holds from four steps before the end.
_HORIZON = 8

# How the next bit is chosen: for a string of the language; for a string outside the language; and
# for a string with one fault, before the fault, at the fault, and after the fault.
_MEMBER, _OUTSIDE, _BEFORE, _FAULTING, _AFTER = _MODES = range(5)

# Parameters: lengths, input of 0 and of 1, the mode of strings outside, whether an end symbol
# follows (1 or 0); then `_moves`.
_SHORTEST, _LENGTHS, _ZERO, _ONE, _OUTSIDE_MODE, _END, _MOVES = range(7)
# The memory of a sequence: its last step, whether it belongs to the language, the automaton's
# state, how bits are chosen at first, the first step at which the fault may come, whether the fault
# has come, and whether the number of steps left is odd.
_LAST, _TARGET, _STATE, _MODE, _FAULT, _FAULTY, _ODD = range(7)


@dataclass(frozen=True)
class Tomita(Task):
    """One of Tomita's languages: the target is 1.0 for a string of the language, 0.0 otherwise.

    The sources do not say how they drew strings of several hundred symbols. Uniform strings almost
    never belong to the first four languages or the seventh. This task therefore draws the class
    first, with probability 1/2 each; test sequences and the training set of a search learner
    alternate between the classes. The length is uniform in [shortest, longest], and drawn again if
    the class has no string of that length. A string is a random walk through the minimal automaton:
    each bit is uniform among the bits after which the string can still end in its class.

    `outside` determines the strings outside the language. With "walk" they are random walks too,
    hardly differ from uniform strings, and mostly leave the language within a few steps. With "one
    fault" a string looks like a string of the language up to a uniformly drawn step, leaves the
    language as soon as possible, and then continues like a new string of the language. Languages 5
    and 6 have walks only, because every beginning of a string can still end in the language.

    The defaults are the conditions of Hochreiter & Schmidhuber (1996); Miller & Giles (1993) used
    lengths up to 10.

    Args:
        grammar: which language, from 1 to 7; 1 by default
        shortest: length in steps, from 1 to 1e9; 500 by default
        longest: length in steps, from `shortest` to 1e9; 600 by default
        outside: strings outside the language, "walk" (the default) or "one fault"
        symbols: whether each input is one of two symbols; False by default: each input is a number,
            1.0 for a 1 and -1.0 for a 0
        correct_below: absolute error from which on an answer is wrong, a number in (0, 0.5]; 0.1
            by default
        end_symbol: whether a third symbol follows the string, and has the target; False by default
    """

    grammar: Annotated[int, Meta(ge=1, le=len(AUTOMATA))] = 1
    shortest: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 500
    longest: Annotated[int, Meta(le=1_000_000_000)] = 600
    outside: Literal["walk", "one fault"] = "walk"
    symbols: bool = False
    correct_below: Annotated[float, Meta(gt=0, le=0.5)] = 0.1
    end_symbol: bool = added(False)

    name = "tomita"
    citation = ("tomita1982", "watrous1992", "miller1993", "hochreiter1996")
    memory = 7

    def __post_init__(self):
        super().__post_init__()
        check_whole("longest of tomita", self.longest, self.shortest)
        if self.end_symbol and not self.symbols:
            raise InputError("end_symbol of tomita is for symbols: give symbols = true, too")
        lengths = range(self.shortest, min(self.longest, self.shortest + 2 * _HORIZON) + 1)
        for mode, where in ((_MEMBER, "in"), (_OUTSIDE, "outside")):
            if not any(_moves(self.grammar)[mode, _near(n), 0].any() for n in lengths):
                raise InputError(
                    f"tomita language {self.grammar} has no string {where} the language of "
                    f"{self.shortest} to {self.longest} steps: take other lengths"
                )

    @property
    def coding(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        """See `symbols`."""
        return "symbol" if self.symbols else "real"

    @property
    def alphabet(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The names of the symbols, if the inputs are symbols."""
        return ("0", "1", "end")[: self.inputs] if self.symbols else ()

    @property
    def inputs(self) -> int:
        """One number, or two symbols, or three with the end symbol."""
        return 2 + self.end_symbol if self.symbols else 1

    @property
    def outputs(self) -> int:
        """Whether the string belongs to the language."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The last element affects the answer too."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """The lengths, the inputs, the kind of strings outside, and the automaton as a table."""
        one_fault = self.outside == "one fault" and AUTOMATA[self.grammar].trap is not None
        return (
            float(self.shortest),
            float(self.longest - self.shortest + 1),
            0.0 if self.symbols else -1.0,
            1.0,
            float(_BEFORE if one_fault else _OUTSIDE),
            float(self.end_symbol),
            *_moves(self.grammar).ravel().tolist(),
        )

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _moves(grammar: int) -> np.ndarray:
    """[mode, steps left, state, coin]: 1 + the next state, negative where the bit is 1.

    The steps left include the step to take, and are reduced by `_near`. An entry is 0 where the
    string can no longer end in its class.
    """
    automaton = AUTOMATA[grammar]
    states, trap = range(len(automaton.edges)), automaton.trap
    moves = np.zeros((len(_MODES), _HORIZON, _STATES, 2))
    for member in (False, True):
        within_reach = [(state in automaton.accepting) == member for state in states]
        for left in range(1, _HORIZON):
            for state, leads in enumerate(automaton.edges):
                may = [bit for bit in (0, 1) if within_reach[leads[bit]]]
                live = [bit for bit in (0, 1) if leads[bit] != trap]
                chosen = {_MEMBER: may}
                if not member:
                    safe = [bit for bit in may if bit in live] or may
                    fault = [bit for bit in may if bit not in live] or may
                    chosen = {_OUTSIDE: may, _BEFORE: safe, _FAULTING: fault, _AFTER: live}
                for mode, bits in chosen.items():
                    for coin, bit in enumerate([bits[0], bits[-1]] if bits else []):
                        falls = mode in (_BEFORE, _FAULTING) and leads[bit] == trap
                        to = _FALLEN if falls else leads[bit]
                        moves[mode, left, state, coin] = (1 + to) * (1 - 2 * bit)
            within_reach = [any(within_reach[to] for to in leads) for leads in automaton.edges]
    return moves


def _near(left):
    """The number of steps below `_HORIZON` at which the same states can reach each class."""
    return _HORIZON - 2 + left % 2 if left >= _HORIZON else left


@cache
def _kernel() -> TaskKernel:
    near = inlined(_near)

    @inlined
    def move(mode, left, state, coin):
        """The place of an entry of `_moves` among the parameters."""
        return _MOVES + ((mode * _HORIZON + left) * _STATES + state) * 2 + coin

    @inlined
    def begin_class(stream, p, m, member):
        mode = _MEMBER if member == 1 else int(p[_OUTSIDE_MODE])
        length = int(p[_SHORTEST]) + int(below(stream, p[_LENGTHS]))
        while p[move(mode, near(length), 0, 0)] == 0.0:
            length = int(p[_SHORTEST]) + int(below(stream, p[_LENGTHS]))
        m[_LAST] = length - 1 + p[_END]
        m[_TARGET] = member
        m[_STATE] = 0
        m[_MODE] = mode
        m[_FAULT] = below(stream, length) if mode == _BEFORE else length  # length: never
        m[_FAULTY] = 0
        m[_ODD] = length % 2
        return length + int(p[_END])

    @inlined
    def begin(stream, p, m):
        return begin_class(stream, p, m, below(stream, 2))

    @inlined
    def exam(stream, p, m, i):
        return begin_class(stream, p, m, (i + 1) % 2)

    @inlined
    def element(stream, p, m, t, x):
        left = m[_LAST] + 1.0 - p[_END] - t
        ended = left < 1.0
        left = select(left < _HORIZON, left, _HORIZON - 2.0 + m[_ODD])
        left = select(ended, 1.0, left)  # a lane without a sequence must not look outside
        mode = select(t >= m[_FAULT], float(_FAULTING), m[_MODE])
        mode = select(m[_FAULTY] == 1.0, float(_AFTER), mode)
        to = lookup(p, move(mode, left, m[_STATE], below(stream, 2)))
        one = to < 0.0
        to = select(one, -to, to) - 1.0
        x[0] = select(one, p[_ONE], p[_ZERO])
        x[0] = select(ended & (p[_END] == 1.0), 2.0, x[0])
        fallen = to == _FALLEN
        m[_FAULTY] = select(fallen, 1.0, m[_FAULTY])
        m[_STATE] = select(fallen, 0.0, select(to < 0.0, 0.0, to))
        m[_ODD] = 1.0 - m[_ODD]

    @inlined
    def target(p, m, t, y):
        y[0] = m[_TARGET]
        return t == m[_LAST]

    return TaskKernel(begin, element, target, absolute_errors, branch_free=True, exam=exam)
