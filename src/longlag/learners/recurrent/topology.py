"""The places of the weights and activations of a conventional recurrent net in its layout.

The units are of first order: each squashes a weighted sum. Two kinds of nets differ in the sources
of an output:

- *layered*: hidden units at t see the inputs at t and the hidden units at t-1; outputs at t see the
  hidden units at t, and the inputs at t where there are shortcuts. Outputs feed nothing.
- *full*: all units, hidden ones and outputs, see the inputs at t and all units at t-1 (Williams &
  Zipser 1989). A hidden unit therefore reaches an output one step later than in a layered net.

With H hidden units, K outputs and I inputs, without biases, a layered net has H (I + H) + K H
weights, plus K I with shortcuts, and a full net (H + K)(I + H + K).
"""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules.base import Rule
from longlag.rules.clip import Clip


@dataclass(frozen=True)
class RecurrentTopology:
    """Sizes, connections and update of a net: the part that its learning algorithms share.

    The rows "sources" and "activations" hold z(m,t), what the recurrent units see, and y(m,t), in
    the order bias unit (always 1), real inputs, hidden units, and the outputs of a full net.
    """

    inputs: int
    symbols: bool
    outputs: int
    hidden: int
    full: bool
    shortcuts: bool  #: the outputs of a layered net see the inputs
    biased: tuple[bool, bool]  #: hidden units, outputs
    tanh: bool  #: squashing of the hidden units; else logistic
    rule: type[Rule]
    per_sequence: bool  #: weights change at the end of a sequence, else at targets
    transform: type[Clip] | None  #: of a gradient before the update rule
    sums_gradients: bool  #: a gradient is complete, in its own rows, before a weight changes

    @property
    def units(self) -> int:
        """Units that are fed back: the hidden ones, and the outputs of a full net."""
        return self.hidden + self.outputs * self.full

    @property
    def real_inputs(self) -> int:
        """Input units among the sources."""
        return 0 if self.symbols else self.inputs

    @property
    def first_unit(self) -> int:
        """The place of the first unit in the rows "sources" and "activations"."""
        return 1 + self.real_inputs

    @property
    def taught(self) -> tuple[int, int]:
        """The first unit, and the number of units, that an error reaches at its own step.

        In a full net an error reaches the outputs; in a layered net it reaches the hidden units,
        through the outputs.
        """
        return (self.hidden, self.outputs) if self.full else (0, self.hidden)

    @cached_property
    def recurrent(self) -> Group:
        """Weights into the units that are fed back; they come first."""
        first = 0 if self.biased[0] else 1
        span = (first, self.first_unit - first + self.units)
        symbols = self.inputs * self.symbols
        return Group(0, self.units, symbols, (span, (0, 0)), self.biased[0])

    @cached_property
    def readout(self) -> Group:
        """Weights into the outputs of a layered net; a full net has none."""
        units = 0 if self.full else self.outputs
        first, count = (0, 1) if self.biased[1] else (1, 0)
        fixed = (first, count + self.real_inputs * self.shortcuts)
        spans = (fixed, (self.first_unit, self.hidden))
        symbols = self.inputs * (self.symbols and self.shortcuts)
        return Group(self.recurrent.rows, units, symbols, spans, self.biased[1])

    @property
    def feedback(self) -> int:
        """The row of the weight from the first unit to itself.

        The weight w(k,l), from unit l to unit k, is in row feedback + l * units + k.
        """
        row = self.recurrent.row(self.first_unit)
        assert row is not None  # the units always feed themselves
        return row

    def layout(
        self,
        kept: dict[str, tuple[int, ...]] | None = None,
        scratch: dict[str, tuple[int, ...]] | None = None,
    ) -> Layout:
        """The rows of one network, including the rows that a learning algorithm adds."""
        weights = self.recurrent.rows + self.readout.rows
        sources = self.first_unit + self.units
        return Layout(
            {
                "sources": (sources,),  # y(m,t-1), but the inputs of t
                "symbol": (1,),  # index of the current input symbol
                "slopes": (self.units,),  # f'(net) of the units that are fed back
                "outputs": (self.outputs,),
                "output_slopes": (self.outputs * (not self.full),),
                "output_errors": (self.outputs * (not self.full),),
                "unit_errors": (self.units,),
            }
            | (scratch or {}),
            weights=(weights,),
            coefficients=(len(self.rule.kernel._fields),),  # of the update rule
            output_form=(3,),  # 1 for linear units; lowest value and span of logistic ones
            transform=(len(self.transform.kernel._fields) if self.transform else 0,),
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            gradient=(weights * self.sums_gradients,),  # since the last change of the weights
            activations=(sources,),
            **(kept or {}),
        )
