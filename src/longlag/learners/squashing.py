"""Squashing functions and their slopes, with full precision even at saturation."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Squashing:
    """f(x) = low + span / (1 + exp(-gain x)), or f(x) = x if linear.

    Each field is one number for all units, or an array with one number for each unit.
    """

    low: float | np.ndarray = 0.0
    span: float | np.ndarray = 1.0
    gain: float | np.ndarray = 1.0
    linear: bool | np.ndarray = False

    def __call__(self, net: np.ndarray) -> np.ndarray:
        """f(net), unit by unit."""
        logistic = 0.5 + 0.5 * np.tanh(0.5 * self.gain * net)
        return np.where(self.linear, net, self.low + self.span * logistic)

    def slope(self, net: np.ndarray) -> np.ndarray:
        """f'(net). The product f (1 - f) rounds to 0 from net = 37 on; this form, only from 745."""
        small = np.exp(-np.abs(self.gain * net))
        return np.where(self.linear, 1.0, self.span * self.gain * small / (1.0 + small) ** 2)

    @property
    def steepest(self) -> float:
        """The largest slope of any unit: 0.25 for logistic units."""
        return float(np.max(np.where(self.linear, 1.0, 0.25 * self.span * self.gain)))


LOGISTIC = Squashing()
TANH = Squashing(low=-1.0, span=2.0, gain=2.0)
