"""Weight counts as published, where initial weights land, and what LSTM refuses."""

from dataclasses import replace

import numpy as np
import pytest

from longlag.contract import STRETCH
from longlag.errors import InputError
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM, layout_rows
from longlag.learners.lstm.topology import KINDS
from longlag.rules import Adam, GradientDescent, RMSProp

GATES = ("input_gates", "output_gates")
HIDDEN_LAYER = ("cells", *GATES)


def experiment_2a(symbols):
    """One cell with an input gate, both fed by the inputs only; shortcuts; no biases."""
    return LSTM(
        *(symbols, symbols),
        blocks=1,
        block_size=1,
        output_gates=False,
        coding="symbol",
        cell_sources=("inputs",),
        gate_sources=("inputs",),
        output_sources=("inputs", "cells"),
        biased=(),
        g="[0,1]",
        h="identity",
    )


def experiment_2c(p):
    return LSTM(p + 4, 2, blocks=2, block_size=1, coding="symbol", biased=())


# Hochreiter & Schmidhuber 1997: Tables 1-3, 5-9 and the text of Experiments 3-6; Gers et al. 2000
PUBLISHED = [
    ("1, four blocks", LSTM(7, 7, blocks=4, block_size=1, coding="symbol", biased=GATES), 264),
    ("1, three blocks", LSTM(7, 7, blocks=3, block_size=2, coding="symbol", biased=GATES), 276),
    ("2a and 2b, p=100", experiment_2a(101), 10504),
    *((f"2c, p={p}", experiment_2c(p), 6 * p + 64) for p in (50, 100, 200, 500, 1000)),
    ("3", LSTM(1, 1, blocks=3, block_size=1, biased=HIDDEN_LAYER), 102),
    ("4 and 5", LSTM(2, 1), 93),
    ("6a", LSTM(8, 4, coding="symbol"), 156),
    ("6b", LSTM(8, 8, blocks=3, coding="symbol"), 308),
    (
        "continual Reber, Gers et al. 2000",
        LSTM(
            *(7, 7),
            blocks=4,
            coding="symbol",
            forget_gates=True,
            cell_sources=("inputs", "cells"),
            gate_sources=("inputs", "cells"),
            output_sources=("inputs", "cells"),
            biased=(*GATES, "outputs"),
        ),
        424,
    ),
]


@pytest.mark.parametrize(
    ("config", "weights"), [p[1:] for p in PUBLISHED], ids=[p[0] for p in PUBLISHED]
)
def test_published_weight_counts(config, weights):
    assert config.weights == weights


@pytest.mark.parametrize("coding", ["real", "symbol"])
def test_coding_does_not_change_the_number_of_weights(coding):
    config = LSTM(7, 7, blocks=3, hidden=2, coding=coding)
    assert config.weights == 14 * (7 + 14 + 1) + 7 * (6 + 2 + 1)


@pytest.mark.parametrize("output_gates", [True, False])
def test_forget_gates_and_peepholes_cost_their_weights(output_gates):
    """A forget gate is fed like an input gate, and gates feed gates and cells; 3 cells a block."""
    plain = LSTM(2, 1, block_size=3, output_gates=output_gates)
    # Two gates more, each with all sources; each of them feeds 6 cells and the other gates.
    fan_in = 1 + 2 + 6 + 2 + 2 * output_gates + 2
    gates = 2 + 2 * output_gates
    assert replace(plain, forget_gates=True).weights - plain.weights == 2 * (fan_in + 6 + gates)
    assert replace(plain, peepholes=True).weights - plain.weights == 3 * gates
    both = replace(plain, forget_gates=True, peepholes=True)
    assert both.weights - replace(plain, forget_gates=True).weights == 3 * (gates + 2)


def test_readings_of_experiment_4():
    assert LSTM(2, 1, output="linear", biased=HIDDEN_LAYER).weights == 92
    fewer = LSTM(
        *(2, 1),
        output_range=(-0.5, 1.5),
        cell_sources=("inputs", "cells"),
        gate_sources=("inputs", "cells"),
        biased=(*GATES, "outputs"),
    )
    assert fewer.weights == 57


