"""What RTRL, BPTT and Elman nets share: a conventional recurrent net, without a way to learn.

Every step does, for the units k that are fed back,

    net_k(t) = sum_m w(k,m) z_m(t),  y_k(t) = f_k(net_k(t))

where z(t) are the bias unit, the inputs at t and the activations of these units at t-1; in a
layered net then, for the outputs, with u(t) the bias unit, the hidden units at t, and the inputs
at t where there are shortcuts,

    net_k(t) = sum_m w(k,m) u_m(t),  y_k(t) = f_k(net_k(t)).

At a target d_k(t) the error is half the sum of (d_k(t) - y_k(t))^2, as for LSTM.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from longlag.errors import InputError, check_choice, check_number, check_whole
from longlag.learners.base import Learner
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.rules.base import Rule
from longlag.rules.clip import Clip
from longlag.rules.gradient_descent import GradientDescent


@dataclass(frozen=True)
class RecurrentNet(Learner):
    """The fields of a net of conventional first-order units, hidden units and outputs.

    The defaults give the adding problem 97 weights, where LSTM has 93.
    """

    inputs: int  #: input units; with symbol coding, the number of symbols
    outputs: int  #: output units
    hidden: int = 8  #: hidden units, which all feed each other
    coding: Literal["real", "symbol"] = "real"  #: inputs as a vector, or as the index of one symbol

    output_sources: tuple[Literal["inputs", "hidden"], ...] = ("hidden",)  #: "inputs": shortcuts
    biased: tuple[Literal["hidden", "outputs"], ...] = ("hidden", "outputs")  #: have a bias weight

    squashing: Literal["logistic", "tanh"] = "logistic"  #: of the hidden units: [0,1] or [-1,1]
    output: Literal["logistic", "linear"] = "logistic"  #: output units
    output_range: tuple[float, float] = (0.0, 1.0)  #: of logistic output units

    weight_range: float = 0.1  #: weights start uniform in [-weight_range, weight_range]

    update: Literal["step", "sequence"] = "step"  #: weights change as targets come, or per sequence
    rule: Rule = field(default_factory=GradientDescent)  #: what becomes of the gradient
    clip: float | None = None  #: greatest norm of the gradient of one update; None: any

    kind = "online"

    def __post_init__(self):
        for label in ("inputs", "outputs", "hidden"):
            check_whole(f"{label} of {self.name}", getattr(self, label), 1, 100_000)
        check_choice(f"coding of {self.name}", self.coding, ("real", "symbol"))
        self._check_set("output_sources", ("inputs", "hidden"))
        if "hidden" not in self.output_sources:
            raise InputError(
                f"output_sources of {self.name} must contain 'hidden', got {self.output_sources}"
            )
        self._check_set("biased", ("hidden", "outputs"))
        check_choice(f"squashing of {self.name}", self.squashing, ("logistic", "tanh"))
        check_choice(f"output of {self.name}", self.output, ("logistic", "linear"))
        for end in self.output_range:
            check_number(f"each end of output_range of {self.name}", end, -1000, 1000)
        if len(self.output_range) != 2 or not self.output_range[0] < self.output_range[1]:
            raise InputError(
                f"output_range of {self.name} must be two rising numbers, got {self.output_range}"
            )
        check_number(f"weight_range of {self.name}", self.weight_range, 0, 1000)
        check_choice(f"update of {self.name}", self.update, ("step", "sequence"))
        if not isinstance(self.rule, Rule):
            raise InputError(f"rule of {self.name} must be an update rule, got {self.rule!r}")
        if self.clip is not None:
            check_number(f"clip of {self.name}", self.clip, 0, 1e30, open_below=True)
        if self.full and self.output_sources != ("hidden",):
            raise InputError(
                f"output_sources of {self.name} must be left out where every unit feeds every "
                f"unit, got {self.output_sources}"
            )
        if self.full and len(set(self.biased)) == 1:
            raise InputError(
                f"biased of {self.name} must name both kinds of units or none where every unit "
                f"feeds every unit, got {self.biased}"
            )

    def _check_set(self, label: str, known: tuple[str, ...]) -> None:
        for item in getattr(self, label):
            check_choice(f"each of {label} of {self.name}", item, known)

    @property
    def full(self) -> bool:
        """Whether the outputs are fed back too, see `longlag.learners.recurrent.topology`."""
        return False

    @property
    def sums_gradients(self) -> bool:
        """Whether the gradient of an update must be complete before any weight changes."""
        return self.update == "sequence" or self.transform is not None or self.rule.whole

    @property
    def transform(self) -> Clip | None:
        """What becomes of a gradient before the rule takes it."""
        return None if self.clip is None else Clip(self.clip)

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
        column = np.zeros(self.layout.rows)
        weights = self.layout.view(column, "weights")
        weights[:] = generator.uniform(-self.weight_range, self.weight_range, len(weights))
        self.layout.view(column, "activations")[0] = 1.0  # the bias unit
        self.layout.view(column, "coefficients")[:] = self.rule.coefficients
        if self.transform is not None:
            self.layout.view(column, "transform")[:] = self.transform.coefficients
        low, high = self.output_range
        self.layout.view(column, "output_form")[:] = self.output == "linear", low, high - low
        return column
