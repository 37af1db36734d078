"""The places of the weights of a transition hierarchy, and of what its units change."""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.layout import Layout


@dataclass(frozen=True)
class HierarchyTopology:
    """Sizes of a network. Outputs come first among the units, weights lie unit by unit."""

    inputs: int
    symbols: bool
    outputs: int
    most: int  #: units of higher order that the network may grow to
    resets: bool

    @property
    def units(self) -> int:
        """The most that there may be."""
        return self.outputs + self.most

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network."""
        weights = self.units * self.inputs
        kept = {
            "weights": (weights,),
            "numbers": (4,),  # rate, sigma, threshold, epsilon
            "count": (1,),  # units so far
            "means": (weights,),  # m
            "sizes": (weights,),  # a
            "changers": (weights,),  # the unit that changes this weight, or 0: none is the first
            "changed": (self.units,),  # the weight that this unit changes; of outputs unused
            "orders": (self.units,),  # tau
            "activations": (self.units,),  # u
            "shown": ((1 + self.most) * self.inputs,),  # I, the latest step first
            "outputs": (self.outputs,),
        }
        return Layout({"before": (self.units,), "changes": (weights,)}, **kept)
