"""Second-order nets: units see products of states and inputs (Giles et al. 1992; Watrous & Kuhn).

In the equations of `longlag.learners.unfolded.learner` the sources are products, k = 0, f is
logistic, r = h, and the first units are the outputs:

    s_i(t) = f(sum_jk W(i,j,k) s_j(t-1) x_k(t)),   s(0) = (1, 0, ..., 0),   y_k = s_k

For symbols x is one-hot: each symbol has a matrix of its own that maps states to states, as each
symbol of an automaton has a table of its own. With real inputs x_0 = 1 is added.

Two kinds of terms have other sums. A bilinear net adds the inputs alone, and states alone also for
symbols. A quadratic net (Watrous & Kuhn 1992) weights all products of two numbers among 1, x and s,
squares included. Their states begin at 0.

Giles et al. and Miller & Giles (1993) carry the same gradient forward (RTRL). It is propagated back
here, which gives the same sum.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.unfolded.learner import Depth, UnfoldedNet
from longlag.registry import added


@dataclass(frozen=True)
class SecondOrder(UnfoldedNet):
    """A net with a matrix of weights for each input.

    With two symbols and an end symbol, four units have 48 weights:

    >>> SecondOrder(inputs=3, outputs=1, coding="symbol").weights
    48

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, the first of the units, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.3 by default
        update: weights change once in a "sequence" (the default), or after every pass, "step"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
        hidden: units, from 1 to 1000, the outputs among them; None by default: 4, or as many as the
            outputs if there are more
        depth: steps that an error is propagated back through, from 1 to 1e6; 100 by default
        terms: what is weighted, "products" (the default), or the terms of a "bilinear" or a
            "quadratic" net
    """

    hidden: Annotated[int, Meta(ge=1, le=1000)] | None = None
    depth: Depth = 100
    terms: Literal["products", "bilinear", "quadratic"] = added("products")

    name = "second-order"
    citation = ("giles1992", "watrous1992", "miller1993")

    def __post_init__(self):
        super().__post_init__()
        if self.hidden is not None and self.hidden < self.outputs:
            raise InputError(
                f"hidden of second-order must be at least its outputs, {self.outputs}, which are "
                f"the first of the units, got {self.hidden}"
            )

    @property
    def differences(self) -> dict[str, Any]:
        """See `UnfoldedNet`."""
        units = max(4, self.outputs) if self.hidden is None else self.hidden
        return {
            "units": units,
            "readout": False,
            "terms": self.terms,
            "tanh": False,
            "depth": self.depth,
        }
