"""The memory layout of one large network: rows of 16 numbers, one for each unit.

The units of a kind fill tiles of 16. The last tile is padded with silent units, whose weights are
0. The weights of a tile take one row for each source; the weights into an output take one row for
each tile of features.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from longlag.contract import UnitKernel
from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.learners.tiles.outputs import FORMS
from longlag.simd.tiles import TILE, tiles

#: Sizes and first rows that every kernel reads; `plan_type` adds arrays by kind of unit.
_PLAN = (
    ("inputs", np.int64),
    ("outputs", np.int64),
    ("source_tiles", np.int64),
    ("output_tiles", np.int64),
    ("feature_tiles", np.int64),
    ("form", np.int64),  # of the outputs
    ("low", np.float64),  # of logistic outputs
    ("span", np.float64),
    ("bias_features", np.int64),  # whether the bias and the inputs are among the features
    ("input_features", np.int64),
    ("apart", np.int64),  # rows from a weight to its first moment, and on to the next
    # rows
    ("sources", np.int64),
    ("features", np.int64),
    ("tail", np.int64),  # of the features: the tile of bias and inputs
    ("readout", np.int64),  # weights into the outputs
    ("answers", np.int64),
    ("answer_slopes", np.int64),
    ("errors", np.int64),
)


def plan_type(kinds: int, *own: tuple) -> np.dtype:
    """The plan of a kernel with `kinds` kinds of units, and with its `own` sizes and rows."""
    by_kind = (
        ("first", np.int64, (kinds, 2)),  # sources: first and count of two runs
        ("count", np.int64, (kinds, 2)),
        ("unit_tiles", np.int64, kinds),
        ("fan_in", np.int64, kinds),  # rows of weights per tile
        ("weights", np.int64, kinds),
        ("traces", np.int64, kinds),
    )
    return np.dtype([*_PLAN, *by_kind, *own], align=True)


Plan = Mapping[str, int | float | list]  #: fields of the record that a kernel reads


class Kind(NamedTuple):
    """Units of one kind, other than outputs."""

    name: str
    group: Group  #: their weights, as in lanes
    places: np.ndarray  #: (units,) place of each unit among the tiles of the kind
    tiles: int
    traces: str = ""  #: their traces in lanes, if they have any
    reached: int = 0  #: states that a unit reaches: numbers in the trace of each of its weights
    own: Group | None = None  #: weights from the units' own states, after the other weights
    own_traces: str = ""

    @property
    def fan_in(self) -> int:
        """Rows of weights per tile."""
        return self.group.fan_in + (self.own.fan_in if self.own else 0)


class Features(NamedTuple):
    """Sources that feed the outputs, other than the bias and the inputs."""

    sources: slice  #: among all sources
    places: np.ndarray  #: place of each source among the tiles of these features
    tiles: int


class TileLayout(ABC):
    """The tiles of a network, and where each number of the learner's layout lies among them.

    See `longlag.contract.Units`. `kinds` and `features` are in memory order.
    """

    plan_type: ClassVar[np.dtype]
    kernel: ClassVar[UnitKernel]

    def __init__(
        self,
        learner: Any,
        kinds: Sequence[Kind],
        features: Sequence[Features],
        *,
        sources: int,
        states: Mapping[str, np.ndarray],
        rows: Mapping[str, tuple[int, ...]],
    ):
        """`states` has the place of each number that persists between steps, besides traces.

        `sources` is the number of sources of the units in `kinds`; `rows` are further rows of the
        kernel.
        """
        self.learner, self.in_lanes = learner, learner.layout
        self.kinds, self.readout = tuple(kinds), learner.topology.groups[-1]
        self._places = dict(states)
        self.learned = ("weights", *learner.rule.kernel.moments)
        self._features = tuple(features)
        inputs = learner.topology.places["inputs"]
        self._body = sum(each.tiles for each in features)
        self._inputs_feed = any(a <= inputs.start < a + n for a, n in self.readout.spans)
        tail = self.readout.biased + learner.inputs * self._inputs_feed
        self.feature_tiles = self._body + tiles(tail)

        weights = {f"weights {kind.name}": (kind.tiles, kind.fan_in) for kind in kinds}
        weights["readout"] = (learner.outputs, self.feature_tiles)
        self._apart = sum(math.prod(shape) for shape in weights.values())
        traces = {f"traces {kind.name}": (kind.tiles, kind.fan_in, kind.reached) for kind in kinds}
        outputs = (tiles(learner.outputs),)
        self.tiles = Layout(
            None,
            **weights,
            **dict.fromkeys(self.learned[1:], (self._apart,)),
            **traces,
            **{name: (tiles(_end(places)),) for name, places in states.items()},
            sources=(tiles(sources),),
            features=(self.feature_tiles,),
            answers=outputs,
            answer_slopes=outputs,
            errors=outputs,
            **rows,
        )
        self.learned_rows = self._apart * len(self.learned)
        self.plan = self._plan(self._own_plan())

    @abstractmethod
    def _own_plan(self) -> Plan:
        """Fields of the plan that only this kernel has, without the first rows of `rows`."""

    def moved(self, wide: "TileLayout") -> dict[str, np.ndarray]:
        """See `longlag.contract.Units`."""
        from longlag.learners.tiles.growth import moved  # imports this module

        return moved(self, wide)

    @abstractmethod
    def mark(self, S: np.ndarray) -> None:
        """Fill the rows that distinguish units from padding; the rest of S is zero."""

    def _plan(self, own: Plan) -> np.ndarray:
        learner, start = self.learner, self.tiles.start
        low, high = learner.output_range
        values = dict(own) | {
            "inputs": learner.inputs,
            "outputs": learner.outputs,
            "source_tiles": self.tiles.size("sources"),
            "output_tiles": self.tiles.size("answers"),
            "feature_tiles": self.feature_tiles,
            "form": FORMS[learner.output],
            "low": low,
            "span": high - low,
            "bias_features": self.readout.biased,
            "input_features": self._inputs_feed,
            "apart": self._apart,
            "tail": start("features") + self._body,
            "first": [[first for first, _ in kind.group.spans] for kind in self.kinds],
            "count": [[count for _, count in kind.group.spans] for kind in self.kinds],
            "unit_tiles": [kind.tiles for kind in self.kinds],
            "fan_in": [kind.fan_in for kind in self.kinds],
            "weights": [start(f"weights {kind.name}") for kind in self.kinds],
            "traces": [start(f"traces {kind.name}") for kind in self.kinds],
        }
        plan = np.zeros(1, self.plan_type)
        for name in self.plan_type.names or ():
            plan[0][name] = values[name] if name in values else start(name)
        return plan

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """See `longlag.contract.Units`: shapes in the learner's layout, without empty groups."""
        states = {name for kind in self.kinds for name in (kind.traces, kind.own_traces)}
        states |= set(self._places)
        names = [*self.learned, *(name for name in self.in_lanes if name in states)]
        return {name: self.in_lanes.shapes[name] for name in names if self.in_lanes.size(name)}

    def blank(self) -> dict[str, np.ndarray]:
        """See `longlag.contract.Units`."""
        known = {name: np.zeros(shape) for name, shape in self.shapes.items()}
        if "activations" in known:
            known["activations"][0] = 1.0  # the bias unit
        return known

    def find(self, name: str) -> np.ndarray:
        """The flat place in S of every number of a group of the learner's layout, in its shape."""
        if name in self.learned:
            rows = f"weights {self.kinds[0].name}" if name == "weights" else name
            return self._weights(self.tiles.start(rows))
        if name in self._places:
            return self.tiles.start(name) * TILE + self._places[name]
        kind = next(each for each in self.kinds if name in (each.traces, each.own_traces))
        sources, states = self.in_lanes.shapes[name]
        unit, state = np.divmod(np.arange(states), kind.reached)
        tile, lane = np.divmod(kind.places[unit], TILE)
        first = kind.group.fan_in if name == kind.own_traces else 0
        source = first + np.arange(sources)[:, None]
        row = (tile * kind.fan_in + source) * kind.reached + state
        return (self.tiles.start(f"traces {kind.name}") + row) * TILE + lane

    def _weights(self, start: int) -> np.ndarray:
        """The places of all weights, or all moments, whose tiles begin at row `start`."""
        found = np.empty(self.in_lanes.shapes["weights"], np.int64)
        for kind in self.kinds:
            tile, lane = np.divmod(kind.places, TILE)
            row = start + tile * kind.fan_in + np.arange(kind.fan_in)[:, None]
            places = row * TILE + lane
            _fill(found, kind.group, places[: kind.group.fan_in])
            if kind.own:
                _fill(found, kind.own, places[kind.group.fan_in :])
            start += kind.tiles * kind.fan_in
        output = np.arange(self.readout.units) * self.feature_tiles * TILE
        _fill(found, self.readout, start * TILE + self._fed()[:, None] + output)
        return found

    def _fed(self) -> np.ndarray:
        """The place among the features of every source of the outputs, in the order of sources."""
        inputs, at = self.learner.topology.places["inputs"], 0
        places = np.full(max(a + n for a, n in self.readout.spans), -1)
        for each in self._features:
            shown = places[each.sources]
            shown[:] = at * TILE + each.places[: len(shown)]
            at += each.tiles
        if self.readout.biased:
            places[0] = at * TILE
        if self._inputs_feed:
            places[inputs] = at * TILE + self.readout.biased + np.arange(self.learner.inputs)
        return np.concatenate([places[a : a + n] for a, n in self.readout.spans])


def _end(places: np.ndarray) -> int:
    return int(places.max(initial=-1)) + 1


def _fill(found: np.ndarray, group: Group, places: np.ndarray) -> None:
    found[group.start : group.start + group.rows] = places.ravel()
