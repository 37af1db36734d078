"""The readable LSTM: the appendix of Hochreiter & Schmidhuber (1997), equation by equation.

One network in NumPy and float64, slow and plain: the oracle that tests the lane kernel. Units have
names, weights are one matrix for each pair of kinds of units, and a symbol is a one-hot vector.
Equation numbers are those of appendix A.1; equations of forget gates and peepholes have none. The
equations are collected in `longlag.learners.lstm.learner`, from which this file takes only the
fields of `LSTM` and the order of its weights, so that the two implementations stay independent.
"""

from collections.abc import Iterable

import numpy as np

from longlag.learners.groups import Group
from longlag.learners.lstm.learner import LSTM
from longlag.learners.reference import ReferenceNetwork

#: weights[kind][source] is the matrix of w(l,m), one row per unit l, one column per source m. The
#: source of peepholes is "states", with a column for each cell of the unit's own block.
Weights = dict[str, dict[str, np.ndarray]]


def f(x):
    """Eq 3: the logistic function, for gates, output units and conventional hidden units."""
    return 1.0 / (1.0 + np.exp(-x))


def df(x):
    """f'(x)."""
    return f(x) * (1.0 - f(x))


#: Squashing of the cell inputs and its slope, by the range of g (eq 5: [-2,2])
G = {
    "[-2,2]": (lambda x: 4.0 * f(x) - 2.0, lambda x: 4.0 * df(x)),
    "[-1,1]": (lambda x: 2.0 * f(x) - 1.0, lambda x: 2.0 * df(x)),
    "[0,1]": (f, df),
}
#: Squashing of the cell states and its slope (eq 4: [-1,1])
H = {
    "[-1,1]": (lambda x: 2.0 * f(x) - 1.0, lambda x: 2.0 * df(x)),
    "identity": (lambda x: x, np.ones_like),
}


