"""What every update rule declares, and the rules in NumPy.

A rule has three parts. Its dataclass holds the fields that a user chooses. Its kernel holds one
network's coefficients and the compiled equations. Its `reference` is the same in NumPy, and the
oracle of the kernel.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol, Self

import numpy as np
from msgspec import Meta

from longlag.errors import check_fields

#: Lowest and highest value, by name
Ranges = Mapping[str, tuple[float, float]]
Rate = Annotated[float, Meta(title="learning rate", ge=0, le=1e6)]  #: step size of a rule


class RuleKernel(Protocol):
    """A rule in compiled code: a NamedTuple of one network's coefficients, and their equations.

    A field without a default is set by the rule's dataclass and stays. A field with a default is a
    running coefficient: it begins there, changes with every update, and is saved with a network.
    In compiled code a field is a number, or a vector with one number for each lane. So the
    equations take any vector type, and plain arrays too. Compile each method with
    `numba.extending.register_jitable`, and give each kernel a class name of its own.
    """

    moments: tuple[str, ...]  #: names of the numbers kept for each weight, 0 at first

    def advance(self) -> Self:
        """The coefficients of the next update."""
        ...

    def change(self, moments: Any, gradient: Any) -> tuple[Any, Any]:
        """The change of weights with these moments and this gradient, and the moments after it.

        The gradient points downhill: it is minus the derivative of the error.
        """
        ...


class WholeRuleKernel(RuleKernel, Protocol):
    """The kernel of a rule that looks at the whole gradient before any weight changes."""

    def measure(self, total: Any, gradient: Any) -> Any:
        """The size of a gradient, `total` so far, with one more weight's; it begins at 0."""
        ...

    def sized(self, total: Any) -> Self:
        """The coefficients for a gradient of that size."""
        ...


@dataclass(frozen=True)
class Rule(ABC):
    """What becomes of a gradient. Subclasses are frozen dataclasses of hyperparameters."""

    rate: Rate

    name: ClassVar[str]
    citation: ClassVar[tuple[str, ...]]  #: keys of `longlag.citation`
    kernel: ClassVar[Any]  #: the NamedTuple that is its `RuleKernel`
    whole: ClassVar[bool] = False  #: whether `kernel` is a `WholeRuleKernel`
    #: Of moments, and of "running" coefficients, that cannot take every value
    ranges: ClassVar[Ranges] = {}

    def __post_init__(self):
        check_fields(self)

    @classmethod
    def running(cls) -> int:
        """How many of the coefficients, the last ones, are running."""
        return len(cls.kernel._field_defaults)

    @property
    @abstractmethod
    def coefficients(self) -> Any:
        """The kernel of a network that has not been updated yet."""

    @abstractmethod
    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """The n-th update, n from 1, in NumPy and float64: see `RuleKernel.change`."""


class ReferenceRule:
    """A rule in NumPy, with the moments of the weights that it changes."""

    def __init__(self, rule: Rule, weights: int):
        self.rule, self.updates = rule, 0
        self.moments = tuple(np.zeros(weights) for _ in rule.kernel.moments)

    def change(self, gradient: np.ndarray) -> np.ndarray:
        """The change of all weights, shape (weights,), for a gradient that points downhill."""
        self.updates += 1
        change, self.moments = self.rule.reference(gradient, self.moments, self.updates)
        return change
