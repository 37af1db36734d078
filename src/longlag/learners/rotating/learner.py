"""Rotating cells: memory cells whose state is a complex number that turns by a learned phase.

A memory cell holds a value. A rotating cell holds a value and a place in a cycle, so that a network
of rotating cells can represent delays and seasons without connections between cells. The rotating
diagonal state is from linear recurrent units and recurrent trace units (Zucchet et al. 2023;
Elelimy et al. 2024). The gates are the gates of the memory cell (Hochreiter & Schmidhuber 1997;
Gers, Schmidhuber & Cummins 2000). With f, g and h as in `longlag.learners.lstm`, j the imaginary
unit and x(m) the bias and input units, every step computes, in this order:

    net_l(t) = sum_m w(l,m) x(m,t)              l any gate, or the re or im input of a cell
    y(in) = f(net_in),  y(phi) = f(net_phi),  y(out) = f(net_out)
    z(t)  = g(net_re) + j g(net_im)
    A(t)  = y(phi) exp(j theta)                 theta the phase of the cell, a weight
    s(t)  = A(t) s(t-1) + y(in) z(t)
    y(re) = y(out) h(Re s),  y(im) = y(out) h(Im s)

    T_re(m)  = A T_re(m) + y(in) g'(net_re) x(m)            ds / dw(re,m)
    T_im(m)  = A T_im(m) + j y(in) g'(net_im) x(m)
    T_in(m)  = A T_in(m) + z f'(net_in) x(m)
    T_phi(m) = A T_phi(m) + exp(j theta) s(t-1) f'(net_phi) x(m)
    T_theta  = A T_theta + j A s(t-1)

and, where there is a target, with e_k and e_out as for LSTM,

    net_k   = sum_m w(k,m) y(m)                 m the bias, any cell output, or input unit
    e       = e_re + j e_im,  e_re = y(out) h'(Re s) sum_k w(k,re) e_k,  e_im likewise
    dw(l,m) = alpha [Re e Re T_l(m) + Im e Im T_l(m)]

The state of a cell reaches no other cell, so this is the exact gradient of the error, carried
forward in time (`longlag.learners.traces`): nothing is cut off. With `update = "step"` the weights
change within a sequence, and the traces belong to earlier weights. A cell whose phase is always 0
is a memory cell block of two cells that sees only the inputs; a network may have `blocks` of such
memory cells besides the rotating cells.

Cost per step: O(1) operations and O(1) memory per weight, whatever the length of the sequence. Two
numbers are stored for each weight, and the number of weights is linear in the number of cells.

With `periods_fixed` the phases are no weights. After T steps a cell has turned by T theta, so
a phase must be exact to a fraction of 1 / T, and a rule whose steps do not shrink with T moves it
much farther.

Sources: Zucchet et al., NeurIPS 2023, doi:10.48550/arXiv.2305.15947; Elelimy et al., NeurIPS 2024,
doi:10.48550/arXiv.2409.01449; Hochreiter & Schmidhuber, Neural Computation 9(8), 1997,
doi:10.1162/neco.1997.9.8.1735. The combination of the gates with a rotating state is our own.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from msgspec import Meta

from longlag.contract import Forgetting, LaneKernel
from longlag.errors import InputError
from longlag.learners.base import ErrorPath, GradientLearner, Reference
from longlag.learners.layout import Layout
from longlag.learners.outputs import check_range, output_form
from longlag.learners.rotating.lanes import compile_rotating
from longlag.learners.rotating.topology import KINDS, RotatingTopology
from longlag.learners.rotating.units import RotatingTiles
from longlag.learners.streams import StreamOptions, opposite, spread
from longlag.learners.tiles.streamable import check_streamable
from longlag.quoting import quoted
from longlag.registry import added
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent

#: Initial biases of the input gates of rotating cells on streams: the first cells hold a value for
#: about one step, the last for e**4, about 50 steps. Memory cells cover longer lags.
HOLD = 1.0, -4.0


Count = Annotated[int, Meta(ge=0, le=100_000)]
Size = Annotated[int, Meta(ge=1, le=100_000)]
Bias = Annotated[float, Meta(ge=-1000, le=1000)]
Period = Annotated[float, Meta(ge=2, le=1e9)]  #: steps; a period below 2 aliases to a longer one


@dataclass(frozen=True)
class Rotating(GradientLearner):
    """Cells with a complex state that turns by a learned phase, optionally with memory cell blocks.

    >>> Rotating(inputs=2, outputs=1, cells=4, blocks=2).weights
    107

    Lists of initial biases have one number for each cell, then one for each block, or one for all.

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        cells: rotating cells, each with two outputs, from 0 to 100_000; 6 by default
        blocks: memory cell blocks of two cells, which do not rotate, from 0 to 100_000; 0 by
            default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        output_sources: sources of the outputs, "cells" and perhaps "inputs" (which makes
            shortcuts); ("cells",) by default
        output: output units, "logistic" (the default), "linear" or, on streams only, "softmax"
        output_range: of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        periods: initial periods of the first and of the last cell, in steps, numbers in [2, 1e9];
            the other periods are log-spaced between the two; (2, 512) by default
        periods_fixed: whether the periods stay as they begin, for studies; False by default
        weight_range: weights start uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.1 by default
        input_gate_biases: initial, numbers in [-1000, 1000]; () by default: drawn like the
            weights
        forget_gate_biases: initial, numbers in [-1000, 1000], positive to remember; () by default:
            drawn like the weights
        update: weights change at each target, "step" (the default), or once in a "sequence"
        rule: update rule; `GradientDescent()` by default
    """

    inputs: Size
    outputs: Size
    cells: Count = 6
    blocks: Count = 0
    coding: Literal["real", "symbol"] = "real"

    output_sources: tuple[Literal["inputs", "cells"], ...] = ("cells",)
    output: Literal["logistic", "linear", "softmax"] = "logistic"
    output_range: tuple[Bias, Bias] = (0.0, 1.0)

    periods: tuple[Period, Period] = (2.0, 512.0)
    periods_fixed: bool = added(False)
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.1
    input_gate_biases: tuple[Bias, ...] = ()
    forget_gate_biases: tuple[Bias, ...] = ()

    update: Literal["step", "sequence"] = "step"
    rule: Rule = field(default_factory=GradientDescent)

    name = "rotating"
    citation = ("zucchet2023", "elelimy2024", "hochreiter1997", "gers2000")
    kind = "online"
    stream_cells = ("rotating", "mixed")

    def __post_init__(self):
        super().__post_init__()
        if not self.cells + self.blocks:
            raise InputError("cells and blocks of rotating are both 0: give it some")
        if "cells" not in self.output_sources:
            raise InputError(
                "output_sources of rotating must contain 'cells', "
                f"got {quoted(self.output_sources)}"
            )
        check_range(self.name, self.output_range)
        for label in ("input_gate_biases", "forget_gate_biases"):
            if len(getattr(self, label)) not in (0, 1, self.cells + self.blocks):
                raise InputError(
                    f"{label} of rotating must have one number for each of {self.cells} cells and "
                    f"{self.blocks} blocks, one for all, or none, got {len(getattr(self, label))}"
                )

    @classmethod
    def for_stream(cls, cell: str, options: StreamOptions) -> Self:
        """See `Learner`; of "mixed" cells, half are memory cells in blocks of two."""
        if (options.block_size, options.forget_gates, options.peepholes) != (1, True, False):
            raise InputError(
                f"block_size, forget_gates and peepholes are those of cell 'memory': leave them "
                f"out with {cell!r}"
            )
        blocks = options.cells // 4 if cell == "mixed" else 0
        cells = options.cells - 2 * blocks
        biases = spread(cells, *HOLD) + spread(blocks)
        return cls(
            inputs=options.inputs,
            outputs=1,
            cells=cells,
            blocks=blocks,
            input_gate_biases=biases,
            forget_gate_biases=opposite(biases),
            output_sources=("inputs", "cells"),
            output=options.output,
            rule=options.rule,
        )

    @cached_property
    def topology(self) -> RotatingTopology:
        """The compile-time properties of the kernel: sizes and connections, no hyperparameters."""
        return RotatingTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            cells=self.cells,
            blocks=self.blocks,
            shortcuts="inputs" in self.output_sources,
            fixed=self.periods_fixed,
            rule=type(self.rule),
            per_sequence=self.update == "sequence",
        )

    @property
    def structure(self) -> RotatingTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, the update rule's rows, traces, states and activations of one network."""
        return self.topology.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: weights drawn in the order of the layout, periods log-spaced."""
        column = super().start(generator)
        weights = self.layout.view(column, "weights")
        given = {
            "input_gates": self.input_gate_biases,
            "forget_gates": self.forget_gate_biases,
            "phases": 2 * np.pi / np.geomspace(*self.periods, self.cells),
        }
        for kind, group in zip(KINDS, self.topology.groups, strict=True):
            if len(given.get(kind, ())):
                weights[group.bias_rows] = given[kind]
        self.layout.view(column, "activations")[0] = 1.0  # the bias unit
        self.layout.view(column, "output_form")[:] = output_form(self.output, self.output_range)
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.rotating.reference import ReferenceRotating

        return ReferenceRotating(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        if self.output == "softmax":
            raise InputError(
                "output 'softmax' of rotating is for streams: networks in lanes have 'logistic' or "
                "'linear' outputs"
            )
        return compile_rotating(self.topology)

    def units(self) -> RotatingTiles:
        """See `Learner`."""
        check_streamable(self, ("periods_fixed", True, "let a stream learn its periods"))
        return RotatingTiles(self)

    def forgetting(self, weights: np.ndarray) -> Forgetting:
        """See `StreamLearner`; two memory cells that share their gates count as one cell."""
        from longlag.learners.rotating.reference import layout_rows  # the order of the weights

        rows = layout_rows(self)
        gates, cells = weights[rows["forget_gates"]], weights[rows["cells"]][:, 1:]
        phases = np.zeros(len(gates))
        phases[: self.cells] = weights[rows["phases"]][:, 0]
        return Forgetting(gates[:, 0], gates[:, 1:], phases, np.hypot(cells[0::2], cells[1::2]))

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.rotating.flow import rotating_paths  # which knows the reference

        return rotating_paths(self, column, x, last)
