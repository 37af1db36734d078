"""The first strings of an unknown regular language, a task of Giles et al. (1992).

A random finite state machine accepts or rejects strings of 0s and 1s. A network is told of the
first strings in alphabetical order whether they are accepted, and is asked about longer ones.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task, absolute_errors
from longlag.tasks.machine_strings import draw_machine
from longlag.tasks.string_codes import bit_of, length_of

_MOST_STATES = 20  #: all machines have room for so many states, because they share a driver

# Parameters: strings of the training set and of a test; for each state of the machine the states
# after 0 and after 1; whether each accepts.
_TRAINING, _TESTED, _EDGES = range(3)
_ACCEPTS = _EDGES + 2 * _MOST_STATES
# The memory of a sequence: its string as a number, its bits after a 1; its bits; its target.
_CODE, _BITS, _TARGET = range(3)


@dataclass(frozen=True)
class FirstStrings(Task):
    """The empty string, 0, 1, 00, 01, ...: the first of them for training, all for tests.

    Each training sequence is one of the first `strings` strings, all with the same probability; the
    training set of a batch learner, or of a growing set, has them in order. The i-th test sequence
    is the i-th of all strings of up to `longest` bits, in the same order; after the last they begin
    again. An end symbol, the third, follows each string, and has the target: 1 for a string that
    the machine accepts, 0 for others.

    A random machine is drawn for each trial: for each state two next states and whether it accepts,
    all uniform, until every state can be reached and no two states are the same.

    Args:
        states: of the machine, from 2 to 20; 10 by default
        strings: of the training set, from 1 to 1e6; 1000 by default
        longest: bits of the longest test string, from 1 to 20; 15 by default
        correct_below: absolute error from which on an answer is wrong, a number in (0, 0.5]; 0.5 by
            default
    """

    states: Annotated[int, Meta(ge=2, le=_MOST_STATES)] = 10
    strings: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    longest: Annotated[int, Meta(ge=1, le=20)] = 15
    correct_below: Annotated[float, Meta(gt=0, le=0.5)] = 0.5

    name = "first-strings"
    citation = ("giles1992nips", "giles1992")
    coding = "symbol"
    alphabet = ("0", "1", "end")
    memory = 3

    @property
    def inputs(self) -> int:
        """0, 1 and the end."""
        return 3

    @property
    def outputs(self) -> int:
        """Whether the machine accepts."""
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
        """Numbers of strings, and the machine of the trial."""
        machine = draw_machine(numpy_stream(seed, trial, Purpose.SETS), self.states)
        edges = [to for state in machine.edges for to in state]
        accepts = [state in machine.accepting for state in range(_MOST_STATES)]
        room = [0] * (2 * _MOST_STATES - len(edges))
        tested = 2 ** (self.longest + 1) - 1
        return tuple(map(float, (self.strings, tested, *edges, *room, *accepts)))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_string(p, m, i):
        """The i-th string, and what the machine says of it."""
        code = i + 1
        bits = length_of(code)
        m[_CODE] = code
        m[_BITS] = bits
        state = 0
        for t in range(bits):
            state = int(p[_EDGES + 2 * state + bit_of(code, bits, t)])
        m[_TARGET] = p[_ACCEPTS + state]
        return bits + 1

    @inlined
    def begin(stream, p, m):
        return begin_string(p, m, int(below(stream, p[_TRAINING])))

    @inlined
    def exam(stream, p, m, i):
        return begin_string(p, m, i % int(p[_TESTED]))

    @inlined
    def member(stream, p, m, i):
        return begin_string(p, m, i % int(p[_TRAINING]))

    @inlined
    def element(stream, p, m, t, x):
        x[0] = 2.0 if t >= m[_BITS] else 0.0 + bit_of(m[_CODE], m[_BITS], t)

    @inlined
    def target(p, m, t, y):
        y[0] = m[_TARGET]
        return t == m[_BITS]

    return TaskKernel(begin, element, target, absolute_errors, exam=exam, member=member)
