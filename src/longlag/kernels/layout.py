"""Names for the rows of a (rows, lanes) array: everything one network knows is one column of it."""

import math
from collections.abc import Iterator

import numpy as np


class Layout:
    """Consecutive groups of rows, each with a name and a shape.

    >>> layout = Layout(weights=(11, 8), state=(4,))
    >>> layout.rows, layout.start("state")
    (92, 88)
    """

    def __init__(self, **shapes: tuple[int, ...]):
        self.shapes = shapes
        self._starts, at = {}, 0
        for name, shape in shapes.items():
            self._starts[name] = at
            at += math.prod(shape)
        self.rows = at  #: number of rows in all

    def start(self, name: str) -> int:
        """The first row of the group."""
        return self._starts[name]

    def size(self, name: str) -> int:
        """How many rows the group has."""
        return math.prod(self.shapes[name])

    def view(self, column: np.ndarray, name: str) -> np.ndarray:
        """The group within one network's column (or rows of several), in its own shape."""
        first = self.start(name)
        group = column[first : first + self.size(name)]
        return group.reshape(self.shapes[name] + column.shape[1:])

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def bytes(self, dtype: str) -> int:
        """Memory of one network."""
        return self.rows * np.dtype(dtype).itemsize
