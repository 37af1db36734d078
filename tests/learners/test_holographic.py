"""Holographic nets: reference against differences, kernel against reference, and their key."""

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from support.lane_bits import assert_same_bits
from support.lane_deviation import lane_deviation
from support.mutations import mutate
from support.recurrent_nets import sequence

from longlag import Adam, GradientDescent, Holographic, InputError
from longlag.learners.holographic import lanes, reference
from longlag.learners.holographic.learner import draw_key

# Central differences with step h err by h^2/6 times a third derivative of size 10, about 1e-10, and
# by rounding, 1e-16 / h, about 1e-11. A missing term shows by more than MISSING in some weight.
H, TOLERANCE, MISSING = 1e-5, 1e-9, 1e-4

# The kernel and the reference compute the same float64 sums in another order, and convolutions in
# another way. Adam divides a gradient near zero by its own size, which magnifies rounding errors.
AGREEMENT = 1e-11

PLAIN = Holographic(2, 2, hidden=4, output="softmax", weight_range=1.0)
NETS = {
    "softmax": PLAIN,
    "logistic": replace(PLAIN, output="logistic", hidden=3),
    "symbols": replace(PLAIN, inputs=4, outputs=3, coding="symbol"),
    "linear": replace(PLAIN, output="linear", outputs=1),
}


def error(config, out, target):
    if config.output == "softmax":
        return -np.sum(target * np.log(out))
    return 0.5 * np.sum((target - out) ** 2)


def shown(config, module=reference):
    x, targets, _ = sequence(config)
    target = np.abs(targets[-1]) / np.abs(targets[-1]).sum()  # softmax outputs have the sum 1

    def show(weights):
        net, column = module.ReferenceHolographic(config), config.start(np.random.default_rng(0))
        if weights is not None:
            config.layout.view(column, "weights")[:] = weights
        net.load(column)
        for now in x:
            net.step(now)
        net.answer()
        return net

    return show, target


def deviation(config, module=reference):
    """Of the gradient at the end of a sequence from differences of the error."""
    show, target = shown(config, module)
    net = show(None)
    weights = net.weights()
    slopes = [
        (
            error(config, show(weights + d).out, target)
            - error(config, show(weights - d).out, target)
        )
        / (2 * H)
        for d in H * np.eye(len(weights))
    ]
    return np.abs(net.gradient(target) + slopes).max()


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_is_that_of_differences(name):
    assert deviation(NETS[name]) < TOLERANCE


MUTATIONS = {
    "the way back": ("1 - self.steps)", "0)"),
    "the gain in dC": ("self.turn(self.gain * self.v", "self.turn(self.v"),
    "the gain in dv": ("self.gain * np.outer", "np.outer"),
    "the gain itself": ("e @ self.net", "0.0"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_differences_notice_another_term(name):
    # The gain begins at 1, where products with it would not show.
    config, module = NETS["softmax"], mutate((reference,), *MUTATIONS[name])
    show, target = shown(config, module)
    weights = show(None).weights()
    weights[-1] = 1.5
    ours = show(weights).gradient(target)
    theirs = shown(config)[0](weights).gradient(target)
    assert np.abs(ours - theirs).max() > MISSING


def test_a_sequence_beyond_the_basis_changes_its_code_alone():
    config = replace(NETS["symbols"], basis=2)
    show, target = shown(config)
    net, codes = show(None), config.topology.codes.rows
    for symbol in range(4):
        net.reset()
        net.step([symbol])
        net.answer()
        changed = np.flatnonzero(net.gradient(target))
        own = set(range(4 * symbol, 4 * symbol + 4))
        assert own <= set(changed) <= own | set(range(codes, config.weights))
        assert (changed.max() >= codes) == (symbol < 2)


def test_a_state_keeps_its_length_and_returns():
    for n in (1, 2, 7, 16):
        key = draw_key(np.random.default_rng(n), n)
        np.testing.assert_allclose(np.abs(np.fft.fft(key)), 1.0, rtol=0, atol=1e-14)


def test_inputs_of_later_steps_are_not_read():
    net = PLAIN.reference()
    net.load(PLAIN.start(np.random.default_rng(0)))
    answers = []
    for later in (0.0, 5.0):
        net.reset()
        for x in ([0.5, -0.5], [later, later]):
            net.step(x)
        answers.append(net.answer())
    assert np.array_equal(*answers)


def largest_deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference, over three sequences."""
    sequences = (sequence(config, number, steps=10) for number in range(3))
    return lane_deviation(config, sequences, kernel)


LEARNING = {
    "softmax": replace(NETS["softmax"], rule=Adam(0.01), update="step"),
    "logistic": replace(NETS["logistic"], rule=GradientDescent(0.5)),
    "symbols": replace(NETS["symbols"], rule=GradientDescent(0.5), basis=2),
}


@pytest.mark.parametrize("name", LEARNING)
def test_kernel_against_reference(name):
    assert largest_deviation(LEARNING[name]) < AGREEMENT


KERNEL_MUTATIONS = {
    "the first inputs": ("select(first, X[at], S[symbol_row])", "X[at]"),
    "the turn": (
        "(j - m) % units], total)\n            out",
        "(j + m) % units], total)\n            out",
    ),
    "the way back": ("power[(j - m) % units]", "power[(j + m) % units]"),
    "the gain in errors": ("e[k] = w[gain] * e[k]", "e[k] = 1.0 * e[k]"),
    "the gain itself": ("so_far(S, gain) + of_gain", "so_far(S, gain) + 0.0 * of_gain"),
    "the basis": ("select(shared, e[k], 0.0)", "1.0 * e[k]"),
}


@pytest.mark.parametrize("name", KERNEL_MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    module, config = mutate((lanes,), *KERNEL_MUTATIONS[name]), LEARNING["symbols"]
    assert largest_deviation(config, module.compile_holographic(config.topology)) > MISSING


@pytest.mark.parametrize("name", ["softmax", "logistic", "linear"])
def test_an_error_flows_back_as_the_gradient_says(name):
    config = NETS[name]
    show, target = shown(config)
    net, (x, _, _) = show(None), sequence(config)
    (path,) = config.error_paths(config.start(np.random.default_rng(0)), x, len(x))
    *_, way = accumulate(path.jacobians, lambda way, J: way @ J, initial=path.arrive)
    e = target - net.out
    if config.output == "softmax":
        e = target / net.out  # -dE/dy of the cross-entropy
    assert path.leave is not None
    codes = np.outer(e @ way @ path.leave[0], x[0])
    ours = net.gradient(target)[: config.topology.codes.rows]
    # The same products in another order.
    np.testing.assert_allclose(codes.T.ravel(), ours, rtol=0, atol=1e-12)
    lengths = np.linalg.svd(path.jacobians[0], compute_uv=False)
    np.testing.assert_allclose(lengths, 1.0, rtol=0, atol=1e-14)


@pytest.mark.slow
def test_same_bits_in_any_lane_at_any_step():
    assert_same_bits(LEARNING["symbols"], 4, "float64")


def test_a_basis_is_of_symbols():
    for make in (
        lambda: Holographic(2, 1, basis=1),
        lambda: Holographic(2, 1, 4, "symbol", basis=3),
    ):
        with pytest.raises(
            InputError, match=r"^basis of holographic counts symbols among its 2 inputs"
        ):
            make()
