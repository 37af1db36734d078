"""The places of the weights, windows and traces of a net with local feedback in its layout."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules.base import Rule

_NOTHING = (0, 0)


class Layer(NamedTuple):
    """A layer of units: what they see lies in rows of its own, the bias unit first."""

    sources: int  #: units of the layer before, or inputs
    units: int
    seen: int  #: steps of the sources that a unit sees, this step's among them
    own: int  #: steps of its own activations that a unit sees
    start: int  #: first weight

    @property
    def group(self) -> Group:
        """The weights from the bias unit and the sources; those from own activations follow."""
        return Group(self.start, self.units, 0, ((0, 1 + self.seen * self.sources), _NOTHING), True)

    @property
    def first_own(self) -> int:
        """The first weight from an own activation: step by step, the latest first."""
        return self.start + self.group.rows

    @property
    def rows(self) -> int:
        """All weights."""
        return self.group.rows + self.own * self.units


@dataclass(frozen=True)
class LocalTopology:
    """Sizes and connections of a network, which determine the compiled kernel."""

    inputs: int
    symbols: bool
    outputs: int
    units: int
    hidden_window: tuple[int, int]  #: steps of inputs, and of own activations
    output_window: tuple[int, int]  #: steps of hidden units, and of own activations
    rule: type[Rule]
    per_sequence: bool
    transform = None  #: of a gradient before the update rule takes it: none

    @cached_property
    def hidden(self) -> Layer:
        """The hidden units; their weights come first."""
        return Layer(self.inputs, self.units, *self.hidden_window, 0)

    @cached_property
    def output(self) -> Layer:
        """The output units."""
        return Layer(self.units, self.outputs, *self.output_window, self.hidden.rows)

    @property
    def traced(self) -> int:
        """Steps for which the derivatives of hidden units are kept, this step's among them."""
        return max(self.output.seen, self.hidden.own)

    @property
    def traced_outputs(self) -> int:
        """The same of output units."""
        return max(self.output.own, 1)

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network."""
        hidden, output = self.hidden, self.output
        weights = hidden.rows + output.rows
        kept = {
            "weights": (weights,),
            "coefficients": (len(self.rule.kernel._fields),),  # of the update rule
            "output_form": (3,),  # 1 for linear units; lowest value and span of logistic ones
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            "gradient": (weights,),  # since the last change of the weights
            # The bias unit, and the sources of each step of the window, the latest first
            "hidden_seen": (1 + hidden.seen * hidden.sources,),
            "output_seen": (1 + output.seen * output.sources,),
            "hidden_own": (hidden.own * hidden.units,),  # likewise
            "output_own": (output.own * output.units,),
            "traces": (self.traced, hidden.rows),  # dh_i / dw into unit i, the latest step first
            "output_traces": (self.traced_outputs, self.outputs, hidden.rows),  # dy_k / dw
            "own_traces": (self.traced_outputs, output.rows),  # dy_k / dw into output k
            "activations": (self.units,),  # h
            "outputs": (self.outputs,),
        }
        scratch = {"slopes": (self.units,), "output_slopes": (self.outputs,)}
        return Layout(scratch, **kept)
