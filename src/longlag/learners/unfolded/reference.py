"""The readable unfolded net, equation by equation.

One network in NumPy and float64, slow and plain: the oracle that tests the lane kernels. It stores
a sequence, and looks up what was fed back in it. A symbol is a one-hot vector. The equations are in
the module `learner`.
"""

from dataclasses import dataclass

import numpy as np

from longlag.learners.reference import ReferenceNetwork
from longlag.learners.unfolded.learner import UnfoldedNet


@dataclass
class Step:
    """What a step computed, and its error at a target."""

    x: np.ndarray
    seen: np.ndarray  #: the sources
    z: np.ndarray  #: what is weighted: the sources, or their products
    slopes: np.ndarray  #: q du / dnet
    kept: np.ndarray  #: k
    h: np.ndarray
    y: np.ndarray
    output_slopes: np.ndarray
    error: np.ndarray  #: d - y, 0 without a target


class ReferenceUnfolded(ReferenceNetwork):
    """One network; w are the weights of [unit, source], v those of [output, bias and unit]."""

    config: UnfoldedNet

    def __init__(self, config: UnfoldedNet):
        self.topology = config.topology
        super().__init__(config)

    def load(self, column: np.ndarray) -> None:
        """See `ReferenceNetwork`; time constants and periods are taken, too."""
        super().load(column)
        layout, column = self.config.layout, np.asarray(column, float)
        self.scales = layout.view(column, "time_scales").copy()
        self.linear, self.low, self.span = layout.view(column, "output_form")

    def _set(self, flat: np.ndarray) -> None:
        units, outputs = self.topology.units, self.topology.output_units
        w, v, self.mu = np.split(flat, [self.topology.recurrent.rows, self.topology.mu_row])
        self.w, self.v = w.reshape(-1, units).T, v.reshape(-1, outputs).T

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        return np.concatenate((self.w.T.ravel(), self.v.T.ravel(), self.mu))

    def reset(self) -> None:
        """A new sequence begins."""
        self.steps: list[Step] = []
        self.stages: list[tuple[np.ndarray, np.ndarray]] = []  # of a gamma memory, step by step
        self.propagated = 0  # steps whose errors have been propagated
        self.pending = False  # whether there was a target since the last pass

    @property
    def first_h(self) -> np.ndarray:
        """h(0)."""
        h = np.zeros(self.topology.units)
        h[0] = self.topology.terms == "products"
        return h

    def _past(self, kind: str, ago: int, now: int) -> np.ndarray:
        """x, h or y of `ago` steps before the step with index `now`."""
        if now - ago >= 0:
            return getattr(self.steps[now - ago], kind)
        if kind == "h" and now - ago == -1:
            return self.first_h
        topology = self.topology
        sizes = {"x": topology.inputs, "h": topology.units, "y": topology.output_units}
        return np.zeros(sizes[kind])

    def _sources(self, x: np.ndarray) -> np.ndarray:
        topology, now = self.topology, len(self.steps)
        fed_back = "h" if topology.feeds_back == "units" else "y"
        if topology.gamma:
            self.stages.append(self._next_stages(x))
            return np.concatenate(([1.0], *self.stages[-1][0]))
        z = [x, *(self._past("x", ago, now) for ago in range(1, topology.input_taps))]
        z += [self._past(fed_back, ago, now) for ago in range(1, 1 + topology.taps)]
        return np.concatenate(z if topology.fixed else ([1.0], *z))

    def _next_stages(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """g_0 to g_K of a step, and their derivatives by mu, both of shape (K + 1, inputs)."""
        if not self.stages:
            zero = np.zeros((self.topology.input_taps, self.config.inputs))
            return np.vstack((x, zero[1:])), zero
        g, slopes = self.stages[-1]
        change = g[:-1] - g[1:]
        return (
            np.vstack((x, g[1:] + self.mu * change)),
            np.vstack((0.0 * x, slopes[1:] + self.mu * (slopes[:-1] - slopes[1:]) + change)),
        )

    def _weighted(self, seen: np.ndarray) -> np.ndarray:
        """The sources, or their products."""
        pairs = self.topology.pairs
        return np.array([seen[m] * seen[n] for m, n in pairs]) if pairs else seen

    def by_fed_back(self, step: Step) -> np.ndarray:
        """Derivatives of the products by what is fed back, of shape (products, fed back)."""
        slopes = np.zeros((len(step.z), len(step.seen)))
        for p, (m, n) in enumerate(self.topology.pairs):
            slopes[p, m] += step.seen[n]
            slopes[p, n] += step.seen[m]
        return slopes[:, self.topology.first_fed_back :]

    def _shares(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """k and q of this step."""
        k = np.zeros(self.topology.units)
        if self.topology.keeping == "all":
            return k + 1.0, k + np.linalg.norm(x - self._past("x", 1, len(self.steps)))
        if self.topology.keeping == "by clock":
            k = np.where((len(self.steps) + 1) % self.scales == 0, 0.0, 1.0)
        elif self.topology.keeping == "constant":
            k = self.scales
        return k, 1.0 - k

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if len(self.steps) - self.propagated == self.topology.depth:
            self._pass()
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        x = np.asarray(x, float)
        seen = self._sources(x)
        z = self._weighted(seen)
        net = self.w @ z
        if self.topology.tanh:
            u, slopes = np.tanh(net), 1.0 - np.tanh(net) ** 2
        else:
            u = 1.0 / (1.0 + np.exp(-net))
            slopes = u * (1.0 - u)
        k, q = self._shares(x)
        h = k * self._past("h", 1, len(self.steps)) + q * u
        y, output_slopes = self._outputs(h)
        error = np.zeros(len(y))
        self.steps.append(Step(x, seen, z, q * slopes, k, h, y, output_slopes, error))

    def _outputs(self, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not self.topology.readout:
            outputs = self.topology.output_units
            return h[:outputs], np.ones(outputs)
        net = self.v @ np.concatenate(([1.0], h))
        if self.linear:
            return net, np.ones_like(net)
        f = 1.0 / (1.0 + np.exp(-net))
        return self.low + self.span * f, self.span * f * (1.0 - f)

    def activations(self) -> np.ndarray:
        """The units h, in the order of the layout's rows "activations"."""
        return self.steps[-1].h

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        return self.steps[-1].y[: self.config.outputs]

    def learn(self, target) -> None:
        """Learn from the error of the last answer."""
        last = self.steps[-1]
        last.error[: self.config.outputs] += np.asarray(target, float) - self.answer()
        self.pending = True

    def finish(self) -> None:
        """See `ReferenceNetwork`."""
        self._pass()
        super().finish()

    def _pass(self) -> None:
        topology, last = self.topology, len(self.steps)
        dw, dv, deltas = np.zeros_like(self.w), np.zeros_like(self.v), {}
        dmu = np.zeros_like(self.mu)
        of_units = topology.feeds_back == "units"
        carried = np.zeros(topology.units)  # k(t+1) E(t+1)
        for t in reversed(range(max(0, last - self.topology.depth), last)):
            step, R = self.steps[t], self._from_later(t, deltas)
            e = (step.error if t >= self.propagated else 0.0) + (0.0 if of_units else R)
            e = step.output_slopes * e
            E = carried + (R if of_units else 0.0)
            if topology.readout:
                E = E + self.v[:, 1:].T @ e
                dv += np.outer(e, np.concatenate(([1.0], step.h)))
            else:
                E[: len(e)] += e
            deltas[t] = step.slopes * E
            dw += np.outer(deltas[t], step.z)
            if topology.gamma and not topology.fixed_mu:
                e_g = (self.w[:, 1:].T @ deltas[t]).reshape(topology.input_taps, -1)
                dmu += np.sum(e_g * self.stages[t][1])
            carried = step.kept * E
        if topology.fixed:
            dw[:, self.config.inputs - 1 :] = 0.0
        self.propagated = last
        self._add(np.concatenate((dw.T.ravel(), dv.T.ravel(), dmu)))
        if self.config.update == "step" and self.pending:
            self._update()
        self.pending = False

    def _from_later(self, t: int, deltas: dict[int, np.ndarray]) -> np.ndarray:
        """R(t)."""
        topology, R = self.topology, np.zeros(self.topology.fed_back)
        for ago in range(1, 1 + topology.taps):
            if t + ago not in deltas:
                continue
            if topology.pairs:
                R += self.by_fed_back(self.steps[t + ago]).T @ self.w.T @ deltas[t + ago]
            else:
                first = topology.first_fed_back - topology.fixed + (ago - 1) * topology.fed_back
                R += self.w[:, first : first + topology.fed_back].T @ deltas[t + ago]
        return R

    def _update(self) -> None:
        if self.config.transform is not None:
            self.accumulated = self.config.transform.reference(self.accumulated)
        super()._update()