@pytest.mark.parametrize(
    ("rule", "coefficients", "moments"),
    [(GradientDescent(), 1, 0), (RMSProp(), 3, 1), (Adam(), 6, 2)],
    ids=lambda rule: getattr(rule, "name", ""),
)
def test_layout_of_the_adding_net(rule, coefficients, moments):
    layout = LSTM(2, 1, rule=rule).layout
    sizes = {group: layout.size(group) for group in layout if layout.size(group)}
    assert sizes == {
        "weights": 93,
        "coefficients": coefficients,
        **dict.fromkeys(("first_moments", "second_moments")[:moments], 93),
        "cell_traces": 4 * 11,  # cells x (bias, inputs, cells, gates)
        "gate_traces": 4 * 11,
        "states": 4,
        "squashed_states": 4,
        "sources": 11,
        "activations": 11,
        "cell_inputs": 4,
        "symbol": 1,
        "slopes": 8,
        "output_form": 3,
        "outputs": 1,
        "output_slopes": 1,
        "output_errors": 1,
        "state_errors": 4,
        "output_gate_errors": 2,
    }
    assert layout.rows == sum(sizes.values())


@pytest.mark.parametrize("coding", ["real", "symbol"])
def test_initial_biases_land_where_they_should(coding):
    config = LSTM(
        *(3, 2),
        hidden=2,
        forget_gates=True,
        peepholes=True,
        coding=coding,
        weight_range=0.1,
        bias_range=0.0,
        input_gate_biases=(-3.0, -6.0),
        output_gate_biases=(-2.0, -4.0),
        forget_gate_biases=(1.0, 2.0),
        hidden_biases=(5.0,),
        output_bias=0.5,
    )
    column = config.start(np.random.default_rng(0))
    weights = config.layout.view(column, "weights")
    biases = {
        kind: weights[group.bias_rows].tolist()
        for kind, group in zip(KINDS, config.topology.groups, strict=True)
    }
    assert biases == {
        "cells": [0.0] * 4,
        "input_gates": [-3.0, -6.0],
        "forget_gates": [1.0, 2.0],
        "output_gates": [-2.0, -4.0],
        "hidden": [5.0] * 2,
        "outputs": [0.5] * 2,
    }
    rows = [row for group in config.topology.groups for row in group.bias_rows]
    others = np.delete(weights, rows)
    assert (np.abs(others) <= 0.1).all()
    assert (others != 0).all()
    filled = {"weights", "activations", "coefficients", "output_form"}
    for group in set(config.layout) - filled:
        assert (config.layout.view(column, group) == 0).all()
    bias_unit, *others = config.layout.view(column, "activations")
    assert bias_unit == 1
    assert not any(others)


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        ({}, [0, 0, 1]),
        ({"output_range": (-0.5, 1.5)}, [0, -0.5, 2]),
        ({"output": "linear"}, [1, 0, 1]),
    ],
)
def test_numbers_of_a_new_network(fields, form):
    config = LSTM(2, 1, rule=Adam(rate=0.25), **fields)
    column = config.start(np.random.default_rng(0))
    assert config.layout.view(column, "output_form").tolist() == form
    assert config.layout.view(column, "coefficients").tolist() == [0.25, 0.9, 0.999, 1e-8, 1, 1]


def test_one_number_is_for_all_blocks():
    lists = (
        "input_gate_biases",
        "output_gate_biases",
        "forget_gate_biases",
        "hidden_to_input_gates",
    )
    one, each = (
        LSTM(2, 1, blocks=3, hidden=1, forget_gates=True, **dict.fromkeys(lists, (-3.0,) * count))
        for count in (1, 3)
    )
    np.testing.assert_array_equal(*(net.start(np.random.default_rng(0)) for net in (one, each)))


def test_drawn_biases_have_their_own_range():
    config = LSTM(2, 1, blocks=50, weight_range=0.1, bias_range=5.0)
    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights")
    rows = [row for group in config.topology.groups for row in group.bias_rows]
    # 201 numbers uniform in [-5, 5]: all below 4.5 in size with probability 0.9^201 < 1e-9.
    assert 4.5 < np.abs(weights[rows]).max() <= 5
    assert np.abs(np.delete(weights, rows)).max() <= 0.1


