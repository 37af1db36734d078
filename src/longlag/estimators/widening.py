"""A network that learned from some inputs goes on with more of them."""

from dataclasses import replace

import numpy as np

from longlag.learners.groups import Group
from longlag.learners.lstm.units import StreamNetwork


def with_more_inputs(network: StreamNetwork, count: int) -> StreamNetwork:
    """The same network with `count` more inputs, after the others.

    Weights from the new inputs are zero, and so are their moments and stored partials: the answers
    stay what they are until there is something to learn.
    """
    old, arrays = network.learner, network.arrays()
    new = replace(old, inputs=old.inputs + count)
    place = old.topology.places["inputs"].stop

    def kept(before: Group, after: Group) -> list[int]:
        """Position among the sources of a group, after, of each of its sources before."""
        now = {source: i for i, source in enumerate(_sources(after))}
        return [now[m if m < place else m + count] for m in _sources(before)]

    pairs = list(zip(old.topology.groups, new.topology.groups, strict=True))
    rest = sum(before.rows for before, _ in pairs)  # peepholes come after all groups
    for name in ("weights", *old.rule.kernel.moments):
        parts = []
        for before, after in pairs:
            wide = np.zeros((after.fan_in, after.units), network.dtype)
            rows = arrays[name][before.start : before.start + before.rows]
            wide[kept(before, after)] = rows.reshape(before.fan_in, before.units)
            parts.append(wide.ravel())
        arrays[name] = np.concatenate([*parts, arrays[name][rest:]])
    for name, pair in zip(("cell_traces", "gate_traces", "forget_traces"), pairs, strict=False):
        if name in arrays:
            wide = np.zeros((pair[1].fan_in, arrays[name].shape[1]), network.dtype)
            wide[kept(*pair)] = arrays[name]
            arrays[name] = wide
    arrays["activations"] = np.insert(arrays["activations"], [place] * count, 0)
    return StreamNetwork.from_arrays(new, arrays)


def _sources(group: Group) -> list[int]:
    return [source for first, count in group.spans for source in range(first, first + count)]
