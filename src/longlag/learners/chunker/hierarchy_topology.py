"""The rows of the nets of all levels in one column."""

from typing import NamedTuple

from longlag.learners.chunker.topology import NetStructure, Part, joined, parts_of
from longlag.learners.layout import Layout

#: Groups of the lowest level that keep their names, by which others find them.
_SHOWN = ("activations",)


class HierarchyStructure(NamedTuple):
    """The sizes and connections for which the kernel of a chunker hierarchy is compiled."""

    net: NetStructure
    levels: int
    outputs: int  #: the outputs of a net that answer; those for the next input come after them
    predicts_inputs: bool

    @property
    def inputs(self) -> int:
        """Input units of each net, or number of symbols."""
        return self.net.topology.inputs

    @property
    def predictions(self) -> int:
        """The first output of a net that predicts its next input."""
        return self.outputs if self.predicts_inputs else 0

    @property
    def layout(self) -> Layout:
        """The rows of all nets."""
        answers = self.net.layout.size("outputs")
        kept, scratch = joined(self._nets, _SHOWN, {"outputs": (self.outputs,)})
        kept |= {
            "said": (self.levels, answers),  # outputs of each net after the last input that it read
            "numbers": (3,),  # theta, patience, and the share that may be left of an error
            "first": (1,),  # whether the next step is the first of a sequence: 1 or 0
            "newest": (1,),  # the level that learns
            "error": (1,),  # the sum of its squared errors since it was last looked at
            "errors": (1,),  # the number of steps in this sum
            "sequences": (1,),  # the number of sequences in this sum
            "error_before": (1,),  # the mean squared error of those before, or -1
        }
        scratch |= {
            "targets": (answers,),
            "saved": (self.net.layout.rows,),  # a net before a step that is not for all lanes
        }
        return Layout(scratch, **kept)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The layouts of the nets, the lowest level first."""
        return parts_of(self.layout, self._nets, _SHOWN)

    def rows_of(self, level: int) -> tuple[int, int]:
        """First row and number of rows of all that a net keeps beside its weights."""
        starts = [part.start("coefficients") for part in self.parts]
        first, after = (*starts, self.layout.start("said"))[level : level + 2]
        return first, after - first

    @property
    def _nets(self) -> dict[str, NetStructure]:
        return {f"level_{level}": self.net for level in range(self.levels)}
