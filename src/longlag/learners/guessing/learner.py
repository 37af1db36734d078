"""Random weight guessing (Hochreiter & Schmidhuber 1996): draw all weights anew until they fit.

A net of conventional units, of first order,

    net_u(t) = sum_m w(u,m) y_m + b_u        m any input or unit that feeds u
    y_u(t)   = f(net_u(t)),                  f(x) = 1 / (1 + exp(-x)) or tanh(x)

or of second order (Watrous & Kuhn 1992), where every input x_k has weights of its own,

    net_u(t) = sum_k x_k(t) (sum_m w(u,m,k) y_m + b(u,k))        m any unit that feeds u

Inputs are those of step t, and activations are 0 before the first step. The source leaves open
which activations y_m are. With `update` "simultaneous" all units see those of step t - 1. With
"layered" hidden units do, and then output units see the hidden units of step t, but the outputs of
step t - 1: so the last input reaches the output through the hidden units.

All weights and biases are drawn uniformly from [-weight_range, weight_range]. The net is shown the
sequences of the training set one after another. At the first wrong answer the weights are drawn
anew; if there is none, the guess is the solution. What is counted is guesses.

Cost: one multiplication per weight and step, no memory but weights and activations.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from longlag.contract import LaneKernel
from longlag.errors import InputError, check_choice, check_number, check_whole
from longlag.learners.base import SearchLearner
from longlag.learners.guessing.lanes import Wiring, compile_guessing, propose
from longlag.learners.layout import Layout

Source = Literal["inputs", "hidden", "self", "outputs"]
Unit = Literal["hidden", "outputs"]

SOURCES = ("inputs", "hidden", "self", "outputs")
UNITS = ("hidden", "outputs")


@dataclass(frozen=True)
class Guessing(SearchLearner):
    """Random weight guessing, with the nets of the papers as choices of its fields.

    The defaults are the net that the 1996 paper calls A1, with one hidden unit: all units feed all
    units, and hidden units have a bias.

    >>> [Guessing(1, 1, hidden=n).weights for n in (1, 2, 3)]
    [7, 14, 23]

    A2 has ten hidden units, each of which sees the input, the output and itself:

    >>> Guessing(1, 1, 10, hidden_sources=("inputs", "self", "outputs"),
    ...          output_sources=("inputs", "hidden"), biased=("hidden", "outputs")).weights
    52

    The net for the latch problem is one unit that sees the input and itself:

    >>> Guessing(1, 1, hidden=0, biased=("outputs",)).weights
    3
    """

    inputs: int  #: input units; with symbol coding, the number of symbols
    outputs: int  #: output units
    hidden: int = 1  #: hidden units
    coding: Literal["real", "symbol"] = "real"  #: inputs as a vector, or as the index of one symbol
    order: int = 1  #: 1 or 2

    hidden_sources: tuple[Source, ...] = ("inputs", "hidden", "outputs")  #: what feeds them
    output_sources: tuple[Source, ...] = ("inputs", "hidden", "outputs")  #: what feeds the outputs
    biased: tuple[Unit, ...] = ("hidden",)  #: units that have a bias weight
    unit_inputs: int = 0  #: the last so many inputs have the weight 1, which is not guessed

    squashing: Literal["logistic", "tanh"] = "logistic"  #: of all units
    update: Literal["layered", "simultaneous"] = "layered"  #: see above
    weight_range: float = 100.0  #: weights are uniform in [-weight_range, weight_range]

    name = "guessing"
    citation = ("hochreiter1996",)

    def __post_init__(self):
        check_whole("inputs of guessing", self.inputs, 1, 100_000)
        check_whole("outputs of guessing", self.outputs, 1, 100_000)
        check_whole("hidden of guessing", self.hidden, 0, 100_000)
        check_choice("coding of guessing", self.coding, ("real", "symbol"))
        check_whole("order of guessing", self.order, 1, 2)
        for label in ("hidden_sources", "output_sources"):
            given = getattr(self, label)
            for item in given:
                check_choice(f"each of {label} of guessing", item, SOURCES)
            own = "hidden" if label == "hidden_sources" else "outputs"
            if "self" in given and own in given:
                raise InputError(
                    f"{label} of guessing cannot contain both 'self' and {own!r}, which does, "
                    f"got {given}"
                )
        for item in self.biased:
            check_choice("each of biased of guessing", item, UNITS)
        check_whole("unit_inputs of guessing", self.unit_inputs, 0, self.inputs)
        if self.unit_inputs and (self.coding == "symbol" or self.order == 2):
            raise InputError(
                "unit_inputs of guessing are for real inputs and nets of first order, "
                f"got {self.unit_inputs}"
            )
        check_choice("squashing of guessing", self.squashing, ("logistic", "tanh"))
        check_choice("update of guessing", self.update, ("layered", "simultaneous"))
        check_number("weight_range of guessing", self.weight_range, 0.0, 1e6, open_below=True)
        if not self.weights:
            raise InputError("guessing needs a weight to guess, got a net without: give it sources")

    @property
    def structure(self) -> Wiring:
        """Sizes and connections; the range of the weights is a row."""
        hidden = self.hidden > 0
        return Wiring(
            inputs=self.inputs,
            outputs=self.outputs,
            hidden=self.hidden,
            symbols=self.coding == "symbol",
            second_order=self.order == 2,
            # What does not exist is left out, so that equal nets share a kernel.
            hidden_sources=frozenset(self.hidden_sources) if hidden else frozenset(),
            output_sources=frozenset(self.output_sources) - (set() if hidden else {"hidden"}),
            hidden_bias=hidden and "hidden" in self.biased,
            output_bias="outputs" in self.biased,
            unit_inputs=self.unit_inputs,
            tanh=self.squashing == "tanh",
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
