"""Networks side by side, stepped from Python: what the checks of `longlag.testing` look at."""

from collections.abc import Callable

import numpy as np

from longlag.learners.base import Learner
from longlag.simd.banks import aligned_zeros, bank, lane_mask


class SideBySide:
    """Networks of one learner, stepped through its functions once these are `prepared`.

    S has one column a network; every method leaves it as it is and gives a copy.
    """

    def __init__(self, learner: Learner, lanes: int, dtype: str, prepared: Callable):
        self.lanes, self.dtype, self.layout = lanes, dtype, learner.layout
        reset, step, answer, learn, finish, observe, stretch = learner.kernel(lanes)
        outputs, answers = learner.outputs, self.layout.start("outputs")
        width = learner.width
        self.width, self._outputs = width, outputs

        @prepared
        def present(S, X, out, flags):
            s, x, o = bank(S, lanes), bank(X, lanes), bank(out, lanes)
            reset(s, lane_mask(flags, 0, lanes, 1))
            for t in range(len(X) // width):
                step(s, x, t * width)
                answer(s)
                for k in range(outputs):
                    o[t * outputs + k] = s[answers + k]

        @prepared
        def teach(S, Y, flags):
            s, mask = bank(S, lanes), lane_mask(flags, 0, lanes, 1)
            learn(s, bank(Y, lanes), 0, mask)
            finish(s, mask)

        self._present, self._teach = present, teach
        self._observe = None
        if observe is not None:

            @prepared
            def see(S, X, flags):
                observe(bank(S, lanes), bank(X, lanes), 0, lane_mask(flags, 0, lanes, 1))

            self._observe = see
        self._stretch = None
        if stretch is not None:

            @prepared
            def take(S, X):
                stretch(bank(S, lanes), bank(X, lanes), 0, width)

            self._stretch = take

    def aligned(self, array: np.ndarray) -> np.ndarray:
        """A copy of an array, of the precision and alignment of a bank."""
        copy = aligned_zeros(array.shape, self.dtype)
        copy[:] = array
        return copy

    def _flags(self, mask: bool | np.ndarray) -> np.ndarray:
        return np.broadcast_to(mask, (1, self.lanes)).astype(np.uint8)

    def present(self, S, x, mask: bool | np.ndarray = True) -> tuple[np.ndarray, np.ndarray]:
        """Reset where `mask` is true, then take the steps x: a copy of S, and all answers."""
        S = self.aligned(S)
        out = aligned_zeros((len(x) // self.width * self._outputs, self.lanes), self.dtype)
        self._present(S, self.aligned(x), out, self._flags(mask))
        return S, out

    def teach(self, S, y, mask: bool | np.ndarray = True) -> np.ndarray:
        """A copy of S that has learned the target y of the last step, where `mask` is true."""
        S = self.aligned(S)
        self._teach(S, self.aligned(y), self._flags(mask))
        return S

    @property
    def observing(self) -> bool:
        """Whether the learner looks at the inputs of a step before it."""
        return self._observe is not None

    def observe(self, S, x, mask: bool | np.ndarray = True) -> np.ndarray:
        """A copy of S that has observed the inputs x of the next step, where `mask` is true."""
        S = self.aligned(S)
        if self._observe is not None:
            self._observe(S, self.aligned(x[: self.width]), self._flags(mask))
        return S

    @property
    def stretching(self) -> bool:
        """Whether the learner takes several steps together."""
        return self._stretch is not None

    def stretch(self, S, x) -> np.ndarray:
        """A copy of S after the STRETCH steps x, taken together."""
        S = self.aligned(S)
        if self._stretch is not None:
            self._stretch(S, self.aligned(x))
        return S

    def weights(self, S) -> np.ndarray:
        """The rows of the weights, for all lanes."""
        return self.layout.view(S, "weights")
