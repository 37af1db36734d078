"""The base class of RTRL, BPTT and Elman nets: a conventional recurrent net.

Every step computes, for the units k that are fed back,

    net_k(t) = sum_m w(k,m) z_m(t),  y_k(t) = f_k(net_k(t))

where z(t) holds the bias unit, the inputs at t and the activations of these units at t-1. A layered
net then computes its outputs from u(t), which holds the bias unit, the hidden units at t and, with
shortcuts, the inputs at t:

    net_k(t) = sum_m w(k,m) u_m(t),  y_k(t) = f_k(net_k(t)).

At a target d_k(t) the error is half the sum of (d_k(t) - y_k(t))^2, as for LSTM.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.base import GradientLearner
from longlag.learners.outputs import End, check_range, output_form
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.quoting import quoted
from longlag.rules.base import Rule
from longlag.rules.clip import Clip
from longlag.rules.gradient_descent import GradientDescent

Count = Annotated[int, Meta(ge=1, le=100_000)]


@dataclass(frozen=True)
class RecurrentNet(GradientLearner):
    """The fields of a net of conventional first-order hidden and output units.

    For the adding problem, the default net has 97 weights and the default LSTM has 93.
    """

    inputs: Count
    outputs: Count
    hidden: Count = 8
    coding: Literal["real", "symbol"] = "real"

    output_sources: tuple[Literal["inputs", "hidden"], ...] = ("hidden",)
    biased: tuple[Literal["hidden", "outputs"], ...] = ("hidden", "outputs")

    squashing: Literal["logistic", "tanh"] = "logistic"
    output: Literal["logistic", "linear"] = "logistic"
    output_range: tuple[End, End] = (0.0, 1.0)

    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.1

    update: Literal["step", "sequence"] = "step"
    rule: Rule = field(default_factory=GradientDescent)
    clip: Annotated[float, Meta(gt=0, le=1e30)] | None = None

    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        if "hidden" not in self.output_sources:
            raise InputError(
                f"output_sources of {self.name} must contain 'hidden', got "
                f"{quoted(self.output_sources)}"
            )
        check_range(self.name, self.output_range)
        if self.full and self.output_sources != ("hidden",):
            raise InputError(
                f"output_sources of {self.name} must be left out where every unit feeds every "
                f"unit, got {quoted(self.output_sources)}"
            )
        if self.full and len(set(self.biased)) == 1:
            raise InputError(
                f"biased of {self.name} must name both kinds of units or none where every unit "
                f"feeds every unit, got {quoted(self.biased)}"
            )

    @property
    def full(self) -> bool:
        """Whether the outputs are fed back too, see `longlag.learners.recurrent.topology`."""
        return False

    @property
    def sums_gradients(self) -> bool:
        """Whether the gradient of an update must be complete before any weight changes."""
        return self.update == "sequence" or self.transform is not None or self.rule.whole

    @cached_property
    def topology(self) -> RecurrentTopology:
        """Sizes and connections, without the numbers."""
        return RecurrentTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            hidden=self.hidden,
            full=self.full,
            shortcuts="inputs" in self.output_sources,
            biased=("hidden" in self.biased, "outputs" in self.biased),
            tanh=self.squashing == "tanh",
            rule=type(self.rule),
            per_sequence=self.update == "sequence",
            transform=Clip if self.transform else None,
            sums_gradients=self.sums_gradients,
        )

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network, its weights drawn in the order of the layout."""
        column = super().start(generator)
        self.layout.view(column, "activations")[0] = 1.0  # the bias unit
        self.layout.view(column, "output_form")[:] = output_form(self.output, self.output_range)
        return column
