"""The readable Kalman filter of a recurrent net, in NumPy and float64: all outputs at once."""

import numpy as np

from longlag.learners.recurrent.kalman import Kalman
from longlag.learners.recurrent.reference import ReferenceRTRL


class ReferenceKalman(ReferenceRTRL):
    """One network; P is the covariance of its weights."""

    def __init__(self, config: Kalman):
        self.filter = config
        self.P = config.uncertainty * np.eye(config.weights)
        super().__init__(config.net)

    def load(self, column: np.ndarray) -> None:
        """See `ReferenceNetwork`; P begins anew."""
        weights = self.filter.weights
        self._set(np.asarray(column, float)[:weights])
        self.P = self.filter.uncertainty * np.eye(weights)

    def step(self, x) -> None:
        """See `ReferenceNet`."""
        self.p = self.filter.discount * self.p
        super().step(x)

    def by_weight(self) -> np.ndarray:
        """H: derivatives of the outputs by the weights, of shape (weights, outputs)."""
        columns = []
        for k, slope in enumerate(self.out_slopes):
            of_v = np.zeros_like(self.v)
            of_v[k] = slope * self.u
            of_w = slope * np.tensordot(self.v[k, self.first :], self.p, axes=1)
            columns.append(self._flat(of_w, of_v))
        return np.array(columns).T

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        H, outputs = self.by_weight(), self.filter.outputs
        A = np.linalg.inv(self.filter.noise * np.eye(outputs) + H.T @ self.P @ H)
        K = self.P @ H @ A
        self._set(self.weights() + K @ (np.asarray(target, float) - self.out))
        self.P = self.P - K @ H.T @ self.P + self.filter.drift * np.eye(len(self.P))

    def finish(self) -> None:
        """A sequence ended."""
