"""Sequential construction: blocks that are added one after the other."""

import numpy as np
import pytest
from support.lanes import Lanes
from support.mutations import mutate

from longlag.learners.lstm import LSTM, construction, forward, lanes
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.rules import Adam, GradientDescent
from longlag.simd.activations import logistic
from longlag.simd.banks import aligned_zeros, bank
from longlag.testing import check_learner

SYMBOLS, OUTPUTS, BLOCKS, WINDOW = 4, 3, 3, 2

#: The kind of net of Experiments 2a and 2b, with three cells to come; one kernel for all of them.
SHORTCUTS = {
    "inputs": SYMBOLS,
    "outputs": OUTPUTS,
    "coding": "symbol",
    "blocks": BLOCKS,
    "block_size": 1,
    "output_gates": False,
    "cell_sources": ("inputs",),
    "gate_sources": ("inputs",),
    "output_sources": ("inputs", "cells"),
    "biased": (),
    "g": "[0,1]",
    "h": "identity",
    "weight_range": 1.0,
    "construction_window": WINDOW,
}
CELLS_ONLY = LSTM(**SHORTCUTS, rule=GradientDescent(0.3))
#: Everything that a block can feed: gates, cells, hidden units, outputs.
RECURRENT = LSTM(
    *(2, 1),
    hidden=1,
    blocks=BLOCKS,
    block_size=2,
    weight_range=1.0,
    update="sequence",
    rule=Adam(0.01),
    construction_window=WINDOW,
)


