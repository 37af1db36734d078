"""The references of RTRL, BPTT and Elman nets against finite differences and PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.mutations import mutated_names
from support.recurrent_nets import (
    FULL,
    LAYERED,
    REFERENCES,
    WHOLE,
    dense,
    gradient,
    half_squared_error,
    nets,
    present,
    reference,
    sequence,
    torch_outputs,
)

from longlag.learners.recurrent import BPTT, RTRL, Elman
from longlag.learners.recurrent import reference as recurrent_reference
from longlag.rules import GradientDescent

ALL = LAYERED | FULL
LEARNERS = {"rtrl": RTRL, "bptt": BPTT, "elman": Elman}

# Central differences with step h err by h^2/6 times a third derivative of size 10, about 1e-10, and
# by rounding, 1e-16 / h, about 1e-11. A missing term shows by more than MISSING in some component.
H = 1e-5
TOLERANCE, MISSING = 1e-9, 1e-4

# Rounding errors of sums over 7 steps and at most 8 sources, of numbers of size 1 to 10.
ROUNDING = 1e-13


def configs(name):
    """RTRL and full BPTT of the net: the sequences here are shorter than BPTT's depth."""
    return RTRL(**ALL[name], **WHOLE), BPTT(**ALL[name], **WHOLE)


def loss(config, weights, x, targets, learn):
    outputs = torch_outputs(config, torch.tensor(weights), x)
    return half_squared_error(outputs, targets, learn).item()


