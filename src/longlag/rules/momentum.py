"""Gradient descent with momentum, as recurrent nets of the early 1990s were trained."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta
from numba.extending import register_jitable

from longlag.rules.base import Rate, Rule
from longlag.simd.vectors import fma


class MomentumKernel(NamedTuple):
    """See `RuleKernel`."""

    rate: float
    momentum: float

    moments = ("first_moments",)  #: the last change

    @register_jitable
    def advance(self):
        """The same coefficients: none depends on the number of updates."""
        return self

    @register_jitable
    def change(self, moments, gradient):
        """The equation of `Momentum`."""
        (last,) = moments
        change = fma(self.momentum, last, self.rate * gradient)
        return change, (change,)


@dataclass(frozen=True)
class Momentum(Rule):
    """Gradient descent with momentum: Rumelhart, Hinton & Williams (1986), eq 9.

        dw(n) = rate g + momentum dw(n-1)         dw(0) = 0

    `torch.optim.SGD` with momentum does the same with the derivative of half the sum of squared
    errors, as long as the rate stays the same.

    Args:
        rate: learning rate, a number in [0, 1e6]; 0.5 by default
        momentum: share of the last change that is made again, a number in [0, 1); 0.5 by default

    Reference: Rumelhart, Hinton & Williams, Nature 323, 1986, doi:10.1038/323533a0.
    """

    rate: Rate = 0.5
    momentum: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    name = "momentum"
    citation = ("rumelhart1986",)
    kernel = MomentumKernel

    @property
    def coefficients(self) -> MomentumKernel:
        """See `Rule`."""
        return MomentumKernel(self.rate, self.momentum)

    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """See `Rule`."""
        change = self.rate * gradient + self.momentum * moments[0]
        return change, (change,)
