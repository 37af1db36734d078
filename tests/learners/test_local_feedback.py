"""Local feedback: its reference against PyTorch and differences, and its kernel against it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.lane_bits import assert_same_bits
from support.lane_deviation import lane_deviation
from support.mutations import mutate
from support.recurrent_nets import WHOLE, gradient, half_squared_error, present, sequence

from longlag import Adam, InputError, LocalFeedback
from longlag.learners.local_feedback import lanes, reference
from longlag.learners.local_feedback.reference import ReferenceLocalFeedback

NETS = {
    "windows": LocalFeedback(
        *(2, 2), hidden=2, hidden_window=(2, 3), output_window=(3, 2), output="linear", **WHOLE
    ),
    "symbols": LocalFeedback(
        *(3, 1, "symbol"), hidden=2, hidden_window=(1, 1), output_window=(4, 1), **WHOLE
    ),
    "no feedback": LocalFeedback(
        *(1, 1), hidden=2, hidden_window=(3, 0), output_window=(2, 0), **WHOLE
    ),
}

# PyTorch, the reference and the kernel compute the same float64 sums in other orders: rounding
# errors are below 1e-14, but Adam magnifies those of a gradient near zero by up to 1e6. A missing
# term shows by more than MISSING in some weight.
AGREEMENT, MISSING = 1e-11, 1e-4


def torch_outputs(config, flat, x):
    """The answers at every step; knows only the equations, and where weights lie."""
    rows = np.eye(config.inputs)[x.astype(int)] if config.coding == "symbol" else x
    (seen, own), (seen_y, own_y) = config.hidden_window, config.output_window
    H, K, one = config.hidden, config.outputs, torch.ones(1, dtype=torch.float64)
    sizes = H * (1 + seen * config.inputs), H * own, K * (1 + seen_y * H), K * own_y
    assert sum(sizes) == len(flat)
    w, a, v, b = torch.split(flat, sizes)
    w, a, v, b = w.reshape(-1, H).T, a.reshape(own, H), v.reshape(-1, K).T, b.reshape(own_y, K)

    def window(steps, count, size):
        zeros = torch.zeros(size, dtype=torch.float64)
        return [steps[-1 - n] if n < len(steps) else zeros for n in range(count)]

    xs, hs, ys = [], [], []
    for now in torch.tensor(rows):
        xs.append(now)
        net = w @ torch.cat((one, *window(xs, seen, config.inputs)))
        for n, past in enumerate(window(hs, own, H)):
            net = net + a[n] * past
        hs.append(torch.tanh(net))
        net = v @ torch.cat((one, *window(hs, seen_y, H)))
        for n, past in enumerate(window(ys, own_y, K)):
            net = net + b[n] * past
        ys.append(net if config.output == "linear" else torch.sigmoid(net))
    return ys


def deviation(config, module=reference):
    """Of the gradient of a sequence from that of PyTorch."""
    x, targets, learn = sequence(config)
    column = config.start(np.random.default_rng(0))
    flat = torch.tensor(config.layout.view(column, "weights").copy(), requires_grad=True)
    half_squared_error(torch_outputs(config, flat, x), targets, learn).backward()
    assert flat.grad is not None
    ours = gradient(config, x, targets, learn, module.ReferenceLocalFeedback)
    return np.abs(ours + flat.grad.numpy()).max()


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_of_a_sequence_is_exact(name):
    assert deviation(NETS[name]) < AGREEMENT


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_is_that_of_differences(name):
    config = NETS[name]
    x, targets, learn = sequence(config)
    first = config.start(np.random.default_rng(0))

    def error(shift):
        column, net = first.copy(), ReferenceLocalFeedback(config)
        config.layout.view(column, "weights")[:] += shift
        net.load(column)
        answers = present(net, x, targets, [False] * len(x))
        return 0.5 * np.sum((targets[learn] - answers[learn]) ** 2)

    h = 1e-5
    slopes = [(error(s) - error(-s)) / (2 * h) for s in h * np.eye(config.weights)]
    ours = gradient(config, x, targets, learn, ReferenceLocalFeedback)
    # Differences err by h^2/6 times a third derivative of size 100, about 2e-9.
    np.testing.assert_allclose(ours, -np.array(slopes), rtol=0, atol=1e-8)


MUTATIONS = {
    "own activations of hidden units": ("dnet += a[:, None] * dh", "pass"),
    "the window of outputs": ("dnet += v[:, n] @ dh", "dnet += v[:, 0] @ dh"),
    "own activations of outputs": ("dnet += b[:, None] * dy", "pass"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_comparison_with_pytorch_notices_another_term(mutation):
    assert deviation(NETS["windows"], mutate((reference,), *MUTATIONS[mutation])) > MISSING


def largest_deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference, over three sequences."""
    sequences = (sequence(config, number, steps=8) for number in range(3))
    return lane_deviation(config, sequences, kernel)


@pytest.mark.parametrize("name", NETS)
def test_kernel_against_reference(name):
    """The weights change at every target, while the derivatives belong to earlier weights."""
    assert largest_deviation(replace(NETS[name], rule=Adam(0.01), update="step")) < AGREEMENT


KERNEL_MUTATIONS = {
    "older inputs": ("_shift(rows_from(z, 1), seen, inputs)", "pass"),
    "older hidden units": ("_shift(rows_from(out_z, 1), out_seen, units)", "pass"),
    "own activations of hidden units": (
        "fma(w[first_hidden_own + m * units + i], p[m * weights], total)",
        "total",
    ),
    "own activations of outputs": ("fma(w[at], q[m * apart], through)", "through"),
    "the same of their own weights": ("fma(w[at], q[m * own_weights], total)", "total"),
    "the window of outputs": ("fma(w[at], p[n * weights], through)", "fma(w[at], p[0], through)"),
}


@pytest.mark.parametrize("mutation", KERNEL_MUTATIONS)
def test_comparison_notices_a_missing_term(mutation):
    config = replace(NETS["windows"], rule=Adam(0.01))
    kernel = mutate((lanes,), *KERNEL_MUTATIONS[mutation]).compile_local_feedback(config.topology)
    assert largest_deviation(config, kernel) > MISSING


@pytest.mark.slow
def test_same_bits_in_any_lane_at_any_step():
    assert_same_bits(replace(NETS["windows"], rule=Adam(0.01)), 4, "float64")


def test_an_empty_range_is_refused():
    with pytest.raises(InputError, match=r"^output_range of local-feedback must be two rising"):
        LocalFeedback(1, 1, output_range=(1.0, 0.0))
