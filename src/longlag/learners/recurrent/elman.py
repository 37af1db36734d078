"""Simple recurrent networks (Elman 1990; Cleeremans, Servan-Schreiber & McClelland 1989).

Context units hold a copy of the hidden units of the step before, and count as inputs: the gradient
is one step deep. With the symbols of `longlag.learners.recurrent.learner`, at a target d_k(t),

    e_k(t)  = f_k'(net_k(t)) (d_k(t) - y_k(t))                 outputs
    e_i(t)  = f_i'(net_i(t)) sum_k w(k,i) e_k(t)               hidden units
    dw(k,m) = alpha e_k(t) u_m(t)
    dw(i,j) = alpha e_i(t) z_j(t)

A net therefore learns to keep something only if keeping it for a single step already helps.

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

    The net of Cleeremans et al. (1989) for the embedded Reber grammar, as the 1997 paper counts
    its weights:

    >>> Elman(inputs=7, outputs=7, hidden=15, biased=()).weights
    435

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: hidden units, which all feed each other, from 1 to 100_000; 8 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        output_sources: what feeds the outputs, "hidden" and, for shortcuts, "inputs"; ("hidden",)
            by default
        biased: units that have a bias weight; ("hidden", "outputs") by default
        squashing: of the hidden units, "logistic" (the default), to [0, 1], or "tanh", to [-1, 1]
        output: output units, "logistic" (the default) or "linear"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.1 by default
        update: weights change at each target, "step" (the default), or once in a "sequence"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
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
    layout, hidden = topology.layout(), topology.hidden
    z_row, y_row = layout.start("sources"), layout.start("activations")
    slope_row, symbol_row = layout.start("slopes"), layout.start("symbol")
    e_row, unit_e_row = layout.start("output_errors"), layout.start("unit_errors")
    forward = compile_forward(topology, layout)
    find_errors = forward.find_errors
    descent = compile_descent(topology, layout)
    begin, after_target = descent.begin, descent.after_target
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
        after_target(S, mask)

    return LaneKernel(forward.clear, forward.step, forward.answer, learn, descent.after_sequence)
