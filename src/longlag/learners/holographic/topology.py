"""The places of the weights and states of a holographic net in its layout."""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules.base import Rule

_NOTHING = (0, 0)


@dataclass(frozen=True)
class HolographicTopology:
    """Sizes of a network, which determine the compiled kernel.

    The rows "shown" hold the real inputs of the first step, and the rows "read" a bias unit and the
    hidden units.
    """

    inputs: int
    symbols: bool
    outputs: int
    units: int
    softmax: bool
    shares: bool  #: whether only some symbols change the weights that all sequences share
    rule: type[Rule]
    per_sequence: bool
    transform = None  #: of a gradient before the update rule takes it: none

    @property
    def real_inputs(self) -> int:
        """Inputs that are numbers."""
        return 0 if self.symbols else self.inputs

    @cached_property
    def codes(self) -> Group:
        """Weights into the code units."""
        symbols = self.inputs * self.symbols
        return Group(0, self.units, symbols, ((0, self.real_inputs), _NOTHING), False)

    @cached_property
    def output_group(self) -> Group:
        """Weights into the outputs."""
        return Group(self.codes.rows, self.outputs, 0, ((0, 1 + self.units), _NOTHING), True)

    @property
    def gain(self) -> int:
        """The weight that scales the net inputs of all outputs, behind all others."""
        return self.output_group.start + self.output_group.rows

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network."""
        weights = self.gain + 1
        kept = {
            "weights": (weights,),
            "coefficients": (len(self.rule.kernel._fields),),  # of the update rule
            "output_form": (3,),  # 1 for linear units; lowest value and span of logistic ones
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            "gradient": (weights * (self.rule.whole or self.per_sequence),),
            "key": (self.units,),
            "basis": (1,),  # symbols that change all weights
            "first": (1,),  # whether the next step is the first of a sequence: 1 or 0
            "symbol": (1,),  # shown at the first step
            "shown": (self.real_inputs,),
            "power": (self.units,),  # of the key
            "activations": (self.units,),  # h
        }
        scratch = {
            "turned": (self.units,),
            "codes": (self.units,),
            "read": (1 + self.units,),
            "nets": (self.outputs,),  # before the gain
            "outputs": (self.outputs,),
            "output_slopes": (self.outputs,),
            "output_errors": (self.outputs,),
            "unit_errors": (self.units,),
            "code_errors": (self.units,),
        }
        return Layout(scratch, **kept)
