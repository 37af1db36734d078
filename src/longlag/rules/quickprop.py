"""Quickprop: jumps to the minimum of a parabola for each weight."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta
from numba.extending import register_jitable

from longlag.rules.base import Rate, Rule
from longlag.simd.vectors import select


class QuickpropKernel(NamedTuple):
    """See `RuleKernel`."""

    rate: float
    growth: float

    moments = ("last_gradients", "last_changes")

    @register_jitable
    def advance(self):
        """The same coefficients: none depends on the number of updates."""
        return self

    @register_jitable
    def change(self, moments, gradient):
        """The equations of `Quickprop`, for a last change that is turned to point upwards."""
        before, last = moments
        down = last < 0.0
        g, before = select(down, -gradient, gradient), select(down, -before, before)
        step = select(down, -last, last)
        # Where both slopes are equal there is no parabola. The jump then grows as a long one does.
        long = (g >= self.growth / (1.0 + self.growth) * before) | (g == before)
        jump = select(long, self.growth * step, step * g / select(long, 1.0, before - g))
        turned = jump + select(g > 0.0, self.rate * g, 0.0)
        turned = select(step > 0.0, turned, self.rate * g)
        change = select(down, -turned, turned)
        return change, (gradient, change)


@dataclass(frozen=True)
class Quickprop(Rule):
    """Quickprop (Fahlman 1988), with the cases of the simulator of Cascade-Correlation.

    Two slopes of the error along a weight determine a parabola. With the gradient g(t) = -dE/dw and
    the last change dw(t-1), the weight jumps to its minimum,

        dw(t) = dw(t-1) g(t) / (g(t-1) - g(t)),

    but by no more than growth * dw(t-1), also where the parabola has no minimum ahead. While the
    slope keeps the direction of the last change, rate * g(t) is added. After no change at all,

        dw(t) = rate * g(t).

    The rule is meant for the gradient of a whole training set; noisy gradients mislead it.

    Args:
        rate: of the linear term, epsilon in the source, a number in [0, 1e6]; 1.0 by default
        growth: largest change in units of the last change, mu in the source, a number in (0, 10];
            2.0 by default (the source proposes 1.75)

    Reference: Fahlman, Proceedings of the 1988 Connectionist Models Summer School, 1989.
    """

    rate: Rate = 1.0
    growth: Annotated[float, Meta(gt=0, le=10)] = 2.0

    name = "quickprop"
    citation = ("fahlman1988",)
    kernel = QuickpropKernel

    @property
    def coefficients(self) -> QuickpropKernel:
        """See `Rule`."""
        return QuickpropKernel(self.rate, self.growth)

    def reference(
        self, gradient: np.ndarray, moments: tuple[np.ndarray, ...], n: int
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """See `Rule`."""
        before, last = moments
        ahead = np.sign(last)
        parabola = (gradient * ahead < self.growth / (1 + self.growth) * before * ahead) & (
            gradient != before
        )
        factor = np.full_like(gradient, self.growth)
        np.divide(gradient, before - gradient, out=factor, where=parabola)
        linear = np.where((gradient * ahead > 0) | (last == 0), self.rate * gradient, 0.0)
        change = factor * last + linear
        return change, (gradient, change)
