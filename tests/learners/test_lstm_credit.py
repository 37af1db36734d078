"""Full and one-step credit: the references against PyTorch and finite differences."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lstm_credit import TAUGHT, WHOLE, gradient, reference, with_credit
from support.lstm_nets import TOPOLOGIES, dense, dense_rows, lstms, sequence, torch_outputs
from support.mutations import mutate

from longlag.learners.lstm import reference_full
from longlag.learners.lstm.reference import ReferenceLSTM

# Rounding errors of sums over 7 steps and at most 16 sources, of numbers of size 1 to 10, in
# gradients of that size. A missing term shows by more than MISSING.
ROUNDING, MISSING = 1e-12, 1e-4


def by_autograd(config, x, targets, taught=TAUGHT, **limits):
    """The same by PyTorch, through everything within the `limits`; see `torch_outputs`."""
    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights")
    w = torch.tensor(dense(config, weights), requires_grad=True)
    outputs = torch_outputs(config, w, x, **limits)
    error = sum(0.5 * ((torch.tensor(targets[t]) - outputs[t]) ** 2).sum() for t in taught)
    (slope,) = torch.autograd.grad(error, w)
    _, units, sources = dense_rows(config)
    return -slope.numpy()[units, sources]


def one_step_by_autograd(config, x, targets, taught=TAUGHT):
    """Truncated, and each error goes no further back than its own step."""
    return sum(by_autograd(config, x, targets, [t], truncated=True, cut=t) for t in taught)


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_full_credit_against_autograd(name):
    config = with_credit(name, "full")
    x, targets = sequence(config)
    for taught in ([6], TAUGHT, range(7)):
        ours, theirs = (find(config, x, targets, taught) for find in (gradient, by_autograd))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_one_step_credit_against_autograd(name):
    config = with_credit(name, "one-step")
    x, targets = sequence(config)
    ours, theirs = (find(config, x, targets) for find in (gradient, one_step_by_autograd))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDING)


@settings(max_examples=60, derandomize=True)
@given(
    config=lstms(),
    credit=st.sampled_from(("full", "one-step")),
    steps=st.integers(1, 15),
    seed=st.integers(0, 1000),
)
def test_credit_of_any_network_against_autograd(config, credit, steps, seed):
    config = replace(config, credit=credit, **WHOLE)
    x, targets = sequence(config, seed, steps)
    taught = [t for t in range(steps) if (t + seed) % 3 == 0] or [steps - 1]
    theirs = (by_autograd if credit == "full" else one_step_by_autograd)(config, x, targets, taught)
    # Partials may grow in every step, so rounding errors count relative to the largest.
    atol = ROUNDING * (1 + np.abs(theirs).max())
    np.testing.assert_allclose(gradient(config, x, targets, taught), theirs, rtol=0, atol=atol)


@pytest.mark.parametrize("name", ["everything", "forget gates", "peepholes", "both"])
def test_full_credit_against_finite_differences(name):
    config = with_credit(name, "full")
    x, targets = sequence(config)
    net = ReferenceLSTM(config)  # its forward pass

    def error(weights):
        column = config.start(np.random.default_rng(0))
        config.layout.view(column, "weights")[:] = weights
        net.load(column)
        net.reset()
        total = 0.0
        for t, now in enumerate(x):
            net.step(now)
            if t in TAUGHT:
                total += 0.5 * np.sum((targets[t] - net.answer()) ** 2)
        return total

    # Central differences with step h err by h^2/6 times a third derivative of size 10, about 1e-10,
    # and by rounding, 1e-16 / h, about 1e-11.
    h, weights = 1e-5, reference(config).weights()
    shifts = h * np.eye(len(weights))
    slopes = np.array([error(weights + s) - error(weights - s) for s in shifts]) / (2 * h)
    np.testing.assert_allclose(gradient(config, x, targets), -slopes, rtol=0, atol=1e-9)


def test_truncation_leaves_nothing_out_where_no_unit_feeds_another():
    x, targets = sequence(TOPOLOGIES["no recurrence, linear"])
    truncated, complete = (
        gradient(with_credit("no recurrence, linear", credit), x, targets)
        for credit in ("truncated", "full")
    )
    np.testing.assert_allclose(truncated, complete, rtol=0, atol=ROUNDING)


def test_a_sequence_longer_than_the_history_is_cut():
    """Errors arise in stretches of `depth` steps, and go back as many at most."""
    depth, config = 3, with_credit("both", "full", depth=3)
    x, targets = sequence(config)
    ends = [*range(depth, len(x), depth), len(x)]
    expected = 0
    for start, end in zip([0, *ends], ends, strict=False):
        taught = [t for t in TAUGHT if start <= t < end]
        if taught:
            expected += by_autograd(config, x[:end], targets, taught, cut=max(0, end - depth))
    np.testing.assert_allclose(gradient(config, x, targets), expected, rtol=0, atol=ROUNDING)
    assert np.abs(expected - by_autograd(config, x, targets)).max() > MISSING


REFERENCE_MUTATIONS = {
    "w(l,m) e_l of the step after": ("zero + self._sent_to(m, e)", "zero"),
    "E of hidden units": ('slope["hidden"] * E["hidden"]', 'E["hidden"]'),
    "e_s of the step after": ('* E["cells"] + carried', '* E["cells"]'),
    "y(phi) e_s of the step after": ("carried = step.y_phi * e_s", "carried = e_s"),
    "E of output gates": ('(through_out + E["output_gates"])', "through_out"),
    "E of input gates": ('(through_in + E["input_gates"])', "through_in"),
    "E of forget gates": ('(through_phi + E["forget_gates"])', "through_phi"),
    "s(t-1) in e_phi": ("e_s * step.s_before", "e_s * step.s"),
    "p(out) e_out": ('e_s + self._to_states("output_gates", e["output_gates"])', "e_s"),
    "p(in) e_in, p(phi) e_phi": ("carried + self._to_states(kind, e[kind])", "carried"),
    "s(t) in the change of p(out,v)": ("step.before_out if", "step.before if"),
}


@pytest.mark.parametrize("name", REFERENCE_MUTATIONS)
def test_autograd_notices_a_missing_term_of_the_reference(name):
    config = with_credit("both", "full")
    net = mutate((reference_full,), *REFERENCE_MUTATIONS[name]).ReferenceFullLSTM(config)
    net.load(config.start(np.random.default_rng(0)))
    x, targets = sequence(config)
    ours, theirs = gradient(config, x, targets, net=net), by_autograd(config, x, targets)
    assert np.abs(ours - theirs).max() > MISSING
