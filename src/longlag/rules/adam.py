"""Adam: a step size for each weight, computed from two moments of its gradients."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from msgspec import Meta
from numba.extending import register_jitable

from longlag.rules.base import Ranges, Rate, Rule
from longlag.simd.vectors import fma, over, sqrt


class AdamKernel(NamedTuple):
    """See `RuleKernel`."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float
    power1: float = 1.0  #: beta1**t after t updates
    power2: float = 1.0  #: beta2**t

    moments = ("first_moments", "second_moments")

    @register_jitable
    def advance(self):
        """The next t."""
        return AdamKernel(
            self.rate,
            self.beta1,
            self.beta2,
            self.epsilon,
            self.power1 * self.beta1,
            self.power2 * self.beta2,
        )

    @register_jitable
    def change(self, moments, gradient):
        """The equations of `Adam`."""
        m, v = moments
        m = fma(self.beta1, m, (1.0 - self.beta1) * gradient)
        v = fma(self.beta2, v, (1.0 - self.beta2) * (gradient * gradient))
        unbiased_m, unbiased_v = over(m, 1.0 - self.power1), over(v, 1.0 - self.power2)
        return self.rate * unbiased_m / (sqrt(unbiased_v) + self.epsilon), (m, v)


@dataclass(frozen=True)
class Adam(Rule):
    """Adam: adaptive moments with bias correction (Kingma & Ba 2015), Algorithm 1.

        m  = beta1 m + (1 - beta1) g           m = v = 0 at first
        v  = beta2 v + (1 - beta2) g^2
        dw = rate m^ / (sqrt(v^) + epsilon),   m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t)

    at the t-th update, t from 1. `torch.optim.Adam` is the same except for rounding. The faster
    form at the end of the paper's section 2 is a different rule: its epsilon takes the place of
    epsilon * sqrt(1 - beta2^t) here.

    Args:
        rate: step size, the paper's alpha, a number in [0, 1e6]; 0.003 by default
        beta1: decay of m per update, a number in [0, 0.999999]; 0.9 by default
        beta2: decay of v per update, a number in [0, 0.9999999]; 0.999 by default
        epsilon: added to the denominator, a number in (0, 1]; 1e-8 by default

    Reference: Kingma & Ba, ICLR 2015, doi:10.48550/arXiv.1412.6980.
    """

    rate: Rate = 0.003
    beta1: Annotated[float, Meta(ge=0, le=0.999999)] = 0.9
    # Closer to 1, float32 rounds it to 1: then v stays 0, and its correction divides by 0.
    beta2: Annotated[float, Meta(ge=0, le=0.9999999)] = 0.999
    epsilon: Annotated[float, Meta(gt=0, le=1)] = 1e-8

    name = "adam"
    citation = ("kingma2015",)
    kernel = AdamKernel
    ranges: ClassVar[Ranges] = {"second_moments": (0.0, np.inf), "running": (0.0, 1.0)}

    @property
    def coefficients(self) -> AdamKernel:
        """See `Rule`."""
        return AdamKernel(self.rate, self.beta1, self.beta2, self.epsilon)

    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """See `Rule`."""
        m = self.beta1 * moments[0] + (1 - self.beta1) * gradient
        v = self.beta2 * moments[1] + (1 - self.beta2) * gradient**2
        unbiased_m, unbiased_v = m / (1 - self.beta1**n), v / (1 - self.beta2**n)
        return self.rate * unbiased_m / (np.sqrt(unbiased_v) + self.epsilon), (m, v)
