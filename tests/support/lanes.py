"""Drives a lane kernel from Python, one call at a time, as the engine does from compiled code."""

from functools import lru_cache

import numpy as np
from numba import njit

from longlag.contract import LaneKernel
from longlag.learners.lstm import LSTM
from longlag.simd.banks import aligned_zeros, bank, lane_mask


@lru_cache(maxsize=64)
def _compiled(kernel: LaneKernel, lanes: int) -> LaneKernel:
    """The kernel's functions, with banks as arrays and masks as bytes, shape (1, lanes)."""
    return LaneKernel(*(part and njit(part) for part in _of_arrays(kernel, lanes)))


def _interpreted(kernel: LaneKernel, lanes: int) -> LaneKernel:
    """The kernel's functions as Python runs them; like compiled code they warn of nothing."""
    silent = np.errstate(all="ignore")
    return LaneKernel(*(part and silent(part) for part in _of_arrays(kernel, lanes)))


def _of_arrays(kernel: LaneKernel, lanes: int) -> LaneKernel:
    reset_, step_, answer_, learn_, finish_, observe_, stretch_ = kernel

    def reset(S, flags):
        reset_(bank(S, lanes), lane_mask(flags, 0, lanes, 1))

    def step(S, X):
        step_(bank(S, lanes), bank(X, lanes), 0)

    def answer(S):
        answer_(bank(S, lanes))

    def learn(S, Y, flags):
        learn_(bank(S, lanes), bank(Y, lanes), 0, lane_mask(flags, 0, lanes, 1))

    def finish(S, flags):
        finish_(bank(S, lanes), lane_mask(flags, 0, lanes, 1))

    def observe(S, X, flags):
        observe_(bank(S, lanes), bank(X, lanes), 0, lane_mask(flags, 0, lanes, 1))

    def stretch(S, X, apart):
        stretch_(bank(S, lanes), bank(X, lanes), 0, apart)

    return LaneKernel(
        *(reset, step, answer, learn, finish), observe_ and observe, stretch_ and stretch
    )


class Lanes:
    """Networks of one topology side by side: S has one column per network.

    Python runs the kernel as it is written, unless it is to be `compiled`, which takes seconds.
    Both leave the same bits in float64 (tests/compiled/test_interpreting.py).
    """

    def __init__(
        self,
        config: LSTM,
        columns,
        dtype="float64",
        kernel: LaneKernel | None = None,
        *,
        compiled=False,
    ):
        self.config, self.lanes = config, len(columns)
        self.layout = config.layout
        self.S = aligned_zeros((self.layout.rows, self.lanes), dtype)
        self.S[:] = np.array(columns).T
        width = config.inputs if config.coding == "real" else 1
        self.X = aligned_zeros((width, self.lanes), dtype)
        self.Y = aligned_zeros((config.outputs, self.lanes), dtype)
        make = _compiled if compiled else _interpreted
        self._kernel = make(kernel or config.kernel(self.lanes), self.lanes)

    def _flags(self, mask) -> np.ndarray:
        return np.ascontiguousarray(np.broadcast_to(mask, self.lanes), np.uint8)

    def reset(self, mask=True) -> None:
        self._kernel.reset(self.S, self._flags(mask))

    def step(self, x) -> None:
        """x: one input vector or symbol for all lanes, or one column per lane."""
        x = np.asarray(x)
        self.X[:] = x if x.ndim == 2 else x.reshape(-1, 1)
        self._kernel.step(self.S, self.X)

    def stretch(self, xs) -> None:
        """STRETCH steps at once: the inputs of `step`, as one array for each."""
        steps = [np.asarray(x) for x in xs]
        rows = [x if x.ndim == 2 else x.reshape(-1, 1) for x in steps]
        X = aligned_zeros((len(rows) * len(self.X), self.lanes), self.X.dtype)
        X[:] = np.concatenate([np.broadcast_to(row, self.X.shape) for row in rows])
        self._kernel.stretch(self.S, X, len(self.X))

    def observe(self, x, mask=True) -> None:
        """The inputs of the next step, as for `step`, where the learner looks at them."""
        if self._kernel.observe is not None:
            x = np.asarray(x)
            self.X[:] = x if x.ndim == 2 else x.reshape(-1, 1)
            self._kernel.observe(self.S, self.X, self._flags(mask))

    def answer(self) -> np.ndarray:
        """The outputs, shape (outputs, lanes)."""
        self._kernel.answer(self.S)
        return self.view("outputs").copy()

    def learn(self, target, mask=True) -> None:
        target = np.asarray(target)
        self.Y[:] = target if target.ndim == 2 else target.reshape(-1, 1)
        self._kernel.learn(self.S, self.Y, self._flags(mask))

    def finish(self, mask=True) -> None:
        self._kernel.finish(self.S, self._flags(mask))

    def view(self, group: str) -> np.ndarray:
        """The rows of a group, for all lanes."""
        return self.layout.view(self.S, group)
