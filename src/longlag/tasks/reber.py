"""Reber grammars: read a string symbol by symbol and predict the next symbol at every step.

`reber` is Reber's grammar (Reber 1967) as a prediction task (Cleeremans, Servan-Schreiber &
McClelland 1989). `embedded-reber` (Smith & Zipser 1989; Experiment 1 of Hochreiter & Schmidhuber
1997) puts a Reber string between two equal symbols, T or P. A network must keep the second symbol
of the string to predict the last but one. `continual-reber` (Gers, Schmidhuber & Cummins 2000) is
the embedded grammar without resets between strings.

Where two symbols may follow, each has probability 1/2. The target is the symbol that does follow,
one-hot, but the judgement of an answer takes every legal next symbol into account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.registry import added
from longlag.simd.random import Purpose, below, numpy_stream
from longlag.tasks.base import Task
from longlag.tasks.reber_grammar import ALPHABET, CONTINUAL, EMBEDDED, REBER, Grammar
from longlag.tasks.reber_grammar import legal_next as legal_next

_SYMBOLS = len(ALPHABET)

# A string is determined by its bits. Each branch has one bit, which says whether the string takes
# the second edge. The code of a string is a number with these bits, the first bit in the lowest
# place. A float64 holds 53 bits. Strings with more branches are drawn again: they have probability
# 1.54e-7 (embedded 2.10e-7), so mean lengths are about 1e-5 symbols below those of the grammar.
BRANCHES = 53
_LONGEST = BRANCHES + 7  # steps of the longest embedded string with that number of branches


class _Tables(NamedTuple):
    """A grammar as arrays of shape (nodes, 2): the two edges of a branch, or the one edge twice."""

    symbols: np.ndarray  #: -1 at the end, which has no edges
    following: np.ndarray  #: the next nodes; the end leads to itself


def _tables(grammar: Grammar) -> _Tables:
    symbols, following = [], []
    for node, edges in enumerate(grammar):
        both = [(ALPHABET.index(symbol), to) for symbol, to in edges.items()] or [(-1, node)]
        symbols.append((both[0][0], both[-1][0]))
        following.append((both[0][1], both[-1][1]))
    return _Tables(np.array(symbols), np.array(following))


def _codes(generator: np.random.Generator) -> Iterator[int]:
    """An endless sequence of random codes of embedded strings."""
    symbols, following = _tables(EMBEDDED)
    while True:
        bits = (generator.random(1024) * 2.0**BRANCHES).astype(np.int64)
        node, branches = np.zeros_like(bits), np.zeros_like(bits)
        for _ in range(_LONGEST):
            bit = bits >> branches & 1
            branches += symbols[node, 0] != symbols[node, 1]
            node = following[node, bit]
        whole = branches <= BRANCHES
        yield from (bits & (1 << np.minimum(branches, BRANCHES)) - 1)[whole].tolist()


def _draw_set(codes: Iterator[int], size: int, duplicates: bool, without: list[int]) -> list[int]:
    taken = set(without)
    drawn: list[int] = []
    while len(drawn) < size:
        code = next(codes)
        if code not in taken:
            drawn.append(code)
            if not duplicates:
                taken.add(code)
    return drawn


@lru_cache(maxsize=64)
def _string_sets(strings: int, duplicates: bool, seed: int, pair: int) -> tuple[float, ...]:
    """The codes of a test set, then of its training set, which is drawn first."""
    codes = _codes(numpy_stream(seed, pair, Purpose.SETS))
    training = _draw_set(codes, strings, duplicates, without=[])
    test = _draw_set(codes, strings, duplicates, without=training)
    return tuple(map(float, test + training))


# Parameters: the criterion, the number of strings in a set, and the codes of the test set and of
# the training set. Parameters of the continual task: the criterion and both lengths.
_MOST_ACTIVE, _STRINGS, _CODES = range(3)
_LENGTH, _EXAM_LENGTH = 1, 2
# The memory of a sequence: the current node, and the bits of the branches to come.
_NODE, _BITS = range(2)

Criterion = Literal["all legal", "most active"]


class _NextSymbol(Task):
    """The common part of the three tasks."""

    coding = "symbol"
    targets = "every step"
    alphabet = tuple(ALPHABET)
    memory = 2
    extras = _SYMBOLS  #: for each symbol, whether it may follow: 1.0 or 0.0

    criterion: Criterion

    @property
    def inputs(self) -> int:
        """The symbols."""
        return _SYMBOLS

    @property
    def outputs(self) -> int:
        """The symbols."""
        return _SYMBOLS

    @property
    def tolerance(self) -> float:
        """An answer deviates by 0.0 if it is correct and by 1.0 if it is wrong."""
        return 0.5

    def _most_active(self) -> float:
        return float(self.criterion == "most active")


@dataclass(frozen=True)
class Reber(_NextSymbol):
    """Reber's grammar: strings of at least 5 symbols, 8 on average, drawn on the fly.

    Every symbol but the last has a target, the next symbol. With "all legal", as in Hochreiter &
    Schmidhuber (1997), an answer is correct if the output of every legal next symbol exceeds the
    outputs of all illegal symbols. With "most active" one such legal symbol is enough. Equal
    outputs do not exceed each other.

    Args:
        criterion: when an answer is correct, "all legal" (the default) or "most active"
    """

    criterion: Criterion = "all legal"

    name = "reber"
    citation = ("reber1967", "cleeremans1989")

    @property
    def minimal_lag(self) -> int:
        """The last two symbols determine which symbols may follow."""
        return 0

    @property
    def parameters(self) -> tuple[float, ...]:
        """The criterion, and 0 strings in a set."""
        return self._most_active(), 0.0

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _string_kernel(embedded=False)


@dataclass(frozen=True)
class EmbeddedReber(_NextSymbol):
    """The embedded Reber grammar, as in Experiment 1: strings of at least 9 symbols, 12 on average.

    A string is B, T or P, a string of Reber's grammar, the same T or P again, E. Targets and
    criteria are as in `Reber`. Training sequences are drawn at random from a set of 256 strings; a
    batch learner takes all in order. Networks are tested on a set of 256 other strings, then on the
    training set: 512 sequences, repeated if a test needs more. Trial i uses pair i modulo `pairs`.

    The training set is drawn first, and the test set excludes the strings of the training set. The
    common short strings are therefore in the training set, and test strings are longer. The paper
    does not say whether a set may hold a string twice. With duplicates, about 100 of the 256
    training strings and 165 of the test strings differ, and the mean lengths are 12 and 16 symbols;
    without duplicates, the mean lengths are 16 and 19.

    Args:
        criterion: when an answer is correct, "all legal" (the default) or "most active"
        strings: strings in each of the two sets, from 0 to 2000; 256 by default; 0 draws every
            sequence on the fly
        pairs: pairs of a training and a test set, from 1 to 1e6; 3 by default
        duplicates: whether a set may hold a string more than once; True by default
    """

    criterion: Criterion = "all legal"
    strings: Annotated[int, Meta(ge=0, le=2000)] = 256
    pairs: Annotated[int, Meta(ge=1, le=1_000_000)] = 3
    duplicates: bool = True

    name = "embedded-reber"
    citation = ("hochreiter1997", "smith1989", "cleeremans1989")

    @property
    def minimal_lag(self) -> int:
        """In a string of nine symbols, T or P is read at step two and predicted at step seven.

        The paper's "shortest lag" of 9 is the shortest length.
        """
        return 5

    @property
    def parameters(self) -> tuple[float, ...]:
        """The parameters of trial 0 of seed 0; other trials have the same number of parameters."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """The criterion, the size of the sets, and the codes of their strings, test set first."""
        sets = ()
        if self.strings > 0:
            # The sets depend on the pair, so that trials share them. No other random stream has
            # this purpose, so trials share nothing else.
            sets = _string_sets(self.strings, self.duplicates, seed, trial % self.pairs)
        return self._most_active(), float(self.strings), *sets

    @property
    def enumerates(self) -> bool:
        """Strings that are drawn on the fly have no numbers."""
        return self.strings > 0

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The second symbol, which the last but one symbol repeats."""
        return (1,)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _string_kernel(embedded=True)


