"""The net on which Bengio, Simard & Frasconi (1994) compare their methods.

All hidden units and outputs feed all hidden units and outputs; the hidden units are computed first:

    net_u(t) = sum_i w(u,i) x_i(t) + sum_k w(u,k) y_k + b_u,     y_u(t) = f(net_u(t))

with y_k of step t where u is an output and k a hidden unit, and of step t - 1 elsewhere;
activations are 0 before the first step. The outputs y are the answers, and feed the net, too.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.base import Learner

Count = Annotated[int, Meta(ge=1, le=100_000)]
Unit = Literal["hidden", "outputs"]


@dataclass(frozen=True)
class ConnectedNet(Learner):
    """The fields of a net whose units all feed each other."""

    inputs: Count
    outputs: Count
    hidden: Count = 1
    coding: Literal["real", "symbol"] = "real"
    biased: tuple[Unit, ...] = ("hidden",)
    unit_inputs: Annotated[int, Meta(ge=0)] = 0
    squashing: str = "logistic"

    def __post_init__(self):
        super().__post_init__()
        most = self.inputs if self.coding == "real" else 0
        if self.unit_inputs > most:
            raise InputError(
                f"unit_inputs of {self.name} must be at most {most}, the number of real inputs, "
                f"got {self.unit_inputs}"
            )

    @property
    def connections(self) -> dict:
        """The fields of `longlag.learners.guessing.lanes.Wiring`."""
        everything = frozenset(("inputs", "hidden", "outputs"))
        return {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "hidden": self.hidden,
            "symbols": self.coding == "symbol",
            "second_order": False,
            "hidden_sources": everything,
            "output_sources": everything,
            "hidden_bias": "hidden" in self.biased,
            "output_bias": "outputs" in self.biased,
            "unit_inputs": self.unit_inputs,
            "squashing": self.squashing,
            "simultaneous": False,
        }
