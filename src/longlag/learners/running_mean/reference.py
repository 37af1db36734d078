"""The readable running mean, equation by equation.

One network in NumPy and float64, slow and plain: the oracle that tests the lane kernel. It stores
every step of a sequence and carries no trace: at a target, the derivatives of all steps are added
up. A symbol is a one-hot vector.
"""

import numpy as np

from longlag.learners.reference import ReferenceNetwork
from longlag.learners.running_mean.learner import RunningMean


def f(net):
    """The leaky rectifier."""
    return np.maximum(net, net / 100.0)


def df(net):
    """f'(net)."""
    return np.where(net > 0, 1.0, 0.01)


class ReferenceMean(ReferenceNetwork):
    """One network; w, v, u and o are its weights, each with the bias as source 0."""

    config: RunningMean

    def _set(self, flat: np.ndarray) -> None:
        config = self.config
        sizes = (
            (1 + config.inputs, config.features),
            (1 + config.features, int(config.attention)),
            (1 + config.features, config.hidden),
            (1 + config.hidden, config.outputs),
        )
        ends = np.cumsum([sources * units for sources, units in sizes])
        w, v, u, o = (
            part.reshape(size).T
            for part, size in zip(np.split(flat, ends[:-1]), sizes, strict=True)
        )
        if config.coding == "symbol":  # in the layout the bias follows the symbols
            w = np.roll(w, 1, axis=1)
        self.w, self.v, self.u, self.o = w, v, u, o

    def _flat(self, w, v, u, o) -> np.ndarray:
        if self.config.coding == "symbol":
            w = np.roll(w, -1, axis=1)
        return np.concatenate([part.T.ravel() for part in (w, v, u, o)])

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        return self._flat(self.w, self.v, self.u, self.o)

    def reset(self) -> None:
        """A new sequence begins."""
        self.x, self.slopes, self.h, self.q, self.q_slopes = [], [], [], [], []

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        x = np.concatenate(([1.0], np.asarray(x, float)))
        net = self.w @ x
        h = np.concatenate(([1.0], f(net)))
        e = np.tanh(self.v @ h).item() if self.config.attention else 0.0
        self.x.append(x)
        self.slopes.append(df(net))
        self.h.append(h)
        self.q.append(np.exp(e))
        self.q_slopes.append(np.exp(e) * (1 - e**2))

    def activations(self) -> np.ndarray:
        """Bias, real inputs and features, in the order of the layout's rows "activations"."""
        inputs = self.x[-1][1:] if self.config.coding == "real" else ()
        return np.concatenate(([1.0], inputs, self.h[-1][1:]))

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        self.c = np.average(self.h, axis=0, weights=self.q)  # its first number is the bias, 1
        self.net_a = self.u @ self.c
        self.a = np.concatenate(([1.0], f(self.net_a)))
        net = self.o @ self.a
        if self.config.output == "linear":
            self.out, self.out_slopes = net, np.ones_like(net)
        else:
            low, high = self.config.output_range
            logistic = 1.0 / (1.0 + np.exp(-net))
            self.out = low + (high - low) * logistic
            self.out_slopes = (high - low) * logistic * (1.0 - logistic)
        return self.out

    def gradient(self, target) -> np.ndarray:
        """-dE/dw of the last answer, in the order of the layout."""
        e = self.out_slopes * (np.asarray(target, float) - self.out)
        e_a = df(self.net_a) * (self.o[:, 1:].T @ e)
        e_c = self.u[:, 1:].T @ e_a
        share = np.array(self.q) / np.sum(self.q)
        dw, dv = np.zeros_like(self.w), np.zeros_like(self.v)
        for t, x in enumerate(self.x):
            e_h = share[t] * e_c
            if self.config.attention:
                # A step's share of the average pulls the average towards its own features.
                e_q = np.dot(e_c, self.h[t][1:] - self.c[1:]) / np.sum(self.q)
                e_net = e_q * self.q_slopes[t]
                dv += e_net * self.h[t]
                e_h = e_h + e_net * self.v[0, 1:]
            dw += np.outer(self.slopes[t] * e_h, x)
        return self._flat(dw, dv, np.outer(e_a, self.c), np.outer(e, self.a))

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        self._learn_from(self.gradient(target))
