"""A batch learner that the library does not have: what the contract of batch learners must allow.

Its only state is the sum h of the inputs so far, and its answer is w h + b. After each pass w and b
go down the mean gradient, and w is shaken by a draw. The network grows: its bias b is there from
the second pass on. After every third pass it is ready for an exam.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.base import BatchLearner
from longlag.learners.layout import Layout
from longlag.simd.random import uniform
from longlag.simd.vectors import select

_W, _B, _READY, _H, _SHOWN, _SLOPE_W, _SLOPE_B, _PASSES, _RATE, _SHAKE, _OUT = range(11)


@dataclass(frozen=True)
class RunningSum(BatchLearner):
    """One sum and one output."""

    inputs: int = 1
    outputs: int = 1
    coding: str = "real"
    rate: float = 0.5
    shake: float = 0.01

    name = "running-sum"
    citation = ("nobody",)

    @property
    def layout(self):
        return Layout({"outputs": (1,)}, weights=(2,), ready=(1,), rest=(7,))

    @property
    def structure(self):
        return ()

    def weights_of(self, column):
        return 2 if column[_PASSES] > 1 else 1

    def start(self, generator):
        column = np.zeros(self.layout.rows)
        column[_W] = 4.0 * generator.random() - 2.0
        column[_RATE], column[_SHAKE] = self.rate, self.shake
        return column

    def kernel(self, lanes):
        return _kernel()

    @property
    def epoch(self):
        return _epoch()


@cache
def _kernel():
    @inner
    def reset(S, mask):
        S[_H] = select(mask, 0.0, S[_H])

    @inner
    def step(S, X, at):
        S[_H] = S[_H] + X[at]

    @inner
    def answer(S):
        S[_OUT] = S[_W] * S[_H] + S[_B]

    @inner
    def learn(S, Y, at, mask):
        error = select(mask, Y[at] - S[_OUT], 0.0)
        S[_SLOPE_W] = S[_SLOPE_W] + error * S[_H]
        S[_SLOPE_B] = S[_SLOPE_B] + error

    @inner
    def finish(S, mask):
        S[_SHOWN] = select(mask, S[_SHOWN] + 1.0, S[_SHOWN])

    return LaneKernel(reset, step, answer, learn, finish)


@cache
def _epoch():
    @inlined
    def epoch(stream, column):
        step = column[_RATE] / column[_SHOWN]
        column[_W] += step * column[_SLOPE_W] + column[_SHAKE] * uniform(stream)
        if column[_PASSES] > 0.0:
            column[_B] += step * column[_SLOPE_B]
        column[_PASSES] += 1.0
        column[_READY] = 1.0 if column[_PASSES] % 3.0 == 0.0 else 0.0
        column[_SLOPE_W] = column[_SLOPE_B] = column[_SHOWN] = 0.0

    return epoch
