"""Update rules against the papers' formulas, against PyTorch, and under masks."""

import inspect
import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_up_rules import AMSGrad
from support.rule_runs import in_lanes, in_units

from longlag.errors import InputError
from longlag.rules import (
    Adam,
    Clip,
    GradientDescent,
    Momentum,
    Quickprop,
    ReferenceRule,
    RMSProp,
    rules,
)

WEIGHTS = 3

# What the papers say, in sums instead of recurrences, for gradients of shape (updates, ...). Each
# returns the changes of all updates, and how large the terms are that they are sums of.


def fading_sums(decay, terms):
    """(1 - decay) sum over i <= t of decay^(t - i) term(i), for every t: Kingma & Ba, eq 1."""
    t = np.arange(len(terms))
    factors = np.tril(float(decay) ** np.maximum(t[:, None] - t, 0))
    return (1 - decay) * np.tensordot(factors, terms, axes=1)


def gradient_descent(rule, g):
    alpha = rule.rate if rule.descends == "half" else rule.rate + rule.rate
    return alpha * g, alpha * np.abs(g)


def momentum(rule, g):
    """A change is the sum of all gradients so far, each fading from update to update."""
    share = rule.rate / (1 - rule.momentum)
    sums = (fading_sums(rule.momentum, each) for each in (g, np.abs(g)))
    changes, sizes = (share * each for each in sums)
    return changes, sizes


def rmsprop(rule, g):
    step = rule.rate / (np.sqrt(fading_sums(rule.decay, g * g)) + rule.epsilon)
    return step * g, step * np.abs(g)


def adam(rule, g):
    t = np.arange(1, len(g) + 1).reshape(-1, *[1] * (g.ndim - 1))
    v = fading_sums(rule.beta2, g * g) / (1 - rule.beta2**t)
    step = rule.rate / (1 - rule.beta1**t) / (np.sqrt(v) + rule.epsilon)
    return step * fading_sums(rule.beta1, g), step * fading_sums(rule.beta1, np.abs(g))


def quickprop(rule, g):
    """Weight by weight, with the cases of the simulator of Cascade-Correlation."""
    changes, sizes, phi = np.zeros_like(g), np.zeros_like(g), rule.growth / (1 + rule.growth)
    for at in np.ndindex(g.shape[1:]):
        last_slope = last = size = 0.0
        for t, slope in enumerate(-g[:, *at]):
            linear = -rule.rate * slope if last == 0 or slope * last < 0 else 0.0
            if slope == last_slope or (
                slope <= phi * last_slope if last > 0 else slope >= phi * last_slope
            ):
                factor, blurred = rule.growth, 1.0
            else:  # the difference of two rounded slopes blurs the factor
                factor = slope / (last_slope - slope)
                blurred = 1 + (abs(slope) + abs(last_slope)) / abs(last_slope - slope)
            last_slope, last = slope, linear + factor * last
            size = abs(linear) + abs(factor) * blurred * size
            changes[t, *at], sizes[t, *at] = last, size
    return changes, sizes


FORMULAS = {
    "gradient-descent": gradient_descent,
    "momentum": momentum,
    "rmsprop": rmsprop,
    "adam": adam,
    "quickprop": quickprop,
}

rates = st.floats(0, 10)
decays = st.floats(0, 0.99)
epsilons = st.floats(1e-8, 1)
DRAWN = {
    "gradient-descent": st.builds(GradientDescent, rates, st.sampled_from(("half", "whole"))),
    "momentum": st.builds(Momentum, rates, decays),
    "rmsprop": st.builds(RMSProp, rates, decays, epsilons),
    "adam": st.builds(Adam, rates, decays, decays, epsilons),
    "quickprop": st.builds(Quickprop, rates, st.floats(0.5, 2.5)),
}


def drawn(seed, updates, lanes):
    """Weights, and gradients from 1e-4 to 1e2, so that epsilon matters for some of them."""
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-4, 3, (1, WEIGHTS, lanes))
    gradients = rng.normal(size=(updates, WEIGHTS, lanes)) * scale
    return rng.normal(size=(WEIGHTS, lanes)), gradients * (rng.random(gradients.shape) < 0.8)


def largest_error(rule, ours, weights, gradients):
    """Of weights, in units of what rounding may do.

    An update rounds some ten times, and every moment once more in each update since. 1 - decay is
    that of a rounded decay: up to 0.99 this makes a hundred of one rounding error.
    """
    changes, sizes = FORMULAS[rule.name](rule, gradients)
    allowed = np.finfo(ours.dtype).eps * (10 + len(gradients)) * 100
    error = np.abs(ours - (weights + changes.sum(0)))
    return np.max(error / (allowed * (np.abs(weights) + sizes.sum(0))), initial=0)


