"""The neural sequence chunker (Schmidhuber 1992): a net that reads only what another mispredicts.

The *automatizer* A is a recurrent net that answers, and predicts the next input. The *chunker* C is
a recurrent net that reads an input only where A failed to predict it, or failed at its target. For
C a sequence is short: it consists of the unexpected alone. Each step x(t), with target d(t), does

    unexpected(t) = t is the first step, or max_k |A_k(t-1) - x_k(t)| >= theta
    if unexpected(t): C learns x(t) as the target of its last answer, then C reads x(t)
    A reads x(t); A learns d(t), then x(t+1) and the state of C, hidden units and answers
    if max_k |A_k(t) - d_k(t)| >= theta: C learns (x(t), d(t)) likewise, then reads both

where A_k is the output of A for that number. C is an aid in training: A learns to hold what the
state of C holds, whose target stands at every step, so an error need not flow back far. A alone
answers, whatever it has predicted, so no answer depends on the target.

With `predicts = "targets"` the task itself asks for the next input. Then d(t) = x(t+1) is the only
target for it, and of C, A predicts the hidden units alone. This is the net of Experiment 2a.

Both nets are layered nets of `longlag.learners.recurrent`, trained by its RTRL or BPTT(h). The
derivative of C's state with respect to the weights of C is not followed where A learns that state.

Cost per step: that of A; that of C where the input is unexpected. Lanes share the cost: C costs a
step of all lanes as soon as one lane is surprised.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import ErrorPath, Learner, Reference
from longlag.learners.chunker.topology import PairStructure
from longlag.learners.layout import Layout
from longlag.learners.recurrent.bptt import BPTT
from longlag.learners.recurrent.rtrl import RTRL
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent

Count = Annotated[int, Meta(ge=1, le=100_000)]
Sources = tuple[Literal["inputs", "hidden"], ...]


def layered_net(
    config: Any, inputs: int, outputs: int, hidden: int, coding: Any, sources: Sources
) -> RTRL | BPTT:
    """One of the nets of a chunker, whose fields say how each of them learns."""
    fields: dict[str, Any] = {
        "coding": coding,
        "output_sources": sources,
        "biased": config.biased,
        "weight_range": config.weight_range,
        "rule": config.rule,
    }
    if config.learning == "rtrl":
        return RTRL(inputs, outputs, hidden, **fields)
    return BPTT(inputs, outputs, hidden, depth=config.depth, interval=1, **fields)


@dataclass(frozen=True)
class Chunker(Learner):
    """Two recurrent nets: one answers, the other reads what the first did not expect.

    The nets of Experiment 2a, with biased outputs; the paper counts the first net, and no biases:

    >>> net = Chunker(101, 101, coding="symbol", hidden=1, chunker_hidden=1, predicts="targets")
    >>> net.automatizer.weights, net.weights
    (10609, 10914)

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: hidden units of the automatizer, from 1 to 100_000; 8 by default
        chunker_hidden: hidden units of the chunker, from 1 to 100_000; 4 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        predicts: "inputs" (the default): the automatizer predicts its next input, by outputs of its
            own; "targets": the targets are the next inputs
        learning: of both nets, "bptt" (the default) or "rtrl"
        depth: steps that an error is propagated back through by "bptt", from 1 to 1e6; 3 by default
        threshold: theta, a number in [0, 1000]; 0.2 by default
        output_sources: what feeds the outputs of the automatizer, "hidden" and, for shortcuts,
            "inputs"; ("inputs", "hidden") by default
        chunker_output_sources: the same of the chunker; ("hidden",) by default
        biased: units of both nets that have a bias weight; ("hidden", "outputs") by default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 1 by default
        resets: whether both nets begin each sequence anew; True by default. Without it the
            sequences are a stream, whose boundaries the nets are not told
        rule: the update rule of both nets; `GradientDescent()` by default
    """

    inputs: Count
    outputs: Count
    hidden: Count = 8
    chunker_hidden: Count = 4
    coding: Literal["real", "symbol"] = "real"

    predicts: Literal["inputs", "targets"] = "inputs"
    learning: Literal["bptt", "rtrl"] = "bptt"
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = 3
    threshold: Annotated[float, Meta(ge=0, le=1000)] = 0.2

    output_sources: Sources = ("inputs", "hidden")
    chunker_output_sources: Sources = ("hidden",)
    biased: tuple[Literal["hidden", "outputs"], ...] = ("hidden", "outputs")
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    resets: bool = True
    rule: Rule = field(default_factory=GradientDescent)

    name = "chunker"
    citation = ("schmidhuber1992",)
    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        if self.predicts == "targets" and self.inputs != self.outputs:
            raise InputError(
                "predicts of chunker can be 'targets' only where the targets are the next inputs, "
                f"got {self.inputs} inputs and {self.outputs} outputs: give 'inputs'"
            )
        if self.predicts == "targets" and not self.resets:
            raise InputError(
                "resets of chunker can be False only where it predicts 'inputs': give both"
            )
        for part in ("automatizer", "chunker"):
            try:
                getattr(self, part)
            except InputError as error:  # it names the fields of another learner
                raise InputError(f"the {part} of chunker cannot be made: {error}") from None

    @cached_property
    def automatizer(self) -> RTRL | BPTT:
        """The net that answers: its outputs are the answer, predicted inputs, and C's state."""
        more = self.chunker_hidden
        if self.predicts == "inputs":
            more += self.inputs + self.chunker.outputs
        inputs, outputs = self.inputs, self.outputs + more
        return layered_net(self, inputs, outputs, self.hidden, self.coding, self.output_sources)

    @cached_property
    def chunker(self) -> RTRL | BPTT:
        """The net that reads what is unexpected, with the target, and predicts the same."""
        hidden, sources = self.chunker_hidden, self.chunker_output_sources
        if self.predicts == "targets":
            return layered_net(self, self.inputs, self.outputs, hidden, self.coding, sources)
        both = self.inputs + self.outputs
        return layered_net(self, both, both, hidden, "real", sources)

    @property
    def structure(self) -> PairStructure:
        """See `Learner`."""
        return PairStructure(
            self.automatizer.structure,
            self.chunker.structure,
            self.outputs,
            self.predicts == "inputs",
            self.resets,
        )

    @property
    def layout(self) -> Layout:
        """The rows of both nets; "weights" has those of the automatizer first."""
        return self.structure.layout

    @property
    def most_lanes(self) -> int:
        """See `Learner`."""
        return self.automatizer.most_lanes

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """Two new networks: the automatizer is drawn first."""
        layout, column = self.layout, np.zeros(self.layout.rows)
        for net, part in zip((self.automatizer, self.chunker), self.structure.parts, strict=True):
            own = net.start(generator)
            for group in part:
                part.view(column, group)[...] = net.layout.view(own, group)
        layout.view(column, "threshold")[:] = self.threshold
        layout.view(column, "first")[:] = 1.0
        layout.view(column, "unread")[:] = 1.0
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.chunker.reference import ReferenceChunker

        return ReferenceChunker(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.chunker.lanes import compile_chunker

        return compile_chunker(self.structure, lanes)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.chunker.flow import chunker_paths  # which knows the references

        return chunker_paths(self, column, x, last)
