"""Where the numbers of a network lie once it has got more inputs or outputs."""

import numpy as np

from longlag.learners.base import GradientLearner


def moved_rows(narrow: GradientLearner, wide: GradientLearner) -> np.ndarray:
    """The row in the wide layout of each row (kept,) that persists in the narrow layout.

    New inputs come after the other inputs, new outputs after the other outputs.
    """
    before, after = narrow.layout, wide.layout
    places = dict(narrow.units().moved(wide.units()))
    places["gradient"] = places["weights"]  # those of rules that need the whole gradient
    rows = [
        after.start(name)
        + (places[name] if name in places and before.size(name) else np.arange(before.size(name)))
        for name in before
        if before.start(name) < before.kept
    ]
    return np.concatenate(rows).astype(np.int64)
