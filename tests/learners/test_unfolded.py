"""Unfolded nets: their reference against PyTorch and differences, and their kernel against it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from support.lane_bits import assert_same_bits
from support.lane_deviation import lane_deviation
from support.mutations import mutate
from support.recurrent_nets import WHOLE, gradient, half_squared_error, present, sequence
from support.unfolded_nets import NETS, torch_outputs

from longlag import (
    BPTT,
    NARX,
    TWINN,
    Adam,
    GammaMemory,
    Hierarchical,
    InputError,
    SecondOrder,
    TimeConstants,
)
from longlag.learners.recurrent.reference import ReferenceBPTT
from longlag.learners.unfolded import back, lanes, reference, states
from longlag.learners.unfolded.reference import ReferenceUnfolded

# PyTorch, the reference and the kernel compute the same float64 sums in other orders: rounding
# errors are below 1e-14. A missing term shows by more than MISSING in some weight. Adam divides a
# gradient near zero by its own size, which magnifies rounding errors of 1e-17 by up to 1e6.
AGREEMENT, MISSING = 1e-11, 1e-4

# Central differences with step h err by h^2/6 times a third derivative of size 100, about 2e-9, and
# by rounding, 1e-15 / h, about 1e-10.
H, TOLERANCE = 1e-5, 1e-8


def start(config):
    return config.layout.view(config.start(np.random.default_rng(0)), "weights").copy()


def learned(config):
    """Which weights learn."""
    learns = config.weights
    if config.name == "narx" and config.feedback is not None:
        learns = config.inputs - 1
    if config.name == "gamma-memory" and config.fixed_mu:
        learns -= 1
    return np.arange(config.weights) < learns


def deviation(config, module=reference, steps=7):
    """Of the gradient of a sequence from that of PyTorch."""
    x, targets, learn = sequence(config, steps=steps)
    cut = None
    if getattr(config, "depth", None) == 4:  # one pass, from the end on
        learn[:] = [False] * (steps - 1) + [True]
        cut = steps - 4
    flat = torch.tensor(start(config), requires_grad=True)
    half_squared_error(torch_outputs(config, flat, x, cut), targets, learn).backward()
    assert flat.grad is not None
    ours = gradient(config, x, targets, learn, module.ReferenceUnfolded)
    return np.abs(ours + flat.grad.numpy() * learned(config)).max()


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_of_a_sequence_is_exact(name):
    assert deviation(NETS[name]) < AGREEMENT


@pytest.mark.parametrize("name", [name for name in NETS if not name.startswith("gamma memory")])
def test_an_error_flows_back_through_as_many_steps_as_the_depth(name):
    assert deviation(replace(NETS[name], depth=4)) < AGREEMENT


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_is_that_of_differences(name):
    config = NETS[name]
    x, targets, learn = sequence(config)

    def error(weights):
        net, column = ReferenceUnfolded(config), config.start(np.random.default_rng(0))
        config.layout.view(column, "weights")[:] = weights
        net.load(column)
        answers = present(net, x, targets, [False] * len(x))
        return 0.5 * np.sum((targets[learn] - answers[learn]) ** 2)

    shifts = H * np.eye(config.weights)
    slopes = [(error(start(config) + s) - error(start(config) - s)) / (2 * H) for s in shifts]
    ours = gradient(config, x, targets, learn, ReferenceUnfolded)
    np.testing.assert_allclose(ours, -1.0 * learned(config) * slopes, rtol=0, atol=TOLERANCE)


MUTATIONS = {
    "k in E": ("time constants", "carried = step.kept * E", "carried = 0.0 * E"),
    "1 - k in d": ("time constants", "q * slopes, k", "slopes, k"),
    "k by clock": ("hierarchical", "carried = step.kept * E", "carried = 0.0 * E"),
    "h in E": ("time warping", "carried = step.kept * E", "carried = 0.0 * E"),
    "the distance in d": ("time warping", "q * slopes, k", "slopes, k"),
    "the input before": ("time warping", 'x - self._past("x", 1, len(self.steps))', "x"),
    "R of units": ("second order", "carried + (R if of_units else 0.0)", "1.0 * carried"),
    "x in R": ("second order", "slopes[p, m] += step.seen[n]", "slopes[p, m] += 1.0"),
    "the other state in R": ("quadratic", "slopes[p, n] += step.seen[m]", "pass"),
    "R of outputs": ("narx", "(0.0 if of_units else R)", "0.0"),
    "the last taps in R": ("narx", "1 + topology.taps):", "2):"),
    "f'": ("narx", "step.slopes * E", "1.0 * E"),
    "the change of a stage": ("gamma memory", "slopes[1:]) + change", "slopes[1:])"),
    "the stage before": ("gamma memory", "(slopes[:-1] - slopes[1:])", "(0 - slopes[1:])"),
    "F'": ("narx, logistic", "e = step.output_slopes * e", "e = 1.0 * e"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_comparison_with_pytorch_notices_another_term(mutation):
    name, *terms = MUTATIONS[mutation]
    assert deviation(NETS[name], mutate((reference,), *terms)) > MISSING


def largest_deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference, over three sequences."""
    sequences = (sequence(config, number, steps=10) for number in range(3))
    return lane_deviation(config, sequences, kernel)


