"""NARX nets: outputs of several earlier steps are fed back (Lin, Horne, Tino & Giles 1996).

A nonlinear autoregressive model with exogenous inputs is a feed-forward net that sees inputs and
its own outputs through tapped delay lines. In the equations of `longlag.learners.unfolded.learner`
r = y, k = 0 and f = tanh:

    h(t) = tanh(A [1, x(t), ..., x(t-Dx+1), y(t-1), ..., y(t-Dy)]),   y(t) = F(v h(t) + c)

An error jumps back Dy steps at a time, so that it fades with the lag divided by Dy. With no output
taps this is a time-delay net, which sees the last Dx inputs and nothing else (Lang, Waibel & Hinton
1990). Without hidden units each output is a tanh unit that sees the taps itself.

Further outputs have no targets. With them, and one tap, this is the net of Robinson & Fallside
(1988): a feed-forward net that answers, and hands on a state of its own making.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.unfolded.learner import Depth, UnfoldedNetWithOutputs
from longlag.registry import added


@dataclass(frozen=True)
class NARX(UnfoldedNetWithOutputs):
    """A net that sees its outputs of the last `output_taps` steps.

    One of the nets of Lin et al. (1996) for parity:

    >>> NARX(inputs=1, outputs=1, hidden=4, output_taps=2).weights
    21

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.3 by default
        update: weights change once in a "sequence" (the default), or after every pass, "step"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
        output: output units, if there are hidden ones, "linear" (the default) or "logistic"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        hidden: hidden units, from 0 to 100_000; 8 by default
        input_taps: inputs that the hidden units see, this step's among them, from 1 to 1000 steps;
            1 by default
        output_taps: earlier steps whose outputs are fed back, from 0 to 1000; 5 by default
        feedback: None by default: all weights learn. A number in [-1000, 1000] makes the unit of
            Lin et al. that latches: each weight from an output tap is `feedback` / `output_taps`,
            that of the last input, which is noise, is 1, and neither learns
        depth: steps that an error is propagated back through, from 1 to 1e6; 100 by default
        further_outputs: output units without targets, which are fed back too, from 0 to 1000; 0 by
            default
    """

    hidden: Annotated[int, Meta(ge=0, le=100_000)] = 8
    input_taps: Annotated[int, Meta(ge=1, le=1000)] = 1
    output_taps: Annotated[int, Meta(ge=0, le=1000)] = 5
    feedback: Annotated[float, Meta(ge=-1000, le=1000)] | None = None
    depth: Depth = 100
    further_outputs: Annotated[int, Meta(ge=0, le=1000)] = added(0)

    name = "narx"
    citation = ("lin1996",)

    def __post_init__(self):
        super().__post_init__()
        if self.feedback is None:
            return
        alone = self.hidden == self.further_outputs == 0 and self.outputs == 1
        latch = alone and self.input_taps == 1 < self.inputs
        if not latch or self.output_taps == 0 or self.coding == "symbol":
            raise InputError(
                "feedback of narx is for one unit that latches: give 0 hidden units, 1 output, "
                "output_taps of 1 or more, 1 input tap, and 2 or more real inputs, or leave "
                "feedback out"
            )

    @property
    def differences(self) -> dict[str, Any]:
        """See `UnfoldedNet`."""
        return {
            "units": self.hidden or self.outputs + self.further_outputs,
            "readout": self.hidden > 0,
            "input_taps": self.input_taps,
            "feeds_back": "outputs",
            "taps": self.output_taps,
            "depth": self.depth,
            "fixed": self.feedback is not None,
            "further": self.further_outputs,
        }

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """See `UnfoldedNet`."""
        column = super().start(generator)
        if self.feedback is not None:
            weights = self.layout.view(column, "weights")
            weights[self.inputs - 1] = 1.0
            weights[self.inputs :] = self.feedback / self.output_taps
        return column