def sequences(config, count, seed=0):
    """Inputs and a target at every step."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        steps = int(generator.integers(2, 6))
        if config.coding == "symbol":
            x = generator.integers(config.inputs, size=steps).astype(float)
        else:
            x = generator.uniform(-1, 1, (steps, config.inputs))
        yield x, generator.uniform(0.1, 0.9, (steps, config.outputs))


def lane_of(config, seed=0, kernel=None):
    return Lanes(config, [config.start(np.random.default_rng(seed))], kernel=kernel)


def train(lane, x, targets):
    lane.reset()
    for now, target in zip(x, targets, strict=True):
        lane.step(now)
        lane.answer()
        lane.learn(target)
    lane.finish()


def largest_deviation(config, kernel=None):
    """Of the kernel's weights and states from the reference's, through all additions."""
    net, lane, deviations, added = ReferenceLSTM(config), lane_of(config, kernel=kernel), [], []
    net.load(lane.S[:, 0])
    for x, targets in sequences(config, (BLOCKS + 1) * WINDOW):
        net.reset()
        for now, target in zip(x, targets, strict=True):
            net.step(now)
            net.answer()
            net.learn(target)
        net.finish()
        train(lane, x, targets)
        deviations.append(np.abs(net.weights() - lane.view("weights")[:, 0]).max())
        deviations.append(np.abs(net.s - lane.view("states")[:, 0]).max())
        deviations.append(np.abs(net.construction.enabled - lane.view("enabled")[:, 0]).max())
        added.append(int(net.construction.enabled.sum()))
    assert added == [min(BLOCKS, n // WINDOW) for n in range(1, len(added) + 1)]
    return max(deviations)


# As in test_lstm_lanes: the same float64 sums in another order stay within 1e-13 over a few dozen
# updates, and Adam magnifies rounding where a gradient is near zero.
TOLERANCE, MISSING = 1e-11, 1e-4


@pytest.mark.parametrize("config", [CELLS_ONLY, RECURRENT], ids=["cells only", "recurrent"])
def test_kernel_against_reference_through_all_additions(config):
    assert largest_deviation(config) < TOLERANCE


@pytest.mark.parametrize(
    ("term", "replacement"),
    [
        ("y[IN + i] * enabled[i % blocks]", "y[IN + i]"),
        ("enabled[j] = select(stalled, enabled[j - 1], enabled[j])", "pass"),
    ],
    ids=["gates that are closed", "blocks after the first"],
)
def test_comparison_notices_a_missing_term(term, replacement):
    kernel = mutate((construction, forward, lanes), term, replacement)
    kernel = kernel.compile_lstm(CELLS_ONLY.topology, 1)
    assert largest_deviation(CELLS_ONLY, kernel) > MISSING


def inputs_to_outputs(W, symbol, target, rate):
    """One step of output units that see a symbol only: answer, then learn by the delta rule."""
    w, y = bank(W, 1), bank(target, 1)
    for k in range(OUTPUTS):
        row = symbol * OUTPUTS + k
        f = logistic(w[row])
        slope = 1.0 * f * (1.0 - f)
        w[row] = w[row] + rate * (slope * (y[k] - f))


def test_before_the_first_addition_it_is_the_net_without_blocks():
    """To the last bit, whatever the weights of the blocks are; and those do not change."""
    config = LSTM(**SHORTCUTS | {"construction_window": 10}, rule=GradientDescent(0.3))
    lane, output = lane_of(config), config.topology.groups[-1]
    start = lane.view("weights").copy()
    shortcuts = slice(output.start, output.start + SYMBOLS * OUTPUTS)
    W = aligned_zeros((SYMBOLS * OUTPUTS, 1), np.float64)
    W[:] = start[shortcuts]
    Y = aligned_zeros((OUTPUTS, 1), np.float64)
    for number, (x, targets) in enumerate(sequences(config, 12)):
        train(lane, x, targets)
        for symbol, target in zip(x, targets, strict=True):
            Y[:, 0] = target
            inputs_to_outputs(W, int(symbol), Y, 0.3)
        same = lane.view("weights")[shortcuts].tobytes() == W.tobytes()
        assert same == (number < 10)
        if number < 10:
            for group in ("states", "cell_traces", "gate_traces"):
                assert not lane.view(group).any()
            others = np.delete(lane.view("weights"), np.r_[shortcuts], axis=0)
            assert others.tobytes() == np.delete(start, np.r_[shortcuts], axis=0).tobytes()


@pytest.mark.parametrize(
    ("fall", "added"),
    [
        # Means of the windows: 4, 1, 0.9, 0.89, 2, 2.
        (1.0, [1, 2, 3, 3, 3, 3]),  # after every window
        (0.5, [0, 0, 1, 2, 3, 3]),  # falls by 75%, 10%, 1%, then not at all
        (0.05, [0, 0, 0, 1, 2, 3]),
        (0.0, [0, 0, 0, 0, 1, 2]),
    ],
)
def test_a_block_is_added_when_the_error_stops_falling(fall, added):
    """Outputs that stay 0, so that the squared errors are those of the targets."""
    config = LSTM(
        **SHORTCUTS | {"weight_range": 0.0},
        output="linear",
        rule=GradientDescent(0.0),
        construction_fall=fall,
    )
    lane, seen = lane_of(config), []
    for mean in (4, 1, 0.9, 0.89, 2, 2):
        # Two sequences of other lengths with equal weight, targets with all error in one output.
        for share, steps in ((0.5, 1), (1.5, 3)):
            targets = np.zeros((steps, OUTPUTS))
            targets[:, 1] = np.sqrt(mean * share)
            train(lane, np.zeros(steps), targets)
        seen.append(int(lane.view("enabled").sum()))
    assert seen == added


def test_windows_and_falls_share_a_kernel():
    one = LSTM(**SHORTCUTS, construction_fall=0.1)
    two = LSTM(**SHORTCUTS | {"construction_window": 1000})
    assert one.kernel(1) is two.kernel(1)
    assert one.topology != LSTM(**SHORTCUTS | {"construction_window": 0}).topology


def test_sparse_learning_and_construction_keep_the_contract():
    """Bits that do not depend on other lanes, and masked lanes that stay as they are."""
    check_learner(CELLS_ONLY, compiled=False)
