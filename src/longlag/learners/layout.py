"""Names for the rows of a (rows, lanes) array, which holds one network in each column."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

Shape = tuple[int, ...]


class Layout:
    """Consecutive groups of rows, each with a name and a shape.

    Groups of `scratch` come last. Scratch rows hold nothing from one step to the next, so a
    checkpoint omits them.

    >>> layout = Layout({"slopes": (8,)}, weights=(11, 8), states=(4,))
    >>> layout.start("states"), layout.kept, layout.rows
    (88, 92, 100)
    """

    def __init__(self, scratch: Mapping[str, Shape] | None = None, /, **kept: Shape):
        self.shapes: dict[str, Shape] = {**kept, **(scratch or {})}
        self._starts, at = {}, 0
        for name, shape in self.shapes.items():
            self._starts[name] = at
            at += math.prod(shape)
        self.rows = at  #: number of rows in all
        self.kept = at - sum(math.prod(shape) for shape in (scratch or {}).values())  #: not scratch

    def start(self, name: str) -> int:
        """The first row of the group."""
        return self._starts[name]

    def size(self, name: str) -> int:
        """The number of rows of the group."""
        return math.prod(self.shapes[name])

    def view(self, column: np.ndarray, name: str) -> np.ndarray:
        """A view of one group of a network, or of several networks (rows, n), in its own shape."""
        first = self.start(name)
        group = column[first : first + self.size(name)]
        return group.reshape(self.shapes[name] + column.shape[1:])

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def bytes(self, dtype: str) -> int:
        """Memory of one network."""
        return self.rows * np.dtype(dtype).itemsize
