"""The two finite state machines of Horne & Giles (1995): does a machine accept a short string?

One machine is drawn at random. The other remembers the inputs and outputs of the last three steps,
all 64 states of them:

    y(t) = not u(t-3) and (u(t) or y(t-3)),  or  u(t-3) and not u(t) and not y(t-3)

with u and y 0 before the string. In the scan that we could read, the complements of this equation
are lost, except that the last y has one and the y before has none. Of the 32 equations that fit,
four have 64 states that no shorter machine merges; this is one of them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task, absolute_errors
from longlag.tasks.string_codes import bit_of, length_of
from longlag.tasks.tomita import Automaton, kinds_of_states

LONGEST = 7  #: bits of a string
STRINGS = 2 ** (LONGEST + 1) - 2  #: of 1 to 7 bits
TRAINING = STRINGS // 2

# Parameters: the first string of an exam, the input of a 0; then all strings as numbers, their bits
# after a 1, those of the training set first, and whether the machine accepts each.
_EXAMINED, _ZERO, _CODES = range(3)
_ACCEPTS = _CODES + STRINGS
# The memory of a sequence: its string as a number, its bits, its target.
_CODE, _BITS, _TARGET = range(3)


@dataclass(frozen=True)
class MachineStrings(Task):
    """Half of all 254 strings of 1 to 7 bits are for training; which half is drawn for each trial.

    Each training sequence is one of these 127 strings, all with the same probability. Test
    sequences go through 127 strings in order of length. The target at the last bit is 1 if the
    machine accepts the string, else 0. An answer is wrong from an error of 1/2 on.

    A random machine is drawn for each trial: for each state two next states and whether it accepts,
    all uniform, until every state can be reached and no two states are the same.

    Args:
        machine: "random" (the default), or the one with "finite memory"
        states: of a random machine, from 2 to 100; 6 by default
        examined: strings of exams and tests, the "others" (the default), or those for "training"
        symbols: whether an input is one of two symbols; False by default: it is a number, 1.0 for
            a 1 and -1.0 for a 0
    """

    machine: Literal["random", "finite memory"] = "random"
    states: Annotated[int, Meta(ge=2, le=100)] = 6
    examined: Literal["others", "training"] = "others"
    symbols: bool = False

    name = "machine-strings"
    citation = ("horne1995",)
    memory = 3

    @property
    def coding(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        """See `symbols`."""
        return "symbol" if self.symbols else "real"

    @property
    def alphabet(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The names of the symbols, if the inputs are symbols."""
        return ("0", "1") if self.symbols else ()

    @property
    def inputs(self) -> int:
        """One number, or two symbols."""
        return 1 + self.symbols

    @property
    def outputs(self) -> int:
        """Whether the machine accepts."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The last bit matters, too."""
        return 0

    @property
    def tolerance(self) -> float:
        """The answer is on the right side of 1/2."""
        return 0.5

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """The strings of the trial's training set, then the others, and what is accepted."""
        generator = numpy_stream(seed, trial, Purpose.SETS)
        numbers = 2 + generator.permutation(STRINGS)
        codes = np.concatenate((np.sort(numbers[:TRAINING]), np.sort(numbers[TRAINING:])))
        if self.machine == "random":
            accepts = draw_machine(generator, self.states).accepts
        else:
            accepts = remembers
        accepted = [float(accepts(f"{code:b}"[1:])) for code in codes]
        examined = 0 if self.examined == "training" else TRAINING
        zero = 0.0 if self.symbols else -1.0
        return float(examined), zero, *map(float, codes), *accepted

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


def remembers(bits: str) -> bool:
    """Whether the machine with finite memory accepts: its output after the last bit."""
    u, y = [0] * 3, [0] * 3  # before the string
    for bit in bits:
        u.append(int(bit))
        if u[-4]:
            y.append(int(not u[-1] and not y[-3]))
        else:
            y.append(int(u[-1] or y[-3]))
    return bool(y[-1])


def draw_machine(generator: np.random.Generator, states: int) -> Automaton:
    """A random machine without states that are never reached or the same as another."""
    while True:
        edges = tuple(map(tuple, generator.integers(states, size=(states, 2)).tolist()))
        accepting = tuple(np.flatnonzero(generator.integers(2, size=states)).tolist())
        machine = Automaton(edges, accepting)
        if _all_reached(machine) and _all_different(machine):
            return machine


def _all_reached(machine: Automaton) -> bool:
    reached, left = {0}, [0]
    while left:
        for to in set(machine.edges[left.pop()]) - reached:
            reached.add(to)
            left.append(to)
    return len(reached) == len(machine.edges)


def _all_different(machine: Automaton) -> bool:
    """Whether some string tells any two states apart."""
    return len(set(kinds_of_states(machine))) == len(machine.edges)


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_string(p, m, i):
        code = int(p[_CODES + i])
        bits = length_of(code)
        m[_CODE] = code
        m[_BITS] = bits
        m[_TARGET] = p[_ACCEPTS + i]
        return bits

    @inlined
    def begin(stream, p, m):
        return begin_string(p, m, int(below(stream, TRAINING)))

    @inlined
    def exam(stream, p, m, i):
        return begin_string(p, m, int(p[_EXAMINED]) + i % TRAINING)

    @inlined
    def member(stream, p, m, i):
        return begin_string(p, m, i % TRAINING)

    @inlined
    def element(stream, p, m, t, x):
        x[0] = 1.0 if bit_of(m[_CODE], m[_BITS], t) else p[_ZERO]

    @inlined
    def target(p, m, t, y):
        y[0] = m[_TARGET]
        return t == m[_BITS] - 1.0

    return TaskKernel(begin, element, target, absolute_errors, exam=exam, member=member)
