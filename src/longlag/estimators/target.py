"""What an estimator learns to answer: numbers, or classes.

A target object stands between the targets that people have and those of the network's output units,
and nothing else of an estimator asks which of the two kinds it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np

from longlag.engine.mixed_network import AnyNetwork
from longlag.estimators.sequences import Several

Label = str | int | float | bool

Tensors = dict[str, np.ndarray]


class Target(ABC):
    """The targets of one stream so far, as an estimator needs them."""

    output: Literal["linear", "softmax"]  #: of the network
    named: ClassVar[bool] = False  #: whether several have names, by which they come later
    #: classes seen so far, or names of several numbers, in the order of the network's outputs
    labels: list[Label]

    @classmethod
    @abstractmethod
    def start(cls, scaling: bool) -> Self:
        """Before the first target."""

    @classmethod
    @abstractmethod
    def from_state(cls, scaling: bool, labels: Sequence[Label], tensors: Tensors) -> Self:
        """From a state, which is taken out of other tensors; raises `InputError` if it is bad."""

    @abstractmethod
    def copy(self) -> Self:
        """Another target that goes on by itself."""

    @staticmethod
    @abstractmethod
    def checked(y: np.ndarray | Several) -> Any:
        """Targets as `arranged` takes them; raises `InputError` for what is none."""

    @staticmethod
    @abstractmethod
    def labels_of(targets: list[Any]) -> list[Label]:
        """The classes among checked targets of some sequences, or the names of several numbers.

        Raises `InputError` if all targets are missing.
        """

    @abstractmethod
    def fit_together(self, targets: Any) -> None:
        """Raise `InputError` unless checked targets may follow those before."""

    @abstractmethod
    def new_outputs(self, targets: Any) -> int:
        """How many more outputs the network needs for checked targets."""

    @staticmethod
    def numbers(targets: Any) -> Any:
        """The numbers of checked targets, as an array; none of classes."""
        return ()

    @abstractmethod
    def arranged(self, targets: Any) -> Any:
        """Checked targets as `step` takes them; new names of several numbers become known.

        Raises `InputError` as `fit_together` does.
        """

    @staticmethod
    @abstractmethod
    def without(targets: Any, left_out: np.ndarray) -> Any:
        """Checked targets, missing where `left_out` (n,) is true."""

    @abstractmethod
    def step(
        self,
        network: AnyNetwork,
        inputs: np.ndarray,
        targets: Any,
        weights: np.ndarray | None = None,
    ) -> np.ndarray:
        """Answers of a network to inputs (n, inputs), each given before its target is learned.

        There may be fewer targets than inputs: the network answers to the others, but takes no step
        there. The error of a target is multiplied by its weight. Raises `LonglagError` if the
        network has diverged.
        """

    # One sample, which `step` would take some ten times as long to prepare as the network to learn.

    @abstractmethod
    def coded(self, targets: Any) -> Sequence[float] | np.ndarray | None:
        """The targets of one sample, for the outputs of a network; they count in the scale.

        None for targets that `arranged` must see first: nothing has changed then.
        """

    @abstractmethod
    def decoded(self, answer: list[float]) -> list[float]:
        """The answer of a network to one sample, as `step` would return it."""

    @abstractmethod
    def expect(self, labels: Iterable[Label | None]) -> None:
        """Classes, or names of several numbers, that will come, if they are new."""

    @abstractmethod
    def tensors(self) -> Tensors:
        """The state besides the labels, by name."""
