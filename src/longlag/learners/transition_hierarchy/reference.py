"""The readable transition hierarchy, equation by equation, in NumPy and float64."""

import numpy as np

from longlag.learners.transition_hierarchy.learner import TransitionHierarchy


class ReferenceHierarchy:
    """One network; w, m and a are matrices of [unit, input], L finds a unit by its weight."""

    def __init__(self, config: TransitionHierarchy):
        self.config = config
        self.w = np.zeros((config.outputs, config.inputs))
        self.m, self.a = np.zeros_like(self.w), np.zeros_like(self.w)
        self.L: dict[tuple[int, int], int] = {}
        self.changed: list[tuple[int, int] | None] = [None] * config.outputs
        self.order = [0] * config.outputs
        self._forget()

    def load(self, column: np.ndarray) -> None:
        """Take the weights of the outputs, before any other unit is there."""
        weights = self.config.layout.view(np.asarray(column, float), "weights")
        self.w = weights[: self.w.size].reshape(self.w.shape).copy()

    def _forget(self) -> None:
        self.u = np.zeros(len(self.w))
        self.shown: list[np.ndarray] = []  # I of each step

    def reset(self) -> None:
        """A new sequence begins."""
        if self.config.resets:
            self._forget()

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        self.shown.append(np.asarray(x, float))
        g = self.w.copy()
        for (i, j), unit in self.L.items():
            g[i, j] += self.u[unit]
        self.u = g @ self.shown[-1]

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        return self.u[: self.config.outputs]

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        self.c = c = np.zeros_like(self.w)  # downhill, of half the squared error of this step
        for i, order in enumerate(self.order):
            if order >= len(self.shown):
                continue
            changed = self.changed[i]
            e = target[i] - self.u[i] if changed is None else c[changed]
            then = self.shown[-1 - order]
            c[i] = then * e
            for j in np.flatnonzero(then):
                if (i, j) not in self.L:
                    self.w[i, j] += self.config.rate * c[i, j]
                self.m[i, j] += self.config.sigma * (c[i, j] - self.m[i, j])
                self.a[i, j] += self.config.sigma * (abs(c[i, j]) - self.a[i, j])
        self._grow()

    def _grow(self) -> None:
        outputs, most = self.config.outputs, self.config.most
        for i, j in np.ndindex(self.w.shape):
            limit = self.config.threshold * (self.config.epsilon + abs(self.m[i, j]))
            if self.a[i, j] > limit and (i, j) not in self.L and len(self.w) < outputs + most:
                self.L[i, j] = len(self.w)
                self.changed.append((i, j))
                self.order.append(self.order[i] + 1)
                self.m[i], self.a[i] = 1.0, 0.0
                self.u = np.append(self.u, 0.0)
                self.w, self.m, self.a = (
                    np.vstack((each, np.zeros(self.config.inputs)))
                    for each in (self.w, self.m, self.a)
                )

    def finish(self) -> None:
        """A sequence ended."""

    def _padded(self, numbers: np.ndarray, size: int) -> np.ndarray:
        return np.concatenate((numbers, np.zeros(size - len(numbers))))

    def weights(self) -> np.ndarray:
        """All weights, in the order of the layout."""
        return self._padded(self.w.ravel(), self.config.weights)

    def activations(self) -> np.ndarray:
        """The units, in the order of the layout's rows "activations"."""
        return self._padded(self.u, self.config.topology.units)
