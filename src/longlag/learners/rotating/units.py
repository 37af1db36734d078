"""One large network of rotating cells in tiles, for streams.

A step reads and writes each weight once, and two numbers of its trace. The weights into n cells
from d inputs are 5 n (d + 1), and nothing is of the size n * n.
"""

from typing import TYPE_CHECKING

import numpy as np

from longlag.learners.rotating.topology import KINDS
from longlag.learners.rotating.units_kernel import KERNEL
from longlag.learners.rotating.units_plan import PLAN
from longlag.learners.tiles.layout import Features, Kind, Plan, TileLayout
from longlag.simd.tiles import TILE, tiles

if TYPE_CHECKING:
    from longlag.learners.rotating.learner import Rotating  # imports this module

TRACES = {
    "cells": "cell_traces",
    "input_gates": "gate_traces",
    "forget_gates": "forget_traces",
    "phases": "phase_traces",
}


class RotatingTiles(TileLayout):
    """The tiles of a network of rotating cells: real parts in one half, imaginary in the other."""

    plan_type = PLAN
    kernel = KERNEL

    def __init__(self, learner: "Rotating"):
        topology = learner.topology
        self.pair_tiles = n = tiles(topology.pairs)
        pair, part = np.divmod(np.arange(topology.states), 2)
        states = part * n * TILE + pair
        kinds = [
            Kind(
                name,
                group,
                states if name == "cells" else np.arange(group.units),
                2 * n if name == "cells" else n,
                TRACES.get(name, ""),
                2 * (name in TRACES),
            )
            for name, group in zip(KINDS[:-1], topology.groups, strict=False)
        ]
        super().__init__(
            learner,
            kinds,
            [Features(topology.places["cells"], states, 2 * n)],
            sources=topology.places["inputs"].stop,
            states={"states": states},
            rows={
                "present": (n,),
                "rotating": (n,),
                "new_states": (2 * n,),
                "squashed": (2 * n,),
                "gates": (3, n),
                "kept": (2 * n,),
                "slopes": (4, 2 * n),
                "state_errors": (2 * n,),
                "gate_errors": (n,),
            },
        )

    def _own_plan(self) -> Plan:
        n, start = self.pair_tiles, self.tiles.start
        cells, in_, forget, phases = (start("slopes") + i * 2 * n for i in range(4))
        return {
            "pair_tiles": n,
            "gates": [0, *(start("gates") + i * n for i in range(3))],
            "slopes": [cells, in_, forget, 0, phases],
        }

    def mark(self, S: np.ndarray) -> None:
        """See `longlag.contract.Units`."""
        topology = self.learner.topology
        self.tiles.view(S, "sources").reshape(-1)[0] = 1.0  # the bias unit
        self.tiles.view(S, "present").reshape(-1)[: topology.pairs] = 1.0
        self.tiles.view(S, "rotating").reshape(-1)[: topology.cells] = 1.0
