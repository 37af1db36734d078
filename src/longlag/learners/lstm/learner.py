"""Long Short-Term Memory as first published (Hochreiter & Schmidhuber 1996, 1997).

LSTM has memory cells around a constant error carrousel, multiplicative input and output gates, and
a truncated gradient that is local in space and time. Forget gates and peephole connections are
later options. With the paper's symbols and equation numbers (appendix A.1), every step computes, in
this order:

    net_l(t)  = sum_m w(l,m) y(m,t-1)            l any cell, gate or hidden unit           (6-9)
    y(in_j)   = f(net_in_j),  y(out_j) = f(net_out_j),  f(x) = 1 / (1 + exp(-x))             (3)
    s_jv(t)   = s_jv(t-1) + y(in_j) g(net_c_jv),  g(x) = 4 f(x) - 2                       (5, 9)
    y(c_jv)   = y(out_j) h(s_jv),  h(x) = 2 f(x) - 1                                      (4, 9)
    D_in(jv,m) += g(net_c_jv) f'(net_in_j) y(m,t-1)      ds_jv / dw(in_j,m)                 (27)
    D_c(jv,m)  += g'(net_c_jv) y(in_j) y(m,t-1)          ds_jv / dw(c_jv,m)             (14, 25)

and, at a step with a target,

    y(k)      = f_k(sum_m w(k,m) y(m))           m any cell, hidden or input unit            (8)
    e_k       = f_k'(net_k) (target_k - y(k))                                            (18, 20)
    e_i       = f'(net_i) sum_k w(k,i) e_k                                                  (19)
    e_out_j   = f'(net_out_j) sum_v h(s_jv) sum_k w(k,c_jv) e_k                             (21)
    e_s_jv    = y(out_j) h'(s_jv) sum_k w(k,c_jv) e_k                                       (22)
    dw(l,m)   = alpha e_l y(m,t-1)               l = k, i, out_j                            (23)
    dw(in_j,m) = alpha sum_v e_s_jv D_in(jv,m)                                          (24, 26)
    dw(c_jv,m) = alpha e_s_jv D_c(jv,m)                                                 (26, 28)

If m is an input unit, y(m,t-1) stands for y(m,t). As in the paper's experiments, a step clamps the
inputs, then computes the hidden layer from the inputs and the previous activations, then computes
the outputs.

Forget gates (Gers, Schmidhuber & Cummins 2000), one per block. A gate phi_j scales the states and
the stored partials of its block, and each weight into the gate has a partial of its own:

    y(phi_j)  = f(net_phi_j)                     net_phi_j as in (6-9)
    s_jv(t)   = y(phi_j) s_jv(t-1) + y(in_j) g(net_c_jv)
    D_in(jv,m)  = y(phi_j) D_in(jv,m) + g(net_c_jv) f'(net_in_j) y(m,t-1)
    D_c(jv,m)   = y(phi_j) D_c(jv,m) + g'(net_c_jv) y(in_j) y(m,t-1)
    D_phi(jv,m) = y(phi_j) D_phi(jv,m) + s_jv(t-1) f'(net_phi_j) y(m,t-1)
    dw(phi_j,m) = alpha sum_v e_s_jv D_phi(jv,m)

Peephole connections (Gers & Schmidhuber 2000), from the states of a block to its own gates:

    net_in_j  += sum_v p(in_j,v) s_jv(t-1),  net_phi_j += sum_v p(phi_j,v) s_jv(t-1)
    net_out_j += sum_v p(out_j,v) s_jv(t)

The partials and changes of peephole weights are those of the other weights into the same gate, with
s_jv in place of y(m,t-1). The gradient is truncated here too: no error flows back through peepholes
to the states.

The assignment of credit is a choice. "truncated" is the gradient above. "full" goes back along
every path through the whole sequence, with a stored history (the module `full`). "one-step" stores
no partials (the module `one_step`).

Blocks may be constructed sequentially, as in Experiments 2a and 2b. The gates of a block that has
not been added are 0. Its states, outputs and stored partials then stay 0, so the block neither
feeds another unit nor learns. A window is `construction_window` training sequences. The error of a
sequence is its mean of sum_k (target_k - y(k))^2 over its targets, and the error of a window is the
mean over its sequences. At the end of a window the next block is added, unless the error fell since
the previous window by more than the fraction `construction_fall`. With a fall of 1 every window
adds a block; with a smaller fall, the second window is the first that can add a block.

Cost per step: O(1) operations and O(1) memory per weight, whatever the length of the sequence. With
symbol coding this counts only the weights of the current symbol, except that forget gates scale the
stored partials of all symbols.
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
from longlag.learners.lstm.lanes import compile_lstm
from longlag.learners.lstm.topology import CONSTRUCTION, KINDS, SQUASHING_RANGES, Topology
from longlag.learners.lstm.units import LSTMTiles
from longlag.learners.outputs import check_range, output_form
from longlag.learners.streams import StreamOptions, opposite, spread
from longlag.learners.tiles.streamable import check_streamable
from longlag.quoting import quoted
from longlag.registry import added
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent

Source = Literal["inputs", "cells", "gates", "hidden"]
Unit = Literal["cells", "input_gates", "output_gates", "hidden", "outputs"]

Count = Annotated[int, Meta(ge=1, le=100_000)]
Width = Annotated[float, Meta(ge=0, le=1000)]  #: of the initial weights, to either side of 0
Bias = Annotated[float, Meta(ge=-1000, le=1000)]

DEPTH = 1000  #: steps that full credit stores by default

SOURCES = ("inputs", "cells", "gates", "hidden")
UNITS = ("cells", "input_gates", "output_gates", "hidden", "outputs")

#: Forget gates have a bias if the input gates do.
BIASED_AS = {"forget_gates": "input_gates"}

#: Numbers of float32 in 40 KB: the first-level caches of today have 32 or 48 KB.
NUMBERS_NEXT_TO_A_CORE = 10_000


@dataclass(frozen=True)
class LSTM(GradientLearner):
    """Long Short-Term Memory: blocks of memory cells, and every choice that the papers leave open.

    The defaults are the topology of the adding problem (Experiment 4):

    >>> LSTM(inputs=2, outputs=1).weights
    93

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        blocks: memory cell blocks, from 1 to 100_000; 2 by default
        block_size: cells per block, which share their gates, from 1 to 100_000; 2 by default
        hidden: conventional hidden units, from 0 to 100_000; 0 by default
        output_gates: whether each block has an output gate; True by default; without output gates
            the output of a cell is h(s), as in Experiments 2a and 2b
        forget_gates: whether each block has a forget gate (Gers, Schmidhuber & Cummins 2000); False
            by default
        peepholes: whether gates see the cell states (Gers & Schmidhuber 2000); False by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        cell_sources: what feeds the cells, "inputs" and any of "cells", "gates" and "hidden";
            ("inputs", "cells", "gates", "hidden") by default
        gate_sources: what feeds the gates, likewise; ("inputs", "cells", "gates", "hidden") by
            default
        hidden_sources: what feeds the conventional hidden units, likewise;
            ("inputs", "cells", "gates", "hidden") by default
        output_sources: what feeds the outputs, "cells" and any of "hidden" and "inputs" (shortcut
            connections); ("cells", "hidden") by default
        biased: units that have a bias weight; all of
            ("cells", "input_gates", "output_gates", "hidden", "outputs") by default; forget gates
            have a bias if input gates have one
        g: range of the input squashing of the cells, "[-2,2]" (the default), "[-1,1]" or "[0,1]"
        h: squashing of the cell state, "[-1,1]" (the default) or "identity"
        output: output units, "logistic" (the default), "linear" or, on streams only, "softmax"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.1 by default
        bias_range: the same for biases, a number in [0, 1000]; None by default, which takes
            `weight_range`
        input_gate_biases: initial biases, one for each block or one for all, numbers in
            [-1000, 1000]; () by default: random like the weights
        input_gate_offset: added to the initial weights from symbols to input gates, a number in
            [-1000, 1000]; 0 by default
        hidden_to_input_gates: added to the initial weights from all hidden units to the input gate
            of each block, numbers as in input_gate_biases; () by default: nothing. A hidden unit
            is silent before the first step of a sequence, and later half on, or on if it has a
            high bias. So a number far below zero shuts the input gate after the first step, and
            the cells of the block hold the first input
        output_gate_biases: initial biases, numbers as in input_gate_biases; () by default: random
        forget_gate_biases: the same, positive to remember; () by default: random
        hidden_biases: initial biases, one for each hidden unit or one for all, numbers in
            [-1000, 1000]; () by default: random
        output_bias: initial bias of every output unit, a number in [-1000, 1000]; None by default:
            random
        construction_window: training sequences until a block is added, from 0 to 1e6; 0 by
            default: all blocks exist from the beginning
        construction_fall: no block is added if the error fell by more than this fraction, a number
            in [0, 1]; 1 by default
        credit: how errors find the weights, "truncated" (the default) as in 1997, "full",
            back through all paths of a sequence, or "one-step", without stored partials
        depth: steps that full credit stores, from 1 to 1e6; 1000 by default; errors of a longer
            sequence flow back through `depth` steps at most
        update: weights change at each target, "step" (the default), or once in a "sequence"; with
            full credit they change when a sequence ends, or `depth` steps have passed
        rule: the update rule; `GradientDescent()` by default
    """

    inputs: Count
    outputs: Count
    blocks: Count = 2
    block_size: Count = 2
    hidden: Annotated[int, Meta(ge=0, le=100_000)] = 0
    output_gates: bool = True
    forget_gates: bool = added(False)
    peepholes: bool = added(False)
    coding: Literal["real", "symbol"] = "real"

    cell_sources: tuple[Source, ...] = SOURCES
    gate_sources: tuple[Source, ...] = SOURCES
    hidden_sources: tuple[Source, ...] = SOURCES
    output_sources: tuple[Source, ...] = ("cells", "hidden")
    biased: tuple[Unit, ...] = UNITS

    g: Literal["[-2,2]", "[-1,1]", "[0,1]"] = "[-2,2]"
    h: Literal["[-1,1]", "identity"] = "[-1,1]"
    output: Literal["logistic", "linear", "softmax"] = "logistic"
    output_range: tuple[Bias, Bias] = (0.0, 1.0)

    weight_range: Width = 0.1
    bias_range: Width | None = None
    input_gate_biases: tuple[Bias, ...] = ()
    input_gate_offset: Bias = 0.0
    hidden_to_input_gates: tuple[Bias, ...] = added(())
    output_gate_biases: tuple[Bias, ...] = ()
    forget_gate_biases: tuple[Bias, ...] = added(())
    hidden_biases: tuple[Bias, ...] = added(())
    output_bias: Bias | None = None

    construction_window: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    construction_fall: Annotated[float, Meta(ge=0, le=1)] = 1.0

    credit: Literal["truncated", "full", "one-step"] = added("truncated")
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = added(DEPTH)

    update: Literal["step", "sequence"] = "step"
    rule: Rule = field(default_factory=GradientDescent)

    name = "lstm"
    citation = ("hochreiter1997", "hochreiter1996")
    kind = "online"
    stream_cells = ("memory",)

    def __post_init__(self):
        super().__post_init__()
        for label in ("cell_sources", "gate_sources", "hidden_sources"):
            if "inputs" not in getattr(self, label):
                raise InputError(
                    f"{label} of lstm must contain 'inputs', got {quoted(getattr(self, label))}"
                )
        if "gates" in self.output_sources or "cells" not in self.output_sources:
            raise InputError(
                "output_sources of lstm must contain 'cells' and cannot contain 'gates' "
                f"(gates never feed outputs), got {quoted(self.output_sources)}"
            )
        if self.depth != DEPTH and self.credit != "full":
            raise InputError(
                "depth of lstm is for credit 'full', which alone stores steps: leave it out, "
                f"got {self.depth}"
            )
        check_range(self.name, self.output_range)
        self._check_length("hidden_to_input_gates", self.blocks, "blocks")
        self._check_gate_biases("input", True, "input_gates")
        self._check_gate_biases("output", self.output_gates, "output_gates")
        self._check_gate_biases("forget", self.forget_gates, "input_gates")
        self._check_given("hidden_biases", self.hidden > 0, "hidden units", "hidden")
        self._check_length("hidden_biases", self.hidden, "hidden units")
        if self.input_gate_offset and self.coding != "symbol":
            raise InputError(
                "input_gate_offset of lstm is for symbol coding (real inputs take "
                f"input_gate_biases), got {self.input_gate_offset}"
            )
        if self.hidden_to_input_gates and not (self.hidden and "hidden" in self.gate_sources):
            raise InputError(
                "hidden_to_input_gates of lstm must be empty without hidden units that feed the "
                f"gates, got {quoted(self.hidden_to_input_gates)}"
            )
        if self.output_bias is not None and "outputs" not in self.biased:
            raise InputError(
                "output_bias of lstm is given, but biased does not name 'outputs', "
                f"got {quoted(self.biased)}"
            )
        if self.construction_fall < 1 and not self.construction_window:
            raise InputError(
                "construction_fall of lstm compares windows: give a construction_window, "
                f"got {self.construction_fall}"
            )

    def _check_gate_biases(self, gate: str, exists: bool, biased_as: str) -> None:
        label = f"{gate}_gate_biases"
        self._check_length(label, self.blocks, "blocks")
        self._check_given(label, exists, f"{gate}_gates", biased_as)

    def _check_length(self, label: str, count: int, units: str) -> None:
        if len(getattr(self, label)) not in (0, 1, count):
            raise InputError(
                f"{label} of lstm must have one number for each of {count} {units}, "
                f"one for all, or none, got {len(getattr(self, label))}"
            )

    def _check_given(self, label: str, exists: bool, units: str, biased_as: str) -> None:
        biases = getattr(self, label)
        if biases and biased_as not in self.biased:
            raise InputError(
                f"{label} of lstm are given, but biased does not name {biased_as!r}, "
                f"got {quoted(self.biased)}"
            )
        if biases and not exists:
            raise InputError(f"{label} of lstm must be empty without {units}, got {quoted(biases)}")

    @classmethod
    def for_stream(cls, cell: str, options: StreamOptions) -> Self:
        """See `Learner`: cells see each other, and gates the inputs alone."""
        blocks = options.cells // options.block_size
        biases = spread(blocks)
        return cls(
            inputs=options.inputs,
            outputs=1,
            blocks=blocks,
            block_size=options.block_size,
            forget_gates=options.forget_gates,
            forget_gate_biases=opposite(biases) if options.forget_gates else (),
            input_gate_biases=biases,
            peepholes=options.peepholes,
            cell_sources=("inputs", "cells"),
            gate_sources=("inputs",),  # calmer than gates that see the cells, and cheaper
            output_sources=("inputs", "cells"),
            output=options.output,
            rule=options.rule,
        )

    @cached_property
    def topology(self) -> Topology:
        """Sizes and connections, for which the kernel is compiled, without the other numbers."""
        return Topology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            blocks=self.blocks,
            block_size=self.block_size,
            hidden=self.hidden,
            output_gates=self.output_gates,
            forget_gates=self.forget_gates,
            peepholes=self.peepholes,
            # Sources without units are omitted, so that equal networks share a kernel.
            sources=tuple(
                tuple(s for s in SOURCES if s in sources and (self.hidden or s != "hidden"))
                for sources in (
                    self.cell_sources,
                    self.gate_sources,
                    self.gate_sources,
                    self.gate_sources,
                    self.hidden_sources,
                    self.output_sources,
                )
            ),
            biased=tuple(
                BIASED_AS.get(kind, kind) in self.biased and (self.hidden > 0 or kind != "hidden")
                for kind in KINDS
            ),
            g=SQUASHING_RANGES[self.g],
            h_identity=self.h == "identity",
            per_sequence=self.update == "sequence",
            sequential=self.construction_window > 0,
            rule=type(self.rule),
            credit=self.credit,
            depth=self.depth if self.credit == "full" else 0,
        )

    @property
    def cites_options(self) -> tuple[str, ...]:
        """Keys of `longlag.citation` for the options later than 1997."""
        return (
            *("gers2000",) * self.forget_gates,
            *("gers2000peepholes",) * self.peepholes,
            *("graves2005",) * (self.credit == "full"),
        )

    @property
    def structure(self) -> Topology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, the update rule's rows, stored partials, and the activations of one network."""
        return self.topology.layout

    @property
    def most_lanes(self) -> int:
        """See `Learner`; full credit has few, because a pass for one lane computes all lanes.

        The weights and partials of the networks of a population should stay in a core's own cache.
        """
        if self.credit == "full":
            return 4
        return max(NUMBERS_NEXT_TO_A_CORE // self.topology.read_each_step, 1)

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network, its weights drawn in the order of the layout."""
        from longlag.learners.lstm.drawing import draw  # `drawing` imports this module

        column = super().start(generator)
        draw(self, self.layout.view(column, "weights"), generator)
        self.layout.view(column, "activations")[0] = 1.0  # the bias unit
        self.layout.view(column, "output_form")[:] = output_form(self.output, self.output_range)
        if self.construction_window:
            numbers = dict.fromkeys(CONSTRUCTION, 0.0) | {
                "window": self.construction_window,
                "ratio": 1 - self.construction_fall,
                "error_before": 1e30,  # so large that the first window counts as a fall
            }
            self.layout.view(column, "construction")[:] = list(numbers.values())
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.lstm.reference import ReferenceLSTM
        from longlag.learners.lstm.reference_full import ReferenceFullLSTM

        return ReferenceFullLSTM(self) if self.credit == "full" else ReferenceLSTM(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        if self.output == "softmax":
            raise InputError(
                "output 'softmax' of lstm is for streams (longlag.engine.stream_network): "
                "networks in lanes have 'logistic' or 'linear' outputs"
            )
        return compile_lstm(self.topology, lanes)

    def units(self) -> LSTMTiles:
        """See `Learner`."""
        check_streamable(
            self,
            ("credit", "full", "a stream has no end to go back from: take 'truncated'"),
            ("credit", "one-step", "it is a control for studies: take 'truncated'"),
        )
        if self.construction_window:
            raise InputError(
                "construction_window of the learner of a stream must be 0 (it counts sequences), "
                f"got {self.construction_window}"
            )
        return LSTMTiles(self)

    def forgetting(self, weights: np.ndarray) -> Forgetting | None:
        """See `StreamLearner`."""
        if not self.forget_gates or self.peepholes or self.gate_sources != ("inputs",):
            return None
        from longlag.learners.lstm.reference import layout_rows  # the order of the weights

        rows = layout_rows(self)
        gates, fed = rows["forget_gates"], np.abs(weights[rows["cells"]["inputs"]])
        biases, seen = weights[gates["bias"]][:, 0], weights[gates["inputs"]]
        block = np.arange(len(fed)) // self.block_size
        return Forgetting(biases[block], seen[block], np.zeros(len(fed)), fed)

    def check_measurable(self) -> None:
        """See `Learner`."""
        if self.peepholes:
            raise InputError(
                "error flow is not measured in networks of lstm with peepholes: choose an "
                "experiment without"
            )

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.lstm.flow import lstm_paths  # `flow` imports this module

        return lstm_paths(self, column, x, last)
