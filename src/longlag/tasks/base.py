"""The base class of tasks, and the generation of their sequences from plain Python."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import count, islice
from typing import Any, ClassVar, Literal

import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.contract import TaskKernel, beginner, set_beginner
from longlag.errors import check_fields, check_whole
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, open_stream, reseed_stream, stream_state
from longlag.tasks.batch import Batch


@inlined
def absolute_errors(p, y, out):
    """The largest and the mean absolute error over the outputs, by which most tasks judge."""
    largest = 0.0
    total = 0.0
    for k in range(len(out)):
        error = abs(y[k] - out[k])
        total += error
        # Not max(): once an error is NaN, the largest error must be NaN.
        if error > largest or error != error:
            largest = error
    return largest, total / len(out)


class Task(ABC):
    """A family of sequences with targets. Subclasses are frozen dataclasses of parameters.

    Each new instance checks its fields against their annotations, such as
    `Annotated[int, Meta(ge=1)]`.
    """

    name: ClassVar[str]
    citation: ClassVar[tuple[str, ...]]  #: keys of `longlag.citation`
    coding: ClassVar[Literal["real", "symbol"]] = (
        "real"  #: inputs: a vector, or the index of one symbol
    )
    targets: ClassVar[Literal["end", "every step"]] = "end"  #: where targets may exist
    memory: ClassVar[int]  #: numbers stored for a sequence while it is written
    alphabet: ClassVar[tuple[str, ...]] = ()  #: names of the symbols, for pictures; () numbers them
    extras: ClassVar[int] = 0  #: numbers that `target` writes after the targets, for `judge` alone

    def __post_init__(self):
        check_fields(self)

    @property
    @abstractmethod
    def inputs(self) -> int:
        """Input units: elements of the vector, or number of symbols."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Output units."""

    @property
    @abstractmethod
    def minimal_lag(self) -> int:
        """The fewest steps between the last relevant input and the target that depends on it."""

    @property
    @abstractmethod
    def tolerance(self) -> float:
        """An answer is correct where its largest deviation (see `judge`) stays below this."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[float, ...]:
        """The numbers that the compiled functions receive as p."""

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """The parameters of one trial, which include the training set where a trial has its own."""
        return self.parameters

    @classmethod
    @abstractmethod
    def kernel(cls) -> TaskKernel:
        """The compiled functions, the same for all parameters."""

    @property
    def enumerates(self) -> bool:
        """Whether each sequence of a training set follows from its number alone, see `member`."""
        return type(self).kernel().member is not None

    @property
    def width(self) -> int:
        """Numbers written per step: the inputs, or one symbol's index."""
        return self.inputs if self.coding == "real" else 1

    def relevant(self, x: np.ndarray) -> tuple[int, ...]:
        """The steps that the last answer to x depends on; x has shape (length, width)."""
        return ()

    def first_length(self, seed: int) -> int:
        """The length of the first training sequence of trial 0; nothing is compiled for it."""
        stream = open_stream(stream_state(seed, 0, Purpose.TRAINING)[:, None], 0)
        p = np.array(self.trial_parameters(seed, 0), np.float64)[:, None]
        m = np.zeros((self.memory, 1))
        return int(beginner(type(self).kernel())(stream, numbers(p, 0), numbers(m, 0), -1))

    def sequences(
        self, seed: int, trial: int = 0, purpose: Purpose = Purpose.TRAINING
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The sequences that trial number `trial` of a study with this seed sees, without end.

        With the purpose SETS, the first of them are the training set of a batch learner.

        Yields (x, target), both float64. x has shape (length, width), and target has shape
        (length, outputs) with NaN at steps without a target.
        """
        return self._written(_first_state(seed, trial, purpose), seed, trial, purpose)

    def exams(self, seed: int, trial: int = 0) -> Iterator[Iterator[tuple[np.ndarray, np.ndarray]]]:
        """The sequences of each exam of that trial, one exam after another, all without end.

        An exam does not depend on how many sequences of the exams before it were seen.
        """
        state = _first_state(seed, trial, Purpose.EXAM)
        while True:
            yield self._written(state.copy(), seed, trial, Purpose.EXAM)
            reseed_stream(state, 0)

    def _written(
        self, state: np.ndarray, seed: int, trial: int, purpose: Purpose
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The sequences that are drawn from a stream, whose words are `state`, of shape (4, 1)."""
        begin, write = _writers(type(self), purpose == Purpose.SETS)
        p = np.array(self.trial_parameters(seed, trial), np.float64)[:, None]
        m, at = np.zeros((self.memory, 1)), np.zeros(2, np.int64)
        x_t, y_t = np.zeros((self.width, 1)), np.zeros((self.outputs + self.extras, 1))
        # Arrays are bound to a compiled function once: that takes longer than a short sequence.
        begin_next = begin.bind(state, p, m, at)
        write_it, x, target = None, np.empty((0, self.width)), np.empty((0, self.outputs))
        for i in count():
            at[0] = -1 if purpose == Purpose.TRAINING else i
            at[1] = length = begin_next()
            if write_it is None or length > len(x):
                x, target = (np.empty((5 * length // 4, part.shape[1])) for part in (x, target))
                write_it = write.bind(state, p, m, at, x, target, x_t, y_t)
            target[:length] = np.nan
            write_it()
            yield x[:length].copy(), target[:length].copy()

    def batches(
        self, size: int, seed: int, trial: int = 0, purpose: Purpose = Purpose.TRAINING
    ) -> Iterator[Batch]:
        """The same endless sequences, `size` of them (1 or more) in each batch.

        >>> from longlag import Adding
        >>> x, target, lengths = next(Adding(T=100).batches(32, seed=1))
        >>> x.shape, target.shape
        ((32, 110, 2), (32, 110, 1))
        """
        check_whole("size", size, 1)
        sequences = self.sequences(seed, trial, purpose)
        return (Batch.of(list(islice(sequences, size))) for _ in count())

    def batch(self, size: int, seed: int) -> Batch:
        """The first of the `batches` of this seed."""
        return next(self.batches(size, seed))


def _first_state(seed: int, trial: int, purpose: Purpose) -> np.ndarray:
    check_whole("seed", seed, 0)
    check_whole("trial", trial, 0)
    return stream_state(seed, trial, purpose)[:, None]


_compiled: dict[tuple[type[Task], bool], Any] = {}


def _writers(task: type[Task], of_set: bool):
    """Compiled functions that begin and write one whole sequence, `of_set` or not.

    `at` holds the number of the sequence, or -1 in training, and its length.
    """
    if (task, of_set) not in _compiled:
        kernel = task.kernel()
        element, target_ = kernel.element, kernel.target
        begin_ = set_beginner(kernel) if of_set else beginner(kernel)

        def begin(state, p, m, at):
            stream = open_stream(state, 0)
            length = begin_(stream, numbers(p, 0), numbers(m, 0), int(at[0]))
            close_stream(stream, state, 0)
            return length

        def write(state, p, m, at, x, target, x_t, y_t):
            stream = open_stream(state, 0)
            width, outputs = x.shape[1], target.shape[1]
            p_, m_, x_, y_ = numbers(p, 0), numbers(m, 0), numbers(x_t, 0), numbers(y_t, 0)
            for t in range(int(at[1])):
                element(stream, p_, m_, t, x_)
                for j in range(width):
                    x[t, j] = x_[j]
                if target_(p_, m_, t, y_):
                    for j in range(outputs):
                        target[t, j] = y_[j]
            close_stream(stream, state, 0)
            return at[1]

        name = "begin a set" if of_set else "begin"
        _compiled[task, of_set] = Driver(begin, (name, task)), Driver(write, ("write", task))
    return _compiled[task, of_set]
