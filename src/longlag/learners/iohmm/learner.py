"""The input-output hidden Markov model of Bengio & Frasconi (1994, 1995), trained by EM.

A model is in one of n states, in state 0 before the first step. Inputs choose the probabilities of
its moves, and its last state those of the answer. From a table, with one for each symbol k, or from
a softmax over the states i to which state j may move:

    P(i | j, k) = phi_ij(k)      or      P(i | j, x) = softmax_i(a_ij + sum_l b_ijl x_l)
    P(y = 1 | i) = e_i

Forward, alpha is a distribution over the states, and the answer y is the probability of a 1:

    alpha_i(t) = sum_j P(i | j, x_t) alpha_j(t-1),     y = sum_i alpha_i e_i

Back from a target d at step T, targets flow in the place of errors:

    beta_i(T) = P(d | i) / P(d),     beta_j(t-1) = sum_i P(i | j, x_t) beta_i(t)
    h_ij(t) = alpha_j(t-1) P(i | j, x_t) beta_i(t)          the posterior of a move
    g_i = alpha_i(T) beta_i(T)                              the posterior of the last state

After a pass over the set (the E-step) come the sums over all steps and sequences (the M-step),

    e_i = sum g_i d / sum g_i,      phi_ij(k) = sum h_ij / sum_i sum h_ij, over steps with symbol k
    a_ij += rate 2 / (1 + I) sum (h_ij - P(i | j, x) sum_i' h_i'j) / sum sum_i' h_i'j
    b_ijl likewise, with x_l in the upper sum and x_l^2 in the lower

With I inputs and a rate of 1 the last step is that of a bound on the curvature (Boehning 1992): the
likelihood never falls, as in exact EM. With several targets in a sequence, each counts by itself.
Each e_i stays in [0.001, 0.999]. Targets of several outputs are independent, given the state.

What the model can learn depends on its start. Where every state may move to every other with like
probabilities, alpha forgets within a few steps, beta is flat, and EM stands still: this is the
diffusion of credit.

Cost per step: n^2 multiplications for each source forward, and four times as many back; O(depth n)
memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import BatchLearner, ErrorPath
from longlag.learners.iohmm.lanes import compile_model
from longlag.learners.iohmm.passes import compile_epoch, drawing
from longlag.learners.iohmm.topology import ModelTopology
from longlag.learners.layout import Layout
from longlag.simd.pointers import numbers

Count = Annotated[int, Meta(ge=1, le=100_000)]


class _Drawn:
    """The numbers of a generator as a stream."""

    def __init__(self, generator: np.random.Generator):
        self.uniform = generator.random


@dataclass(frozen=True)
class IOHMM(BatchLearner):
    """An input-output hidden Markov model, trained by expectation maximisation.

    Targets are 0 and 1. The model for parity, and that for the 2-sequence problem, a start and two
    chains of three states:

    >>> IOHMM(1, 1, states=2, transitions="table").weights
    10
    >>> IOHMM(1, 1, states=7, connections="two chains").weights
    105

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        states: from 1 to 100; 3 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        transitions: "softmax" (the default) of real inputs, or a "table" with one entry for each
            symbol; the two signs of a single real input are symbols, too
        connections: every state may move to every state, "full" (the default), or "two chains":
            from state 0 to the first state of either half of the others, and there to the next
            state; every state may stay
        weight_range: initial logits are uniform in [-weight_range, weight_range], a number in
            [0, 100]; 1.0 by default; the probabilities of answers are uniform
        stick: added to the logits of staying, but in state 0, a number in [-100, 100]; 0 by default
        rate: of the step of a softmax, a number in (0, 1000]; 1.0 by default; above it the
            likelihood may fall
        restart: passes after which a model begins anew, from 0 to 1e9; 0 (the default) for never
        depth: steps that targets flow back, from 1 to 1e6; 100 by default
    """

    inputs: Count
    outputs: Count
    states: Annotated[int, Meta(ge=1, le=100)] = 3
    coding: Literal["real", "symbol"] = "real"
    transitions: Literal["softmax", "table"] = "softmax"
    connections: Literal["full", "two chains"] = "full"
    weight_range: Annotated[float, Meta(ge=0, le=100)] = 1.0
    stick: Annotated[float, Meta(ge=-100, le=100)] = 0.0
    rate: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    restart: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = 100

    name = "iohmm"
    citation = ("bengio1994b", "bengio1995")

    def __post_init__(self):
        super().__post_init__()
        if self.transitions == "softmax" and self.coding == "symbol":
            raise InputError("transitions of iohmm must be 'table' where inputs are symbols")
        if self.transitions == "table" and self.coding == "real" and self.inputs > 1:
            raise InputError(
                "transitions of iohmm must be 'softmax' for several real inputs, "
                f"got 'table' for {self.inputs}"
            )
        if self.connections == "two chains" and (self.states < 3 or self.states % 2 == 0):
            raise InputError(
                f"states of iohmm must be an odd number from 3 on for two chains, got {self.states}"
            )

    @property
    def structure(self) -> ModelTopology:
        """See `Learner`."""
        return self.topology

    @cached_property
    def topology(self) -> ModelTopology:
        """Sizes; all other numbers are data in rows."""
        return ModelTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            states=self.states,
            table=self.transitions == "table",
            depth=self.depth,
        )

    @property
    def layout(self) -> Layout:
        """Weights, the sums of a pass, and the history of one model."""
        return self.topology.layout

    @property
    def allowed(self) -> np.ndarray:
        """[j, i]: whether state j may move to state i, of shape (states, states)."""
        if self.connections == "full":
            return np.ones((self.states, self.states))
        half = (self.states - 1) // 2
        allowed = np.eye(self.states)
        allowed[0, [1, 1 + half]] = 1
        for first in (1, 1 + half):
            for state in range(first, first + half - 1):
                allowed[state, state + 1] = 1
        return allowed

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A model before its first pass."""
        column = np.zeros(self.layout.rows)
        self.layout.view(column, "allowed")[:] = self.allowed
        self.layout.view(column, "numbers")[:] = (
            *(self.weight_range, self.stick),
            *(self.rate, self.restart),
        )
        # Python runs the function that draws later models in compiled code.
        drawing(self.topology)(_Drawn(generator), numbers(column[:, None], 0))
        return column

    @property
    def epoch(self) -> Callable:
        """See `BatchLearner`."""
        return compile_epoch(self.topology)

    @property
    def most_lanes(self) -> int:
        """See `Learner`; few, because a pass for one lane computes all lanes."""
        return 4

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_model(self.topology, lanes)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.iohmm.flow import model_paths

        return model_paths(self, column, x, last)
