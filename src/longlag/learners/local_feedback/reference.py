"""The readable net with local feedback, equation by equation, in NumPy and float64.

It stores all steps of a sequence, with the derivatives of every unit by every weight, most of
which are 0.
"""

import numpy as np

from longlag.learners.local_feedback.learner import LocalFeedback
from longlag.learners.local_feedback.topology import Layer
from longlag.learners.reference import ReferenceNetwork
from longlag.learners.squashing import Squashing


class ReferenceLocalFeedback(ReferenceNetwork):
    """One network: for each layer weights w of [unit, source] and a of [steps before, unit]."""

    config: LocalFeedback

    def load(self, column: np.ndarray) -> None:
        """See `ReferenceNetwork`."""
        super().load(column)
        linear, low, span = self.config.layout.view(np.asarray(column, float), "output_form")
        self.squash = Squashing(low, span, linear=bool(linear))

    def _set(self, flat: np.ndarray) -> None:
        hidden, output = self.config.topology.hidden, self.config.topology.output
        self.hidden, self.output = (
            self._matrices(layer, flat[layer.start : layer.start + layer.rows])
            for layer in (hidden, output)
        )

    @staticmethod
    def _matrices(layer: Layer, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w, a = np.split(flat, [layer.group.rows])
        return w.reshape(-1, layer.units).T, a.reshape(layer.own, layer.units)

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        layers = self.hidden, self.output
        return np.concatenate([part for w, a in layers for part in (w.T.ravel(), a.ravel())])

    def reset(self) -> None:
        """A new sequence begins."""
        self.x: list[np.ndarray] = []
        self.h: list[np.ndarray] = []
        self.y: list[np.ndarray] = []
        self.dh: list[np.ndarray] = []  # dh / dw of [unit, weight]
        self.dy: list[np.ndarray] = []

    @staticmethod
    def _last(steps: list[np.ndarray], count: int, shape) -> list[np.ndarray]:
        """The last steps, the latest first; 0 before the first."""
        return [*steps[::-1], *[np.zeros(shape)] * count][:count]

    def _net(self, layer: Layer, weights, sources, own) -> tuple[np.ndarray, np.ndarray]:
        """Net inputs of this step, and what they grow by with each weight into their own unit.

        `sources` ends with this step, `own` with the step before.
        """
        w, a = weights
        z = np.concatenate(([1.0], *self._last(sources, layer.seen, layer.sources)))
        past = np.array(self._last(own, layer.own, layer.units)).reshape(a.shape)
        units, grown = np.arange(layer.units), np.zeros((layer.units, self.config.weights))
        for number, source in enumerate((*z, *past)):
            grown[units, layer.start + number * layer.units + units] = source
        return w @ z + (a * past).sum(axis=0), grown

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        hidden, output = self.config.topology.hidden, self.config.topology.output
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        self.x.append(np.asarray(x, float))

        net, dnet = self._net(hidden, self.hidden, self.x, self.h)
        for a, dh in zip(self.hidden[1], self._last(self.dh, hidden.own, dnet.shape), strict=True):
            dnet += a[:, None] * dh
        self.h.append(np.tanh(net))
        self.dh.append((1.0 - np.tanh(net) ** 2)[:, None] * dnet)

        net, dnet = self._net(output, self.output, self.h, self.y)
        v = self.output[0][:, 1:].reshape(output.units, output.seen, output.sources)
        for n, dh in enumerate(self._last(self.dh, output.seen, self.dh[-1].shape)):
            dnet += v[:, n] @ dh
        for b, dy in zip(self.output[1], self._last(self.dy, output.own, dnet.shape), strict=True):
            dnet += b[:, None] * dy
        self.y.append(self.squash(net))
        self.slopes = self.squash.slope(net)  # of the outputs
        self.dy.append(self.slopes[:, None] * dnet)

    def activations(self) -> np.ndarray:
        """The units h, in the order of the layout's rows "activations"."""
        return self.h[-1]

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        return self.y[-1]

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        self._learn_from((np.asarray(target, float) - self.y[-1]) @ self.dy[-1])
