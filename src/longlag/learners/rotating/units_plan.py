"""What the kernel of a large network of rotating cells reads at run time."""

import numpy as np

from longlag.learners.rotating.topology import KINDS
from longlag.learners.tiles.layout import plan_type

# As NumPy's numbers, since Numba would compile a function anew for each literal it is given.
CELLS, IN, FORGET, OUT, PHASES = np.arange(len(KINDS) - 1)

#: A part is 0 for real parts and 1 for imaginary ones; its tiles follow those of the other part.
PLAN = plan_type(
    len(KINDS) - 1,
    ("pair_tiles", np.int64),  # of pairs of states, so of one part or one kind of gates
    # rows
    ("there", np.int64),  # 1 for pairs, 0 for padding
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