@dataclass(frozen=True)
class ContinualReber(_NextSymbol):
    """Embedded Reber strings one after another, without a reset between them (Gers et al. 2000).

    A sequence is a piece of `length` symbols of this stream. It begins at the beginning of a string
    and may end inside a string. The B of the next string follows the E of a string, so every symbol
    has a target. Criteria are as in `Reber`.

    Args:
        criterion: when an answer is correct, "all legal" (the default) or "most active"
        length: symbols between two resets, from 9 to 1e9; 100_000 by default, as in the training of
            the paper
        exam_length: `length` in exams and the final test, from 9 to 1e9; 0 by default, which takes
            `length`
    """

    criterion: Criterion = "all legal"
    length: Annotated[int, Meta(ge=9, le=1_000_000_000)] = 100_000
    exam_length: Annotated[int, Meta(ge=0, le=1_000_000_000)] = added(0)

    name = "continual-reber"
    citation = ("gers2000", "smith1989", "cleeremans1989")

    def __post_init__(self):
        super().__post_init__()
        if self.exam_length:
            check_whole("exam_length of continual-reber", self.exam_length, 9)

    @property
    def minimal_lag(self) -> int:
        """As in `EmbeddedReber`."""
        return 5

    @property
    def parameters(self) -> tuple[float, ...]:
        """The criterion, and the lengths in training and in exams."""
        lengths = self.length, self.exam_length or self.length
        return self._most_active(), *map(float, lengths)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _stream_kernel()


