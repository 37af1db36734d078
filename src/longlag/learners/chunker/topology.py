"""The rows of the two nets of a chunker in one column."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from longlag.learners.layout import Layout, Shape
from longlag.learners.recurrent import bptt, rtrl

NetStructure = rtrl.Structure | bptt.Structure
Shapes = dict[str, Shape]

#: Groups of the automatizer that keep their names, by which others find them.
_SHOWN = ("activations", "outputs")


class Part(Layout):
    """The groups of one net, which lie among the rows of the pair."""

    def __init__(self, own: Layout, starts: Mapping[str, int]):
        self.shapes, self._starts = own.shapes, dict(starts)


def joined(
    nets: Mapping[str, NetStructure], shown: Collection[str], scratch: Shapes
) -> tuple[Shapes, Shapes]:
    """The rows of several nets in one column: those that are kept, and scratch rows.

    The groups `shown` of the first net keep their names. The scratch rows given come first, and in
    place of those of equal name. A net may learn some steps after it has read an input, so its
    symbol is kept.
    """
    kept: Shapes = {"weights": (sum(net.layout.size("weights") for net in nets.values()),)}
    scratch = dict(scratch)
    for name, group in _groups(nets):
        own = nets[name].layout
        rows = kept if own.start(group) < own.kept or group == "symbol" else scratch
        rows.setdefault(_named(nets, shown, name, group), own.shapes[group])
    return kept, scratch


def parts_of(
    whole: Layout, nets: Mapping[str, NetStructure], shown: Collection[str]
) -> tuple[Part, ...]:
    """The layout of each of the `joined` nets."""
    weights, parts = 0, []
    for name, net in nets.items():
        own = net.layout
        starts = {group: whole.start(_named(nets, shown, name, group)) for group in own}
        parts.append(Part(own, starts | {"weights": weights}))
        weights += own.size("weights")
    return tuple(parts)


def _groups(nets: Mapping[str, NetStructure]) -> list[tuple[str, str]]:
    return [(name, group) for name, net in nets.items() for group in net.layout]


def _named(nets: Mapping[str, NetStructure], shown: Collection[str], net: str, group: str) -> str:
    own = group == "weights" or (net == next(iter(nets)) and group in shown)
    return group if own else f"{net}_{group}"


class PairStructure(NamedTuple):
    """The sizes and connections for which the kernel of a chunker is compiled."""

    automatizer: NetStructure
    chunker: NetStructure
    outputs: int  #: the outputs of the automatizer that answer; its others come after them
    predicts_inputs: bool
    resets: bool

    @property
    def inputs(self) -> int:
        """Input units of the automatizer, or number of symbols."""
        return self.automatizer.topology.inputs

    @property
    def layout(self) -> Layout:
        """The rows of both nets; the outputs of the automatizer are the answer, then its others."""
        nets = self._nets
        predictions = nets["automatizer"].layout.size("outputs") - self.outputs
        first: Shapes = {"outputs": (self.outputs,), "predictions": (predictions,)}
        kept, scratch = joined(nets, _SHOWN, first)
        kept |= {
            "threshold": (1,),
            "first": (1,),  # whether the next step is the first of a sequence: 1 or 0
            "unread": (1,),  # whether the chunker has yet to read the input of this step
        }
        chunker = nets["chunker"].layout
        scratch |= {
            "automatizer_targets": (nets["automatizer"].layout.size("outputs"),),
            "chunker_targets": (chunker.size("outputs"),),
            "read": (self.chunker.topology.inputs,),  # what the chunker reads
            "saved": (chunker.rows,),  # the chunker before a step that is not for all lanes
        }
        return Layout(scratch, **kept)

    @property
    def parts(self) -> tuple[Part, Part]:
        """The layouts of automatizer and chunker."""
        automatizer, chunker = parts_of(self.layout, self._nets, _SHOWN)
        return automatizer, chunker

    @property
    def chunker_rows(self) -> tuple[int, int]:
        """First row and number of rows of all that the chunker keeps beside its weights."""
        first = self.layout.start("chunker_coefficients")
        return first, self.layout.start("threshold") - first

    @property
    def _nets(self) -> dict[str, NetStructure]:
        return {"automatizer": self.automatizer, "chunker": self.chunker}
