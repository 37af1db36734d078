"""Recurrent Cascade-Correlation (Fahlman 1991): a net that grows by one frozen unit at a time.

A hidden unit is fed by the bias, by the inputs, by all earlier hidden units at the same step, and
by itself of the step before; the outputs are fed by the bias, the inputs and all hidden units I_i:

    V_k(t) = f(sum_i w_ki I_i(t) + s_k V_k(t-1)),    V_k(0) = 0 at the beginning of a sequence
    o_j(t) = f(sum_i u_ji I_i(t)),                   f(x) = 1 / (1 + exp(-x)) - 1/2 or tanh(x)

A task's targets from 0 to 1 stand for the range of f. Learning takes passes over a training set.
Phases alternate; each ends when its measure has not changed by more than a share `threshold` for
`patience` passes, or after `epochs` passes.

**Outputs.** With the errors E_j, Quickprop descends the sum over all steps with a target of

    E_j = (o_j - d_j) (f'(net_j) + offset),    slope of u_ji = sum_t E_j(t) I_i(t) + decay u_ji.

The measure is the sum of (o_j - d_j)^2. Afterwards the network may take an exam.

**Candidates.** Each of a pool of units is trained for itself, while the outputs stand still, to
have a high score: the sum of its covariances with the errors, with sigma_j the sign of the
covariance in the pass before. The first pass only finds the signs.

    S = sum_j |sum_t V(t) (E_j(t) - mean E_j)| / sum_t sum_j E_j(t)^2
    dS/dw = sum_t sum_j sigma_j (E_j(t) - mean E_j) dV(t)/dw / sum_t sum_j E_j(t)^2
    dV(t)/dw_i = f' (I_i(t) + s dV(t-1)/dw_i),    dV(t)/ds = f' (V(t-1) + s dV(t-1)/ds)

Quickprop ascends S; the measure is the best score. The best candidate becomes a hidden unit: its
weights are frozen, and its weight to output j begins at -(covariance with E_j), as in S.

With N steps in the set and n units that feed a candidate, the rates of Quickprop are output_rate /
N and candidate_rate / (N n). Every pass counts, those of candidates too.

Since only single units are fed back, a net cannot count modulo 2 or hold what several units
together would (Giles et al. 1995): it has no solution for parity.

Cost per step: with n = 1 + inputs + units, about 2 n outputs + units^2 / 2 + 3 n pool
multiplications, whichever phase it is; memory does not depend on the length of a sequence.

Reference: Fahlman, Advances in Neural Information Processing Systems 3, 1991, pp 190-196.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.learners.base import BatchLearner, ErrorPath
from longlag.learners.cascade.lanes import compile_cascade
from longlag.learners.cascade.passes import compile_epoch
from longlag.learners.cascade.topology import UNITS, CascadeTopology
from longlag.learners.layout import Layout
from longlag.registry import added

Count = Annotated[int, Meta(ge=1, le=100_000)]
Few = Annotated[int, Meta(ge=1, le=1000)]
Share = Annotated[float, Meta(ge=0, le=1)]
Factor = Annotated[float, Meta(ge=0, le=1e6)]


@dataclass(frozen=True)
class CascadeCorrelation(BatchLearner):
    """Recurrent Cascade-Correlation; the defaults are those of the simulator that was published.

    Weights of the embedded Reber grammar with 7, 8 and 9 hidden units:

    >>> [CascadeCorrelation(7, 7, hidden=h).weights for h in (7, 8, 9)]
    [189, 212, 236]

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: the most hidden units, from 1 to 1000; 15 by default; when they are all there, only
            the outputs learn
        pool: candidates, from 1 to 1000; 8 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        squashing: of all units, "logistic" (the default), to [-1/2, 1/2], or "tanh", to [-1, 1]
        weight_range: new weights are uniform in [-weight_range, weight_range], a number in
            [0, 1e6]; 1.0 by default
        output_rate: see above, a number in [0, 1e6]; 1.0 by default
        candidate_rate: see above, a number in [0, 1e6]; 100.0 by default
        growth: of Quickprop, see `longlag.Quickprop`, a number in (0, 10]; 2.0 by default
        output_patience: passes, from 1 to 1000; 12 by default
        output_threshold: share of the squared error, a number in [0, 1]; 0.01 by default
        candidate_patience: passes, from 1 to 1000; 12 by default
        candidate_threshold: share of the best score, a number in [0, 1]; 0.03 by default
        epochs: most passes of a phase, from 1 to 100_000; 200 by default
        offset: added to the slopes of output units, a number in [0, 1]; 0.1 by default
        output_decay: share of each weight of the outputs that its slope gets in addition, a number
            in [0, 1]; 0.0 by default
    """

    inputs: Count
    outputs: Count
    hidden: Few = 15
    pool: Few = 8
    coding: Literal["real", "symbol"] = "real"

    squashing: Literal["logistic", "tanh"] = "logistic"
    weight_range: Factor = 1.0

    output_rate: Factor = 1.0
    candidate_rate: Factor = 100.0
    growth: Annotated[float, Meta(gt=0, le=10)] = 2.0
    output_patience: Few = 12
    output_threshold: Share = 0.01
    candidate_patience: Few = 12
    candidate_threshold: Share = 0.03
    epochs: Count = 200
    offset: Share = 0.1
    output_decay: Annotated[float, Meta(ge=0, le=1)] = added(0.0)

    name = "cascade-correlation"
    citation = ("fahlman1991", "fahlman1988")

    @property
    def structure(self) -> CascadeTopology:
        """See `Learner`."""
        return self.topology

    @cached_property
    def topology(self) -> CascadeTopology:
        """Sizes; all other numbers are data in rows."""
        symbols = self.coding == "symbol"
        return CascadeTopology(self.inputs, symbols, self.outputs, self.hidden, self.pool)

    @property
    def layout(self) -> Layout:
        """Weights, candidates, the sums of a pass, and the activations of one network."""
        return self.topology.layout

    def weights_of(self, column: np.ndarray) -> int:
        """See `Learner`: those of the hidden units that are there."""
        return self.topology.weights(int(self.layout.view(column, "progress")[UNITS]))

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A net without hidden units."""
        column = np.zeros(self.layout.rows)
        count = self.topology.weights(0)
        weights = self.layout.view(column, "weights")
        weights[:count] = self.weight_range * (2.0 * generator.random(count) - 1.0)
        self.layout.view(column, "activations")[0] = 1.0  # the bias
        self.layout.view(column, "numbers")[:] = (
            *(self.output_rate, self.candidate_rate, self.growth),
            *(self.output_patience, self.output_threshold),
            *(self.candidate_patience, self.candidate_threshold),
            *(self.epochs, self.weight_range, self.offset),
            2.0 if self.squashing == "tanh" else 1.0,
            self.output_decay,
        )
        return column

    @property
    def epoch(self):
        """See `BatchLearner`."""
        return compile_epoch(self.topology)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_cascade(self.topology)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.cascade.flow import cascade_paths

        return cascade_paths(self, column, x, last)
