"""The readable RTRL, BPTT and Elman nets, equation by equation.

One network in NumPy and float64, slow and plain: the oracle that tests the lane kernels. Weights
are two matrices, into the units that are fed back and into the outputs of a layered net. Sources
are the bias unit, all inputs, and the units, so a symbol is a one-hot vector. The equations are in
the modules `learner`, `rtrl`, `bptt` and `elman`; E is -dE/dy at a step, and d a delta.
"""

import numpy as np

from longlag.learners.groups import Group
from longlag.learners.recurrent.bptt import BPTT
from longlag.learners.recurrent.elman import Elman
from longlag.learners.recurrent.learner import RecurrentNet
from longlag.learners.recurrent.rtrl import RTRL
from longlag.learners.reference import ReferenceNetwork


def f(x):
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


class ReferenceNet(ReferenceNetwork):
    """A net without learning."""

    def __init__(self, config: RecurrentNet):
        self.config = config
        topology = config.topology
        self.units, self.first = topology.units, 1 + config.inputs
        # The index in flat vectors of the weight of [unit, source]; -1 if there is no weight.
        self.rows = matrix_rows(config, topology.recurrent)
        self.output_rows = matrix_rows(config, topology.readout)
        super().__init__(config)

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        return self._flat(self.w, self.v)

    def _set(self, flat: np.ndarray) -> None:
        padded = np.append(flat, 0.0)  # index -1 finds this 0
        self.w, self.v = padded[self.rows], padded[self.output_rows]

    def _flat(self, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        flat = np.zeros(self.config.weights + 1)
        flat[self.rows], flat[self.output_rows] = w, v
        return flat[:-1]

    def reset(self) -> None:
        """A new sequence begins."""
        self.y = np.zeros(self.units)

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        self.x = np.asarray(x, float)
        self.z = np.concatenate(([1.0], self.x, self.y))
        net = self.w @ self.z
        hidden = self.config.hidden
        if self.config.squashing == "tanh":
            y_hidden = np.tanh(net[:hidden])
            slopes = 1 - y_hidden**2
        else:
            y_hidden = f(net[:hidden])
            slopes = y_hidden * (1 - y_hidden)
        y_outputs, output_slopes = self._outputs(net[hidden:])
        self.y = np.concatenate((y_hidden, y_outputs))
        self.slopes = np.concatenate((slopes, output_slopes))

    def activations(self) -> np.ndarray:
        """Bias, real inputs and units, in the order of the layout's rows "activations"."""
        inputs = self.x if self.config.coding == "real" else ()
        return np.concatenate(([1.0], inputs, self.y))

    def _outputs(self, net: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.config.output == "linear":
            return net, np.ones_like(net)
        low, high = self.config.output_range
        return low + (high - low) * f(net), (high - low) * f(net) * (1 - f(net))

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        if self.config.full:
            self.out = self.y[self.config.hidden :]
        else:
            self.u = np.concatenate(([1.0], self.x, self.y))
            self.out, self.out_slopes = self._outputs(self.v @ self.u)
        return self.out

    def errors(self, target) -> tuple[np.ndarray, np.ndarray]:
        """E of the units that are fed back, and dw of the outputs of a layered net."""
        error = np.asarray(target, float) - self.out
        if self.config.full:
            return np.concatenate((np.zeros(self.config.hidden), error)), np.zeros_like(self.v)
        e = self.out_slopes * error
        return self.v[:, self.first :].T @ e, np.outer(e, self.u)

    def _update(self) -> None:
        if self.config.transform is not None:
            self.accumulated = self.config.transform.reference(self.accumulated)
        super()._update()


class ReferenceRTRL(ReferenceNet):
    """RTRL, with p[k,i,j] = dy_k/dw(i,j)."""

    config: RTRL

    def reset(self) -> None:
        """See `ReferenceNet`."""
        super().reset()
        self.p = np.zeros((self.units, *self.w.shape))

    def step(self, x) -> None:
        """See `ReferenceNet`."""
        super().step(x)
        recurrent = self.w[:, self.first :]  # w(k,l)
        net = np.tensordot(recurrent, self.p, axes=1)  # sum_l w(k,l) p(l;i,j)(t-1)
        for i in range(self.units):
            net[i, i] += self.z  # delta(i,k) z_j(t)
        self.p = self.slopes[:, None, None] * net

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        E, dv = self.errors(target)
        self._learn_from(self._flat(np.tensordot(E, self.p, axes=1), dv))
        if self.config.teacher_forcing:
            self.y = np.concatenate((self.y[: self.config.hidden], np.asarray(target, float)))
            self.p[self.config.hidden :] = 0.0


class ReferenceBPTT(ReferenceNet):
    """BPTT: the whole sequence is stored, and a pass goes back through the last `depth` steps."""

    config: BPTT

    def reset(self) -> None:
        """See `ReferenceNet`."""
        super().reset()
        self.past: list[tuple[np.ndarray, np.ndarray]] = []  # z(t), slopes of t
        self.E: list[np.ndarray] = []  # of every step
        self.propagated = 0  # steps whose errors have been propagated
        self.pending = False  # whether there was a target since the last pass

    def step(self, x) -> None:
        """See `ReferenceNet`."""
        if len(self.past) - self.propagated == self.config.interval:
            self._pass()
        super().step(x)
        self.past.append((self.z, self.slopes))
        self.E.append(np.zeros(self.units))

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        E, dv = self.errors(target)
        self.E[-1] = self.E[-1] + E
        self.pending = True
        self._add(self._flat(np.zeros_like(self.w), dv))

    def finish(self) -> None:
        """See `ReferenceNet`."""
        self._pass()
        super().finish()

    def _pass(self) -> None:
        dw, d = np.zeros_like(self.w), np.zeros(self.units)
        last = len(self.past)
        for t in reversed(range(max(0, last - self.config.depth), last)):
            z, slopes = self.past[t]
            E = self.E[t] if t >= self.propagated else np.zeros(self.units)
            d = slopes * (E + self.w[:, self.first :].T @ d)
            dw += np.outer(d, z)
        self.propagated = last
        self._add(self._flat(dw, np.zeros_like(self.v)))
        if self.config.update == "step" and self.pending:
            self._update()
        self.pending = False


class ReferenceElman(ReferenceNet):
    """An Elman net: the gradient is one step deep."""

    config: Elman

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        E, dv = self.errors(target)
        self._learn_from(self._flat(np.outer(self.slopes * E, self.z), dv))


def matrix_rows(config: RecurrentNet, group: Group) -> np.ndarray:
    """The row among the layout's weights of every [unit, source], -1 if there is no weight.

    Only this function knows the order of the weights in the lane kernels.
    """
    inputs, units = config.inputs, np.arange(group.units)
    real = config.topology.real_inputs
    rows = np.full((group.units, 1 + inputs + config.topology.units), -1)
    if group.units:
        for symbol in range(group.symbols):
            rows[:, 1 + symbol] = group.start + symbol * group.units + units
        for source in range(1 + real + config.topology.units):
            first = group.row(source)
            if first is not None:
                # The sources of a group do not include symbols, but the sources here do.
                rows[:, source if source <= real else source - real + inputs] = first + units
    return rows
