"""The driver for a user's own sequences: one network, NumPy arrays in and out."""

from collections.abc import Callable
from functools import lru_cache

from longlag.contract import LaneKernel
from longlag.simd.banks import bank, get_lane, lane_mask

#: Bits of the flags below: learn from the target of a step, and from its inputs
LEARN, OBSERVE = 1, 2


@lru_cache(maxsize=64)
def compile_present(learner: LaneKernel, outputs: int, out_row: int) -> Callable:
    """present(S, X, Y, flags, out, record) -> steps: step through X, and learn where flags say so.

    `learner` is a LaneKernel for one lane. S is the network, of shape (rows, 1). X of shape
    (steps * width, 1), Y of shape (steps * outputs, 1) and flags of shape (steps, 1) are ordered by
    step. out (steps, outputs) receives every answer, before the network learns from its target.
    record (steps, rows) receives the whole network after every step, unless record has no rows.
    """
    step, answer, learn, observe = learner.step, learner.answer, learner.learn, learner.observe

    def present(S, X, Y, flags, out, record):
        network, x, y = bank(S, 1), bank(X, 1), bank(Y, 1)
        steps = len(flags)
        width = len(X) // steps
        for t in range(steps):
            if observe is not None and flags[t, 0] & OBSERVE:
                observe(network, x, t * width, lane_mask(flags, t, 1, OBSERVE))
            step(network, x, t * width)
            answer(network)
            for k in range(outputs):
                out[t, k] = get_lane(network, out_row + k, 0)
            if flags[t, 0] & LEARN:
                learn(network, y, t * outputs, lane_mask(flags, t, 1, LEARN))
            if len(record):
                for row in range(len(S)):
                    record[t, row] = S[row, 0]
        return steps

    return present


@lru_cache(maxsize=64)
def compile_boundaries(learner: LaneKernel) -> tuple[Callable, Callable]:
    """reset(S, flags) and finish(S, flags): the work of a learner between two sequences."""
    reset_, finish_ = learner.reset, learner.finish

    def reset(S, flags):
        reset_(bank(S, 1), lane_mask(flags, 0, 1, LEARN))

    def finish(S, flags):
        finish_(bank(S, 1), lane_mask(flags, 0, 1, LEARN))

    return reset, finish