def test_there_is_a_formula_for_every_rule():
    assert set(rules()) == set(FORMULAS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("name", FORMULAS)
def test_lanes_against_the_formulas(name, lanes, dtype):
    @settings(max_examples=30, derandomize=True)
    @given(
        st.lists(DRAWN[name], min_size=lanes, max_size=lanes),
        st.integers(1, 30),
        st.integers(0, 1000),
    )
    def check(each, updates, seed):
        weights, gradients = drawn(seed, updates, lanes)
        masks = np.random.default_rng(seed).random((updates, lanes)) < 0.7
        ours, *_ = in_lanes(each, weights, gradients, masks, dtype)
        for lane, rule in enumerate(each):
            taken = gradients[masks[:, lane], :, lane]
            assert largest_error(rule, ours[:, lane], weights[:, lane], taken) < 1

    check()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
def test_units_against_the_formulas(name, dtype):
    @settings(max_examples=30, derandomize=True)
    @given(DRAWN[name], st.integers(1, 30), st.integers(0, 1000))
    def check(rule, updates, seed):
        weights, gradients = drawn(seed, updates, 16)
        ours, *_ = in_units(rule, weights, gradients, dtype)
        assert largest_error(rule, ours, weights, gradients) < 1

    check()


def test_the_slowest_decays_are_told_from_1_in_single_precision():
    weights, gradients = drawn(6, 60, 1)
    slow = Adam(beta1=0.999999, beta2=0.9999999)
    ours, *_ = in_lanes([slow], weights, gradients, dtype="float32")
    wanted, *_ = in_lanes([slow], weights, gradients)
    # Their distances from 1 are 17 units and 1 unit of float32's last place, rounded.
    assert np.allclose(ours - weights, wanted - weights, rtol=0.05)


def descend_in_numpy(rule, weights, gradients):
    weights, twin = weights.ravel(), ReferenceRule(rule, weights.size)
    for gradient in gradients:
        weights = weights + twin.change(gradient.ravel())
    return weights.reshape(gradients.shape[1:])


@pytest.mark.parametrize("name", FORMULAS)
def test_numpy_against_the_formulas(name):
    @settings(max_examples=30, derandomize=True)
    @given(DRAWN[name], st.integers(1, 30), st.integers(0, 1000))
    def check(rule, updates, seed):
        weights, gradients = drawn(seed, updates, 4)
        ours = descend_in_numpy(rule, weights, gradients)
        assert largest_error(rule, ours, weights, gradients) < 1

    check()


MUTATIONS = {
    "bias correction of m": (Adam, "over(m, 1.0 - self.power1)", "m"),
    "bias correction of v": (Adam, "over(v, 1.0 - self.power2)", "v"),
    "the next t": (Adam, "self.power2 * self.beta2,", "self.power2,"),
    "epsilon of Adam": (Adam, "/ (sqrt(unbiased_v) + ", "/ (sqrt(unbiased_v) + 2.0 * "),
    "epsilon under the root": (
        RMSProp,
        "(sqrt(square) + self.epsilon)",
        "sqrt(square + self.epsilon)",
    ),
    "1 - decay": (RMSProp, "(1.0 - self.decay) * ", ""),
    "momentum": (Momentum, "self.momentum, last", "1.5 * self.momentum, last"),
    "the jump": (Quickprop, "step * g / select", "g / select"),
    "the longest jump": (Quickprop, "self.growth * step, ", "step, "),
    "the linear term": (Quickprop, "select(g > 0.0, self.rate * g, 0.0)", "self.rate * g"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_comparison_notices_another_term(name, monkeypatch):
    rule_type, term, other = MUTATIONS[name]
    module = inspect.getmodule(rule_type)
    source = inspect.getsource(module)
    assert source.count(term) == 1
    mutated = ModuleType(module.__name__)
    monkeypatch.setitem(sys.modules, module.__name__, mutated)
    exec(source.replace(term, other), vars(mutated))
    rule = vars(mutated)[rule_type.__name__]()
    weights, gradients = drawn(0, 5, 1)
    ours, *_ = in_lanes([rule], weights, gradients)
    assert largest_error(rule, ours, weights, gradients) > 1e3


# Each rule and the optimiser of PyTorch that it must equal, also far from the defaults. PyTorch
# divides the roots of v and of 1 - beta2^t, not the root of their quotient; the rest is the same.
PAIRS = [
    (GradientDescent(0.5), lambda w: torch.optim.SGD(w, lr=0.5)),
    (GradientDescent(0.5, "whole"), lambda w: torch.optim.SGD(w, lr=1.0)),
    (Momentum(0.3, 0.8), lambda w: torch.optim.SGD(w, lr=0.3, momentum=0.8)),
    (RMSProp(), lambda w: torch.optim.RMSprop(w, lr=0.003, alpha=0.99, eps=1e-8)),
    (RMSProp(0.1, 0.5, 1e-3), lambda w: torch.optim.RMSprop(w, lr=0.1, alpha=0.5, eps=1e-3)),
    (Adam(), lambda w: torch.optim.Adam(w, lr=0.003, betas=(0.9, 0.999), eps=1e-8)),
    (
        Adam(0.1, 0.5, 0.9, 1e-3),
        lambda w: torch.optim.Adam(w, lr=0.1, betas=(0.5, 0.9), eps=1e-3),
    ),
    (
        AMSGrad(),
        lambda w: torch.optim.Adam(w, lr=0.01, betas=(0.8, 0.9), eps=1e-3, amsgrad=True),
    ),
]


@pytest.mark.parametrize(("rule", "optimiser"), PAIRS)
def test_rules_equal_torch(rule, optimiser):
    weights, gradients = drawn(6, 60, 8)
    theirs = torch.tensor(weights, requires_grad=True)
    optimiser_ = optimiser([theirs])
    for gradient in gradients:
        theirs.grad = torch.tensor(-gradient)
        optimiser_.step()
    for ours in (
        in_lanes([rule] * 8, weights, gradients)[0],
        descend_in_numpy(rule, weights, gradients),
    ):
        # Some ten roundings an update of 60, in another order: 600 units of 1.1e-16, doubled.
        assert np.allclose(ours, theirs.detach().numpy(), rtol=1.4e-13, atol=1.4e-13)


@pytest.mark.parametrize("rule", [Momentum(), RMSProp(), Adam()], ids=lambda rule: rule.name)
def test_masked_lanes_keep_weights_moments_and_coefficients(rule):
    """A lane that sits out some updates ends as if they had not happened, to the bit."""
    weights, gradients = drawn(6, 60, 8)
    masks = np.random.default_rng(7).random((60, 8)) < 0.5
    together = in_lanes([rule] * 8, weights, gradients, masks)
    for lane in range(8):
        taken = gradients[masks[:, lane]]
        alone = in_lanes([rule] * 8, weights, taken)
        for ours, wanted in zip(together, alone, strict=True):
            assert np.array_equal(ours[:, lane], wanted[:, lane])


def test_quickprop_jumps_to_the_minimum_of_a_parabola():
    """(w - 3)^2 with a rate that shoots beyond it: every binary fraction is exact."""
    weight, twin = np.zeros(1), ReferenceRule(Quickprop(rate=0.75), 1)
    path = [weight := weight + twin.change(2 * (3 - weight)) for _ in range(3)]
    assert np.ravel(path).tolist() == [4.5, 3.0, 3.0]


@pytest.mark.parametrize("name", rules())
def test_a_rate_of_zero_changes_no_weight(name):
    weights, gradients = drawn(6, 60, 8)
    after, *_ = in_lanes([rules()[name](rate=0.0)] * 8, weights, gradients)
    assert np.array_equal(after, weights)


@pytest.mark.parametrize("rule", [each() for each in rules().values()], ids=lambda r: r.name)
def test_a_kernel_is_what_its_contract_says(rule):
    """Fields of the rule first, then running coefficients; names are those of arrays saved."""
    kernel = rule.kernel
    assert kernel.__name__.lower().startswith(type(rule).__name__.lower())
    running = list(kernel._field_defaults)
    assert list(kernel._fields[len(kernel._fields) - len(running) :]) == running
    assert rule.coefficients[len(kernel._fields) - len(running) :] == tuple(
        kernel._field_defaults.values()
    )
    assert set(rule.ranges) <= {*kernel.moments, "running"}


@settings(max_examples=50, derandomize=True)
@given(st.floats(1e-3, 1e3), st.integers(0, 1000))
def test_clipping_in_numpy_against_torch(norm, seed):
    gradient = np.random.default_rng(seed).normal(size=20)
    theirs = torch.nn.Parameter(torch.zeros(20, dtype=torch.float64))
    theirs.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_([theirs], norm)
    ours = Clip(norm).reference(gradient)
    # PyTorch divides by the norm, here about 4, plus 1e-6.
    assert np.allclose(ours, theirs.grad.numpy(), rtol=1e-6, atol=0)
    assert np.linalg.norm(ours) <= max(norm, 0) * (1 + 1e-15) or np.array_equal(ours, gradient)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GradientDescent(-1), "learning rate must be a number in [0, 1000000.0], got -1"),
        (lambda: GradientDescent(float("nan")), "got nan"),
        (lambda: GradientDescent("fast"), "got 'fast'"),
        (
            lambda: GradientDescent(descends="all"),
            "descends of gradient-descent must be one of 'half', 'whole', got 'all'",
        ),
        (lambda: RMSProp(decay=1.0), "decay of rmsprop must be a number in [0, 0.9999999], got 1"),
        (lambda: RMSProp(epsilon=0), "epsilon of rmsprop must be a number in (0, 1], got 0"),
        (lambda: Adam(beta1=1.0), "beta1 of adam must be a number in [0, 0.999999], got 1.0"),
        (lambda: Adam(beta2=-0.1), "beta2"),
        (lambda: Adam(beta2=0.99999999), "must be a number in [0, 0.9999999], got 0.99999999"),
        (lambda: Quickprop(growth=0), "growth of quickprop must be a number in (0, 10], got 0"),
        (lambda: Adam(rate=True), "learning rate must be a number in [0, 1000000.0], got True"),
    ],
)
def test_bad_numbers_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
