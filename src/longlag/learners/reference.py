"""What the readable networks share: weights in the order of the layout, and when they change."""

from abc import ABC, abstractmethod

import numpy as np

from longlag.learners.base import GradientLearner
from longlag.rules.base import ReferenceRule


class ReferenceNetwork(ABC):
    """One network in NumPy and float64. Flat vectors of weights are in the order of the layout."""

    def __init__(self, config: GradientLearner):
        self.config = config
        self.rule = ReferenceRule(config.rule, config.weights)
        self.accumulated = np.zeros(config.weights)  # the gradient since the last update
        self.load(np.zeros(config.layout.rows))
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """A new sequence begins."""

    @abstractmethod
    def weights(self) -> np.ndarray:
        """All weights, shape (weights,)."""

    @abstractmethod
    def _set(self, flat: np.ndarray) -> None:
        """Take all weights, shape (weights,)."""

    def load(self, column: np.ndarray) -> None:
        """Take the weights, and nothing else, from one column of the layout: shape (rows,)."""
        self._set(self.config.layout.view(np.asarray(column, float), "weights"))

    def finish(self) -> None:
        """A sequence ended."""
        if self.config.update == "sequence":
            self._update()

    def _learn_from(self, gradient: np.ndarray) -> None:
        """Take the gradient at a target: at once, or at the end of the sequence."""
        self._add(gradient)
        if self.config.update == "step":
            self._update()

    def _add(self, gradient: np.ndarray) -> None:
        self.accumulated = self.accumulated + gradient

    def _update(self) -> None:
        self._set(self.weights() + self.rule.change(self.accumulated))
        self.accumulated = np.zeros_like(self.accumulated)
