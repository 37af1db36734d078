"""The rows of connected nets that learn from the stored steps of a sequence."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from longlag.learners.guessing.lanes import Wiring
from longlag.learners.history import CLOCK
from longlag.learners.layout import Layout

#: Rows of "numbers": the rate, and what is added to a curvature.
RATE, DAMPING = range(2)


@dataclass(frozen=True)
class StoredWiring(Wiring):
    """The connections of a net, with the rows of a history of its steps."""

    depth: int  #: steps
    credit: str  #: the method, see `longlag.learners.connected.credit`

    @property
    def units(self) -> int:
        """Hidden units and outputs."""
        return self.hidden + self.outputs

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network; the history stores "seen" and "errors"."""
        units, seen, errors = self.units, self.inputs + 2 * self.units, self.outputs + 1
        return self.rows(
            {
                "seen": (seen,),  # inputs, the units of the step before, and those of this step
                "errors": (errors,),  # target - answer, and 1 where there is a target
                "credit": (units,),
                "credit_after": (units,),
                "bend": (units,),  # curvature by the net input of each unit
                "bend_after": (units,),
                "span": (1,),
            },
            numbers=(2,),
            gradient=(self.weights,),
            curvature=(self.weights * (self.credit == "summed curvature"),),
            clock=(len(CLOCK),),
            history=(self.depth, seen + errors),
        )


class Block(NamedTuple):
    """The weights from some sources to the units of a layer, source by source."""

    row: int  #: of the first weight, counted from the first weight of the net
    source: int  #: row of the first source; -1 for the bias
    sources: int
    first: int  #: the first of the units
    units: int


class Blocks(NamedTuple):
    """All weights of a net."""

    hidden_from_inputs: Block
    hidden_from_hidden: Block  #: of the step before
    hidden_from_outputs: Block  #: of the step before
    hidden_from_bias: Block
    outputs_from_inputs: Block
    outputs_from_hidden: Block  #: of this step
    outputs_from_outputs: Block  #: of the step before
    outputs_from_bias: Block


def blocks_of(wiring: StoredWiring) -> Blocks:
    """The weights of the net, and where their sources are stored."""
    n, k = wiring.hidden, wiring.outputs
    seen = wiring.layout.start("seen")
    before, now = seen + wiring.inputs, seen + wiring.inputs + n + k
    found = []
    for layer, first, hidden_seen in zip(wiring.layers, (0, n), (before, now), strict=True):
        row = layer.start
        for source, count in (
            (seen, layer.from_inputs),
            (hidden_seen, n),
            (before + n, k),
            (-1, int(layer.biased)),
        ):
            found.append(Block(row, source, count, first, layer.units))
            row += count * layer.units
    return Blocks(*found)
