"""The chunker of several levels: who reads, learns and answers, and its kernel's agreement."""

from dataclasses import replace

import numpy as np
import pytest
from support.lane_bits import assert_same_bits
from support.lane_deviation import lane_deviation
from support.lanes import Lanes
from support.mutations import mutate
from support.recurrent_nets import sequence

from longlag import ChunkerHierarchy, GradientDescent, InputError
from longlag.learners.chunker import hierarchy_lanes
from longlag.learners.chunker.reference import reference_net

# The kernel and the reference compute the same float64 sums in another order.
AGREEMENT, MISSING = 1e-11, 1e-4

# With an improvement of 1, a level begins after twice the patience of the level below.
INPUTS = ChunkerHierarchy(
    *(3, 2),
    hidden=2,
    levels=3,
    learning="rtrl",
    threshold=0.9,
    patience=1,
    improvement=1.0,
    rule=GradientDescent(1.0),
)
TARGETS = replace(INPUTS, inputs=4, outputs=4, coding="symbol", predicts="targets", threshold=0.3)
CONFIGS = {
    "inputs": INPUTS,
    "inputs, symbols": replace(INPUTS, coding="symbol", learning="bptt", threshold=0.6),
    "targets": replace(TARGETS, biased=("outputs",)),
    "targets, bptt": replace(TARGETS, learning="bptt", output_sources=("hidden",)),
}
QUICK = {"inputs, symbols", "targets"}
SEQUENCES = 6  # the third level learns from the fifth one on


def loaded(config):
    column = config.start(np.random.default_rng(0))
    net = config.reference()
    net.load(column)
    return net


def show(net, config, number=0, steps=6):
    """A sequence; returns the states of all levels after each step."""
    net.reset()
    states = []
    x, targets, taught = sequence(config, number, steps=steps)
    for now, target, learns in zip(x, targets, taught, strict=True):
        net.observe(now)
        net.step(now)
        net.answer()
        if learns:
            net.learn(target)
        states.append([level.y for level in net.nets])
    net.finish()
    return states


def test_a_level_reads_the_first_input_alone_while_nothing_is_unexpected():
    config = replace(INPUTS, threshold=1000.0)
    net = loaded(config)
    net.newest = 2
    for level in (1, 2):
        held = [states[level] for states in show(net, config)]
        assert np.abs(held[0]).max() > 0
        np.testing.assert_array_equal(held, [held[0]] * len(held))


def test_where_everything_is_unexpected_each_level_is_a_net_of_its_own():
    config = replace(INPUTS, threshold=0.0)
    net = loaded(config)
    net.newest = 2
    x, _, _ = sequence(config, 0, steps=6)
    alone = []
    for level in net.nets:
        own = reference_net(config.net)
        own.w, own.v = level.w.copy(), level.v.copy()
        own.reset()
        alone.append(own)
    net.reset()
    for now in x:
        net.step(now)
        for level, own in zip(net.nets, alone, strict=True):
            own.step(now)
            np.testing.assert_array_equal(level.y, own.y)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_newest_level_alone_learns(name):
    config = CONFIGS[name]
    net = loaded(config)
    learned = []
    for number in range(SEQUENCES):
        before, newest = [level.weights() for level in net.nets], net.newest
        show(net, config, number)
        after = [level.weights() for level in net.nets]
        learned.append([s for s in range(3) if np.any(after[s] != before[s])])
        assert learned[-1] in ([newest], [])
    assert sorted({level for each in learned for level in each}) == [0, 1, 2]


