"""Sequences side by side in one array, as frameworks take them."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np


class Batch(NamedTuple):
    """Sequences of which the longest fills its row; the others are followed by padding."""

    x: np.ndarray  #: (sequences, steps, width), float64; padded with 0
    target: (
        np.ndarray
    )  #: (sequences, steps, outputs), float64; NaN where there is none, and padding
    lengths: np.ndarray  #: (sequences,), whole numbers: steps without the padding

    @classmethod
    def of(cls, sequences: Sequence[tuple[np.ndarray, np.ndarray]]) -> Self:
        """A batch of one or more pairs x (length, width) and target (length, outputs)."""
        lengths = np.array([len(x) for x, _ in sequences])
        width, outputs = (part.shape[1] for part in sequences[0])
        x = np.zeros((len(sequences), lengths.max(), width))
        target = np.full((len(sequences), lengths.max(), outputs), np.nan)
        for i, (inputs, targets) in enumerate(sequences):
            x[i, : len(inputs)], target[i, : len(targets)] = inputs, targets
        return cls(x, target, lengths)
