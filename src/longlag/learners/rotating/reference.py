"""The readable network of rotating cells, equation by equation, in complex numbers.

One network in NumPy and float64, slow and plain: the oracle of the kernels. It takes from
`longlag.learners.rotating` the fields of `Rotating` and the order of the weights, nothing else.
"""

import numpy as np

from longlag.learners.reference import ReferenceNetwork
from longlag.learners.rotating.learner import Rotating

#: Weights into each kind of units: a matrix with a row per unit and a column per source. Sources
#: are the bias, all inputs, and for outputs the outputs of the states, re and im pair by pair.
Weights = dict[str, np.ndarray]


def f(x):
    """The logistic function, of gates and output units."""
    return 1.0 / (1.0 + np.exp(-x))


def df(x):
    """f'(x)."""
    return f(x) * (1.0 - f(x))


def g(x):
    """Squashing of the cell inputs."""
    return 4.0 * f(x) - 2.0


def h(x):
    """Squashing of the states."""
    return 2.0 * f(x) - 1.0


def parts(s: np.ndarray) -> np.ndarray:
    """Real and imaginary parts of complex numbers, pair by pair."""
    return np.stack([np.real(s), np.imag(s)], axis=1).ravel()


class ReferenceRotating(ReferenceNetwork):
    """One network of rotating cells."""

    config: Rotating

    def __init__(self, config: Rotating):
        self.rows = layout_rows(config)
        super().__init__(config)

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        return self._flat(self.w)

    def _set(self, flat: np.ndarray) -> None:
        self.w: Weights = {kind: flat[rows] for kind, rows in self.rows.items()}

    def _flat(self, matrices: Weights) -> np.ndarray:
        flat = np.zeros(self.config.weights)
        for kind, matrix in matrices.items():
            flat[self.rows[kind]] = matrix
        return flat

    def activations(self) -> np.ndarray:
        """Bias, real inputs and outputs of the cells after the last step, as in the layout."""
        shown = self.x if self.config.coding == "real" else self.x[:1]
        return np.concatenate((shown, self.features))

    def reset(self) -> None:
        """Begin a new sequence: states and traces become zero."""
        pairs = self.config.cells + self.config.blocks
        self.s = np.zeros(pairs, complex)
        shape = pairs, 1 + self.config.inputs
        self.T = {kind: np.zeros(shape, complex) for kind in ("re", "im", "in", "phi")}
        self.T_theta = np.zeros(pairs, complex)

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        x = self.x = np.concatenate(([1.0], np.asarray(x, float)))
        theta = np.zeros(len(self.s))
        theta[: self.config.cells] = self.w["phases"][:, 0]  # memory cell blocks do not turn
        net = self.w["cells"] @ x
        net_re, net_im = net[0::2], net[1::2]
        net_in, net_phi = self.w["input_gates"] @ x, self.w["forget_gates"] @ x
        self.net_out = self.w["output_gates"] @ x

        turned = np.exp(1j * theta) * self.s
        self.A = A = f(net_phi) * np.exp(1j * theta)
        z = g(net_re) + 1j * g(net_im)
        self.T_theta = A * self.T_theta + 1j * f(net_phi) * turned
        self.s = f(net_phi) * turned + f(net_in) * z
        self.slopes = {  # of the new state in the nets
            "re": f(net_in) * 4.0 * df(net_re),
            "im": 1j * f(net_in) * 4.0 * df(net_im),
            "in": z * df(net_in),
            "phi": turned * df(net_phi),
        }
        for kind, slope in self.slopes.items():
            self.T[kind] = A[:, None] * self.T[kind] + np.outer(slope, x)
        self.y_out = f(self.net_out)
        self.h = h(parts(self.s))
        self.features = self.h * np.repeat(self.y_out, 2)

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        seen = self.x if "inputs" in self.config.output_sources else self.x[:1]
        self.seen = np.concatenate((seen, self.features))
        net = self.w["outputs"] @ self.seen
        if self.config.output == "linear":
            self.y_k, self.df_k = net, np.ones_like(net)
        else:
            low, high = self.config.output_range
            self.y_k, self.df_k = low + (high - low) * f(net), (high - low) * df(net)
        return self.y_k

    def gradient(self, target) -> np.ndarray:
        """The descent direction of half the squared error at this step, for every weight."""
        e_k = self.df_k * (np.asarray(target, float) - self.y_k)
        back = self.w["outputs"][:, -len(self.features) :].T @ e_k
        e_out = df(self.net_out) * np.sum((self.h * back).reshape(-1, 2), axis=1)
        e_parts = np.repeat(self.y_out, 2) * 0.5 * (1.0 - self.h**2) * back
        e = e_parts[0::2] + 1j * e_parts[1::2]

        def along(T):
            return np.real(np.conj(e).reshape(-1, *[1] * (T.ndim - 1)) * T)

        cells = np.stack([along(self.T["re"]), along(self.T["im"])], axis=1)
        phases = along(self.T_theta)[: self.config.cells, None]
        return self._flat(
            {
                "cells": cells.reshape(-1, len(self.x)),
                "input_gates": along(self.T["in"]),
                "forget_gates": along(self.T["phi"]),
                "output_gates": np.outer(e_out, self.x),
                "phases": phases * (not self.config.periods_fixed),
                "outputs": np.outer(e_k, self.seen),
            }
        )

    def learn(self, target) -> None:
        """Learn from the error of the last answer: at once, or at the end of the sequence."""
        self._learn_from(self.gradient(target))


def layout_rows(config: Rotating) -> dict[str, np.ndarray]:
    """The row among the layout's weights of every weight, as [kind][unit, source].

    The only place that knows how the kernels order their weights.
    """
    symbols = config.coding == "symbol"
    pairs = config.cells + config.blocks
    rows, at = {}, 0
    for kind, units, fed, features in (
        ("cells", 2 * pairs, True, 0),
        ("input_gates", pairs, True, 0),
        ("forget_gates", pairs, True, 0),
        ("output_gates", pairs, True, 0),
        ("phases", config.cells, False, 0),
        ("outputs", config.outputs, "inputs" in config.output_sources, 2 * pairs),
    ):
        # Source by source, a row per unit; symbols come before the bias.
        order = [0, *range(1, 1 + config.inputs * fed)]
        if symbols:
            order = [*order[1:], 0]
        sources = len(order) + features
        order += range(len(order), sources)
        matrix = np.empty((units, sources), int)
        for place, source in enumerate(order):
            matrix[:, source] = at + place * units + np.arange(units)
        rows[kind] = matrix
        at += sources * units
    return rows
