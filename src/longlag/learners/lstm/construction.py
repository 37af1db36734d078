"""Sequential construction in lanes: the squared error of a window decides when a block is added.

The rule is that of `longlag.learners.lstm.learner`; its numbers are the rows "construction".
"""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.lstm.topology import CONSTRUCTION, Topology
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma, select

WINDOW, RATIO, SEQUENCES, ERROR, ERROR_BEFORE, TARGETS, SQUARED = range(len(CONSTRUCTION))


def note_errors(topology: Topology) -> Callable:
    """note(S, Y, at, mask): add the squared error of an answer to that of its sequence."""
    outputs, layout = topology.outputs, topology.layout
    first, out_row = layout.start("construction"), layout.start("outputs")

    @inner
    def note(S, Y, at, mask):
        k, out = rows_from(S, first), rows_from(S, out_row)
        squared = out[0] * 0.0
        for o in range(outputs):
            squared = fma(Y[at + o] - out[o], Y[at + o] - out[o], squared)
        k[TARGETS] = select(mask, k[TARGETS] + 1.0, k[TARGETS])
        k[SQUARED] = select(mask, k[SQUARED] + squared, k[SQUARED])

    return note


def add_blocks(topology: Topology) -> Callable:
    """add(S, mask): at the end of a sequence, add the next block if the error stopped falling."""
    blocks, layout = topology.blocks, topology.layout
    first, enabled_row = layout.start("construction"), layout.start("enabled")

    @inner
    def add(S, mask):
        k, enabled = rows_from(S, first), rows_from(S, enabled_row)
        sequences = k[SEQUENCES] + 1.0
        error = k[ERROR] + k[SQUARED] / select(k[TARGETS] > 0.0, k[TARGETS], 1.0 + k[TARGETS])
        over = mask & (sequences >= k[WINDOW])
        mean = error / sequences
        stalled = over & (mean >= k[RATIO] * k[ERROR_BEFORE])
        for j in range(blocks - 1, 0, -1):
            enabled[j] = select(stalled, enabled[j - 1], enabled[j])
        enabled[0] = select(stalled, 1.0, enabled[0])
        k[ERROR_BEFORE] = select(over, mean, k[ERROR_BEFORE])
        k[SEQUENCES] = select(over, 0.0, select(mask, sequences, k[SEQUENCES]))
        k[ERROR] = select(over, 0.0, select(mask, error, k[ERROR]))
        k[TARGETS] = select(mask, 0.0, k[TARGETS])
        k[SQUARED] = select(mask, 0.0, k[SQUARED])

    return add
