"""Clipping of the norm of a gradient before the update rule."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numba.extending import register_jitable

from longlag.simd.vectors import fma, select, sqrt


class ClipKernel(NamedTuple):
    """The largest norm of one network and the compiled equations; vectors as in `RuleKernel`."""

    norm: float

    @register_jitable
    def measure(self, total, gradient):
        """Add the gradient of one more weight to the squared norm `total`."""
        return fma(gradient, gradient, total)

    @register_jitable
    def scale(self, total):
        """The factor for a gradient with the squared norm `total`."""
        norm = sqrt(total)
        return select(norm > self.norm, self.norm / norm, 1.0)


@dataclass(frozen=True)
class Clip:
    """Clipping of the norm: Pascanu, Mikolov & Bengio (2013), Algorithm 1.

        g <- g norm / |g|   where |g| > norm,   |g|^2 = sum of g^2 over all weights of the network

    `torch.nn.utils.clip_grad_norm_` is the same, but divides by |g| + 1e-6.

    Args:
        norm: the largest norm, a number above 0

    Reference: Pascanu, Mikolov & Bengio, ICML 2013, doi:10.48550/arXiv.1211.5063.
    """

    norm: float

    citation: ClassVar[tuple[str, ...]] = ("pascanu2013",)
    kernel: ClassVar[type[ClipKernel]] = ClipKernel

    @property
    def coefficients(self) -> ClipKernel:
        """The kernel of every network."""
        return ClipKernel(self.norm)

    def reference(self, gradient: np.ndarray) -> np.ndarray:
        """The clipped gradient, in NumPy and float64."""
        norm = np.sqrt(np.sum(gradient**2))
        return gradient * (self.norm / norm) if norm > self.norm else gradient
