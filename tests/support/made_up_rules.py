"""Update rules that the library does not have: what the contract of rules must allow."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from longlag.rules.base import Rate, Rule
from longlag.simd.vectors import fma, over, select, sqrt


class AMSGradKernel(NamedTuple):
    rate: float
    beta1: float
    beta2: float
    epsilon: float
    power1: float = 1.0
    power2: float = 1.0

    moments = ("first_moments", "second_moments", "largest_second_moments")

    @register_jitable
    def advance(self):
        power1, power2 = self.power1 * self.beta1, self.power2 * self.beta2
        return AMSGradKernel(self.rate, self.beta1, self.beta2, self.epsilon, power1, power2)

    @register_jitable
    def change(self, moments, gradient):
        m, v, largest = moments
        m = fma(self.beta1, m, (1.0 - self.beta1) * gradient)
        v = fma(self.beta2, v, (1.0 - self.beta2) * (gradient * gradient))
        largest = select(v > largest, v, largest)
        root = sqrt(over(largest, 1.0 - self.power2))
        return self.rate * over(m, 1.0 - self.power1) / (root + self.epsilon), (m, v, largest)


@dataclass(frozen=True)
class AMSGrad(Rule):
    """Three moments a weight: Reddi, Kale & Kumar (2018), with Adam's bias correction."""

    rate: Rate = 0.01
    beta1: float = 0.8
    beta2: float = 0.9
    epsilon: float = 1e-3

    name = "amsgrad"
    citation = ()
    kernel = AMSGradKernel

    @property
    def coefficients(self):
        return AMSGradKernel(self.rate, self.beta1, self.beta2, self.epsilon)

    def reference(self, gradient, moments, n):
        m = self.beta1 * moments[0] + (1 - self.beta1) * gradient
        v = self.beta2 * moments[1] + (1 - self.beta2) * gradient**2
        largest = np.maximum(v, moments[2])
        root = np.sqrt(largest / (1 - self.beta2**n))
        return self.rate * m / (1 - self.beta1**n) / (root + self.epsilon), (m, v, largest)


class BoundedKernel(NamedTuple):
    rate: float
    kappa: float

    moments = ()

    @register_jitable
    def advance(self):
        return self

    @register_jitable
    def measure(self, total, gradient):
        return total + select(gradient > 0.0, gradient, -gradient)

    @register_jitable
    def sized(self, total):
        bound = self.rate * self.kappa * total
        return BoundedKernel(self.rate / select(bound > 1.0, bound, 1.0), self.kappa)

    @register_jitable
    def change(self, moments, gradient):
        return self.rate * gradient, moments


@dataclass(frozen=True)
class Bounded(Rule):
    """A step that gets shorter with the sum of the gradient's sizes, as that of ObGD does."""

    rate: Rate = 1.0
    kappa: float = 20.0

    name = "bounded"
    citation = ()
    kernel = BoundedKernel
    whole = True

    @property
    def coefficients(self):
        return BoundedKernel(self.rate, self.kappa)

    def reference(self, gradient, moments, n):
        bound = self.rate * self.kappa * np.sum(np.abs(gradient))
        return self.rate / max(bound, 1.0) * gradient, moments
