"""Where everything of one large LSTM network lies: rows of 16 numbers, one per unit.

The units of a kind fill tiles of 16, the last one padded with units that stay silent: their weights
are 0. Block by block, the first cells of all blocks come first, then the second cells, and so on:
so the cells of a tile belong to 16 blocks, whose gates fill one tile in the same order.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from longlag.learners.layout import Layout
from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.topology import KINDS
from longlag.simd.tiles import TILE, tiles

# As NumPy's numbers, since Numba would compile a function anew for each literal it is given.
CELLS, IN, FORGET, OUT, HIDDEN, OUTPUTS = np.arange(len(KINDS))

LINEAR, LOGISTIC, SOFTMAX = range(3)
FORMS = {"linear": LINEAR, "logistic": LOGISTIC, "softmax": SOFTMAX}

#: Groups that `LSTM.layout` and the tiles have in common, besides weights and their moments.
STATE = (
    "cell_traces",
    "gate_traces",
    "forget_traces",
    "gate_peephole_traces",
    "forget_peephole_traces",
    "states",
    "activations",
)

#: Sizes and first rows, as the kernel reads them. Arrays are by kind of unit, in the order above.
PLAN = np.dtype(
    [
        ("inputs", np.int64),
        ("outputs", np.int64),
        ("blocks", np.int64),
        ("size", np.int64),  # cells per block
        ("hidden_units", np.int64),
        ("gate_tiles", np.int64),  # of one kind of gates
        ("cell_tiles", np.int64),
        ("hidden_tiles", np.int64),
        ("output_tiles", np.int64),
        ("feature_tiles", np.int64),  # what feeds the outputs: cells, hidden units, bias and inputs
        ("forget", np.int64),  # 1 if there are such gates
        ("out", np.int64),
        ("peepholes", np.int64),  # per gate: the cells of its block, or 0
        ("h_identity", np.int64),
        ("form", np.int64),  # of the outputs
        ("g_scale", np.float64),
        ("g_offset", np.float64),
        ("low", np.float64),  # of logistic outputs
        ("span", np.float64),
        # features: whether hidden units, the bias and the inputs are among them
        ("hidden_features", np.int64),
        ("bias_features", np.int64),
        ("input_features", np.int64),
        # sources of each kind of units: first and count of two runs
        ("first", np.int64, (6, 2)),
        ("count", np.int64, (6, 2)),
        ("unit_tiles", np.int64, 6),
        ("fan_in", np.int64, 6),  # weights per unit, with those of peepholes
        ("weights", np.int64, 6),
        ("apart", np.int64),  # rows from a weight to its first moment, and on to the next
        ("traces", np.int64, 3),
        # place among the sources where the units of a kind begin
        ("hidden_place", np.int64),
        ("cell_place", np.int64),
        ("gate_places", np.int64, 6),
        # rows
        ("there", np.int64),
        ("hidden_there", np.int64),
        ("states", np.int64),
        ("activations", np.int64),
        ("sources", np.int64),
        ("source_tiles", np.int64),
        ("new_states", np.int64),
        ("squashed", np.int64),
        ("gates", np.int64, 6),
        ("slopes", np.int64, 3),
        ("features", np.int64),
        ("hidden", np.int64),
        ("answers", np.int64),
        ("answer_slopes", np.int64),
        ("errors", np.int64),
        ("state_errors", np.int64),
        ("direct_errors", np.int64, 6),  # of output gates and hidden units
    ],
    align=True,
)


class SingleLayout:
    """The tiles of a network, and where each number of `LSTM.layout` lies among them."""

    def __init__(self, learner: LSTM):
        self.learner = learner
        self.topology = topology = learner.topology
        gate_tiles, size = tiles(topology.blocks), topology.block_size
        cell_tiles, hidden_tiles = gate_tiles * size, tiles(topology.hidden)
        output_tiles = tiles(topology.outputs)
        source_tiles = tiles(topology.layout.size("activations"))
        output = topology.groups[OUTPUTS]
        hidden_features = "hidden" in topology.sources[OUTPUTS]
        input_features = "inputs" in topology.sources[OUTPUTS]
        tail = output.biased + topology.inputs * input_features
        features = cell_tiles + hidden_tiles * hidden_features + tiles(tail)

        peepholes = size * topology.peepholes
        fan_in = [group.fan_in + peepholes * (k in (IN, FORGET, OUT)) for k, group in self._groups]
        unit_tiles = [tiles(group.units) for _, group in self._groups]
        unit_tiles[CELLS], unit_tiles[OUTPUTS] = cell_tiles, topology.outputs
        fan_in[OUTPUTS] = features
        self.shapes = list(zip(unit_tiles, fan_in, strict=True))
        rows = sum(units * sources for units, sources in self.shapes)
        traces = (
            (cell_tiles, fan_in[CELLS]),
            (gate_tiles, fan_in[IN], size),
            (gate_tiles * topology.forget_gates, fan_in[FORGET], size),
        )
        kept: dict[str, tuple[int, ...]] = {
            f"weights_{kind}": shape for kind, shape in zip(KINDS, self.shapes, strict=True)
        }
        kept |= dict.fromkeys(topology.rule.kernel.moments, (rows,))
        kept |= {f"traces_{kind}": shape for kind, shape in zip(KINDS, traces, strict=False)}
        kept["states"] = (cell_tiles,)
        kept["activations"] = (source_tiles,)
        kept["gates"] = (3, gate_tiles)  # those that do not exist are open: 1
        kept["there"] = (gate_tiles,)  # 1 for blocks, 0 for padding
        kept["hidden_there"] = (hidden_tiles,)
        self.tiles = Layout(
            {
                "sources": (source_tiles,),  # y(m,t-1), but the inputs of t
                "new_states": (cell_tiles,),
                "squashed": (cell_tiles,),
                "slopes": (3, cell_tiles),
                "features": (features,),
                "hidden": (hidden_tiles,),
                "answers": (output_tiles,),
                "answer_slopes": (output_tiles,),
                "errors": (output_tiles,),
                "state_errors": (cell_tiles,),
                "out_errors": (gate_tiles,),
                "hidden_errors": (hidden_tiles,),
            },
            **kept,
        )
        self.plan = self._plan(
            inputs=topology.inputs,
            outputs=topology.outputs,
            blocks=topology.blocks,
            size=size,
            hidden_units=topology.hidden,
            gate_tiles=gate_tiles,
            cell_tiles=cell_tiles,
            hidden_tiles=hidden_tiles,
            output_tiles=output_tiles,
            feature_tiles=features,
            source_tiles=source_tiles,
            peepholes=peepholes,
            apart=rows,
            hidden_features=hidden_features,
            bias_features=output.biased,
            input_features=input_features,
            fan_in=fan_in,
        )

    @property
    def _groups(self) -> Iterator:
        return enumerate(self.topology.groups)

    def _plan(self, **sizes) -> np.ndarray:
        learner, topology, layout = self.learner, self.topology, self.tiles
        places, start = topology.places, layout.start
        low, high = learner.output_range
        plan = np.zeros(1, PLAN)
        values = sizes | {
            "forget": topology.forget_gates,
            "out": topology.output_gates,
            "h_identity": topology.h_identity,
            "form": FORMS[learner.output],
            "g_scale": topology.g[0],
            "g_offset": topology.g[1],
            "low": low,
            "span": high - low,
            "first": [[first for first, _ in group.spans] for _, group in self._groups],
            "count": [[count for _, count in group.spans] for _, group in self._groups],
            "unit_tiles": [units for units, _ in self.shapes],
            "weights": [start(f"weights_{kind}") for kind in KINDS],
            "traces": [start(f"traces_{kind}") for kind in KINDS[:3]],
            "hidden_place": places["hidden"].start,
            "cell_place": places["cells"].start,
            "gate_places": [places[kind].start if kind.endswith("gates") else 0 for kind in KINDS],
            "gates": [0, *(start("gates") + i * sizes["gate_tiles"] for i in range(3)), 0, 0],
            "direct_errors": [0, 0, 0, start("out_errors"), start("hidden_errors"), 0],
            "slopes": [start("slopes") + i * sizes["cell_tiles"] for i in range(3)],
        }
        for name in PLAN.names or ():
            plan[0][name] = values[name] if name in values else start(name)
        return plan

    def mark_units(self, S: np.ndarray) -> None:
        """Fill the rows that say which units are there; all else of S is zero."""
        self.tiles.view(S, "gates")[:] = 1.0
        self.tiles.view(S, "there").reshape(-1)[: self.topology.blocks] = 1.0
        self.tiles.view(S, "hidden_there").reshape(-1)[: self.topology.hidden] = 1.0

    def find(self, name: str) -> np.ndarray:
        """Place in S, flat, of every number of a group of `LSTM.layout`, in the group's shape."""
        shape = self.topology.layout.shapes[name]
        start = self.tiles.start
        if name == "weights":
            return self._weights(start("weights_cells"))
        if name in self.topology.rule.kernel.moments:
            return self._weights(start(name))
        if name == "activations":
            return start("activations") * TILE + np.arange(shape[0])
        if name == "states":
            return start("states") * TILE + self._cells
        if name == "cell_traces":
            tile, lane = np.divmod(self._cells, TILE)
            source = np.arange(shape[0])[:, None]
            return (start("traces_cells") + tile * shape[0] + source) * TILE + lane
        kind = IN if name.startswith("gate_") else FORGET
        fan_in, size = self.shapes[kind][1], self.topology.block_size
        first = fan_in - size * self.topology.peepholes if "peephole" in name else 0
        block, v = np.divmod(np.arange(self.topology.cells), size)
        source = first + np.arange(shape[0])[:, None]
        row = (block // TILE * fan_in + source) * size + v
        return (start(f"traces_{KINDS[kind]}") + row) * TILE + block % TILE

    @cached_property
    def _cells(self) -> np.ndarray:
        """Place of every cell among the cells of the tiles."""
        block, v = np.divmod(np.arange(self.topology.cells), self.topology.block_size)
        return v * tiles(self.topology.blocks) * TILE + block

    @cached_property
    def _features(self) -> np.ndarray:
        """Place among the features of every source that feeds the outputs, in their order."""
        topology, plan = self.topology, self.plan[0]
        places = np.full(topology.layout.size("activations"), -1)
        places[topology.places["cells"]] = self._cells
        hidden = plan["cell_tiles"] * TILE
        places[topology.places["hidden"]] = hidden + np.arange(topology.hidden)
        tail = hidden + plan["hidden_features"] * plan["hidden_tiles"] * TILE
        places[0] = tail
        first = tail + plan["bias_features"]
        places[topology.places["inputs"]] = first + np.arange(topology.inputs)
        spans = topology.groups[OUTPUTS].spans
        return np.concatenate([places[first : first + count] for first, count in spans])

    def _weights(self, start: int) -> np.ndarray:
        """Places of all weights, or moments, whose tiles begin at row `start`."""
        topology = self.topology
        found = np.empty(topology.layout.size("weights"), np.int64)
        gates = dict(zip((IN, FORGET, OUT), topology.peephole_groups, strict=True))
        for kind, group in self._groups:
            fan_in = self.shapes[kind][1]
            rows = slice(group.start, group.start + group.rows)
            if kind == OUTPUTS:
                output = np.arange(group.units) * fan_in * TILE
                places = start * TILE + self._features[:, None] + output
            else:
                units = self._cells if kind == CELLS else np.arange(group.units)
                tile, lane = np.divmod(units, TILE)
                source = np.arange(fan_in)[:, None]
                places = (start + tile * fan_in + source) * TILE + lane
            found[rows] = places[: group.fan_in].ravel()
            if kind in gates:
                rows = slice(gates[kind].start, gates[kind].start + gates[kind].rows)
                found[rows] = places[group.fan_in :].ravel()
            start += self.shapes[kind][0] * fan_in
        return found
