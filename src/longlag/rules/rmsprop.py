"""RMSProp: a step size for each weight, computed from the size of its recent gradients."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from msgspec import Meta
from numba.extending import register_jitable

from longlag.rules.base import Ranges, Rate, Rule
from longlag.simd.vectors import fma, sqrt


class RMSPropKernel(NamedTuple):
    """See `RuleKernel`."""

    rate: float
    decay: float
    epsilon: float

    moments = ("first_moments",)  #: the mean square, under the name that saved models use

    @register_jitable
    def advance(self):
        """The same coefficients: none depends on the number of updates."""
        return self

    @register_jitable
    def change(self, moments, gradient):
        """The equations of `RMSProp`."""
        (square,) = moments
        square = fma(self.decay, square, (1.0 - self.decay) * (gradient * gradient))
        return self.rate * gradient / (sqrt(square) + self.epsilon), (square,)


@dataclass(frozen=True)
class RMSProp(Rule):
    """RMSProp: the gradient divided by its running root mean square (Tieleman & Hinton 2012).

        r  = decay r + (1 - decay) g^2         r = 0 at first
        dw = rate g / (sqrt(r) + epsilon)

    The lecture (slide 29) has no epsilon. Here epsilon is added outside the root, as in
    `torch.optim.RMSprop`, which is the same rule; TensorFlow adds epsilon under the root. The mean
    has no bias correction, so early steps are long: the first step is rate / sqrt(1 - decay).

    Args:
        rate: step size, a number in [0, 1e6]; 0.003 by default
        decay: decay of r per update, a number in [0, 0.9999999]; 0.99 by default
        epsilon: added to the denominator, a number in (0, 1]; 1e-8 by default

    Reference: Tieleman & Hinton, Lecture 6.5 of Neural Networks for Machine Learning, Coursera,
    2012 (it has no DOI).
    """

    rate: Rate = 0.003
    # Nearer to 1, float32 rounds it to 1: then r stays 0, and every change is huge.
    decay: Annotated[float, Meta(ge=0, le=0.9999999)] = 0.99
    epsilon: Annotated[float, Meta(gt=0, le=1)] = 1e-8

    name = "rmsprop"
    citation = ("tieleman2012",)
    kernel = RMSPropKernel
    ranges: ClassVar[Ranges] = {"first_moments": (0.0, np.inf)}

    @property
    def coefficients(self) -> RMSPropKernel:
        """See `Rule`."""
        return RMSPropKernel(self.rate, self.decay, self.epsilon)

    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """See `Rule`."""
        r = self.decay * moments[0] + (1 - self.decay) * gradient**2
        return self.rate * gradient / (np.sqrt(r) + self.epsilon), (r,)
