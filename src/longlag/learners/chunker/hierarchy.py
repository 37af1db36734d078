"""The chunker of several levels (Schmidhuber 1992): each net reads what the one below mispredicts.

A stack of recurrent nets P_0, P_1, ... compresses a sequence level by level. P_0 reads every input,
and P_(s+1) those that P_s failed to predict. Each predicts the next input that it will read. So
what is a long lag for P_0 is a short one some levels above. A step with the input x(t) does, for
s = 0, 1, ... up to the newest level,

    P_s learns x(t) as the target of its last prediction, if it is the newest
    unexpected = t is the first step, or max_k |P_s,k - x_k(t)| >= theta, of that prediction
    P_s reads x(t); the steps end here unless x(t) was unexpected

A network begins with P_0 alone. After every `patience` sequences the mean squared error of the
newest level is compared with that of the `patience` sequences before. If it has not fallen by
`improvement`, the level no longer learns, and the next one begins. The highest level goes on.

Each net also learns the target d(t), from what it has read so far, while it is the newest. **The
newest net answers.** With `predicts = "targets"` the task itself asks for the next input. Then the
lowest net that is sure of its prediction answers: the one with one output above 1 - theta and all
others below theta. If none is sure, the newest net answers. So no answer depends on the target.

The nets are layered nets of `longlag.learners.recurrent`, trained by its RTRL or BPTT(h). They do
not see how much time has passed between two inputs that they read.

Cost per step: that of P_0, and of each level above where the input is unexpected. Lanes share the
cost: a level costs a step of all lanes as soon as one lane is surprised.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import ErrorPath, Learner, Reference
from longlag.learners.chunker.hierarchy_topology import HierarchyStructure
from longlag.learners.chunker.learner import Count, Sources, layered_net
from longlag.learners.layout import Layout
from longlag.learners.recurrent.bptt import BPTT
from longlag.learners.recurrent.rtrl import RTRL
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent


@dataclass(frozen=True)
class ChunkerHierarchy(Learner):
    """Recurrent nets, one upon another; each reads what the one below did not expect.

    >>> ChunkerHierarchy(22, 1, coding="symbol", levels=3).weights
    2883

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        levels: nets that there may be, from 1 to 20; 2 by default
        hidden: hidden units of each net, from 1 to 100_000; 8 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        predicts: "inputs" (the default): each net predicts its next input, by outputs of its own;
            "targets": the targets are the next inputs
        learning: of all nets, "rtrl" (the default) or "bptt"
        depth: steps that an error is propagated back through by "bptt", from 1 to 1e6; 3 by default
        threshold: theta, a number in [0, 1000]; 0.2 by default
        patience: sequences after which the error of the newest net is looked at, from 1 to 1e9; 100
            by default
        improvement: the share by which it must have fallen, a number in [0, 1]; 0.05 by default
        output_sources: what feeds the outputs, "hidden" and, for shortcuts, "inputs"; ("inputs",
            "hidden") by default
        biased: units that have a bias weight; ("hidden", "outputs") by default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 1 by default
        rule: the update rule of all nets; `GradientDescent()` by default
    """

    inputs: Count
    outputs: Count
    levels: Annotated[int, Meta(ge=1, le=20)] = 2
    hidden: Count = 8
    coding: Literal["real", "symbol"] = "real"

    predicts: Literal["inputs", "targets"] = "inputs"
    learning: Literal["bptt", "rtrl"] = "rtrl"
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = 3
    threshold: Annotated[float, Meta(ge=0, le=1000)] = 0.2
    patience: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 100
    improvement: Annotated[float, Meta(ge=0, le=1)] = 0.05

    output_sources: Sources = ("inputs", "hidden")
    biased: tuple[Literal["hidden", "outputs"], ...] = ("hidden", "outputs")
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    rule: Rule = field(default_factory=GradientDescent)

    name = "chunker-hierarchy"
    citation = ("schmidhuber1992", "schmidhuber1992nips")
    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        if self.predicts == "targets" and self.inputs != self.outputs:
            raise InputError(
                "predicts of chunker-hierarchy can be 'targets' only where the targets are the "
                f"next inputs, got {self.inputs} inputs and {self.outputs} outputs: give 'inputs'"
            )
        try:
            self.net  # noqa: B018
        except InputError as error:  # it names the fields of another learner
            raise InputError(f"the nets of chunker-hierarchy cannot be made: {error}") from None

    @cached_property
    def net(self) -> RTRL | BPTT:
        """The net of each level: its outputs are the answer, then the predicted inputs."""
        inputs = self.inputs
        outputs = self.outputs + inputs * (self.predicts == "inputs")
        return layered_net(self, inputs, outputs, self.hidden, self.coding, self.output_sources)

    @property
    def structure(self) -> HierarchyStructure:
        """See `Learner`."""
        return HierarchyStructure(
            self.net.structure, self.levels, self.outputs, self.predicts == "inputs"
        )

    @property
    def layout(self) -> Layout:
        """The rows of all nets; "weights" has those of the lowest level first."""
        return self.structure.layout

    @property
    def most_lanes(self) -> int:
        """See `Learner`."""
        return self.net.most_lanes

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: the nets are drawn from the lowest up, of which that one alone learns."""
        layout, column = self.layout, np.zeros(self.layout.rows)
        for part in self.structure.parts:
            own = self.net.start(generator)
            for group in part:
                part.view(column, group)[...] = self.net.layout.view(own, group)
        numbers = self.threshold, self.patience, 1.0 - self.improvement
        layout.view(column, "numbers")[:] = numbers
        layout.view(column, "first")[:] = 1.0
        layout.view(column, "error_before")[:] = -1.0  # not looked at yet
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.chunker.hierarchy_reference import ReferenceChunkerHierarchy

        return ReferenceChunkerHierarchy(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.chunker.hierarchy_lanes import compile_chunker_hierarchy

        return compile_chunker_hierarchy(self.structure, lanes)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.chunker.flow import hierarchy_paths  # which knows the references

        return hierarchy_paths(self, column, x, last)
