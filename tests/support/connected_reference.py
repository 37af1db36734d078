"""Connected nets in plain NumPy and float64, written from their equations.

Weights are two matrices, hidden (units, sources) and output (units, sources), whose sources are the
inputs with a weight, all hidden units, all outputs, and a bias of 1 if there is one. A sequence is
x (steps, inputs) with one target (outputs,) at its end.
"""

import numpy as np

from longlag.learners.connected.net import ConnectedNet

SQUASHING = {
    "logistic": (lambda net: 1 / (1 + np.exp(-net)), lambda y: y * (1 - y)),
    "tanh": (np.tanh, lambda y: 1 - y**2),
    "threshold": (lambda net: np.where(net >= 0, 1.0, -1.0), None),
}


def matrices(learner: ConnectedNet, flat):
    """The two matrices of the weights in the order of the layout."""
    seen = learner.inputs - learner.unit_inputs + learner.hidden + learner.outputs
    found, at = [], 0
    for units, name in ((learner.hidden, "hidden"), (learner.outputs, "outputs")):
        count = (seen + (name in learner.biased)) * units
        found.append(np.reshape(flat[at : at + count], (-1, units)).T)
        at += count
    return found


def flattened(hidden, outputs):
    return np.concatenate([hidden.T.ravel(), outputs.T.ravel()])


class ReferenceNet:
    """One sequence, forward and back; `shift` is added to the net inputs of all steps."""

    def __init__(self, learner: ConnectedNet, flat, x, shift: np.ndarray | float = 0.0):
        self.learner, self.x = learner, x
        self.hidden, self.output = matrices(learner, flat)
        n, k = learner.hidden, learner.outputs
        f, self.slope = SQUASHING[learner.squashing]
        shift = np.broadcast_to(shift, (len(x), n + k))
        h, y = np.zeros(n), np.zeros(k)
        self.h, self.y, self.seen = [], [], []
        weighted = learner.inputs - learner.unit_inputs
        for t, now in enumerate(x):
            seen_h = np.concatenate([now[:weighted], h, y, [1.0] * ("hidden" in learner.biased)])
            h = f(self.hidden @ seen_h + now[weighted:].sum() + shift[t, :n])
            seen_y = np.concatenate([now[:weighted], h, y, [1.0] * ("outputs" in learner.biased)])
            y = f(self.output @ seen_y + now[weighted:].sum() + shift[t, n:])
            self.h.append(h)
            self.y.append(y)
            self.seen.append((seen_h, seen_y))
        i = weighted
        self.from_hidden, self.from_outputs = slice(i, i + n), slice(i + n, i + n + k)

    @property
    def answer(self):
        return self.y[-1]

    def back(self, error):
        """Derivatives and curvatures by the net inputs, (steps, hidden + outputs) each."""
        n = self.learner.hidden
        H, O, fed, out = self.hidden, self.output, self.from_hidden, self.from_outputs
        d = np.zeros((len(self.x) + 1, n + self.learner.outputs))
        c = np.zeros_like(d)
        for t in reversed(range(len(self.x))):
            last = t == len(self.x) - 1
            e = last * error + H[:, out].T @ d[t + 1, :n] + O[:, out].T @ d[t + 1, n:]
            b = last * 1.0 + (H[:, out] ** 2).T @ c[t + 1, :n] + (O[:, out] ** 2).T @ c[t + 1, n:]
            slope = self.slope(self.y[t])
            d[t, n:], c[t, n:] = slope * e, slope**2 * b
            e = H[:, fed].T @ d[t + 1, :n] + O[:, fed].T @ d[t, n:]
            b = (H[:, fed] ** 2).T @ c[t + 1, :n] + (O[:, fed] ** 2).T @ c[t, n:]
            slope = self.slope(self.h[t])
            d[t, :n], c[t, :n] = slope * e, slope**2 * b
        return d[:-1], c[:-1]

    def wishes(self, target):
        """What every unit should have been, (steps, hidden + outputs)."""
        n = self.learner.hidden
        H, O, fed, out = self.hidden, self.output, self.from_hidden, self.from_outputs
        g = np.zeros((len(self.x) + 1, n + self.learner.outputs))

        def of_votes(votes, y):
            return np.where(np.sign(votes) != y, np.sign(votes), 0.0)

        for t in reversed(range(len(self.x))):
            votes = H[:, out].T @ g[t + 1, :n] + O[:, out].T @ g[t + 1, n:]
            g[t, n:] = of_votes(votes, self.y[t])
            if t == len(self.x) - 1:
                g[t, n:] = np.where(np.sign(target) != self.y[t], np.sign(target), 0.0)
            votes = H[:, fed].T @ g[t + 1, :n] + O[:, fed].T @ g[t, n:]
            g[t, :n] = of_votes(votes, self.h[t])
        return g[:-1]

    def change(self, target):
        """By how much the weights change, in the order of the layout."""
        learner, n = self.learner, self.learner.hidden
        if learner.name == "discrete-error":
            d = self.wishes(target)
            c, curvature = np.zeros_like(d), "none"
            rate = learner.rate / len(self.x)
        else:
            d, c = self.back(target - self.answer)
            curvature, rate = learner.curvature, learner.rate
        changes = []
        for layer, units in ((0, slice(0, n)), (1, slice(n, None))):
            credit = [np.outer(d[t, units], seen[layer]) for t, seen in enumerate(self.seen)]
            bend = [np.outer(c[t, units], seen[layer] ** 2) for t, seen in enumerate(self.seen)]
            if curvature == "each step":
                total = sum(g / (b + learner.damping) for g, b in zip(credit, bend, strict=True))
            else:
                total = sum(credit)
            if curvature == "summed":
                total = total / (sum(bend) + learner.damping)
            changes.append(rate * total)
        return flattened(*changes)