@pytest.mark.parametrize("name", NETS)
def test_kernel_against_reference(name):
    """In passes over 4 steps, with clipping; the weights change after every pass or at the end."""
    update = "step" if NETS[name].coding == "symbol" else "sequence"
    depth = {"depth": 4} if hasattr(NETS[name], "depth") else {}
    config = replace(NETS[name], rule=Adam(0.01), update=update, clip=0.5, **depth)
    assert largest_deviation(config) < AGREEMENT


KERNEL_MUTATIONS = {
    "R of outputs": ("narx", "e[k] = e[k] + later[k]", "e[k] = 1.0 * e[k]"),
    "the last taps in R": ("narx", "later[i - fed_back] = later[i]", "later[i] = later[i]"),
    "older inputs": ("narx", "delayed[i] = z[1 + i]", "delayed[i] = z[0]"),
    "R of units": ("second order", "E[i] = E[i] + later[i]", "E[i] = 1.0 * E[i]"),
    "x in R": ("second order", "fma(z[n], total, E[m - FED_BACK])", "total + E[m - FED_BACK]"),
    "the other state in R": ("quadratic", "if n >= FED_BACK:", "if n < 0:"),
    "errors of further outputs": ("further outputs", "e[k] = e[k] + later[k]", "e[k] = 1.0 * e[k]"),
    "1 - k in d": ("time constants", "(1.0 - k[i]) * slope[i]", "1.0 * slope[i]"),
    "k in E": ("time constants", "select(mask, k[i] * E[i], 0.0)", "0.0 * E[i]"),
    "k by clock": ("hierarchical", "select(on, 0.0, 0.0 * now + 1.0)", "0.0 * now"),
    "the distance in h": ("time warping", "fma(distance, u[i], h[i])", "u[i] + h[i]"),
    "the distance in d": ("time warping", "distance * slope[i]", "1.0 * slope[i]"),
    "the input before": ("time warping", "last[i] = x[i]", "last[i] = last[i]"),
    "slopes by clock": ("hierarchical", "select(on, slope[i], 0.0)", "1.0 * slope[i]"),
    "the change of a stage": ("gamma memory", "trace[i]) + change", "trace[i])"),
    "the stage before": ("gamma memory", "fma(mu, trace[i - inputs], slope[i])", "slope[i]"),
    "the output group": ("narx", "send_to_units(E, rows", "pass  # (E, rows"),
}


