"""The base class of update rules, and the rules in NumPy.

A rule has three parts. Its dataclass holds the fields that a user chooses. Its kernel holds the
coefficients of one network and the compiled equations. Its `reference` computes the same equations
in NumPy and is the oracle that tests the kernel.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol, Self

import numpy as np
from msgspec import Meta

from longlag.errors import check_fields
from longlag.simd.words import Number

#: Lowest and highest value, by name
Ranges = Mapping[str, tuple[float, float]]
Rate = Annotated[float, Meta(title="learning rate", ge=0, le=1e6)]  #: step size of a rule


class RuleKernel(Protocol):
    """A rule in compiled code: a NamedTuple of one network's coefficients, and their equations.

    A field without a default is a constant that the rule's dataclass sets. A field with a default
    is a running coefficient: it begins at the default, changes with every update, and is saved with
    the network. In compiled code a field is a number or a vector with one number for each lane, so
    the equations must work for any vector type and for plain arrays. Compile each method with
    `numba.extending.register_jitable`, and give each kernel its own class name.
    """

    moments: tuple[str, ...]  #: names of the numbers stored for each weight, 0 at first

    def advance(self) -> Self:
        """The coefficients of the next update."""
        ...

    def change(
        self, moments: tuple[Number, ...], gradient: Number
    ) -> tuple[Number, tuple[Number, ...]]:
        """The change of the weights for this gradient and these moments, and the new moments.

        The gradient points downhill: it is minus the derivative of the error.
        """
        ...


class WholeRuleKernel(RuleKernel, Protocol):
    """The kernel of a rule that needs the whole gradient before any weight changes."""

    def measure(self, total: Number, gradient: Number) -> Number:
        """Add the gradient of one more weight to the size `total`, which begins at 0."""
        ...

    def sized(self, total: Number) -> Self:
        """The coefficients for a gradient of that size."""
        ...


@dataclass(frozen=True)
class Rule(ABC):
    """An update rule. Subclasses are frozen dataclasses of hyperparameters."""

    rate: Rate

    name: ClassVar[str]
    citation: ClassVar[tuple[str, ...]]  #: keys of `longlag.citation`
    kernel: ClassVar[Any]  #: the NamedTuple that is its `RuleKernel`
    whole: ClassVar[bool] = False  #: whether `kernel` is a `WholeRuleKernel`
    #: Ranges of those moments and "running" coefficients that cannot take every value
    ranges: ClassVar[Ranges] = {}

    def __post_init__(self):
        check_fields(self)

    @classmethod
    def running(cls) -> int:
        """The number of running coefficients, which come last."""
        return len(cls.kernel._field_defaults)

    @property
    @abstractmethod
    def coefficients(self) -> Any:
        """The kernel of a network before its first update."""

    @abstractmethod
    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """The n-th update, n from 1, in NumPy and float64: see `RuleKernel.change`."""


class ReferenceRule:
    """A rule in NumPy, with the moments of all weights."""

    def __init__(self, rule: Rule, weights: int):
        self.rule, self.updates = rule, 0
        self.moments = tuple(np.zeros(weights) for _ in rule.kernel.moments)

    def change(self, gradient: np.ndarray) -> np.ndarray:
        """The change of all weights, shape (weights,), for a gradient that points downhill."""
        self.updates += 1
        change, self.moments = self.rule.reference(gradient, self.moments, self.updates)
        return change