@pytest.mark.parametrize("coding", ["real", "symbol"])
def test_weights_from_hidden_units_to_input_gates_are_moved_alone(coding):
    plain = LSTM(*(9, 2), blocks=3, hidden=2, forget_gates=True, peepholes=True, coding=coding)
    config = replace(plain, hidden_to_input_gates=(0.0, -2.0, 5.0))
    before, after = (
        net.layout.view(net.start(np.random.default_rng(0)), "weights") for net in (plain, config)
    )
    moved = np.zeros_like(after)
    moved[layout_rows(config)["input_gates"]["hidden"]] = [[0.0] * 2, [-2.0] * 2, [5.0] * 2]
    np.testing.assert_allclose(after, before + moved, rtol=0, atol=1e-12)


def test_a_cell_whose_input_gate_is_shut_by_a_hidden_unit_holds_the_first_input():
    config = LSTM(
        1,
        1,
        blocks=2,
        block_size=1,
        hidden=1,
        hidden_biases=(5.0,),
        hidden_to_input_gates=(0.0, -40.0),
    )
    network = ReferenceLSTM(config)
    network.load(config.start(np.random.default_rng(0)))
    held = []
    for later in (-1.0, 1.0):
        network.reset()
        for x in (1.0, *[later] * 20):
            network.step([x])
        held.append(network.s)
    assert held[0][0] != pytest.approx(held[1][0])
    assert held[0][1] == pytest.approx(held[1][1]) != 0


def test_unbiased_units_take_no_initial_bias():
    config = LSTM(2, 1, biased=("input_gates",), input_gate_biases=(-3.0, -6.0))
    groups = config.topology.groups
    assert [len(group.bias_rows) for group in groups] == [0, 2, 0, 0, 0, 0]
    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights")
    assert sorted(weights)[:2] == [-6.0, -3.0]


def test_an_offset_closes_the_input_gates_to_symbols_alone():
    plain = LSTM(5, 3, coding="symbol", output_sources=("inputs", "cells"))
    closed = replace(plain, input_gate_offset=-3.0)
    before, after = (
        net.layout.view(net.start(np.random.default_rng(0)), "weights") for net in (plain, closed)
    )
    gates = plain.topology.groups[1]
    of_symbols = slice(gates.start, gates.start + 5 * gates.units)
    np.testing.assert_array_equal(after[of_symbols], before[of_symbols] - 3.0)
    moved = np.flatnonzero(after != before)
    assert moved.tolist() == list(range(of_symbols.start, of_symbols.stop))


def test_hidden_units_feed_the_outputs():
    """Also when the inputs, which come before them among the sources, do not."""
    config = LSTM(2, 1, hidden=3)
    output = config.topology.groups[-1]
    assert output.fan_in == 1 + 3 + 4
    assert output.row(1) is None  # an input
    assert [output.row(3 + i) for i in range(7)] == [output.start + 1 + i for i in range(7)]


def test_equal_topologies_share_a_kernel_whatever_their_numbers():
    one = LSTM(2, 1, rule=Adam(rate=0.1), weight_range=1.0)
    two = LSTM(
        *(2, 1),
        rule=Adam(rate=0.2),
        output="linear",
        input_gate_biases=(-3.0, -6.0),
        cell_sources=("gates", "inputs", "hidden", "cells"),
    )
    assert one.topology == two.topology
    assert one.kernel(1) is two.kernel(1)


