"""Random weight guessing (Hochreiter & Schmidhuber 1996): draw all weights until a draw fits.

A net of conventional units, of first order,

    net_u(t) = sum_m w(u,m) y_m + b_u        m any input or unit that feeds u
    y_u(t)   = f(net_u(t)),                  f(x) = 1 / (1 + exp(-x)) or tanh(x)

or of second order (Watrous & Kuhn 1992), where every input x_k has its own weights,

    net_u(t) = sum_k x_k(t) (sum_m w(u,m,k) y_m + b(u,k))        m any unit that feeds u

Inputs are those of step t, and activations are 0 before the first step. The source does not say
whether the activations y_m are those of step t or t - 1. With `update` "simultaneous" all units see
the activations of step t - 1. With "layered" the hidden units see the activations of step t - 1,
and the output units then see the hidden units of step t and the outputs of step t - 1. In that case
the last input reaches the output through the hidden units.

All weights and biases are uniform in [-weight_range, weight_range]. The net reads the sequences of
the training set one after another. At the first wrong answer all weights are drawn again; without a
wrong answer the guess is a solution. Results count guesses.

Cost: one multiplication per weight and step, and no memory except weights and activations.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError, check_whole
from longlag.learners.base import SearchLearner
from longlag.learners.guessing.lanes import Wiring, compile_guessing, propose
from longlag.learners.layout import Layout

Source = Literal["inputs", "hidden", "self", "outputs"]
Unit = Literal["hidden", "outputs"]
Count = Annotated[int, Meta(ge=1, le=100_000)]


@dataclass(frozen=True)
class Guessing(SearchLearner):
    """Random weight guessing; the fields can describe every net of the papers.

    The default is the net that the 1996 paper calls A1, with one hidden unit: all units feed all
    units, and hidden units have a bias.

    >>> [Guessing(1, 1, hidden=n).weights for n in (1, 2, 3)]
    [7, 14, 23]

    A2 has ten hidden units, each of which sees the input, the output and itself:

    >>> Guessing(1, 1, 10, hidden_sources=("inputs", "self", "outputs"),
    ...          output_sources=("inputs", "hidden"), biased=("hidden", "outputs")).weights
    52

    The net for the latch problem has one unit, which sees the input and itself:

    >>> Guessing(1, 1, hidden=0, biased=("outputs",)).weights
    3

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: hidden units, from 0 to 100_000; 1 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        order: of the net, from 1 to 2; 1 by default
        hidden_sources: what feeds the hidden units, any of "inputs", "hidden", "self" (each unit
            itself alone) and "outputs"; ("inputs", "hidden", "outputs") by default
        output_sources: what feeds the outputs, any of "inputs", "hidden", "self" and "outputs";
            ("inputs", "hidden", "outputs") by default
        biased: units that have a bias weight, any of "hidden" and "outputs"; ("hidden",) by default
        unit_inputs: number of inputs, the last ones, whose weight is fixed at 1, from 0 to
            `inputs`; 0 by default; for real inputs and order 1
        squashing: of all units, "logistic" (the default), to [0, 1], or "tanh", to [-1, 1]
        update: the activations that units see, "layered" (the default) or "simultaneous"
        weight_range: weights are uniform in [-weight_range, weight_range], a number in (0, 1e6];
            100 by default
    """

    inputs: Count
    outputs: Count
    hidden: Annotated[int, Meta(ge=0, le=100_000)] = 1
    coding: Literal["real", "symbol"] = "real"
    order: Annotated[int, Meta(ge=1, le=2)] = 1

    hidden_sources: tuple[Source, ...] = ("inputs", "hidden", "outputs")
    output_sources: tuple[Source, ...] = ("inputs", "hidden", "outputs")
    biased: tuple[Unit, ...] = ("hidden",)
    unit_inputs: Annotated[int, Meta(ge=0)] = 0

    squashing: Literal["logistic", "tanh"] = "logistic"
    update: Literal["layered", "simultaneous"] = "layered"
    weight_range: Annotated[float, Meta(gt=0, le=1e6)] = 100.0

    name = "guessing"
    citation = ("hochreiter1996",)

    def __post_init__(self):
        super().__post_init__()
        for label, own in (("hidden_sources", "hidden"), ("output_sources", "outputs")):
            given = getattr(self, label)
            if "self" in given and own in given:
                raise InputError(
                    f"{label} of guessing cannot contain both 'self' and {own!r}, which does, "
                    f"got {given}"
                )
        check_whole("unit_inputs of guessing", self.unit_inputs, 0, self.inputs)
        if self.unit_inputs and (self.coding == "symbol" or self.order == 2):
            raise InputError(
                "unit_inputs of guessing are for real inputs and nets of first order, "
                f"got {self.unit_inputs}"
            )
        if not self.weights:
            raise InputError("guessing needs a weight to guess, got a net without: give it sources")

    @property
    def structure(self) -> Wiring:
        """Sizes and connections; the range of the weights is data in a row."""
        hidden = self.hidden > 0
        return Wiring(
            inputs=self.inputs,
            outputs=self.outputs,
            hidden=self.hidden,
            symbols=self.coding == "symbol",
            second_order=self.order == 2,
            # Sources without units are omitted, so that equal nets share a kernel.
            hidden_sources=frozenset(self.hidden_sources) if hidden else frozenset(),
            output_sources=frozenset(self.output_sources) - (set() if hidden else {"hidden"}),
            hidden_bias=hidden and "hidden" in self.biased,
            output_bias="outputs" in self.biased,
            unit_inputs=self.unit_inputs,
            squashing=self.squashing,
            simultaneous=self.update == "simultaneous",
        )

    @property
    def layout(self) -> Layout:
        """Weights, their range, and the activations of one network."""
        return self.structure.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """The first guess."""
        column = np.zeros(self.layout.rows)
        drawn = generator.random(self.weights)
        self.layout.view(column, "weights")[:] = self.weight_range * (2.0 * drawn - 1.0)
        self.layout.view(column, "range")[:] = self.weight_range
        return column

    @property
    def proposal(self):
        """See `SearchLearner`."""
        return propose(self.structure)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_guessing(self.structure)
