"""One large LSTM network in tiles, for streams.

A step reads and writes each weight and each stored partial once, and the sources of the gates
determine their number. With n cells in blocks of one, the connections from cells to cells take
n * n weights and n * n partials: in float32 a cache of 1 MB holds them for some 350 cells. If the
gates see the cells too, there are four times as many weights and, with forget gates, three times as
many partials.

The first cells of all blocks come first, then the second cells of all blocks, and so on. The cells
of a tile therefore belong to 16 blocks, and the gates of these blocks fill one tile in the same
order: cells and gates combine without a shuffle.
"""

from typing import TYPE_CHECKING

import numpy as np

from longlag.learners.groups import Group
from longlag.learners.lstm.topology import KINDS, Topology
from longlag.learners.lstm.units_kernel import KERNEL
from longlag.learners.lstm.units_plan import PLAN
from longlag.learners.tiles.layout import Features, Kind, Plan, TileLayout
from longlag.simd.tiles import TILE, tiles

if TYPE_CHECKING:
    from longlag.learners.lstm.learner import LSTM  # imports this module

#: Names of the traces and of the peepholes' traces, for the kinds of units that have traces.
TRACES: dict[str, tuple[str, str]] = {
    "cells": ("cell_traces", ""),
    "input_gates": ("gate_traces", "gate_peephole_traces"),
    "forget_gates": ("forget_traces", "forget_peephole_traces"),
}
PEEPHOLES = ("input_gates", "forget_gates", "output_gates")


class LSTMTiles(TileLayout):
    """The tiles of an LSTM network."""

    plan_type = PLAN
    kernel = KERNEL

    def __init__(self, learner: "LSTM"):
        topology = learner.topology
        size, self.gate_tiles = topology.block_size, tiles(topology.blocks)
        self.cell_tiles, self.hidden_tiles = self.gate_tiles * size, tiles(topology.hidden)
        block, v = np.divmod(np.arange(topology.cells), size)
        cells = v * self.gate_tiles * TILE + block
        hidden = np.arange(topology.hidden)
        self.hidden_features = "hidden" in topology.sources[-1]
        features = [Features(topology.places["cells"], cells, self.cell_tiles)]
        if self.hidden_features:
            features.append(Features(topology.places["hidden"], hidden, self.hidden_tiles))
        activations = topology.layout.size("activations")
        gates = self.gate_tiles, self.hidden_tiles
        super().__init__(
            learner,
            list(self._kinds(topology, cells)),
            features,
            sources=activations,
            states={"states": cells, "activations": np.arange(activations)},
            rows={
                "gates": (3, self.gate_tiles),  # gates that do not exist stay open, at 1
                "present": (self.gate_tiles,),  # 1 for blocks, 0 for padding
                "hidden_present": (self.hidden_tiles,),
                "new_states": (self.cell_tiles,),
                "squashed": (self.cell_tiles,),
                "slopes": (3, self.cell_tiles),
                "hidden": (self.hidden_tiles,),
                "state_errors": (self.cell_tiles,),
                "net_errors": (sum(gates),),
            },
        )

    def _kinds(self, topology: Topology, cells: np.ndarray):
        own: dict[str, Group] = dict(zip(PEEPHOLES, topology.peephole_groups, strict=True))
        for name, group in zip(KINDS[:-1], topology.groups, strict=False):
            places = cells if name == "cells" else np.arange(group.units)
            traces, own_traces = TRACES.get(name, ("", ""))
            yield Kind(
                name,
                group,
                places,
                self.cell_tiles if name == "cells" else tiles(group.units),
                traces,
                (1 if name == "cells" else topology.block_size) * bool(traces),
                own.get(name) if topology.peepholes else None,
                own_traces if topology.peepholes else "",
            )

    def _own_plan(self) -> Plan:
        topology, start = self.learner.topology, self.tiles.start
        places = topology.places
        return {
            "blocks": topology.blocks,
            "block_size": topology.block_size,
            "hidden_units": topology.hidden,
            "gate_tiles": self.gate_tiles,
            "cell_tiles": self.cell_tiles,
            "hidden_tiles": self.hidden_tiles,
            "forget": topology.forget_gates,
            "out": topology.output_gates,
            "peepholes": topology.block_size * topology.peepholes,
            "h_identity": topology.h_identity,
            "g_scale": topology.g[0],
            "g_offset": topology.g[1],
            "hidden_features": self.hidden_features,
            "hidden_place": places["hidden"].start,
            "cell_place": places["cells"].start,
            "gate_places": [places[k].start if k.endswith("gates") else 0 for k in KINDS[:-1]],
            "gates": [0, *(start("gates") + i * self.gate_tiles for i in range(3)), 0],
            "slopes": [start("slopes") + i * self.cell_tiles for i in range(3)],
            "net_errors": [
                *(0, 0, 0, start("net_errors")),
                start("net_errors") + self.gate_tiles,
            ],
        }

    def mark(self, S: np.ndarray) -> None:
        """See `longlag.contract.Units`."""
        topology = self.learner.topology
        self.tiles.view(S, "gates")[:] = 1.0
        self.tiles.view(S, "present").reshape(-1)[: topology.blocks] = 1.0
        self.tiles.view(S, "hidden_present").reshape(-1)[: topology.hidden] = 1.0

    def blank(self) -> dict[str, np.ndarray]:
        """See `longlag.contract.Units`; output biases are the learner's `output_bias`."""
        known = super().blank()
        if self.learner.output_bias is not None:
            known["weights"][self.readout.bias_rows] = self.learner.output_bias
        return known
