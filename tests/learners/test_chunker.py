"""The chunker: what its nets show each other, and its kernel against the reference."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.lane_bits import assert_same_bits
from support.lane_deviation import lane_deviation
from support.mutations import mutate
from support.recurrent_nets import sequence, torch_outputs

from longlag import Chunker, GradientDescent, InputError, Network
from longlag.learners.chunker import lanes, reference

# The rate is 1, so that a change of the weights is a gradient: sums of some 10 numbers of size 1.
ROUNDING, MISSING = 1e-13, 1e-4

# The kernel and the reference compute the same float64 sums in another order.
AGREEMENT = 1e-11

RULE = GradientDescent(1.0)
INPUTS = Chunker(3, 2, hidden=3, chunker_hidden=2, learning="rtrl", rule=RULE)
TARGETS = Chunker(4, 4, hidden=2, chunker_hidden=1, coding="symbol", predicts="targets", rule=RULE)
CONFIGS = {
    "inputs": INPUTS,
    "inputs, a stream of symbols": replace(INPUTS, coding="symbol", learning="bptt", resets=False),
    "targets": replace(TARGETS, learning="rtrl", biased=("outputs",)),
    "targets, bptt": replace(TARGETS, chunker_output_sources=("inputs", "hidden")),
}


def loaded(config, module=reference):
    net = module.ReferenceChunker(config)
    net.load(config.start(np.random.default_rng(0)))
    return net


def downhill(net, weights, x, target):
    """-dE/dw of half the squared error of the last answer to x, by PyTorch."""
    flat = torch.tensor(weights, requires_grad=True)
    answer = torch_outputs(net, flat, x)[-1]
    error = 0.5 * ((answer[-len(target) :] - torch.tensor(target)) ** 2).sum()
    return -torch.autograd.grad(error, flat)[0].numpy()


def deviations(module=reference):
    """Of both nets' changes from the gradients, at an input and at a target that were not expected.

    The chunker has read the first input alone. The automatizer has taken three steps.
    """
    config = replace(INPUTS, threshold=0.0)
    x = np.random.default_rng(1).uniform(-1, 1, (4, 3))
    target, silent = np.array([0.3, 0.9]), np.zeros(2)
    found = []
    for learned in ("input", "target"):
        net = loaded(config, module)
        net.observe(x[0])
        for now in x[:3]:
            net.step(now)
        net.answer()
        before, state = (net.A.weights(), net.C.weights()), np.append(net.C.y, net.C.answer())
        if learned == "input":
            net.observe(x[3])
            of_a, of_c = np.append(x[3], state), np.append(x[3], state[-2:])
        else:
            net.learn(target)
            of_a, of_c = np.append(target, net.A.out[2:]), np.append(x[2], target)
        expected = (
            downhill(config.automatizer, before[0], x[:3], of_a),
            downhill(config.chunker, before[1], np.append(x[0], silent)[None], of_c),
        )
        changes = net.A.weights() - before[0], net.C.weights() - before[1]
        found += [
            np.abs(ours - theirs).max() for ours, theirs in zip(changes, expected, strict=True)
        ]
        read = (x[3], silent) if learned == "input" else (x[2], 2 * target - 1)
        found.append(np.abs(net.C.x - np.concatenate(read)).max())
    return np.max(found)


def test_what_each_net_learns_and_what_the_chunker_reads():
    assert deviations() < ROUNDING


MUTATIONS = {
    "the next input": ("self.A.out[:outputs], shown,", "self.A.out[:outputs], 0 * shown,"),
    "hidden units of C": ("shown, self.C.y, answer)", "shown, 0 * self.C.y, answer)"),
    "answers of C": ("shown, self.C.y, answer)", "shown, self.C.y, 0 * answer)"),
    "C learns the input": (
        "self.C.learn(np.concatenate((shown, answer",
        "(np.concatenate((shown, answer",
    ),
    "C learns the target": (
        "self.C.learn(np.concatenate((self.A.x, target",
        "(np.concatenate((self.A.x, target",
    ),
    "C reads the input": (
        "if surprised:\n            self.C.step",
        "if self.first:\n            self.C.step",
    ),
    "C reads the target": ("2.0 * target - 1.0", "0.0 * target"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_that_test_notices_what_is_missing(name):
    assert deviations(mutate((reference,), *MUTATIONS[name])) > MISSING


@pytest.mark.parametrize("name", CONFIGS)
def test_the_chunker_stands_still_while_nothing_is_unexpected(name):
    """It reads the first input of a sequence alone."""
    config = replace(CONFIGS[name], threshold=1000.0)
    x, targets, _ = sequence(config)
    net = loaded(config)
    weights = net.C.weights()
    states = []
    for now, target in zip(x, targets, strict=True):
        net.observe(now)
        net.step(now)
        net.answer()
        net.learn(target)
        states.append(net.C.y)
    assert np.abs(states[0]).max() > 0
    np.testing.assert_array_equal(states, [states[0]] * len(x))
    np.testing.assert_array_equal(net.C.weights(), weights)


def largest_deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference, over three sequences."""
    sequences = (sequence(config, number, steps=10) for number in range(3))
    return lane_deviation(config, sequences, kernel, groups=("weights",))


