"""Update rules: what becomes of a gradient that was computed online.

Each rule is data plus two compiled functions. `advance` runs once per update, `change` once per
weight; both see the rule's numbers as rows of the network, so every lane may have its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal, NamedTuple

from numba.extending import register_jitable

from longlag.errors import check_choice, check_number
from longlag.simd.vectors import fma, select, sqrt


class RuleKernel(NamedTuple):
    """The compiled functions of a rule: h is the bank of its numbers, u and v of its moments."""

    advance: Callable  #: advance(h, mask): a new update begins
    change: Callable  #: change(h, u, v, row, gradient, mask) -> change of the weight; descends


@dataclass(frozen=True)
class GradientDescent:
    """w += rate * (descent direction): the rule of the 1997 paper.

    The paper's error is the sum of the squared errors, but its e_k lacks the factor 2 of that sum's
    gradient: it descends half the sum.
    """

    rate: float = 0.5  #: the paper's alpha
    descends: Literal["half", "whole"] = "half"  #: half the sum, as e_k is printed, or all of it

    name: ClassVar[str] = "gradient-descent"
    citation: ClassVar[tuple[str, ...]] = ("hochreiter1997",)
    moments: ClassVar[int] = 0  #: rows kept per weight

    def __post_init__(self):
        check_number("learning rate", self.rate, 0, 1e6)
        check_choice("descends of gradient-descent", self.descends, ("half", "whole"))

    @property
    def numbers(self) -> tuple[float, ...]:
        """Initial values of the rule's rows."""
        return (self.rate if self.descends == "half" else 2 * self.rate,)

    @staticmethod
    @cache
    def kernel() -> RuleKernel:
        """See `RuleKernel`."""

        @register_jitable
        def advance(h, mask):
            pass

        @register_jitable
        def change(h, u, v, row, gradient, mask):
            return h[0] * gradient

        return RuleKernel(advance, change)


@dataclass(frozen=True)
class RMSProp:
    """Gradient over a running root mean square of itself (Tieleman & Hinton 2012)."""

    rate: float = 0.003
    decay: float = 0.99  #: of the running mean square
    epsilon: float = 1e-8

    name: ClassVar[str] = "rmsprop"
    citation: ClassVar[tuple[str, ...]] = ("tieleman2012",)
    moments: ClassVar[int] = 1

    def __post_init__(self):
        check_number("learning rate", self.rate, 0, 1e6)
        check_number("decay", self.decay, 0, 1)
        check_number("epsilon", self.epsilon, 0, 1, open_below=True)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Initial values of the rule's rows."""
        return self.rate, self.decay, self.epsilon

    @staticmethod
    @cache
    def kernel() -> RuleKernel:
        """See `RuleKernel`."""

        @register_jitable
        def advance(h, mask):
            pass

        @register_jitable
        def change(h, u, v, row, gradient, mask):
            square = fma(h[1], u[row], (1.0 - h[1]) * (gradient * gradient))
            u[row] = select(mask, square, u[row])
            return h[0] * gradient / (sqrt(square) + h[2])

        return RuleKernel(advance, change)


@dataclass(frozen=True)
class Adam:
    """Adaptive moments with bias correction (Kingma & Ba 2015)."""

    rate: float = 0.003
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    name: ClassVar[str] = "adam"
    citation: ClassVar[tuple[str, ...]] = ("kingma2015",)
    moments: ClassVar[int] = 2

    def __post_init__(self):
        check_number("learning rate", self.rate, 0, 1e6)
        check_number("beta1", self.beta1, 0, 0.999999)
        check_number("beta2", self.beta2, 0, 0.99999999)
        check_number("epsilon", self.epsilon, 0, 1, open_below=True)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Initial values of the rule's rows; the last two are beta1**n, beta2**n at update n."""
        return self.rate, self.beta1, self.beta2, self.epsilon, 1.0, 1.0

    @staticmethod
    @cache
    def kernel() -> RuleKernel:
        """See `RuleKernel`."""

        @register_jitable
        def advance(h, mask):
            h[4] = select(mask, h[4] * h[1], h[4])
            h[5] = select(mask, h[5] * h[2], h[5])

        @register_jitable
        def change(h, u, v, row, gradient, mask):
            mean = fma(h[1], u[row], (1.0 - h[1]) * gradient)
            square = fma(h[2], v[row], (1.0 - h[2]) * (gradient * gradient))
            u[row] = select(mask, mean, u[row])
            v[row] = select(mask, square, v[row])
            return h[0] * (mean / (1.0 - h[4])) / (sqrt(square / (1.0 - h[5])) + h[3])

        return RuleKernel(advance, change)


Rule = GradientDescent | RMSProp | Adam
RULES: dict[str, type[Rule]] = {rule.name: rule for rule in (GradientDescent, RMSProp, Adam)}
