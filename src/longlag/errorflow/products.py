"""Products of thousands of Jacobians, whose size may leave the range of any floating-point number.

An error that flows back q steps is multiplied by q Jacobians. The product is kept as a matrix whose
largest entry is of size 1, and a power of two beside it, so nothing under- or overflows and the
scaling rounds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from longlag.errors import InputError, check_whole

Lags = Sequence[int] | np.ndarray

LOG10_2 = float(np.log10(2.0))


@dataclass(frozen=True)
class Flow:
    """What an error of size 1 at a step t has become q steps earlier, for n lags q.

    Sizes are decimal logarithms: -300 is a factor of 1e-300, and -inf no error at all.
    """

    lags: np.ndarray  #: (n,) whole numbers q, rising
    largest: np.ndarray  #: (n,) of the largest entry: the most that reaches one unit from one unit
    norm: np.ndarray  #: (n,) of the spectral norm: the most that reaches all units from all units


class Scaled(NamedTuple):
    """The matrix `matrix * 2**exponent`."""

    matrix: np.ndarray
    exponent: int

    def times(self, factor: np.ndarray) -> "Scaled":
        """The product with one more matrix."""
        product = self.matrix @ factor
        shift = int(np.frexp(np.abs(product).max(initial=0.0))[1])
        return Scaled(np.ldexp(product, -shift), self.exponent + shift)

    @property
    def log10_largest(self) -> float:
        """Of the largest entry in absolute value."""
        return self._log10(np.abs(self.matrix).max(initial=0.0))

    @property
    def log10_norm(self) -> float:
        """Of the spectral norm."""
        return self._log10(np.linalg.norm(self.matrix, 2))

    def _log10(self, size: np.floating) -> float:
        return float(np.log10(size)) + self.exponent * LOG10_2 if size > 0 else -np.inf


def flow_back(
    jacobians: np.ndarray,
    lags: Lags,
    *,
    arrive: np.ndarray | None = None,
    leave: np.ndarray | None = None,
) -> Flow:
    """The flow from the last of T steps to the step q earlier, for each of `lags`, from 1 to T-1.

    jacobians[t], of shape (n, n), is d state(t+1) / d state(t), for t from 0 to T-2. `arrive`, of
    shape (a, n), reads the error off at the last step: d output / d state. leave[t], of shape
    (n, m) for t from 0 to T-1, is d state(t) / d net(t). Both are the identity if left out. What is
    measured is then arrive @ jacobians[T-2] @ ... @ jacobians[T-1-q] @ leave[T-1-q].

    Raises `InputError` for lags beyond the sequence and for slopes that are not finite.
    """
    steps = len(jacobians) + 1
    wanted = sorted({int(q) for q in lags})
    if not wanted:
        raise InputError("error flow needs lags, got none: give some, such as [1, 10, 100]")
    for q in (wanted[0], wanted[-1]):
        check_whole(f"a lag along a sequence of {steps} steps", q, 1, steps - 1)
    if not np.isfinite(jacobians).all():
        raise InputError("the Jacobians must be finite, got others: has the network diverged?")
    size = jacobians.shape[1]
    product = Scaled(np.eye(size) if arrive is None else arrive, 0)
    largest, norm = [], []
    for q in range(1, wanted[-1] + 1):
        product = product.times(jacobians[-q])
        if q == wanted[len(largest)]:
            left = product if leave is None else product.times(leave[steps - 1 - q])
            largest.append(left.log10_largest)
            norm.append(left.log10_norm)
    return Flow(np.array(wanted), np.array(largest), np.array(norm))
