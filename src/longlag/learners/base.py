"""What every learner declares and compiles."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import ClassVar, Literal

import numpy as np

from longlag.contract import LaneKernel
from longlag.learners.layout import Layout


class Learner(ABC):
    """A network with its learning algorithm. Subclasses are frozen dataclasses of hyperparameters.

    `layout` names the rows of one network's column. It has the groups "weights", of one dimension,
    and "outputs".
    """

    name: ClassVar[str]
    citation: ClassVar[tuple[str, ...]]  #: keys of `longlag.citation`
    kind: ClassVar[Literal["online", "sequence", "search"]]  #: which driver runs it
    inputs: int
    outputs: int
    coding: Literal["real", "symbol"]

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

    @abstractmethod
    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: one column of shape (rows,), float64."""

    @abstractmethod
    def kernel(self, lanes: int) -> LaneKernel:
        """The compiled functions for `lanes` networks; learners that differ in numbers share."""


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
