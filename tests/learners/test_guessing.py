"""Nets whose weights are guessed, against the equations in plain NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from longlag.errors import InputError
from longlag.learners.guessing import Guessing
from longlag.network import Network

A2 = {"hidden_sources": ("inputs", "self", "outputs"), "output_sources": ("inputs", "hidden")}

NETS = {
    "A1": Guessing(1, 1, 3),
    "simultaneous": Guessing(2, 2, 2, update="simultaneous", biased=("hidden", "outputs")),
    "A2": Guessing(1, 1, 10, biased=("hidden", "outputs"), **A2),
    "one unit": Guessing(1, 1, 0, biased=("outputs",), squashing="tanh"),
    "unit inputs": Guessing(3, 1, 0, biased=(), unit_inputs=1, squashing="tanh"),
    "symbols": Guessing(4, 2, 3, "symbol"),
    "second order": Guessing(2, 1, 3, order=2, biased=("hidden", "outputs"), **A2),
    "second order, symbols": Guessing(3, 2, 2, "symbol", order=2, update="simultaneous"),
}


class Reference:
    """The equations of the learner's docstring, a matrix for each kind of source."""

    def __init__(self, net, weights):
        self.net = net
        self.f = np.tanh if net.squashing == "tanh" else lambda x: 1 / (1 + np.exp(-x))
        left = list(weights)

        def take(rows, units):
            taken = np.array([left.pop(0) for _ in range(rows * units)])
            return taken.reshape(int(rows), units).T

        def block(units, sources, biased):
            return {
                "hidden": take(net.hidden * ("hidden" in sources), units),
                "outputs": take(net.outputs * ("outputs" in sources), units),
                "self": take("self" in sources, units),
                "bias": take(biased, units),
            }

        self.layers = {}
        for name, units, sources in (
            ("hidden", net.hidden, net.hidden_sources),
            ("outputs", net.outputs, net.output_sources),
        ):
            biased = name in net.biased
            if net.order == 1:
                weighted = net.inputs - net.unit_inputs if "inputs" in sources else 0
                inputs = take(weighted, units)
                self.layers[name] = inputs, [block(units, sources, biased)]
            else:
                blocks = [block(units, sources, biased) for _ in range(net.inputs)]
                self.layers[name] = None, blocks
        assert not left

    def sums(self, name, x, y):
        inputs, blocks = self.layers[name]

        def recurrent(block):
            total = block["bias"].sum(axis=1) + block["self"].sum(axis=1) * y[name]
            for source in ("hidden", "outputs"):
                if block[source].size:
                    total = total + block[source] @ y[source]
            return total

        if self.net.order == 2:
            return sum(number * recurrent(block) for number, block in zip(x, blocks, strict=True))
        weighted = inputs.shape[1]
        return recurrent(blocks[0]) + inputs @ x[:weighted] + x[weighted:].sum()

    def answers(self, xs):
        net = self.net
        y = {"hidden": np.zeros(net.hidden), "outputs": np.zeros(net.outputs)}
        for x in xs:
            x = np.eye(net.inputs)[x] if net.coding == "symbol" else x
            before = y
            y = before | {"hidden": self.f(self.sums("hidden", x, before))}
            seen = before if net.update == "simultaneous" else y
            y = y | {"outputs": self.f(self.sums("outputs", x, seen))}
            yield y["outputs"]


def inputs(net, rng):
    if net.coding == "symbol":
        return rng.integers(0, net.inputs, 12)
    return rng.uniform(-1, 1, (12, net.inputs))


@pytest.mark.parametrize("name", NETS)
def test_nets_compute_their_equations(name):
    # Weights below 3: a net that is not saturated shows every weight in its answers.
    net = NETS[name]
    column = net.start(np.random.default_rng(1)) * 0.03
    network = Network.from_column(net, column[: net.layout.kept])
    x = inputs(net, np.random.default_rng(2))
    wanted = np.array(list(Reference(net, network.weights).answers(x)))
    assert wanted.std() > 1e-3
    # Rounding in float64, enlarged over 12 steps by weights of at most 3: measured below 1e-13.
    np.testing.assert_allclose(network.predict(x), wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("net", "weights"),
    [
        (Guessing(1, 1, 1), 7),
        (Guessing(1, 1, 2), 14),
        (Guessing(1, 1, 3), 23),
        (NETS["A2"], 52),
        (replace(NETS["A2"], hidden_sources=("inputs", "outputs")), 42),
        (NETS["one unit"], 3),
        (NETS["unit inputs"], 3),
        (Guessing(2, 1, 3, "symbol", order=2, biased=()), 32),
    ],
)
def test_numbers_of_weights(net, weights):
    assert net.weights == weights


def test_guesses_are_uniform_in_the_range():
    net = Guessing(1, 1, 30, weight_range=5.0)
    weights = net.layout.view(net.start(np.random.default_rng(1)), "weights")
    assert -5 <= weights.min() < -4.9
    assert 4.9 < weights.max() <= 5
    # The standard deviation of the mean of uniform numbers; five of them fail with 6e-7.
    assert abs(weights.mean()) < 5 * 5 / np.sqrt(3 * len(weights))


def test_a_net_does_not_learn_from_a_sequence():
    network = Network(NETS["one unit"], seed=1)
    before = network.weights
    with pytest.raises(InputError, match="guessing does not learn from a sequence"):
        network.learn(np.ones((3, 1)), [1.0])
    assert np.array_equal(network.weights, before)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"inputs": 0}, "inputs of guessing must be from 1 to 100000, got 0"),
        ({"hidden": -1}, "hidden of guessing must be from 0 to 100000, got -1"),
        ({"order": 3}, "order of guessing must be from 1 to 2, got 3"),
        (
            {"hidden_sources": ("gates",)},
            "hidden_sources of guessing must be a list, each",
        ),
        ({"output_sources": ("outputs", "self")}, "cannot contain both 'self' and 'outputs'"),
        (
            {"biased": ("inputs",)},
            "must be a list, each item one of 'hidden', 'outputs'",
        ),
        ({"unit_inputs": 3}, "unit_inputs of guessing must be from 0 to 2, got 3"),
        ({"unit_inputs": 1, "order": 2}, "unit_inputs of guessing are for real inputs"),
        ({"squashing": "relu"}, "squashing of guessing must be one of 'logistic', 'tanh'"),
        ({"update": "random"}, "update of guessing must be one of 'layered', 'simultaneous'"),
        ({"weight_range": 0.0}, "weight_range of guessing must be a number in (0, 1000000.0]"),
        ({"hidden": 0, "output_sources": ()}, "guessing needs a weight to guess"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        Guessing(**{"inputs": 2, "outputs": 1, **fields})
    assert message in str(caught.value)