def test_a_level_begins_when_the_error_no_longer_falls():
    net = loaded(replace(INPUTS, patience=2, improvement=0.1))
    begun = []
    for error in (1.0, 0.89, 0.81, 1.0, 1.0, 1.0, 1.0):  # 0.81 is more than 0.9 * 0.89
        for _ in range(2):
            net.reset()
            net.errors.append(error)
            net.finish()
        begun.append(net.newest)
    assert begun == [0, 0, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("said", "answering"),
    [
        ([[0.1, 0.9, 0.0, 0.1], [0.9, 0.0, 0.0, 0.1], [0, 0, 1, 0]], 0),
        ([[0.5, 0.5, 0.0, 0.1], [0.9, 0.0, 0.0, 0.1], [0, 0, 1, 0]], 1),
        ([[0.1, 0.9, 0.3, 0.1], [0.7, 0.0, 0.0, 0.1], [0, 1, 1, 0]], 2),
    ],
)
def test_the_lowest_level_that_is_sure_answers(said, answering):
    net = loaded(replace(TARGETS, threshold=0.25))
    net.newest, net.said = 2, [np.array(each) for each in said]
    np.testing.assert_array_equal(net.answer(), said[answering])


#: Sure of an answer long before it is right, so that a lower level answers.
SURER = replace(TARGETS, threshold=0.5)


def deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference, over sequences in which all levels learn."""
    sequences = (sequence(config, number, steps=6) for number in range(SEQUENCES + 1))
    return lane_deviation(config, sequences, kernel, groups=("weights",))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in CONFIGS]
)
def test_kernel_against_reference(name):
    assert deviation(CONFIGS[name]) < AGREEMENT


MUTATIONS = {
    "the first input": (INPUTS, "| (S[first_row] > 0.5)", ""),
    "theta": (
        INPUTS,
        "mask & unexpected & (S[newest_row] > number)\n        if number",
        "mask\n        if number",
    ),
    "the answer of the newest": (
        INPUTS,
        "S[newest_row] == number\n        if",
        "S[newest_row] == 0\n        if",
    ),
    "who is sure": (SURER, "answering | ((S[newest_row] > number) & is_sure(S))", "answering"),
    "no error of the other outputs": (
        INPUTS,
        "copy(S, target_row, out_row, answers)",
        "copy(S, target_row, out_row, 1)",
    ),
    "growth": (INPUTS, "& (error > share * before)", "& (error < share * before)"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    config, term, replacement = MUTATIONS[name]
    mutated = mutate((hierarchy_lanes,), term, replacement)
    kernel = mutated.compile_chunker_hierarchy(config.structure, 1)
    assert deviation(config, kernel) > MISSING


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_same_bits_in_any_lane_at_any_step(name):
    assert_same_bits(CONFIGS[name], 4, "float64")


def read_by_the_second_level(kernel=None):
    """Whether the second level steps in a lane that is never surprised, beside one that always is.

    The first input of a sequence is read in both.
    """
    columns = [INPUTS.start(np.random.default_rng(0)) for _ in range(2)]
    for column, theta in zip(columns, (0.0, 1000.0), strict=True):
        INPUTS.layout.view(column, "newest")[:] = 1.0
        INPUTS.layout.view(column, "numbers")[0] = theta
    lanes = Lanes(INPUTS, columns, kernel=kernel, compiled=False)
    lanes.reset()
    states = []
    for now in sequence(INPUTS, 0, steps=6)[0]:
        lanes.step(np.repeat(now[:, None], 2, axis=1))
        states.append(lanes.view("level_1_activations").copy())
    return np.any(np.diff(states, axis=0), axis=(0, 1)).tolist()


def test_a_level_reads_in_the_lanes_that_are_surprised_alone():
    assert read_by_the_second_level() == [True, False]
    term, all_lanes = (
        "if number:\n            step_masked(S, X, at, mask)",
        "if number:\n            step_net(S, X, at)",
    )
    mutated = mutate((hierarchy_lanes,), term, all_lanes)
    kernel = mutated.compile_chunker_hierarchy(INPUTS.structure, 2)
    assert read_by_the_second_level(kernel) == [True, True]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"predicts": "targets"}, "predicts of chunker-hierarchy can be 'targets' only where"),
        ({"output_sources": ("inputs",)}, "the nets of chunker-hierarchy cannot be made: output_s"),
    ],
)
def test_fields_that_do_not_go_together(fields, message):
    with pytest.raises(InputError, match=f"^{message}"):
        replace(INPUTS, **fields)
