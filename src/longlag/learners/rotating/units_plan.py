"""The run-time plan of the kernel of a large network of rotating cells."""

import numpy as np

from longlag.learners.rotating.topology import KINDS
from longlag.learners.tiles.layout import plan_type

# NumPy numbers, because Numba would compile a function again for each Python literal.
CELLS, IN, FORGET, OUT, PHASES = np.arange(len(KINDS) - 1)

#: Real parts are part 0, imaginary parts are part 1; the tiles of part 1 follow those of part 0.
PLAN = plan_type(
    len(KINDS) - 1,
    ("pair_tiles", np.int64),  # of pairs of states: tiles of one part or of one kind of gates
    # rows
    ("present", np.int64),  # 1 for pairs, 0 for padding
    ("rotating", np.int64),  # 1 for pairs that rotate
    ("states", np.int64),
    ("new_states", np.int64),
    ("squashed", np.int64),
    ("gates", np.int64, 4),
    ("kept", np.int64),  # A
    ("slopes", np.int64, 5),  # by kind: of both parts
    ("state_errors", np.int64),
    ("gate_errors", np.int64),
)
