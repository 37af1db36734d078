"""Gradient descent, the update rule of the 1997 paper."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numba.extending import register_jitable

from longlag.rules.base import Rate, Rule


class GradientDescentKernel(NamedTuple):
    """See `RuleKernel`."""

    rate: float  #: alpha, or 2 alpha if the rule descends the whole sum of squared errors

    moments = ()

    @register_jitable
    def advance(self):
        """The same coefficients: none depends on the number of updates."""
        return self

    @register_jitable
    def change(self, moments, gradient):
        """The equation of `GradientDescent`."""
        return self.rate * gradient, moments


@dataclass(frozen=True)
class GradientDescent(Rule):
    """Gradient descent: Hochreiter & Schmidhuber (1997), eqs 23, 24 and 28 of the appendix.

        dw = alpha g,    g = sum_k e_k dy_k/dw

    The paper's error is the sum of squared errors, but its e_k (eqs 18 and 20) lacks the factor 2
    of the derivative of that sum. The printed equations therefore descend half the sum; `descends`
    chooses between the two.

    `torch.optim.SGD` without momentum does the same with the derivative of half the sum.

    Args:
        rate: learning rate alpha, a number in [0, 1e6]; 0.5 by default
        descends: "half" (the default) of the sum of squared errors, as printed, or the "whole" sum

    Reference: Hochreiter & Schmidhuber, Neural Computation 9(8), 1997,
    doi:10.1162/neco.1997.9.8.1735.
    """

    rate: Rate = 0.5
    descends: Literal["half", "whole"] = "half"

    name = "gradient-descent"
    citation = ("hochreiter1997",)
    kernel = GradientDescentKernel

    @property
    def coefficients(self) -> GradientDescentKernel:
        """See `Rule`."""
        return GradientDescentKernel(self.rate if self.descends == "half" else 2 * self.rate)

    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """See `Rule`."""
        factor = 2 if self.descends == "whole" else 1
        return self.rate * factor * gradient, moments