@pytest.mark.parametrize("mutation", KERNEL_MUTATIONS)
def test_comparison_notices_a_missing_term(mutation):
    name, *terms = KERNEL_MUTATIONS[mutation]
    kernel = mutate((states, back, lanes), *terms).compile_unfolded(NETS[name].topology, 1)
    assert largest_deviation(NETS[name], kernel) > MISSING


@pytest.mark.parametrize(
    "config",
    [TimeConstants(2, 1, taus=(0.0,) * 3, **WHOLE), Hierarchical(2, 1, periods=(1,) * 3, **WHOLE)],
    ids=lambda config: config.name,
)
def test_one_time_scale_is_a_plain_net(config):
    plain = BPTT(2, 1, hidden=3, squashing="tanh", output="linear", **WHOLE)
    shown = sequence(config)
    ours, theirs = (
        gradient(each, *shown, kind=kind)
        for each, kind in ((config, ReferenceUnfolded), (plain, ReferenceBPTT))
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-14)  # the same sums in other orders


def test_inputs_that_stand_still_change_nothing():
    config = NETS["time warping"]
    x, _, _ = sequence(config)
    states = []
    for repeats in (1, 3):
        net = config.reference()
        net.load(config.start(np.random.default_rng(0)))
        for now in np.repeat(x, repeats, axis=0):
            net.step(now)
        states.append(net.activations())
    assert np.array_equal(*states)


def test_a_finer_path_leads_nearer_to_the_same_state():
    """The steps are those of Euler's method: half the step leaves half of the error."""
    config = NETS["time warping"]
    x, _, _ = sequence(config)
    states = []
    for parts in (16, 32, 64):
        at = np.linspace(0, len(x) - 1, parts * (len(x) - 1) + 1)
        path = np.array([np.interp(at, range(len(x)), column) for column in x.T]).T
        net = config.reference()
        net.load(config.start(np.random.default_rng(0)))
        for now in path:
            net.step(now)
        states.append(net.activations())
    coarse, fine = (np.abs(a - b).max() for a, b in pairwise(states))
    assert 1.6 < coarse / fine < 2.4  # 2 but for terms of the second order


def test_a_gamma_memory_without_leak_is_a_window():
    window = NARX(2, 1, hidden=3, input_taps=4, output_taps=0, **WHOLE)
    gamma = GammaMemory(2, 1, hidden=3, stages=3, mu=1.0, **WHOLE)
    shown = sequence(window)
    ours, theirs = (gradient(each, *shown, kind=ReferenceUnfolded) for each in (gamma, window))
    np.testing.assert_allclose(ours[:-1], theirs, rtol=0, atol=1e-14)  # g + (x - g) rounds


def test_the_weights_of_a_latch_are_fixed():
    config = NETS["latch"]
    weights = start(config)
    assert weights[2:].tolist() == [1.0, 0.625, 0.625]
    x, targets, learn = sequence(config)
    assert gradient(config, x, targets, learn, ReferenceUnfolded)[2:].tolist() == [0, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["narx", "second order of symbols", "hierarchical"])
def test_same_bits_in_any_lane_at_any_step(name):
    assert_same_bits(replace(NETS[name], depth=4, rule=Adam(0.01)), 4, "float64")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NARX(2, 1, feedback=1.25), "feedback of narx is for one unit that latches: give"),
        (lambda: NARX(2, 1, output_range=(1.0, 0.0)), "output_range of narx must be two rising"),
        (lambda: SecondOrder(2, 3, hidden=2), "hidden of second-order must be at least its outp"),
        (lambda: TWINN(2, 3, hidden=2), "hidden of twinn must be at least its outputs, 3, which"),
        (lambda: TimeConstants(2, 1, taus=()), "taus of time-constants is empty: give each hidden"),
        (lambda: Hierarchical(2, 1, periods=()), "periods of hierarchical is empty: give each hid"),
    ],
)
def test_impossible_nets_are_refused(make, message):
    with pytest.raises(InputError) as refusal:
        make()
    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)