@inlined
def _judge(p, y, out):
    """0.0 if correct by the task's criterion, 1.0 if wrong; and the mean absolute error."""
    least, above = _SYMBOLS, 0  # fewest and most illegal outputs below a legal output
    illegal = 0
    total = 0.0
    for k in range(_SYMBOLS):
        total += abs(y[k] - out[k])
        if y[_SYMBOLS + k] == 0.0:
            illegal += 1
            continue
        exceeded = 0
        for j in range(_SYMBOLS):
            if y[_SYMBOLS + j] == 0.0 and out[k] > out[j]:
                exceeded += 1
        least, above = min(least, exceeded), max(above, exceeded)
    reached = above if p[_MOST_ACTIVE] == 1.0 else least
    # With a NaN in the answer the total is NaN too, so the answer is wrong.
    return 0.0 if reached == illegal and total == total else 1.0, total / _SYMBOLS


def _walk(tables: _Tables):
    """Compiled `read(m)`, which reads the next symbol, and `target`, the symbol after it."""
    symbols, following = tables

    @inlined
    def read(m):
        node, bits = int(m[_NODE]), int(m[_BITS])
        if symbols[node, 0] != symbols[node, 1]:
            m[_BITS] = bits >> 1
        m[_NODE] = following[node, bits & 1]
        return symbols[node, bits & 1]

    @inlined
    def target(p, m, t, y):
        node = int(m[_NODE])
        first, second = symbols[node, 0], symbols[node, 1]
        symbol = symbols[node, int(m[_BITS]) & 1]
        if symbol < 0:
            return False
        for k in range(_SYMBOLS):
            y[k] = 1.0 if k == symbol else 0.0
            y[_SYMBOLS + k] = 1.0 if k in (first, second) else 0.0
        return True

    return read, target


@cache
def _string_kernel(embedded: bool) -> TaskKernel:
    """One string is a sequence."""
    tables = _tables(EMBEDDED if embedded else REBER)
    read, target = _walk(tables)
    symbols, following = tables
    end = len(symbols) - 1

    @inlined
    def open_string(m, code):
        """Begin the string of a code; returns its length, or 0 if it has too many branches."""
        m[_NODE] = 0.0
        m[_BITS] = code
        node, bits = 0, int(code)
        length = branches = 0
        while node != end and branches <= BRANCHES:
            bit = bits & 1
            if symbols[node, 0] != symbols[node, 1]:
                bits >>= 1
                branches += 1
            node = following[node, bit]
            length += 1
        return length if branches <= BRANCHES else 0

    @inlined
    def draw_string(stream, m):
        length = 0
        while length == 0:
            length = open_string(m, float(below(stream, 2.0**BRANCHES)))
        return length

    @inlined
    def begin(stream, p, m):
        if p[_STRINGS] == 0.0:
            return draw_string(stream, m)
        return open_string(m, p[_CODES + int(p[_STRINGS]) + below(stream, p[_STRINGS])])

    @inlined
    def exam(stream, p, m, i):
        if p[_STRINGS] == 0.0:
            return draw_string(stream, m)
        return open_string(m, p[_CODES + i % (2 * int(p[_STRINGS]))])

    @inlined
    def member(stream, p, m, i):
        return exam(stream, p, m, int(p[_STRINGS]) + i % max(int(p[_STRINGS]), 1))

    @inlined
    def element(stream, p, m, t, x):
        x[0] = read(m)

    of_set = member if embedded else None
    return TaskKernel(begin, element, target, _judge, exam=exam, member=of_set)


@cache
def _stream_kernel() -> TaskKernel:
    """Strings without end: each bit is drawn one step before it decides a branch."""
    read, target = _walk(_tables(CONTINUAL))

    @inlined
    def begin(stream, p, m):
        m[_NODE] = 0.0
        m[_BITS] = 0.0
        return int(p[_LENGTH])

    @inlined
    def exam(stream, p, m, i):
        m[_NODE] = 0.0
        m[_BITS] = 0.0
        return int(p[_EXAM_LENGTH])

    @inlined
    def element(stream, p, m, t, x):
        x[0] = read(m)
        m[_BITS] = below(stream, 2)

    return TaskKernel(begin, element, target, _judge, exam=exam)