# Some inputs are expected, and others are not.
SURPRISED = {
    name: replace(each, threshold=0.9 if each.coding == "real" else 0.5)
    for name, each in CONFIGS.items()
}


@pytest.mark.parametrize("name", SURPRISED)
def test_kernel_against_reference(name):
    assert largest_deviation(SURPRISED[name]) < AGREEMENT


KERNEL_MUTATIONS = {
    "C stays as it is": ("inputs", "read(S, first | failed)", "read(S, failed)"),
    "theta": ("inputs", "failed = later & (distance >= S[theta_row])", "failed = later"),
    "the answers of C": (
        "inputs",
        "+ c_hidden, c_out_row, c_outputs)",
        "+ c_hidden, c_out_row, 1)",
    ),
    "no error of the answer": (
        "inputs",
        "a_target_row, a_out_row, outputs)",
        "a_target_row, a_out_row, 1)",
    ),
    "unread": ("targets", "due = mask & (S[unread_row] > 0.5)", "due = mask"),
    "the state of C": (
        "targets",
        "+ outputs, c_state_row, c_hidden)",
        "+ outputs, c_state_row, 0)",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KERNEL_MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    config, term, replacement = KERNEL_MUTATIONS[name]
    structure = SURPRISED[config].structure
    kernel = mutate((lanes,), term, replacement).compile_chunker(structure, 1)
    assert largest_deviation(SURPRISED[config], kernel) > MISSING


@pytest.mark.slow
@pytest.mark.parametrize("name", SURPRISED)
def test_same_bits_in_any_lane_at_any_step(name):
    assert_same_bits(SURPRISED[name], 4, "float64")


@pytest.mark.slow
def test_a_network_of_ones_own_learns_from_its_inputs():
    """Of a sequence with one target; answering alone teaches nothing."""
    network = Network(SURPRISED["inputs"], seed=1)
    net = network.learner.reference()
    net.load(network.column)
    x, target = np.random.default_rng(1).uniform(0, 1, (6, 3)), np.array([0.5, 0.5])
    network.predict(x)
    np.testing.assert_array_equal(network.weights, net.weights())
    for now in x:
        net.observe(now)
        net.step(now)
    net.answer()
    net.learn(target)
    network.learn(x, target)
    np.testing.assert_allclose(network.weights, net.weights(), rtol=0, atol=AGREEMENT)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"predicts": "targets"},
            "predicts of chunker can be 'targets' only where the targets are",
        ),
        ({"predicts": "targets", "outputs": 3, "resets": False}, "resets of chunker can be False"),
    ],
)
def test_fields_that_do_not_go_together(fields, message):
    with pytest.raises(InputError, match=f"^{message}"):
        replace(INPUTS, **fields)
