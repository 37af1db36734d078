"""The rows of the two nets of a chunker in one column."""

from collections.abc import Mapping
from typing import NamedTuple

from longlag.learners.layout import Layout
from longlag.learners.recurrent import bptt, rtrl

NetStructure = rtrl.Structure | bptt.Structure

#: Groups of the automatizer that keep their names, by which others find them.
_SHOWN = ("activations", "outputs")


class Part(Layout):
    """The groups of one net, which lie among the rows of the pair."""

    def __init__(self, own: Layout, starts: Mapping[str, int]):
        self.shapes, self._starts = own.shapes, dict(starts)


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
        """The rows of both nets.

        A net may learn some steps after it has read an input, so its symbol is kept.
        """
        nets = self._nets
        kept: dict[str, tuple[int, ...]] = {
            "weights": (sum(net.layout.size("weights") for net in nets.values()),)
        }
        scratch: dict[str, tuple[int, ...]] = {
            "outputs": (self.outputs,),
            "predictions": (nets["automatizer"].layout.size("outputs") - self.outputs,),
        }
        for name, net in nets.items():
            own = net.layout
            for group, shape in own.shapes.items():
                if own.start(group) < own.kept or group == "symbol":
                    kept.setdefault(self._group(name, group), shape)
                else:
                    scratch.setdefault(self._group(name, group), shape)
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
        whole, weights, parts = self.layout, 0, []
        for name, net in self._nets.items():
            own = net.layout
            starts = {group: whole.start(self._group(name, group)) for group in own}
            parts.append(Part(own, starts | {"weights": weights}))
            weights += own.size("weights")
        return parts[0], parts[1]

    @property
    def chunker_rows(self) -> tuple[int, int]:
        """First row and number of rows of all that the chunker keeps beside its weights."""
        first = self.layout.start(self._group("chunker", "coefficients"))
        return first, self.layout.start("threshold") - first

    @property
    def _nets(self) -> dict[str, NetStructure]:
        return {"automatizer": self.automatizer, "chunker": self.chunker}

    def _group(self, net: str, group: str) -> str:
        shown = group == "weights" or (net == "automatizer" and group in _SHOWN)
        return group if shown else f"{net}_{group}"
