"""Recurrent nets trained by an extended Kalman filter (Puskorius & Feldkamp 1994).

The weights w of a layered recurrent net are the state of a filter, and each target is a measurement
of them. With H_k = dy_k/dw, which RTRL carries forward, a target d changes the weights by

    s = R + H_k' P H_k,   g = P H_k / s,   w += g (d_k - y_k),   P -= g (P H_k)'

for one output k after the other, which is the joint update of all outputs; P_0 is `uncertainty`
times the identity, and Q is added to the diagonal of P after each target. For a net that is linear
in w this is recursive least squares.

The stored partials are multiplied by `discount` at each step before they are carried on, as the
source does: dynamic derivatives then fade exponentially, whatever the net.

Cost per target: O(W^2) operations and memory for W weights; per step, that of RTRL. (The source
also has a decoupled filter, where P holds only blocks of weights; this is the global one.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.base import ErrorPath, Learner, Reference
from longlag.learners.layout import Layout
from longlag.learners.outputs import End, check_range
from longlag.learners.recurrent.rtrl import RTRL, compile_rtrl
from longlag.learners.recurrent.rtrl import Structure as RTRLStructure
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma, select

Count = Annotated[int, Meta(ge=1, le=1000)]


class KalmanStructure(NamedTuple):
    """The sizes and connections for which a kernel is compiled."""

    net: RTRLStructure

    @property
    def layout(self) -> Layout:
        """The rows of RTRL, and P."""
        net = self.net.layout
        weights = net.size("weights")
        return self.net.topology.layout(
            kept={
                "partials": net.shapes["partials"],
                "numbers": (3,),  # R, Q, discount
                "covariance": (weights, weights),
            },
            scratch={
                "partial_nets": net.shapes["partial_nets"],
                "slopes_by_weight": (weights,),  # H_k
                "gains": (weights,),  # P H_k
                "change": (weights,),
                "errors": (self.net.topology.outputs,),
            },
        )


@dataclass(frozen=True)
class Kalman(Learner):
    """A layered recurrent net whose weights an extended Kalman filter estimates.

    Args:
        inputs: input units, from 1 to 1000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 1000
        hidden: hidden units, which all feed each other, from 1 to 1000; 4 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        squashing: of the hidden units, "tanh" (the default), to [-1, 1], or "logistic", to [0, 1]
        output: output units, "linear" (the default) or "logistic"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.3 by default
        uncertainty: of each initial weight, a variance above 0, at most 1e6; 100.0 by default
        noise: R, the variance of a target, above 0, at most 1e6; 1.0 by default
        drift: Q, what each target adds to the variance of a weight, from 0 to 1e6; 0.0001 by
            default
        discount: of the derivatives of earlier steps, at each step, from 0 to 1; 1.0 by default
    """

    inputs: Count
    outputs: Count
    hidden: Count = 4
    coding: Literal["real", "symbol"] = "real"
    squashing: Literal["tanh", "logistic"] = "tanh"
    output: Literal["linear", "logistic"] = "linear"
    output_range: tuple[End, End] = (0.0, 1.0)
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.3
    uncertainty: Annotated[float, Meta(gt=0, le=1e6)] = 100.0
    noise: Annotated[float, Meta(gt=0, le=1e6)] = 1.0
    drift: Annotated[float, Meta(ge=0, le=1e6)] = 0.0001
    discount: Annotated[float, Meta(ge=0, le=1)] = 1.0

    name = "kalman"
    citation = ("puskorius1994",)
    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        check_range(self.name, self.output_range)

    @cached_property
    def net(self) -> RTRL:
        """The net, with the derivatives that RTRL carries forward."""
        shared = ("inputs", "outputs", "hidden", "coding", "squashing", "output", "output_range")
        fields = {name: getattr(self, name) for name in shared}
        return RTRL(**fields, weight_range=self.weight_range)

    @property
    def structure(self) -> KalmanStructure:
        """See `Learner`."""
        return KalmanStructure(self.net.structure)

    @property
    def layout(self) -> Layout:
        """Weights, activations and stored partials of one network, and P."""
        return self.structure.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network, its weights drawn in the order of the layout."""
        layout, column = self.layout, np.zeros(self.layout.rows)
        net = self.net.start(generator)
        for name in ("weights", "coefficients", "output_form", "activations"):
            layout.view(column, name)[:] = self.net.layout.view(net, name)
        layout.view(column, "numbers")[:] = self.noise, self.drift, self.discount
        layout.view(column, "covariance")[:] = self.uncertainty * np.eye(self.weights)
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.recurrent.reference_kalman import ReferenceKalman

        return ReferenceKalman(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_kalman(self.structure)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.recurrent.kalman_flow import kalman_paths

        return kalman_paths(self, column, x, last)


def slopes_by_weight(structure: KalmanStructure) -> Callable:
    """find(S, k): H_k, the derivatives of output k by all weights."""
    topology, layout = structure.net.topology, structure.layout
    units, readout = topology.units, topology.readout
    weights, outputs = topology.recurrent.rows, topology.outputs
    (first, count), (first_hidden, hidden) = readout.spans
    row_0, row_1 = (readout.start + row for row in readout.span_rows)
    w_row, p_row = layout.start("weights"), layout.start("partials")
    y_row, slope_row = layout.start("activations"), layout.start("output_slopes")
    H_row = layout.start("slopes_by_weight")

    @inner
    def find(S, k):
        w, H, y = rows_from(S, w_row), rows_from(S, H_row), rows_from(S, y_row)
        slope = S[slope_row + k]
        for row in range(weights):
            p = rows_from(S, p_row + row * units)
            total = 0.0 * slope
            for l in range(hidden):
                total = fma(w[row_1 + l * outputs + k], p[l], total)
            H[row] = slope * total
        for row in range(outputs):
            mine = 1.0 if row == k else 0.0
            for m in range(count):
                H[row_0 + m * outputs + row] = mine * slope * y[first + m]
            for m in range(hidden):
                H[row_1 + m * outputs + row] = mine * slope * y[first_hidden + m]

    return find


@lru_cache(maxsize=64)
def compile_kalman(structure: KalmanStructure) -> LaneKernel:
    """The kernel of every network of this structure."""
    net, layout = structure.net, structure.layout
    outputs, weights = net.topology.outputs, layout.size("weights")
    p_row, partials = layout.start("partials"), layout.size("partials")
    w_row, number_row, P_row = (layout.start(n) for n in ("weights", "numbers", "covariance"))
    H_row, gain_row = layout.start("slopes_by_weight"), layout.start("gains")
    change_row, error_row = layout.start("change"), layout.start("errors")
    out_row = layout.start("outputs")
    reset, advance, answer, *_ = compile_rtrl(net, layout)
    find_slopes = slopes_by_weight(structure)

    @inner
    def step(S, X, at):
        discount = S[number_row + 2]
        for i in range(p_row, p_row + partials):
            S[i] = S[i] * discount
        advance(S, X, at)

    @inner
    def find_gains(S):
        """P H in the rows "gains"; returns R + H' P H."""
        H, gain, P = rows_from(S, H_row), rows_from(S, gain_row), rows_from(S, P_row)
        s = S[number_row]
        for a in range(weights):
            total = 0.0 * s
            for b in range(weights):
                total = fma(P[a * weights + b], H[b], total)
            gain[a] = total
            s = fma(H[a], total, s)
        return s

    @inner
    def shrink(S, s, mask):
        """P -= P H H' P / s, both halves from one product, so that P stays symmetric."""
        gain, P = rows_from(S, gain_row), rows_from(S, P_row)
        for a in range(weights):
            share = gain[a] / s
            for b in range(a + 1):
                old = P[a * weights + b]
                new = select(mask, fma(-share, gain[b], old), old)
                P[a * weights + b] = new
                P[b * weights + a] = new

    @inner
    def learn(S, Y, at, mask):
        H, gain, change = rows_from(S, H_row), rows_from(S, gain_row), rows_from(S, change_row)
        for i in range(weights):
            change[i] = 0.0
        for k in range(outputs):
            S[error_row + k] = select(mask, Y[at + k] - S[out_row + k], 0.0)
        for k in range(outputs):
            find_slopes(S, k)
            e = S[error_row + k]
            for i in range(weights):
                e = fma(-H[i], change[i], e)
            s = find_gains(S)
            for i in range(weights):
                change[i] = select(mask, fma(gain[i], e / s, change[i]), 0.0)
            shrink(S, s, mask)
        for i in range(weights):
            S[w_row + i] = S[w_row + i] + change[i]
        for i in range(weights):
            row = P_row + i * (weights + 1)
            S[row] = select(mask, S[row] + S[number_row + 1], S[row])

    @inner
    def finish(S, mask):
        pass

    return LaneKernel(reset, step, answer, learn, finish)