@pytest.mark.parametrize("name", ALL)
def test_gradient_of_a_sequence_against_finite_differences(name):
    for config in configs(name):
        x, targets, learn = sequence(config)
        weights = reference(config).weights()
        shifts = H * np.eye(len(weights))
        slopes = [
            (
                loss(config, weights + s, x, targets, learn)
                - loss(config, weights - s, x, targets, learn)
            )
            / (2 * H)
            for s in shifts
        ]
        ours = gradient(config, x, targets, learn)
        np.testing.assert_allclose(ours, -np.array(slopes), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", ALL)
def test_answers_and_weights_in_the_order_of_the_layout(name):
    config = configs(name)[0]
    x, targets, _ = sequence(config)
    net = reference(config)
    flat = torch.tensor(config.layout.view(config.start(np.random.default_rng(0)), "weights"))
    outputs = torch.stack(torch_outputs(config, flat, x))
    answers = present(net, x, targets, [False] * len(x))
    np.testing.assert_allclose(answers, outputs, rtol=0, atol=ROUNDING)
    w, v = dense(config, flat)
    np.testing.assert_array_equal(net.w, w)
    np.testing.assert_array_equal(net.v, np.zeros((0, w.shape[1])) if v is None else v)


@settings(max_examples=60, derandomize=True)
@given(net=nets(RTRL, largest=5), steps=st.integers(1, 15), seed=st.integers(0, 1000))
def test_rtrl_and_full_bptt_give_the_same_gradient(net, steps, seed):
    fields = {name: getattr(net, name) for name in net.__dataclass_fields__} | WHOLE
    del fields["teacher_forcing"]
    x, targets, learn = sequence(net, seed, steps)
    forward = gradient(RTRL(**fields), x, targets, learn)
    backward = gradient(BPTT(**fields, depth=steps, interval=steps), x, targets, learn)
    # Two orders of the same sums, of at most 15 steps and 10 units; partials may grow by a factor
    # in every step, so rounding errors (1e-16) count relative to the largest.
    np.testing.assert_allclose(forward, backward, rtol=0, atol=1e-12 * (1 + np.abs(forward).max()))


def truncated_by_autograd(config, x, targets, learn):
    """The gradient of BPTT(h; h'): a pass for every `interval` steps, and one for the rest."""
    flat = torch.tensor(reference(config).weights(), requires_grad=True)
    ends = [*range(config.interval, len(x), config.interval), len(x)]
    total = torch.zeros_like(flat)
    for start, end in zip([0, *ends], ends, strict=False):
        outputs = torch_outputs(config, flat, x[:end], cut=max(0, end - config.depth))
        error = half_squared_error(outputs[start:], targets[start:end], learn[start:end])
        if isinstance(error, torch.Tensor):
            total -= torch.autograd.grad(error, flat)[0]
    return total.numpy()


@pytest.mark.parametrize(("depth", "interval"), [(1, 1), (2, 1), (4, 1), (3, 2), (4, 4), (20, 3)])
@pytest.mark.parametrize("name", ALL)
def test_truncated_bptt_against_autograd(name, depth, interval):
    config = BPTT(**ALL[name], **WHOLE, depth=depth, interval=interval)
    x, targets, learn = sequence(config, steps=11)
    ours, theirs = (
        gradient(config, x, targets, learn),
        truncated_by_autograd(config, x, targets, learn),
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDING)
    whole = gradient(configs(name)[0], x, targets, learn)
    if depth < 10:  # it is truncated; what flows four steps back through one logistic unit is small
        assert np.abs(ours - whole).max() > 1e-6


@pytest.mark.parametrize("name", LAYERED)
def test_elman_is_one_step_deep(name):
    elman, bptt = (
        Elman(**LAYERED[name], **WHOLE),
        BPTT(**LAYERED[name], **WHOLE, depth=1, interval=1),
    )
    x, targets, learn = sequence(elman)
    ours = gradient(elman, x, targets, learn)
    np.testing.assert_allclose(ours, truncated_by_autograd(bptt, x, targets, learn), atol=ROUNDING)
    np.testing.assert_allclose(ours, gradient(bptt, x, targets, learn), atol=ROUNDING)


def forced_by_autograd(config, x, targets, learn):
    flat = torch.tensor(reference(config).weights(), requires_grad=True)
    forced = [target if taught else None for target, taught in zip(targets, learn, strict=True)]
    outputs = torch_outputs(config, flat, x, forced=forced)
    return -torch.autograd.grad(half_squared_error(outputs, targets, learn), flat)[0].numpy()


@pytest.mark.parametrize("name", FULL)
def test_teacher_forcing_against_autograd(name):
    config = RTRL(**FULL[name], **WHOLE, teacher_forcing=True)
    x, targets, learn = sequence(config, seed=3)
    ours = gradient(config, x, targets, learn)
    np.testing.assert_allclose(ours, forced_by_autograd(config, x, targets, learn), atol=ROUNDING)
    assert np.abs(ours - gradient(configs(name)[0], x, targets, learn)).max() > MISSING


@pytest.mark.parametrize("learner", [RTRL, BPTT, Elman])
def test_clipping_scales_the_gradient_of_an_update(learner):
    free = learner(2, 1, **WHOLE)
    clipped = learner(2, 1, **WHOLE, clip=0.01)
    loose = learner(2, 1, **WHOLE, clip=100.0)
    x, targets, learn = sequence(free)
    whole = gradient(free, x, targets, learn)
    assert np.linalg.norm(whole) > 0.02
    # One rounding error of a division, and that of the change of weights of size 1: some 1e-16.
    ours = gradient(clipped, x, targets, learn)
    np.testing.assert_allclose(ours, whole * 0.01 / np.linalg.norm(whole), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(gradient(loose, x, targets, learn), whole)


@pytest.mark.parametrize("learner", [RTRL, BPTT, Elman])
def test_updates_at_steps_differ_from_one_per_sequence_by_the_square_of_the_rate(learner):
    """With a small rate the weights hardly change under way, so both follow the same gradient."""
    changes = []
    for update in ("step", "sequence"):
        every = {"interval": 1} if learner is BPTT else {}
        net = learner(2, 1, weight_range=1.0, update=update, rule=GradientDescent(1e-4), **every)
        changes.append(gradient(net, *sequence(net)))
    # The changes are of size 1e-4, and differ by its square times second derivatives below 10.
    np.testing.assert_allclose(*changes, rtol=0, atol=1e-7)
    assert not np.array_equal(*changes)


def mutated(kind, term, replacement):
    """The reference with another term in its place."""
    return mutated_names(recurrent_reference, term, replacement)[kind.__name__]


BOTH = "rtrl", "bptt"
ALL_BUT_ITS_OWN = "(net - np.tensordot(recurrent, self.p, axes=1))"
#: learners, net, term, what stands in its place
MUTATIONS = {
    "f_k' of outputs": (BOTH, "plain", "e = self.out_slopes * error", "e = error"),
    "w(k,l) in E": (BOTH, "plain", "self.v[:, self.first :].T @ e", "sum(e) + 0 * self.y"),
    "u(t) of outputs": (BOTH, "plain", "np.outer(e, self.u)", "np.outer(e, self.z)"),
    "f' of logistic units": (BOTH, "plain", "y_hidden * (1 - y_hidden)", "y_hidden"),
    "f' of tanh units": (BOTH, "shortcuts, tanh, linear", "1 - y_hidden**2", "1 - y_hidden"),
    "sum over p": (("rtrl",), "full", "None, None] * net", f"None, None] * {ALL_BUT_ITS_OWN}"),
    "z_j in p": (("rtrl",), "full", "net[i, i] += self.z", "net[i, i] += 0 * self.z"),
    "f' in p": (("rtrl",), "plain", "self.slopes[:, None, None] * net", "net"),
    "f' in d": (("bptt",), "full", "d = slopes * (E +", "d = (E +"),
    "E in d": (("bptt",), "full", "slopes * (E + self.w", "slopes * ((t + 1 == last) * E + self.w"),
    "d of the step after": (("bptt",), "plain", "self.w[:, self.first :].T @ d)", "0 * d)"),
    "z in dw": (("bptt",), "plain", "np.outer(d, z)", "np.outer(d, 0 * z)"),
    "f' in Elman's e": (("elman",), "plain", "self.slopes * E, self.z", "E, self.z"),
    "z in Elman's dw": (("elman",), "plain", "* E, self.z", "* E, 0 * self.z"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_gradient_tests_notice_a_missing_term(name):
    """By far more than the tolerance within which the gradient was compared above."""
    learners, net, term, replacement = MUTATIONS[name]
    for learner in learners:
        kind = mutated(REFERENCES[learner], term, replacement)
        config = LEARNERS[learner](**ALL[net], **WHOLE)
        x, targets, learn = sequence(config)
        true = gradient(config, x, targets, learn)
        assert np.abs(gradient(config, x, targets, learn, kind) - true).max() > MISSING


FORCING_MUTATIONS = {
    "targets are fed back": ("np.asarray(target, float)))", "self.out))"),
    "p of a target": ("self.p[self.config.hidden :] = 0.0", "pass"),
}


@pytest.mark.parametrize("name", FORCING_MUTATIONS)
def test_the_forcing_test_notices_a_missing_term(name):
    kind = mutated(REFERENCES["rtrl"], *FORCING_MUTATIONS[name])
    config = RTRL(**FULL["full"], **WHOLE, teacher_forcing=True)
    x, targets, learn = sequence(config, seed=3)
    ours = gradient(config, x, targets, learn, kind)
    assert np.abs(ours - forced_by_autograd(config, x, targets, learn)).max() > MISSING


TRUNCATION_MUTATIONS = {
    "depth": ("max(0, last - self.config.depth)", "max(0, last - self.config.depth - 1)"),
    "errors only once": ("if t >= self.propagated", "if t >= 0"),
    "the rest of a sequence": ("self._pass()\n        super().finish()", "super().finish()"),
}


@pytest.mark.parametrize("name", TRUNCATION_MUTATIONS)
def test_the_truncation_test_notices_what_is_off(name):
    kind = mutated(REFERENCES["bptt"], *TRUNCATION_MUTATIONS[name])
    config = BPTT(**ALL["plain"], **WHOLE, depth=4, interval=2)
    x, targets, learn = sequence(config, steps=11)
    ours = gradient(config, x, targets, learn, kind)
    assert np.abs(ours - truncated_by_autograd(config, x, targets, learn)).max() > MISSING
