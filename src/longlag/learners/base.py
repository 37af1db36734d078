"""What every learner declares and compiles."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from longlag.contract import LaneKernel, StreamLearner, Units
from longlag.errors import InputError, check_fields
from longlag.learners.layout import Layout
from longlag.learners.streams import StreamOptions


class ErrorPath(NamedTuple):
    """A way on which an error flows back through T steps of a sequence.

    An error that arrives at the last step t leaves q steps earlier multiplied by
    arrive @ jacobians[T-2] @ ... @ jacobians[T-1-q] @ leave[T-1-q].
    """

    name: str
    jacobians: np.ndarray  #: (T-1, n, n): d state(t+1) / d state(t)
    arrive: np.ndarray | None = None  #: (a, n): d output / d state, last step; or the identity
    leave: np.ndarray | None = None  #: (T, n, m): d state(t) / d net(t); or the identity
    learned: bool = True  #: whether it depends on the weights
    to_relevant: bool = False  #: whether it is the way to the steps that an answer needs


class Reference(Protocol):
    """One network in NumPy and float64, written to be read: the oracle of the compiled kernels."""

    def load(self, column: np.ndarray) -> None:
        """Take the weights from one column of the layout."""
        ...

    def reset(self) -> None:
        """A new sequence begins."""
        ...

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        ...

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        ...

    def learn(self, target) -> None:
        """Learn from the error of the last answer; target has shape (outputs,)."""
        ...

    def finish(self) -> None:
        """A sequence ended."""
        ...

    def weights(self) -> np.ndarray:
        """All weights, in the order of the layout."""
        ...

    def activations(self) -> np.ndarray:
        """The units after the last step, in the order of the layout's rows "activations"."""
        ...


class Learner(ABC):
    """A network with its learning algorithm. Subclasses are frozen dataclasses of hyperparameters.

    `layout` names the rows of one network's column. It has the groups "weights", of one dimension,
    and "outputs". The fields of a subclass are checked against their annotations, such as
    `Annotated[int, Meta(ge=1)]`, when a learner is made.
    """

    name: ClassVar[str]
    citation: ClassVar[tuple[str, ...]]  #: keys of `longlag.citation`
    kind: ClassVar[str]  #: of learning: "online" or "search"
    #: Cells by which an estimator of streams may ask for a network of this learner
    stream_cells: ClassVar[tuple[str, ...]] = ()
    inputs: int
    outputs: int
    coding: Literal["real", "symbol"]

    def __post_init__(self):
        check_fields(self)

    @classmethod
    def for_stream(cls, cell: str, options: StreamOptions) -> StreamLearner:
        """The learner of a stream: `cell` is one of `stream_cells`.

        Raises `InputError` for options that are not for such cells.
        """
        raise InputError(f"networks of {cls.name} are for studies, got cell {cell!r}")

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """The rows of one network."""

    @property
    @abstractmethod
    def structure(self) -> Hashable:
        """What the kernel is compiled for: equal in learners that differ in numbers only."""

    @property
    def weights(self) -> int:
        """Number of adjustable weights, biases included."""
        return self.layout.size("weights")

    @property
    def most_lanes(self) -> int:
        """The most networks side by side that pay; bits do not depend on it."""
        return 64

    @abstractmethod
    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: one column of shape (rows,), float64."""

    def reference(self) -> Reference | None:
        """The readable network that the kernel is compared with, if there is one."""
        return None

    @abstractmethod
    def kernel(self, lanes: int) -> LaneKernel:
        """The compiled functions for `lanes` networks; learners that differ in numbers share."""

    def units(self) -> Units:
        """One network of this learner as tiles, for streams.

        Raises `InputError` where there is none, or where a field asks for what a stream has not.
        """
        raise InputError(
            f"networks of {self.name} are for studies: on streams take another learner"
        )

    def check_measurable(self) -> None:
        """Raise `InputError` unless `error_paths` are known of networks of this learner."""
        raise InputError(
            f"error flow is not measured in networks of {self.name}: choose an experiment with "
            "another learner, such as lstm"
        )

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """The ways of an error through the `last` steps of a sequence.

        `column` has the weights of a network as the layout names them, x is the whole sequence, as
        `longlag.Network` takes it. Raises `InputError` for a network that has diverged, and where
        `check_measurable` does.
        """
        self.check_measurable()
        return []


class SearchLearner(Learner):
    """A learner that proposes weights and keeps those that are right on a whole training set.

    Its kernel's `learn` and `finish` do nothing: the weights of a proposal do not change. `start`
    draws the first proposal, and `proposal` every later one from the same random stream.
    """

    kind = "search"

    @property
    @abstractmethod
    def proposal(self) -> Callable:
        """propose(stream, column): write the weights of the next proposal.

        Compiled with `longlag.compiled.compiling.inlined`. `column` holds the numbers of one
        network, by index; the same function for all learners of one `structure`.
        """
