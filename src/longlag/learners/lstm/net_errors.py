"""Errors of the net inputs of an LSTM network at one step, for one-step and full credit."""

from collections.abc import Callable
from typing import NamedTuple

from longlag.compiled.compiling import inner
from longlag.learners.lstm.topology import Topology
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma


class Errors(NamedTuple):
    """Functions that find the errors of a step, in scratch rows; y are its activations."""

    at_target: Callable  #: at_target(S, Y, at, mask): of the outputs, y(i) and y(c)
    of_hidden: Callable  #: of_hidden(S, y): of the nets of hidden units, from the errors of y(i)
    of_states: Callable  #: of_states(S, y): of output gates and states, from the errors of y(c)


def compile_net_errors(topology: Topology) -> Callable:
    """find(S): errors of the nets of cells, input gates and forget gates, from errors of states."""
    layout, cells = topology.layout, topology.cells
    blocks, size, forget_gates = topology.blocks, topology.block_size, topology.forget_gates
    es_row, m_row = layout.start("state_errors"), layout.start("slopes")
    e_c_row, e_in_row = layout.start("cell_errors"), layout.start("input_gate_errors")
    e_forget_row = layout.start("forget_gate_errors")

    @inner
    def sum_blocks(e, e_s, m):
        for j in range(blocks):
            total = e_s[j * size] * m[j * size]
            for c in range(j * size + 1, j * size + size):
                total = fma(e_s[c], m[c], total)
            e[j] = total

    @inner
    def find(S):
        e_s, m, e_c = rows_from(S, es_row), rows_from(S, m_row), rows_from(S, e_c_row)
        for c in range(cells):
            e_c[c] = e_s[c] * m[c]
        sum_blocks(rows_from(S, e_in_row), e_s, rows_from(m, cells))
        if forget_gates:
            sum_blocks(rows_from(S, e_forget_row), e_s, rows_from(m, 2 * cells))

    return find
