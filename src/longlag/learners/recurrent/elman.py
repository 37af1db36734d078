"""Simple recurrent networks (Elman 1990; Cleeremans, Servan-Schreiber & McClelland 1989).

Context units hold a copy of the hidden units of the step before, and are treated as inputs: the
gradient is one step deep. With the symbols of `longlag.learners.recurrent`, at a target d_k(t),

    e_k(t)  = f_k'(net_k(t)) (d_k(t) - y_k(t))                 outputs
    e_i(t)  = f_i'(net_i(t)) sum_k w(k,i) e_k(t)               hidden units
    dw(k,m) = alpha e_k(t) u_m(t)
    dw(i,j) = alpha e_i(t) z_j(t)

So a net learns what to keep only where keeping it for one step already helps.

Cost per step: O(1) operations and O(1) memory per weight, whatever the length of the sequence.
"""

from dataclasses import dataclass
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.base import Reference
from longlag.learners.descent import compile_descent, descend
from longlag.learners.layout import Layout
from longlag.learners.recurrent.lanes import compile_forward
from longlag.learners.recurrent.learner import RecurrentNet
from longlag.learners.recurrent.topology import RecurrentTopology
from longlag.simd.banks import rows_from


@dataclass(frozen=True)
class Elman(RecurrentNet):
    """Simple recurrent network: the hidden units of the step before are inputs.

    The net of Cleeremans et al. (1989) for the embedded Reber grammar, as the 1997 paper counts it:

    >>> Elman(inputs=7, outputs=7, hidden=15, biased=()).weights
    435
    """

    name = "elman"
    citation = ("elman1990", "cleeremans1989")

    @property
    def structure(self) -> RecurrentTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, the update rule's rows and activations of one network."""
        return self.topology.layout()

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.recurrent.reference import ReferenceElman

        return ReferenceElman(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_elman(self.topology)


@lru_cache(maxsize=64)
def compile_elman(topology: RecurrentTopology) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, hidden, per_sequence = topology.layout(), topology.hidden, topology.per_sequence
    z_row, y_row = layout.start("sources"), layout.start("activations")
    slope_row, symbol_row = layout.start("slopes"), layout.start("symbol")
    e_row, unit_e_row = layout.start("output_errors"), layout.start("unit_errors")
    forward = compile_forward(topology, layout)
    find_errors = forward.find_errors
    descent = compile_descent(topology, layout)
    begin, apply = descent.begin, descent.apply
    descend_hidden = descend(topology.recurrent, descent)
    descend_outputs = descend(topology.readout, descent)

    @inner
    def learn(S, Y, at, mask):
        z, y, symbol = rows_from(S, z_row), rows_from(S, y_row), S[symbol_row]
        e, slope, e_i = rows_from(S, e_row), rows_from(S, slope_row), rows_from(S, unit_e_row)
        find_errors(S, Y, at, mask)
        for i in range(hidden):
            e_i[i] = slope[i] * e_i[i]
        begin(S, mask)
        descend_outputs(S, y, symbol, e, mask)
        descend_hidden(S, z, symbol, e_i, mask)
        if not per_sequence:
            apply(S, mask)

    @inner
    def finish(S, mask):
        if per_sequence:
            apply(S, mask)

    return LaneKernel(forward.clear, forward.step, forward.answer, learn, finish)
