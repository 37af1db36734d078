"""The places of all weights, partials and activations of an LSTM network in its layout."""

from dataclasses import dataclass
from functools import cached_property

from longlag.contract import STRETCH
from longlag.learners.groups import Group
from longlag.learners.history import CLOCK
from longlag.learners.layout import Layout
from longlag.rules.base import Rule

#: g(x) = scale * f(x) + offset, f the logistic function
SQUASHING_RANGES = {"[-2,2]": (4.0, -2.0), "[-1,1]": (2.0, -1.0), "[0,1]": (1.0, 0.0)}

#: Kinds of units, in the order of their weights.
KINDS = ("cells", "input_gates", "forget_gates", "output_gates", "hidden", "outputs")

FEW_PARTIALS = 256  #: up to which a step updates its partials at once

#: Rows "construction": the sequences of a window, and the least ratio of its error to the error of
#: the previous window that adds a block; then the counts and sums so far.
CONSTRUCTION = (
    "window",
    "ratio",
    "sequences",  # of the window so far
    "error",  # summed over them
    "error_before",  # mean of the previous window
    "targets",  # of the sequence so far
    "squared_error",  # summed over them
)


@dataclass(frozen=True)
class Topology:
    """Sizes and connections of a network, for which a kernel is compiled.

    The rows "sources" and "activations" hold y(m) of the previous and of this step, in the order
    bias unit (always 1), real inputs, conventional hidden units, cells, input gates, forget gates,
    output gates. In this order the sources of any kind of units form at most two runs of rows (see
    `_spans`).
    """

    inputs: int
    symbols: bool
    outputs: int
    blocks: int
    block_size: int
    hidden: int
    output_gates: bool
    forget_gates: bool
    peepholes: bool
    sources: tuple[tuple[str, ...], ...]  #: for each of `KINDS`
    biased: tuple[bool, ...]  #: for each of `KINDS`
    g: tuple[float, float]
    h_identity: bool
    per_sequence: bool
    sequential: bool  #: blocks are added one after the other
    rule: type[Rule]
    credit: str = "truncated"
    depth: int = 0  #: steps stored for full credit
    transform = None  #: of a gradient before the update rule takes it: none

    @property
    def full(self) -> bool:
        """Whether errors flow back through a stored history."""
        return self.credit == "full"

    @property
    def traces(self) -> bool:
        """Whether partials of the states are stored and carried from step to step."""
        return self.credit == "truncated"

    @property
    def together(self) -> int:
        """Steps that the network may take together, each with rows of its own for what the partials
        grow by: several where partials do not fade, and are more than registers and the store
        buffer of a core take in passing. With 93 weights the steps cost the same either way.
        """
        growing = self.traces and not (self.forget_gates or self.peepholes)
        return STRETCH if growing and self._partials > FEW_PARTIALS else 1

    @property
    def sums_gradients(self) -> bool:
        """Whether the gradient of an update must be complete before any weight changes."""
        return self.per_sequence or self.full or self.rule.whole

    @property
    def cells(self) -> int:
        """Memory cells."""
        return self.blocks * self.block_size

    @property
    def gates(self) -> int:
        """Input gates, forget gates and output gates."""
        return self.blocks * (1 + self.forget_gates + self.output_gates)

    @property
    def units(self) -> int:
        """Units of the hidden layer."""
        return self.cells + self.gates + self.hidden

    @property
    def real_inputs(self) -> int:
        """Input units among the sources."""
        return 0 if self.symbols else self.inputs

    @property
    def places(self) -> dict[str, slice]:
        """The place of each kind of units in the rows "sources" and "activations"."""
        places, at = {}, 0
        for name, size in (
            ("bias", 1),
            ("inputs", self.real_inputs),
            ("hidden", self.hidden),
            ("cells", self.cells),
            ("input_gates", self.blocks),
            ("forget_gates", self.blocks * self.forget_gates),
            ("output_gates", self.blocks * self.output_gates),
        ):
            places[name] = slice(at, at + size)
            at += size
        return places

    def _spans(self, sources: tuple[str, ...], biased: bool) -> tuple[tuple[int, int], ...]:
        """The sources as at most two runs of rows; the first begins with bias and inputs."""
        sizes = {
            "inputs": self.real_inputs,
            "hidden": self.hidden,
            "cells": self.cells,
            "gates": self.gates,
        }
        runs, at = [[0, 1]] if biased else [[1, 0]], 1
        for name, size in sizes.items():
            if name in sources and size:
                if at == sum(runs[-1]):
                    runs[-1][1] += size
                else:
                    runs.append([at, size])
            at += size
        first, second = ([run for run in runs if run[1]] + [[0, 0], [0, 0]])[:2]
        return (first[0], first[1]), (second[0], second[1])

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Weights into each of `KINDS`, from other units and the bias."""
        sizes = (
            self.cells,
            self.blocks,
            self.blocks * self.forget_gates,
            self.blocks * self.output_gates,
            self.hidden,
            self.outputs,
        )
        groups, start = [], 0
        for units, sources, biased in zip(sizes, self.sources, self.biased, strict=True):
            symbols = self.inputs if self.symbols and "inputs" in sources else 0
            group = Group(start, units, symbols, self._spans(sources, biased), biased)
            groups.append(group)
            start += group.rows
        return tuple(groups)

    @cached_property
    def peephole_groups(self) -> tuple[Group, ...]:
        """Weights into input gates, forget gates and output gates from the cells of their block.

        The sources of a gate are the states of its own cells, in order.
        """
        groups, start = [], sum(group.rows for group in self.groups)
        for exists in (True, self.forget_gates, self.output_gates):
            units = self.blocks * (self.peepholes and exists)
            groups.append(Group(start, units, 0, ((0, self.block_size), (0, 0)), False))
            start += groups[-1].rows
        return tuple(groups)

    @property
    def _partials(self) -> int:
        """Stored partials, but those of symbols."""
        fan_in = (group.fan_in - group.symbols for group in self.groups[:3] if group.units)
        return self.cells * sum(fan_in) * self.traces

    @property
    def read_each_step(self) -> int:
        """Weights and stored partials that every step reads: nearly all, but those of symbols.

        Partials that are read once in several steps count by their share.
        """
        weights = sum(group.units * (group.fan_in - group.symbols) for group in self.groups)
        return weights + self._partials // self.together

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network."""
        weights = sum(group.rows for group in (*self.groups, *self.peephole_groups))
        cell, input_gate, forget_gate = self.groups[:3]
        sources = 1 + self.real_inputs + self.units
        forget_traces = self.forget_gates and self.traces
        peephole_traces = self.block_size * (self.peepholes and self.traces)
        # Of each step, for full credit
        stored = {
            "shown": self.real_inputs or 1,  # inputs, or the symbol
            "before": self.units,  # y(m,t-1)
            "slopes": (2 + self.forget_gates) * self.cells,
            "squashed": self.cells,  # h(s)
            "states": self.cells * self.peepholes,  # s(t-1)
            "errors": self.hidden + self.cells,  # of hidden units and cells, from the outputs
        }
        kept = {
            "weights": (weights,),
            "coefficients": (len(self.rule.kernel._fields),),  # of the update rule
            "output_form": (3,),  # 1 for linear units; lowest value and span of logistic ones
            "construction": (len(CONSTRUCTION) * self.sequential,),
            "enabled": (self.blocks * self.sequential,),  # 1 for blocks that have been added
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            "cell_traces": (cell.fan_in * self.traces, self.cells),  # D_c
            "gate_traces": (input_gate.fan_in * self.traces, self.cells),  # D_in
            "forget_traces": (forget_gate.fan_in * forget_traces, self.cells),  # D_phi
            # The same of the peepholes into input gates and forget gates
            "gate_peephole_traces": (peephole_traces, self.cells),
            "forget_peephole_traces": (peephole_traces * self.forget_gates, self.cells),
            "states": (self.cells,),  # s
            "activations": (sources,),  # y(m,t)
            "gradient": (weights * self.sums_gradients,),  # since the last change of the weights
            "clock": (len(CLOCK) * self.full,),
            "history": (self.depth * self.full, sum(stored.values())),
        }
        scratch = {
            "sources": (self.together, sources),  # y(m,t-1), but the inputs of t
            "symbol": (1,),  # index of the current input symbol
            "cell_inputs": (self.cells,),  # f(net_c)
            # Growth of D_c, D_in and D_phi per unit of y(m,t-1)
            "slopes": (self.together, (2 + self.forget_gates) * self.cells),
            "states_before": (self.cells * self.peepholes,),  # s(t-1)
            "squashed_states": (self.cells,),  # h(s)
            "outputs": (self.outputs,),
            "output_slopes": (self.outputs,),  # f_k'(net_k)
            "output_errors": (self.outputs,),  # e_k
            "state_errors": (self.cells,),  # e_s
            "output_gate_errors": (self.blocks,),  # e_out
            "hidden_errors": (self.hidden,),  # e_i
            # Without stored partials also e_c, e_in, e_phi
            "cell_errors": (self.cells * (not self.traces),),
            "input_gate_errors": (self.blocks * (not self.traces),),
            "forget_gate_errors": (self.blocks * (self.forget_gates and not self.traces),),
            # Of a pass back through the history: y(m,t), and errors of y(t) and s(t) from step t+1
            "later": (self.units * self.full,),
            "unit_errors": (self.units * self.full,),
            "taught_errors": ((self.hidden + self.cells) * self.full,),  # the same, from outputs
            "carried_errors": (self.cells * self.full,),
            "states_after": (self.cells * (self.full and self.peepholes),),  # s(t)
            "span": (1 * self.full,),
        }
        return Layout(scratch, **kept)