class ReferenceLSTM(ReferenceNetwork):
    """One network with the truncated gradient."""

    config: LSTM

    def __init__(self, config: LSTM):
        self.rows = layout_rows(config)
        self.g, self.dg = G[config.g]
        self.h, self.dh = H[config.h]
        #: The block j of each cell c_jv; v is the position of the cell within its block
        self.block = [c // config.block_size for c in range(config.blocks * config.block_size)]
        self.construction = Construction(config)
        super().__init__(config)

    def _set(self, flat: np.ndarray) -> None:
        self.w: Weights = {
            kind: {source: flat[rows] for source, rows in sources.items()}
            for kind, sources in self.rows.items()
        }

    def _flat(self, matrices: Weights) -> np.ndarray:
        flat = np.zeros(self.config.weights)
        for kind, sources in matrices.items():
            for source, matrix in sources.items():
                flat[self.rows[kind][source]] = matrix
        return flat

    def weights(self) -> np.ndarray:
        """See `ReferenceNetwork`."""
        return self._flat(self.w)

    def reset(self) -> None:
        """A new sequence begins: states, activations and stored partials are zero."""
        cells = len(self.block)
        units = {"inputs": self.config.inputs, "cells": cells, "input_gates": self.config.blocks}
        units["forget_gates"] = self.config.blocks * self.config.forget_gates
        units["output_gates"] = self.config.blocks * self.config.output_gates
        units["hidden"] = self.config.hidden
        self.y = {"bias": np.ones(1)} | {kind: np.zeros(n) for kind, n in units.items()}  # y(m,t)
        self.s = np.zeros(cells)
        self.y["states"] = self._by_block(self.s)
        self.D_c, self.D_in, self.D_phi = (
            {source: np.zeros((cells, w.shape[1])) for source, w in self.w[kind].items()}
            for kind in ("cells", "input_gates", "forget_gates")
        )

    def activations(self) -> np.ndarray:
        """Every unit after the last step, in the order of the layout's rows "activations"."""
        places = self.config.topology.places.items()
        return np.concatenate([self.y[kind] for kind, rows in places if rows.stop > rows.start])

    def _net(self, kind: str, y: dict[str, np.ndarray]) -> np.ndarray:
        """Sum over m of w(l,m) y(m), for every unit l of a kind."""
        net = np.zeros(len(next(iter(self.w[kind].values()))))
        for source, w in self.w[kind].items():
            net = net + (np.sum(w * y[source], axis=1) if source == "states" else w @ y[source])
        return net

    def _by_block(self, s: np.ndarray) -> np.ndarray:
        """The sources of peepholes, shape (blocks, block_size): the gates of block j see row j."""
        return s.reshape(self.config.blocks, self.config.block_size)

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        if self.config.coding == "symbol":
            x = np.eye(self.config.inputs)[int(np.asarray(x).item())]
        # y(m,t-1), but the current inputs: inputs are clamped before the hidden layer is computed.
        self.before = before = self.y | {"inputs": np.asarray(x, float)}
        self.net_i = self._net("hidden", before)  # eq 6
        self.net_in = self._net("input_gates", before)  # eq 7
        self.net_phi = self._net("forget_gates", before)
        self.net_c = self._net("cells", before)
        enabled = self.construction.enabled  # 0 for the gates of blocks that have not been added
        gate_in = f(self.net_in) * enabled  # eq 3
        gate_phi = f(self.net_phi) * enabled[: len(self.net_phi)]
        # y(in_j) and y(phi_j) of each cell's block; without a gate the factor is 1.
        y_in = gate_in[self.block]
        y_phi = gate_phi[self.block] if self.config.forget_gates else np.ones(len(y_in))
        s_before = self.s
        self.s = y_phi * s_before + y_in * self.g(self.net_c)  # eq 9
        # Through peepholes output gates see s(t), and the other gates s(t-1).
        self.before_out = before | {"states": self._by_block(self.s)}
        self.net_out = self._net("output_gates", self.before_out)
        gate_out = f(self.net_out) * enabled[: len(self.net_out)]
        y_out = gate_out[self.block] if self.config.output_gates else np.ones(len(y_in))
        self.y_in, self.y_phi, self.y_out = y_in, y_phi, y_out
        self.y = self.before_out | {
            "cells": y_out * self.h(self.s),  # eq 9
            "input_gates": gate_in,
            "forget_gates": gate_phi,
            "output_gates": gate_out,
            "hidden": f(self.net_i),  # eq 6
        }
        in_slope = self.g(self.net_c) * df(self.net_in)[self.block] * enabled[self.block]
        self._grow(self.D_in, in_slope)  # eq 27
        self._grow(self.D_c, self.dg(self.net_c) * y_in)  # eqs 14, 25
        if self.config.forget_gates:
            self._grow(self.D_phi, s_before * df(self.net_phi)[self.block])

    def _grow(self, D: dict[str, np.ndarray], slope: np.ndarray) -> None:
        """Scale stored partials like the states, and add slope * y(m,t-1); slope has one per cell.

        One-step credit stores no partials: the old partials are dropped.
        """
        keep = self.y_phi * (self.config.credit != "one-step")
        for m in D:
            y = self.before[m][self.block] if m == "states" else self.before[m]
            D[m] = keep[:, None] * D[m] + slope[:, None] * y

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        self.net_k = self._net("outputs", self.y)  # eq 8
        if self.config.output == "linear":
            self.y_k, self.df_k = self.net_k, np.ones_like(self.net_k)
        else:
            low, high = self.config.output_range
            self.y_k = low + (high - low) * f(self.net_k)
            self.df_k = (high - low) * df(self.net_k)
        return self.y_k

    def output_errors(self, target) -> np.ndarray:
        """e_k: eqs 18, 20."""
        return self.df_k * (np.asarray(target, float) - self.y_k)

    def gradient(self, target) -> np.ndarray:
        """The truncated gradient's descent direction at the current step, for every weight.

        The direction descends 0.5 * sum_k (target_k - y(k))^2: the paper's error has no 0.5, but
        its e_k has no factor 2 either. Call `answer` for this step first.
        """
        e_k = self.output_errors(target)
        to_cells = self.w["outputs"]["cells"].T @ e_k  # sum_k w(k,c_jv) e_k
        e_i = np.zeros(self.config.hidden)
        if "hidden" in self.w["outputs"]:
            e_i = df(self.net_i) * (self.w["outputs"]["hidden"].T @ e_k)  # eq 19
        e_s = self.y_out * self.dh(self.s) * to_cells  # eq 22
        e_out = self._sum_blocks(self.h(self.s) * to_cells)  # eq 21
        e_out = self.construction.enabled * e_out  # a block that was not added has no y(out_j)
        e_out = df(self.net_out) * e_out if self.config.output_gates else e_out[:0]
        dw: Weights = {
            # Eq 23. Outputs are computed last, so their sources are the activations of this step.
            "outputs": {m: np.outer(e_k, self.y[m]) for m in self.w["outputs"]},
            "hidden": {m: np.outer(e_i, self.before[m]) for m in self.w["hidden"]},
            "output_gates": {
                m: e_out[:, None] * self.before_out[m] for m in self.w["output_gates"]
            },
            # Eqs 24, 26
            "input_gates": {m: self._sum_blocks(e_s[:, None] * D) for m, D in self.D_in.items()},
            # Eqs 26, 28
            "cells": {m: e_s[:, None] * D for m, D in self.D_c.items()},
        }
        if self.config.forget_gates:
            dw["forget_gates"] = {
                m: self._sum_blocks(e_s[:, None] * D) for m, D in self.D_phi.items()
            }
        return self._flat(dw)

    def _sum_blocks(self, per_cell: np.ndarray) -> np.ndarray:
        """Sum over the cells v of each block j."""
        total = np.zeros((self.config.blocks, *per_cell.shape[1:]))
        for c, j in enumerate(self.block):
            total[j] += per_cell[c]
        return total

    def learn(self, target) -> None:
        """Learn from the error of the last answer: at once, or at the end of the sequence."""
        self.construction.note(np.sum((np.asarray(target, float) - self.y_k) ** 2))
        self._learn_from(self.gradient(target))

    def finish(self) -> None:
        """A sequence ended."""
        super().finish()
        self.construction.finish()


class Construction:
    """The blocks added so far, and the errors that decide when the next block is added."""

    def __init__(self, config: LSTM):
        self.config = config
        at_start = 0.0 if config.construction_window else 1.0
        self.enabled = np.full(config.blocks, at_start)
        self.squared_errors: list[float] = []  # at the targets of this sequence
        self.means: list[float] = []  # of the sequences of this window
        self.before = np.inf  # mean of the previous window

    def note(self, squared_error: float) -> None:
        """A target of a training sequence, with sum_k (target_k - y(k))^2."""
        self.squared_errors.append(squared_error)

    def finish(self) -> None:
        """A training sequence ended."""
        self.means.append(float(np.mean(self.squared_errors)) if self.squared_errors else 0.0)
        self.squared_errors = []
        if len(self.means) != self.config.construction_window:
            return
        now, fall = np.mean(self.means), self.config.construction_fall
        absent = np.flatnonzero(self.enabled == 0)
        if len(absent) and (fall == 1 or now >= (1 - fall) * self.before):
            self.enabled[absent[0]] = 1.0
        self.means, self.before = [], now


def layout_rows(config: LSTM) -> dict[str, dict[str, np.ndarray]]:
    """The row among the layout's weights of every w(l,m), as [kind][source][l, m]."""
    places = config.topology.places
    fed_by = {
        "cells": config.cell_sources,
        "input_gates": config.gate_sources,
        "forget_gates": config.gate_sources,
        "output_gates": config.gate_sources,
        "hidden": config.hidden_sources,
        "outputs": config.output_sources,
    }
    rows = {}
    for (kind, sources), group in zip(fed_by.items(), config.topology.groups, strict=True):
        rows[kind] = {}
        for source in _named(sources, biased=group.biased):
            if source == "inputs" and config.coding == "symbol":
                starts = [group.start + symbol * group.units for symbol in range(config.inputs)]
            else:
                place = places[source]
                starts = [_row(group, at) for at in range(place.start, place.stop)]
            columns = np.array(starts, int).reshape(1, -1)
            rows[kind][source] = np.arange(group.units).reshape(-1, 1) + columns
    if config.peepholes:
        gates = ("input_gates", "forget_gates", "output_gates")
        for kind, group in zip(gates, config.topology.peephole_groups, strict=True):
            if group.units:
                starts = np.array([[_row(group, v) for v in range(config.block_size)]])
                rows[kind]["states"] = np.arange(group.units).reshape(-1, 1) + starts
    return rows


def _named(sources: Iterable[str], *, biased: bool) -> list[str]:
    """The kinds of units for the source names of `LSTM`."""
    names = {
        "inputs": ["inputs"],
        "cells": ["cells"],
        "gates": ["input_gates", "forget_gates", "output_gates"],
        "hidden": ["hidden"],
    }
    return ["bias"] * biased + [kind for name in dict.fromkeys(sources) for kind in names[name]]


def _row(group: Group, source: int) -> int:
    row = group.row(source)
    if row is None:
        raise LookupError(f"the layout has no weights from source {source} into {group}")
    return row
