"""The new places of a network's numbers when the network gets more inputs or outputs."""

from collections.abc import Iterable

import numpy as np

from longlag.learners.groups import Group
from longlag.learners.tiles.layout import TileLayout


def moved(narrow: TileLayout, wide: TileLayout) -> dict[str, np.ndarray]:
    """The flat place in the wide network of every number of the narrow network, by name.

    New inputs come after the other inputs, new outputs after the other outputs.
    """
    inputs_end = narrow.learner.topology.places["inputs"].stop
    more = wide.learner.inputs - narrow.learner.inputs
    weights = np.empty(narrow.in_lanes.shapes["weights"], np.int64)
    found: dict[str, np.ndarray] = dict.fromkeys(narrow.learned, weights)

    def now(source: int) -> int:
        return source if source < inputs_end else source + more

    def move(before: Group, after: Group, sources: Iterable[int], traces: str) -> None:
        """Find the new places of a group's weights and traces; `sources` has the new sources."""
        rows = np.fromiter(sources, np.int64)[:, None]
        places = after.start + rows * after.units + np.arange(before.units)
        weights[before.start : before.start + before.rows] = places.ravel()
        if traces:
            states = narrow.in_lanes.shapes[traces][1]
            found[traces] = (rows * states + np.arange(states)).ravel()

    for before, after in zip(narrow.kinds, wide.kinds, strict=True):
        move(before.group, after.group, _among(before.group, after.group, now), before.traces)
        if before.own and after.own:
            move(before.own, after.own, range(before.own.fan_in), before.own_traces)
    move(narrow.readout, wide.readout, _among(narrow.readout, wide.readout, now), "")
    for name in narrow.shapes:
        if name not in found:
            shift = now if name == "activations" else int
            found[name] = np.array([shift(i) for i in range(narrow.in_lanes.size(name))])
    return found


def _among(before: Group, after: Group, now) -> list[int]:
    """The new place of each source of a group among the sources of the wider group."""
    places = {source: i for i, source in enumerate(_sources(after))}
    return [places[now(source)] for source in _sources(before)]


def _sources(group: Group) -> list[int]:
    return [source for first, count in group.spans for source in range(first, first + count)]
