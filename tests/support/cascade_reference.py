"""Recurrent Cascade-Correlation in plain NumPy and float64, written from its equations.

A network is a list of weight vectors: `outputs` (outputs, sources) and, for each hidden unit, its
weights from the sources before it and from itself. Sequences are pairs (x, target) with a target
at every step that is not NaN. `f` has the range [-gain / 2, gain / 2].
"""

from dataclasses import dataclass, field

import numpy as np

from longlag.learners.cascade import CascadeCorrelation
from longlag.simd.random import Purpose, numpy_stream


def quickprop(slope, last_slope, last, rate, mu):
    """One change of one weight, with the cases of the simulator; slopes are those of the error."""
    phi = mu / (1 + mu)
    if last == 0:
        return -rate * slope
    change = 0.0
    if last < 0:
        if slope > 0:
            change -= rate * slope
        ahead = slope >= phi * last_slope
    else:
        if slope < 0:
            change -= rate * slope
        ahead = slope <= phi * last_slope
    if ahead or slope == last_slope:
        return change + mu * last
    return change + last * slope / (last_slope - slope)


@dataclass
class Weights:
    """An array of weights under Quickprop."""

    values: np.ndarray
    slopes: np.ndarray = field(init=False)
    changes: np.ndarray = field(init=False)

    def __post_init__(self):
        self.slopes, self.changes = np.zeros_like(self.values), np.zeros_like(self.values)

    def descend(self, slopes, rate, mu):
        for at in np.ndindex(slopes.shape):
            args = slopes[at], self.slopes[at], self.changes[at], rate, mu
            self.changes[at] = quickprop(*args)
        self.slopes = slopes.copy()
        self.values = self.values + self.changes


class ReferenceCascade:
    """One network that learns from a set."""

    def __init__(self, learner: CascadeCorrelation, sequences, seed: int, trial: int):
        self.learner, self.gain = learner, 2.0 if learner.squashing == "tanh" else 1.0
        self.generator = numpy_stream(seed, trial, Purpose.WEIGHTS)
        self.sequences = [(self.coded(x), target) for x, target in sequences]
        self.taught = np.concatenate([~np.isnan(y[:, 0]) for _, y in self.sequences])
        self.targets = np.concatenate([y for _, y in self.sequences])[self.taught]
        self.hidden: list[tuple[np.ndarray, float]] = []
        # The library draws source by source, all outputs of a source together.
        self.outputs = Weights(self.draw(1 + learner.inputs, learner.outputs).T.copy())
        self.passes = 0

    def draw(self, *shape):
        return self.learner.weight_range * (2 * self.generator.random(shape) - 1)

    def coded(self, x):
        if self.learner.coding == "symbol":
            return np.eye(self.learner.inputs)[x[:, 0].astype(int)]
        return x

    def f(self, x):
        return self.gain * (1 / (1 + np.exp(-self.gain * x)) - 0.5)

    def slope(self, y):
        return self.gain**2 / 4 - y**2

    def unit(self, sources, w, s):
        """Activations of a unit over one sequence, and their derivatives by (*w, s)."""
        y, derivatives = np.zeros(len(sources)), np.zeros((len(sources), len(w) + 1))
        before, traced = 0.0, np.zeros(len(w) + 1)
        for t, z in enumerate(sources):
            y[t] = self.f(w @ z + s * before)
            traced = self.slope(y[t]) * (np.append(z, before) + s * traced)
            derivatives[t], before = traced, y[t]
        return y, derivatives

    def sources(self, x):
        """Bias, inputs and hidden units over one sequence, (steps, sources)."""
        z = np.column_stack([np.ones(len(x)), x])
        for w, s in self.hidden:
            z = np.column_stack([z, self.unit(z, w, s)[0]])
        return z

    def everything(self):
        return np.concatenate([self.sources(x) for x, _ in self.sequences])[self.taught]

    def answers(self):
        """In the range of f, at the steps with targets."""
        return self.f(self.everything() @ self.outputs.values.T)

    def misses(self):
        return self.answers() - self.gain * (self.targets - 0.5)

    def errors(self):
        return self.misses() * (self.slope(self.answers()) + self.learner.offset)

    def phase(self, measure, threshold, patience):
        """Passes of a phase: yields until the measure no longer changes."""
        reference = None
        for count in range(1, self.learner.epochs + 1):
            value = measure()
            self.passes += 1
            if reference is None or abs(value - reference) > threshold * abs(reference):
                reference, end = value, count + patience
            if count >= end or count >= self.learner.epochs:
                return
            yield

    def train_outputs(self):
        c = self.learner
        self.outputs = Weights(self.outputs.values)
        measure = lambda: float((self.misses() ** 2).sum())  # noqa: E731
        for _ in self.phase(measure, c.output_threshold, c.output_patience):
            slopes = self.errors().T @ self.everything() + c.output_decay * self.outputs.values
            self.outputs.descend(slopes, c.output_rate / len(self.targets), c.growth)

    def candidate(self, weights):
        """Activations at the steps with targets, and their derivatives."""
        pairs = [self.unit(self.sources(x), weights[:-1], weights[-1]) for x, _ in self.sequences]
        return tuple(np.concatenate(each)[self.taught] for each in zip(*pairs, strict=True))

    def covariances(self, v, e):
        return (v @ (e - e.mean(0))) / (e**2).sum()

    def score_gradient(self, weights, signs):
        _, derivatives = self.candidate(weights)
        e = self.errors()
        return ((e - e.mean(0)) @ signs / (e**2).sum()) @ derivatives

    def add_unit(self):
        """Train candidates and install the best."""
        c, e = self.learner, self.errors()
        fed = 1 + c.inputs + len(self.hidden)
        drawn = np.vstack([self.draw(fed, c.pool), self.draw(1, c.pool)])
        pool = [Weights(drawn[:, p].copy()) for p in range(c.pool)]

        def covariances():
            return [self.covariances(self.candidate(each.values)[0], e) for each in pool]

        signs = [np.where(each > 0, 1.0, -1.0) for each in covariances()]
        self.passes += 1
        found: list = []

        def measure():
            found[:] = covariances()
            return max(np.abs(each).sum() for each in found)

        rate = c.candidate_rate / (len(e) * fed)
        for _ in self.phase(measure, c.candidate_threshold, c.candidate_patience):
            for p, each in enumerate(pool):
                each.descend(-self.score_gradient(each.values, signs[p]), rate, c.growth)
                signs[p] = np.where(found[p] > 0, 1.0, -1.0)
        best = int(np.argmax([np.abs(each).sum() for each in found]))
        weights = pool[best].values
        self.hidden.append((weights[:-1], weights[-1]))
        self.outputs = Weights(np.column_stack([self.outputs.values, -found[best]]))
