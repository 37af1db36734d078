"""The place of every weight, trace and activation of rotating cells in a network's column."""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules.base import Rule

#: Kinds of units, in the order of their weights. A phase counts as a unit that the bias feeds.
KINDS = ("cells", "input_gates", "forget_gates", "output_gates", "phases", "outputs")


@dataclass(frozen=True)
class RotatingTopology:
    """Sizes and connections of a network, which determine the compiled kernel.

    States come in pairs, the two parts of a rotating cell or the two cells of a memory block; the
    cells come first. The rows "activations" hold the bias unit (always 1), real inputs, and the
    outputs of all states, pair by pair.
    """

    inputs: int
    symbols: bool
    outputs: int
    cells: int  #: pairs that rotate
    blocks: int  #: pairs that do not
    shortcuts: bool  #: the inputs feed the outputs
    fixed: bool  #: the phases are no weights
    rule: type[Rule]
    per_sequence: bool
    transform = None  #: of a gradient before the update rule takes it: none

    @property
    def pairs(self) -> int:
        """Pairs of states; each has its gates."""
        return self.cells + self.blocks

    @property
    def states(self) -> int:
        """Numbers in all states."""
        return 2 * self.pairs

    @property
    def real_inputs(self) -> int:
        """Input units among the activations."""
        return 0 if self.symbols else self.inputs

    @property
    def places(self) -> dict[str, slice]:
        """Where each kind of unit lies among the rows "activations"."""
        first = 1 + self.real_inputs
        cells = slice(first, first + self.states)
        return {"bias": slice(0, 1), "inputs": slice(1, first), "cells": cells}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Weights into each of `KINDS`."""
        seen = 1 + self.real_inputs
        sizes = (self.states, self.pairs, self.pairs, self.pairs, self.cells, self.outputs)
        groups, start = [], 0
        for kind, units in zip(KINDS, sizes, strict=True):
            fed = kind != "phases" and (kind != "outputs" or self.shortcuts)
            runs = (0, seen if fed else 1), (seen, self.states if kind == "outputs" else 0)
            symbols = self.inputs * (self.symbols and fed)
            groups.append(Group(start, units, symbols, runs, True))
            start += groups[-1].rows
        return tuple(groups)

    @property
    def sums_gradients(self) -> bool:
        """Whether the gradient of an update must be complete before any weight changes."""
        return self.per_sequence or self.rule.whole

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network. Pairs of numbers are the real and the imaginary part."""
        weights = sum(group.rows for group in self.groups)
        fan_in, states, pairs = self.groups[0].fan_in, self.states, self.pairs
        kept = {
            "weights": (weights,),
            "coefficients": (len(self.rule.kernel._fields),),  # of the update rule
            "output_form": (3,),  # 1 for linear units; lowest value and span of logistic ones
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            "cell_traces": (fan_in, 2 * states),  # T_re, T_im, pair by pair
            "gate_traces": (fan_in, states),  # T_in
            "forget_traces": (fan_in, states),  # T_phi
            "phase_traces": (1, 2 * self.cells * (not self.fixed)),  # T_theta
            "states": (states,),  # s
            "activations": (1 + self.real_inputs + states,),
            "gradient": (weights * self.sums_gradients,),  # since the last change of the weights
        }
        scratch = {
            "symbol": (1,),  # index of the current input symbol
            "cell_inputs": (states,),  # f(net_re), f(net_im)
            "gates": (3 * pairs,),  # y(in), y(phi), y(out)
            "kept": (states,),  # A
            "turned_states": (states,),  # exp(j theta) s(t-1)
            # What the traces grow by, per unit of a source: of cells, in, phi and theta
            "slopes": (4 * states + 2 * self.cells,),
            "squashed_states": (states,),  # h(s)
            "outputs": (self.outputs,),
            "output_slopes": (self.outputs,),  # f_k'(net_k)
            "output_errors": (self.outputs,),  # e_k
            "state_errors": (states,),  # e
            "state_errors_twice": (2 * states,),  # e for each of the cell's two nets
            "output_gate_errors": (pairs,),  # e_out
        }
        return Layout(scratch, **kept)
