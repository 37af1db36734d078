"""Conventional recurrent nets: the flow of error measured, and the paper's bounds on it.

Section 3 of Hochreiter & Schmidhuber (1997). The error of unit v at step t-q, per error of unit u
at step t, is

    d theta_v(t-q) / d theta_u(t) = sum over l_1 ... l_(q-1) of
                                    prod_{m=1..q} f'_{l_m}(net_{l_m}(t-m)) w(l_m, l_{m-1})   (2)

with l_0 = u and l_q = v: entry (u, v) of the product W F'(t-1) W F'(t-2) ... W F'(t-q), where F' is
the diagonal matrix of slopes. (The paper's w(l_m, l_{m-1}) is the weight from l_m to l_{m-1}.)
"""

from dataclasses import dataclass

import numpy as np

from longlag.errorflow.products import Flow, Lags, flow_back
from longlag.errors import InputError
from longlag.learners.recurrent import RecurrentNet
from longlag.learners.recurrent.reference import ReferenceNet
from longlag.learners.squashing import LOGISTIC, TANH, Squashing


@dataclass(frozen=True)
class ConventionalNet:
    """Fully connected first-order units: net(t) = W y(t-1) + V x(t) + b, y = f(net), y(-1) = 0."""

    recurrent: np.ndarray  #: W, (units, units): w[l, m] to unit l from unit m
    feed: np.ndarray  #: V, (units, inputs)
    bias: np.ndarray  #: b, (units,)
    squashing: Squashing = LOGISTIC  #: f

    def __post_init__(self):
        units = len(self.bias)
        if not units or self.recurrent.shape != (units, units) or len(self.feed) != units:
            raise InputError(
                "recurrent, feed and bias must have shapes (n, n), (n, inputs) and (n,), "
                f"got {self.recurrent.shape}, {self.feed.shape} and {self.bias.shape}"
            )
        if not all(np.isfinite(each).all() for each in (self.recurrent, self.feed, self.bias)):
            raise InputError("the net's weights must be finite, got others: it has diverged")

    @classmethod
    def drawn(
        cls, units: int, inputs: int, weight_range: float, generator: np.random.Generator
    ) -> "ConventionalNet":
        """Logistic units, weights uniform in [-weight_range, weight_range].

        A unit's bias is minus half the sum of its recurrent weights: where all activations are 1/2,
        all logistic functions are then at their steepest. No other bias favours error flow more.
        """
        recurrent, feed = (
            generator.uniform(-weight_range, weight_range, (units, sources))
            for sources in (units, inputs)
        )
        return cls(recurrent, feed, -recurrent.sum(axis=1) / 2)

    @classmethod
    def of(cls, learner: RecurrentNet, column: np.ndarray) -> "ConventionalNet":
        """The units that are fed back, of the RTRL, BPTT or Elman net that a column describes."""
        net = ReferenceNet(learner)
        net.load(column)
        hidden = TANH if learner.squashing == "tanh" else LOGISTIC
        low, high = learner.output_range
        output = Squashing(low, high - low, linear=learner.output == "linear")
        units = [hidden] * learner.hidden + [output] * (net.units - learner.hidden)
        fields = ([getattr(unit, name) for unit in units] for name in vars(LOGISTIC))
        return cls(
            net.w[:, net.first :],
            net.w[:, 1 : net.first],
            net.w[:, 0],
            Squashing(*map(np.array, fields)),
        )

    def slopes(self, x: np.ndarray) -> np.ndarray:
        """f'(net) of every unit at every step of a sequence x (T, inputs): shape (T, units)."""
        y, nets = np.zeros(len(self.bias)), []
        for fed in np.asarray(x, float) @ self.feed.T:
            net = self.recurrent @ y + fed + self.bias
            nets.append(net)
            y = self.squashing(net)
        return self.squashing.slope(np.array(nets))


def conventional_flow(net: ConventionalNet, x: np.ndarray, lags: Lags) -> Flow:
    """Eq 2, measured: the flow from the last step of a sequence x, of shape (T, inputs)."""
    return flow_back(net.recurrent * net.slopes(x)[:-1, None, :], lags)


@dataclass(frozen=True)
class Bounds:
    """The paper's bounds on the largest entry of eq 2, as decimal logarithms for n lags."""

    norm: np.ndarray  #: (n,) n (f'max ||W||)^q, f'max the steepest slope met along the sequence
    weights: np.ndarray | None  #: (n,) n tau^q, tau = n max|w| max f' < 1; None where tau >= 1


def bounds(net: ConventionalNet, x: np.ndarray, lags: Lags) -> Bounds:
    """The bounds of section 3 on what `conventional_flow` measures, the norm the largest row sum.

    The second holds for every sequence: with logistic units tau < 1 where max|w| < 4.0 / n.
    """
    q, n = np.asarray(lags, float), float(len(net.bias))
    sizes = np.abs(net.recurrent)
    with np.errstate(divide="ignore"):  # without recurrent weights nothing flows: 10^-inf
        factor = np.log10(net.slopes(x)[:-1].max()) + np.log10(sizes.sum(axis=1).max())
        tau = np.log10(n * sizes.max() * net.squashing.steepest)
    return Bounds(np.log10(n) + q * factor, np.log10(n) + q * tau if tau < 0 else None)
