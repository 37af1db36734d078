"""Holographic recurrent nets (Plate 1993), which generate sequences from a code.

With * for circular convolution, (a * b)_j = sum_m a_m b_(j-m) with indices modulo n, a fixed key k
and its powers k^0 = (1, 0, ..., 0), k^t = k * k^(t-1), every step computes

    c      = C x(1)                            codes: of the inputs of the first step
    h(t)   = k * h(t-1) = k^(t-1) * c          hidden units; h(1) = c
    y_o(t) = F(g (b_o + sum_j v(o,j) h_j(t)))  outputs, with a gain g that learns

All components of the discrete Fourier transform of the key have magnitude 1, and random phases. So
a step turns h and loses nothing. The weights into an output are the vector of its symbol, and the
softmax finds the symbol that is most similar to h. Inputs of later steps are not read: they stay
as they are while a sequence is generated.

The error of softmax outputs is the cross-entropy of the targets, that of others half the sum of
(d_o - y_o)^2. The source unfolds the net in time. The recurrence has no weight that learns, so that
the same gradient needs no history: with e_o = -dE/dnet_o,

    E_j = g sum_o v(o,j) e_o,   dC(m,i) = alpha x_i(1) sum_j E_j (k^(t-1))_(j-m)

Cost per step: O(n^2) for n units, O(1) operations and memory for each weight.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import ErrorPath, GradientLearner, Reference
from longlag.learners.holographic.topology import HolographicTopology
from longlag.learners.layout import Layout
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent

Count = Annotated[int, Meta(ge=1, le=100_000)]


@dataclass(frozen=True)
class Holographic(GradientLearner):
    """A net that turns a code, step by step, into a sequence.

    Three symbols from the codes of twelve sequences, by 16 units, as in the source but for biases:

    >>> Holographic(inputs=12, outputs=3, coding="symbol").weights
    244

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: hidden units, from 1 to 1000; 16 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        output: output units, "softmax", "logistic" or "linear" (the default)
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.5 by default. The gain begins at 1
        basis: with symbol coding, sequences that begin with one of the first `basis` symbols, from
            1 to 100_000 and at most `inputs`, change all weights, and others only the codes of
            their symbols; None by default: all change all
        update: weights change at each target, "step", or once in a "sequence" (the default)
        rule: the update rule; `GradientDescent()` by default
    """

    inputs: Count
    outputs: Count
    hidden: Annotated[int, Meta(ge=1, le=1000)] = 16
    coding: Literal["real", "symbol"] = "real"
    output: Literal["softmax", "logistic", "linear"] = "linear"
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.5
    basis: Count | None = None
    update: Literal["step", "sequence"] = "sequence"
    rule: Rule = field(default_factory=GradientDescent)

    name = "holographic"
    citation = ("plate1993",)
    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        if self.basis is not None and (self.coding != "symbol" or self.basis > self.inputs):
            raise InputError(
                f"basis of holographic counts symbols among its {self.inputs} inputs, got "
                f"{self.basis} with coding {self.coding!r}: give coding 'symbol' and at most as "
                "many"
            )

    @cached_property
    def topology(self) -> HolographicTopology:
        """Sizes, without the numbers."""
        return HolographicTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            units=self.hidden,
            softmax=self.output == "softmax",
            shares=self.basis is not None,
            rule=type(self.rule),
            per_sequence=self.update == "sequence",
        )

    @property
    def structure(self) -> HolographicTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, the update rule's rows, the key and the state of one network."""
        return self.topology.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: its weights are drawn in the order of the layout, then its key."""
        layout, column = self.layout, np.zeros(self.layout.rows)
        weights = layout.view(column, "weights")
        weights[:-1] = generator.uniform(-self.weight_range, self.weight_range, len(weights) - 1)
        weights[-1] = 1.0
        layout.view(column, "coefficients")[:] = self.rule.coefficients
        layout.view(column, "output_form")[:] = self.output != "logistic", 0.0, 1.0
        layout.view(column, "key")[:] = draw_key(generator, self.hidden)
        layout.view(column, "basis")[:] = self.basis or 0
        layout.view(column, "first")[:] = 1.0
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.holographic.reference import ReferenceHolographic

        return ReferenceHolographic(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.holographic.lanes import compile_holographic

        return compile_holographic(self.topology)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.holographic.flow import holographic_paths

        return holographic_paths(self, column, x, last)


def draw_key(generator: np.random.Generator, n: int) -> np.ndarray:
    """A random real vector of shape (n,) whose convolutive powers have the same length, 1."""
    phases = generator.uniform(0.0, 2.0 * np.pi, n // 2 + 1)
    spectrum = np.exp(1j * phases)
    spectrum[0] = np.sign(spectrum[0].real)  # these two must be real
    if n % 2 == 0:
        spectrum[-1] = np.sign(spectrum[-1].real)
    return np.fft.irfft(spectrum, n)
