"""The readable holographic net, equation by equation.

One network in NumPy and float64: the oracle that tests the lane kernel. It convolves by the fast
Fourier transform, and stores a sequence, through which an error is propagated back. A symbol is a
one-hot vector.
"""

import numpy as np

from longlag.learners.holographic.learner import Holographic
from longlag.learners.reference import ReferenceNetwork


class ReferenceHolographic(ReferenceNetwork):
    """One network; C are the weights of [code, input], v those of [output, bias and unit]."""

    config: Holographic

    def load(self, column: np.ndarray) -> None:
        """See `ReferenceNetwork`; the key is taken, too."""
        super().load(column)
        self.key = self.config.layout.view(np.asarray(column, float), "key").copy()

    def _set(self, flat: np.ndarray) -> None:
        topology = self.config.topology
        codes, v, (self.gain,) = np.split(flat, [topology.codes.rows, topology.gain])
        self.C, self.v = codes.reshape(-1, topology.units).T, v.reshape(-1, topology.outputs).T

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        return np.concatenate((self.C.T.ravel(), self.v.T.ravel(), [self.gain]))

    def reset(self) -> None:
        """A new sequence begins."""
        self.steps = 0

    def turn(self, h: np.ndarray, steps: int) -> np.ndarray:
        """k^steps * h; negative powers are inverses."""
        spectrum = np.fft.fft(self.key) ** steps
        return np.real(np.fft.ifft(spectrum * np.fft.fft(h)))

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if self.steps == 0:
            symbols = self.config.coding == "symbol"
            self.shown = (
                np.eye(self.config.inputs)[int(np.asarray(x).item())]
                if symbols
                else np.asarray(x, float)
            )
        self.h = self.turn(self.C @ self.shown, self.steps)
        self.steps += 1

    def activations(self) -> np.ndarray:
        """The hidden units, in the order of the layout's rows "activations"."""
        return self.h

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        self.net = self.v @ np.concatenate(([1.0], self.h))
        scaled = self.gain * self.net
        if self.config.output == "softmax":
            powers = np.exp(scaled - scaled.max())
            self.out = powers / powers.sum()
        else:
            linear = self.config.output == "linear"
            self.out = scaled if linear else 1.0 / (1.0 + np.exp(-scaled))
        return self.out

    def gradient(self, target) -> np.ndarray:
        """-dE/dw of the last answer, in the order of the layout."""
        e = np.asarray(target, float) - self.out
        if self.config.output == "logistic":
            e = self.out * (1.0 - self.out) * e
        e_code = self.turn(self.gain * self.v[:, 1:].T @ e, 1 - self.steps)
        dv, dgain = self.gain * np.outer(e, np.concatenate(([1.0], self.h))), e @ self.net
        if self.config.basis is not None and np.argmax(self.shown) >= self.config.basis:
            dv, dgain = np.zeros_like(dv), 0.0
        dC = np.outer(e_code, self.shown)
        return np.concatenate((dC.T.ravel(), dv.T.ravel(), [dgain]))

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        self._learn_from(self.gradient(target))
