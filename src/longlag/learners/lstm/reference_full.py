"""The readable LSTM with full credit: the equations of `longlag.learners.lstm.full`, one by one.

The reference stores all steps of a sequence, and a pass goes back through the last `depth` steps.
It is the oracle that tests the lane kernel, and is itself tested against PyTorch.
"""

from typing import NamedTuple

import numpy as np

from longlag.learners.lstm.reference import ReferenceLSTM, df

#: Kinds of units that the previous step feeds, in the order of their weights.
KINDS = ("cells", "input_gates", "forget_gates", "output_gates", "hidden")


class Step(NamedTuple):
    """The inputs and results of a step; names as in `ReferenceLSTM`."""

    before: dict[str, np.ndarray]  #: y(m,t-1), and the states s(t-1)
    before_out: dict[str, np.ndarray]  #: the same for output gates, which see s(t)
    nets: dict[str, np.ndarray]
    s: np.ndarray
    s_before: np.ndarray
    y_in: np.ndarray
    y_phi: np.ndarray
    y_out: np.ndarray


class ReferenceFullLSTM(ReferenceLSTM):
    """One network whose errors flow back through the whole sequence."""

    def reset(self) -> None:
        """See `ReferenceLSTM`."""
        super().reset()
        self.past: list[Step] = []
        self.errors: list[dict[str, np.ndarray]] = []  # of hidden units and cells, from the outputs
        self.propagated = 0  # steps whose errors have been propagated
        self.pending = False  # whether there was a target since the last pass

    def step(self, x) -> None:
        """See `ReferenceLSTM`."""
        if len(self.past) - self.propagated == self.config.depth:
            self._pass()
        s_before = self.s
        super().step(x)
        nets = {
            "cells": self.net_c,
            "input_gates": self.net_in,
            "forget_gates": self.net_phi,
            "output_gates": self.net_out,
            "hidden": self.net_i,
        }
        gates = self.y_in, self.y_phi, self.y_out
        self.past.append(Step(self.before, self.before_out, nets, self.s, s_before, *gates))
        self.errors.append({})

    def learn(self, target) -> None:
        """See `ReferenceLSTM`; the errors of hidden units and cells wait for a pass."""
        self.construction.note(np.sum((np.asarray(target, float) - self.y_k) ** 2))
        e_k = self.output_errors(target)
        self.errors[-1] = {m: w.T @ e_k for m, w in self.w["outputs"].items()}
        dw = {"outputs": {m: np.outer(e_k, self.y[m]) for m in self.w["outputs"]}}
        self._add(self._flat(dw))
        self.pending = True

    def finish(self) -> None:
        """See `ReferenceLSTM`."""
        self._pass()
        super().finish()

    def _pass(self) -> None:
        last = len(self.past)
        units = {kind: np.zeros(len(self.y[kind])) for kind in KINDS}
        e, carried = units, np.zeros(len(self.s))
        for t in reversed(range(max(0, last - self.config.depth), last)):
            E = {m: zero + self._sent_to(m, e) for m, zero in units.items()}
            if t >= self.propagated:
                E |= {m: E[m] + error for m, error in self.errors[t].items() if m in E}
            e, carried = self._back(self.past[t], E, carried)
        self.propagated = last
        if self.config.update == "step" and self.pending:
            self._update()
        self.pending = False

    def _sent_to(self, m: str, e: dict[str, np.ndarray]) -> np.ndarray | float:
        """sum_l w(l,m) e_l(t+1)."""
        return sum(w[m].T @ e[kind] for kind, w in self.w.items() if kind in e and m in w)

    def _to_states(self, kind: str, e: np.ndarray) -> np.ndarray | float:
        """The errors that reach the states from the nets of gates, through peepholes."""
        w = self.w[kind].get("states")
        return 0.0 if w is None else (w * e[:, None]).ravel()

    def _back(
        self, step: Step, E: dict[str, np.ndarray], carried: np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The errors of the nets of a step, and of the states before the step."""
        enabled, nets = self.construction.enabled, step.nets
        slope = {kind: df(nets[kind]) for kind in KINDS}
        for kind in ("input_gates", "forget_gates", "output_gates"):
            slope[kind] = slope[kind] * enabled[: len(slope[kind])]
        e = {"hidden": slope["hidden"] * E["hidden"]}
        e_s = step.y_out * self.dh(step.s) * E["cells"] + carried
        through_out = self._sum_blocks(self.h(step.s) * E["cells"])[: len(slope["output_gates"])]
        e["output_gates"] = slope["output_gates"] * (through_out + E["output_gates"])
        e_s = e_s + self._to_states("output_gates", e["output_gates"])
        e["cells"] = e_s * self.dg(nets["cells"]) * step.y_in
        through_in = self._sum_blocks(e_s * self.g(nets["cells"]))
        e["input_gates"] = slope["input_gates"] * (through_in + E["input_gates"])
        through_phi = self._sum_blocks(e_s * step.s_before)[: len(slope["forget_gates"])]
        e["forget_gates"] = slope["forget_gates"] * (through_phi + E["forget_gates"])
        self._add(self._flat({kind: self._changes(step, kind, e[kind]) for kind in KINDS}))
        carried = step.y_phi * e_s
        for kind in ("input_gates", "forget_gates"):
            carried = carried + self._to_states(kind, e[kind])
        return e, carried

    def _changes(self, step: Step, kind: str, e: np.ndarray) -> dict[str, np.ndarray]:
        """dw(l,m) = e_l y(m,t-1)."""
        seen = step.before_out if kind == "output_gates" else step.before
        return {m: e[:, None] * seen[m] for m in self.w[kind]}
