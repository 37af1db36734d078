"""What every learner declares and compiles."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from longlag.kernels.layout import Layout


class OnlineKernel(NamedTuple):
    """The compiled functions of a learner that takes a step at a time, for all lanes at once.

    S is the bank (see `longlag.kernels.banks`) of the learner's `layout`. A mask says which lanes
    are concerned, and the others must come out with the networks they had. The inputs of the step
    begin at row `at` of the bank X, the targets at row `at` of the bank Y.
    """

    reset: Callable  #: reset(S, mask): a new sequence begins
    step: Callable  #: step(S, X, at): advance every lane by one time step
    answer: Callable  #: answer(S): compute the outputs into the rows "outputs"
    learn: Callable  #: learn(S, Y, at, mask): learn from the error of the last answer
    finish: Callable  #: finish(S, mask): a sequence ended


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
    def kernel(self, lanes: int) -> OnlineKernel:
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

        Compiled with `longlag.kernels.compiling.inlined`. `column` holds the numbers of one
        network, by index; the same function for all learners of one `structure`.
        """
