"""The run-time plan of the kernel of a large LSTM network: kinds of units, sizes, first rows."""

import numpy as np

from longlag.learners.lstm.topology import KINDS
from longlag.learners.tiles.layout import plan_type

# NumPy numbers, because Numba would compile a function again for each Python literal.
CELLS, IN, FORGET, OUT, HIDDEN = np.arange(len(KINDS) - 1)

#: Arrays have one item for each kind of units, in the order above.
PLAN = plan_type(
    len(KINDS) - 1,
    ("blocks", np.int64),
    ("block_size", np.int64),
    ("hidden_units", np.int64),
    ("gate_tiles", np.int64),  # of one kind of gates
    ("cell_tiles", np.int64),
    ("hidden_tiles", np.int64),
    ("forget", np.int64),  # 1 if there are forget gates
    ("out", np.int64),  # 1 if there are output gates
    ("peepholes", np.int64),  # per gate: the cells of its block, or 0
    ("h_identity", np.int64),
    ("g_scale", np.float64),
    ("g_offset", np.float64),
    ("hidden_features", np.int64),  # whether hidden units feed the outputs
    # place among the sources where the units of a kind begin
    ("hidden_place", np.int64),
    ("cell_place", np.int64),
    ("gate_places", np.int64, 5),
    # rows
    ("present", np.int64),
    ("hidden_present", np.int64),
    ("states", np.int64),
    ("activations", np.int64),
    ("new_states", np.int64),
    ("squashed", np.int64),
    ("gates", np.int64, 5),
    ("slopes", np.int64, 3),
    ("hidden", np.int64),
    ("state_errors", np.int64),
    ("net_errors", np.int64, 5),  # of output gates and hidden units
)