WRONG = [
    ({"inputs": 0}, "inputs", "0"),
    ({"inputs": 2.0}, "inputs", "2.0"),
    ({"outputs": -1}, "outputs", "-1"),
    ({"blocks": 0}, "blocks", "0"),
    ({"blocks": True}, "blocks", "True"),
    ({"block_size": "2"}, "block_size", "'2'"),
    ({"hidden": -1}, "hidden", "-1"),
    ({"coding": "one-hot"}, "coding", "'one-hot'"),
    ({"cell_sources": ("cells",)}, "cell_sources", "('cells',)"),
    ({"gate_sources": ("inputs", "outputs")}, "gate_sources", "('inputs', 'outputs')"),
    ({"hidden_sources": ()}, "hidden_sources", "()"),
    ({"output_sources": ("inputs",)}, "output_sources", "('inputs',)"),
    ({"output_sources": ("cells", "gates")}, "output_sources", "('cells', 'gates')"),
    ({"biased": ("gates",)}, "biased", "('gates',)"),
    ({"g": "[-3,3]"}, "g of", "'[-3,3]'"),
    ({"h": "tanh"}, "h of", "'tanh'"),
    ({"output": "cubic"}, "output of", "'cubic'"),
    ({"output_range": (1.0, 0.0)}, "output_range", "(1.0, 0.0)"),
    ({"output_range": (0.0, 0.5, 1.0)}, "output_range", "(0.0, 0.5, 1.0)"),
    ({"output_range": (0.0, float("inf"))}, "output_range", "(0.0, inf)"),
    ({"weight_range": -0.1}, "weight_range", "-0.1"),
    ({"weight_range": float("nan")}, "weight_range", "nan"),
    ({"hidden": 1, "hidden_to_input_gates": (-1.0,) * 3}, "hidden_to_input_gates", "3"),
    (
        {"hidden": 1, "hidden_to_input_gates": (-1.0, float("nan"))},
        "hidden_to_input_gates",
        "(-1.0, nan)",
    ),
    (
        {"hidden": 1, "hidden_to_input_gates": (-1.0, 0.0), "gate_sources": ("inputs",)},
        "hidden_to_input_gates",
        "(-1.0, 0.0)",
    ),
    ({"hidden_to_input_gates": (-1.0, 0.0)}, "hidden_to_input_gates", "(-1.0, 0.0)"),
    ({"bias_range": "wide"}, "bias_range", "'wide'"),
    ({"input_gate_biases": (-3.0,) * 3}, "input_gate_biases", "3"),
    ({"input_gate_biases": (-3.0, float("-inf"))}, "input_gate_biases", "(-3.0, -inf)"),
    (
        {"input_gate_biases": (-3.0, -6.0), "biased": ("cells",)},
        "input_gate_biases",
        "('cells',)",
    ),
    (
        {"output_gate_biases": (-3.0, -6.0), "output_gates": False},
        "output_gate_biases",
        "(-3.0, -6.0)",
    ),
    ({"forget_gate_biases": (1.0, 2.0)}, "forget_gates", "(1.0, 2.0)"),
    (
        {"forget_gates": True, "forget_gate_biases": (1.0, 2.0), "biased": ("cells",)},
        "forget_gate_biases",
        "('cells',)",
    ),
    ({"forget_gates": True, "forget_gate_biases": (1.0,) * 3}, "forget_gate_biases", "3"),
    ({"output_bias": float("nan")}, "output_bias", "nan"),
    ({"output_bias": 0.5, "biased": ("cells",)}, "output_bias", "('cells',)"),
    ({"hidden": 1, "hidden_biases": (5.0,), "biased": ("cells",)}, "hidden_biases", "('cells',)"),
    (
        {"hidden_biases": (5.0,)},
        "hidden_biases of lstm must be empty without hidden units",
        "(5.0,)",
    ),
    ({"hidden": 2, "hidden_biases": (5.0,) * 3}, "each of 2 hidden units", "3"),
    ({"input_gate_offset": -3.0}, "input_gate_offset", "-3.0"),
    ({"input_gate_offset": float("inf"), "coding": "symbol"}, "input_gate_offset", "inf"),
    ({"construction_window": -1}, "construction_window", "-1"),
    ({"construction_window": 10, "construction_fall": 1.5}, "construction_fall", "1.5"),
    ({"construction_fall": 0.5}, "construction_window", "0.5"),
    ({"update": "epoch"}, "update", "'epoch'"),
    ({"rule": "adam"}, "rule", "'adam'"),
]


@pytest.mark.parametrize(("fields", "name", "value"), WRONG, ids=[str(w[0]) for w in WRONG])
def test_wrong_fields_are_named_with_their_value(fields, name, value):
    with pytest.raises(InputError) as caught:
        LSTM(**({"inputs": 2, "outputs": 1} | fields))
    message = str(caught.value)
    assert name in message
    assert message.endswith(f"got {value}")
    assert "\n" not in message


def test_wide_nets_run_in_few_lanes_and_rare_symbols_do_not_count():
    far = LSTM(2, 1, blocks=12, block_size=1, gate_sources=("inputs", "cells", "gates"))
    partials = sum(far.layout.size(name) for name in ("cell_traces", "gate_traces"))
    assert far.topology.read_each_step == far.weights + partials // STRETCH
    assert 4 <= far.most_lanes < 16
    forgetting = replace(far, forget_gates=True)  # whose partials every step reads
    assert forgetting.topology.read_each_step > forgetting.weights + partials
    assert experiment_2c(1000).weights > far.weights
    assert experiment_2c(1000).most_lanes > 16
