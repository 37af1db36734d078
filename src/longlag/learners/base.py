"""The base classes of learners and of their readable references."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from longlag.contract import Forgetting, LaneKernel, StreamLearner, Units
from longlag.errors import InputError, check_fields
from longlag.learners.layout import Layout
from longlag.learners.streams import StreamOptions
from longlag.rules.base import Rule
from longlag.rules.clip import Clip


class ErrorPath(NamedTuple):
    """A path on which an error flows back through T steps of a sequence.

    An error that arrives at the last step t leaves the path q steps earlier, multiplied by
    arrive @ jacobians[T-2] @ ... @ jacobians[T-1-q] @ leave[T-1-q].
    """

    name: str
    jacobians: np.ndarray  #: (T-1, n, n): d state(t+1) / d state(t)
    arrive: np.ndarray | None = None  #: (a, n): d output / d state, last step; or the identity
    leave: np.ndarray | None = None  #: (T, n, m): d state(t) / d net(t); or the identity
    learned: bool = True  #: whether the path depends on the weights
    to_relevant: bool = False  #: whether the path leads to the steps that an answer depends on


class Reference(Protocol):
    """One readable network in NumPy and float64: the oracle that tests the compiled kernels."""

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


@runtime_checkable
class Observer(Protocol):
    """A reference that learns from its inputs too, see `observe` of `LaneKernel`."""

    def observe(self, x) -> None:
        """Learn from the inputs of a step, as for `step`, before `step` takes them."""
        ...


class Learner(ABC):
    """A network with its learning algorithm. Subclasses are frozen dataclasses of hyperparameters.

    `layout` names the rows of one network. The layout has the groups "weights", of one dimension,
    and "outputs". Each new instance checks its fields against their annotations, such as
    `Annotated[int, Meta(ge=1)]`.
    """

    name: ClassVar[str]
    citation: ClassVar[tuple[str, ...]]  #: keys of `longlag.citation`
    kind: ClassVar[str]  #: the kind of learning: "online", "search" or "batch"
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
        """The key of the compiled kernel: equal for learners that differ only in numbers."""

    @property
    def width(self) -> int:
        """Numbers taken per step: the inputs, or one symbol's index."""
        return self.inputs if self.coding == "real" else 1

    @property
    def weights(self) -> int:
        """Number of adjustable weights, biases included; the most that a network can grow to."""
        return self.layout.size("weights")

    def weights_of(self, column: np.ndarray) -> int:
        """The number of weights that the network in a column has, if it has grown so far only."""
        return self.weights

    @property
    def most_lanes(self) -> int:
        """The number of lanes beyond which the kernel is no faster; bits do not depend on it."""
        return 64

    @abstractmethod
    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network, of shape (rows,), float64."""

    def reference(self) -> Reference | None:
        """The readable network that tests the kernel, or None."""
        return None

    @abstractmethod
    def kernel(self, lanes: int) -> LaneKernel:
        """The compiled functions for `lanes` networks, shared by learners of equal `structure`."""

    def units(self) -> Units:
        """One network of this learner as tiles, for streams.

        Raises `InputError` where there is none, or where a field asks for what a stream has not.
        """
        raise InputError(
            f"networks of {self.name} are for studies: on streams take another learner"
        )

    def forgetting(self, weights: np.ndarray) -> Forgetting | None:
        """See `StreamLearner`."""
        return None

    def check_measurable(self) -> None:
        """Raise `InputError` unless this learner implements `error_paths`.

        Learners that do so for some of their networks alone replace this method.
        """
        if type(self).error_paths is Learner.error_paths:
            raise InputError(
                f"error flow is not measured in networks of {self.name}: choose an experiment with "
                "another learner, such as lstm"
            )

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """The paths of an error back through the `last` steps of a sequence.

        `column` holds a network in the order of the layout, and x is the whole sequence, as in
        `longlag.Network`. Raises `InputError` for a network that has diverged, and for a learner
        that `check_measurable` refuses.
        """
        self.check_measurable()
        return []


class GradientLearner(Learner):
    """A learner that follows a gradient by an update rule."""

    weight_range: float  #: initial weights are uniform in [-weight_range, weight_range]
    rule: Rule
    update: Literal["step", "sequence"]  #: weights change at each target, or once in a sequence
    clip: float | None = None  #: largest norm of a gradient, for learners that clip

    @property
    def transform(self) -> Clip | None:
        """The transform of a gradient before the update rule, or None."""
        return None if self.clip is None else Clip(self.clip)

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: weights drawn in the order of the layout, and the rule's coefficients."""
        layout, column = self.layout, np.zeros(self.layout.rows)
        weights = layout.view(column, "weights")
        weights[:] = generator.uniform(-self.weight_range, self.weight_range, len(weights))
        layout.view(column, "coefficients")[:] = self.rule.coefficients
        if self.transform is not None:
            layout.view(column, "transform")[:] = self.transform.coefficients
        return column


class SearchLearner(Learner):
    """A learner that proposes weights until a proposal is correct on the whole training set.

    The kernel's `learn` and `finish` do nothing, because the weights of a proposal do not change.
    `start` draws the first proposal, and `proposal` draws all later ones from the same stream.
    """

    kind = "search"

    @property
    @abstractmethod
    def proposal(self) -> Callable:
        """propose(stream, column): write the weights of the next proposal.

        Compile propose with `longlag.compiled.compiling.inlined`. `column` holds the numbers of one
        network, by index. All learners of one `structure` share the function.
        """


class BatchLearner(Learner):
    """A learner that goes through a training set in passes and changes its network after each.

    The kernel's `learn` and `finish` accumulate what the pass shows, and change nothing that an
    answer depends on. The layout has the group "ready", of one row.

    A network may grow within the rows of its layout: weights that it does not have yet are 0, and
    `weights_of` counts those that it has.
    """

    kind = "batch"

    @property
    @abstractmethod
    def epoch(self) -> Callable:
        """epoch(stream, column): a pass over the training set has ended: change the network.

        `column` holds the numbers of one network, by index; what has to be drawn is drawn from
        `stream`, which continues that of `start`. Row "ready" is to be above 0 if the network may
        take an exam now, before the next pass. Compile epoch with
        `longlag.compiled.compiling.inlined`. All learners of one `structure` share the function.
        """
