"""The reference against finite differences and PyTorch, and what happens when a term is missing."""

import numpy as np
import pytest
import torch
from support.lstm_nets import (
    STEPS,
    TOPOLOGIES,
    as_vectors,
    dense,
    dense_rows,
    sequence,
    torch_outputs,
)
from support.mutations import mutated_names

from longlag.learners.lstm import LSTM, reference
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.rules import Adam, GradientDescent, RMSProp

EVERYTHING, LATER = TOPOLOGIES["everything"], TOPOLOGIES["both"]


def network(config, kind=ReferenceLSTM, seed=0):
    net = kind(config)
    net.load(config.start(np.random.default_rng(seed)))
    return net


def recorded(net):
    """Activations of the hidden layer as `dense_rows` numbers them, and states."""
    order = ("hidden", "cells", "input_gates", "forget_gates", "output_gates")
    return np.concatenate([*(net.y[kind] for kind in order), net.s])


def frozen_forward(config, weights, x, before, states):
    """Outputs at the last step, for a batch of weights, recurrent activations frozen at `before`.

    before[t] holds the recorded activations of the hidden layer, and the states, at t-1; `states`
    those of the last step, which its output gates see. Shape (..., outputs).
    """
    blocks, cells, hidden = config.blocks, config.blocks * config.block_size, config.hidden
    gates = blocks * (1 + config.forget_gates + config.output_gates)
    w = dense(config, weights)
    s = np.zeros((*weights.shape[:-1], cells))
    sigmoid = lambda a: 0.5 + 0.5 * np.tanh(a / 2)  # noqa: E731
    ranges = {"[-2,2]": (-2, 2), "[-1,1]": (-1, 1), "[0,1]": (0, 1)}
    low, high = ranges[config.g]
    for now, past in zip(as_vectors(config, x), before, strict=True):
        net = w[..., : cells + gates + hidden, :] @ np.concatenate(([1.0], now, past))
        y_in = np.repeat(sigmoid(net[..., cells : cells + blocks]), config.block_size, axis=-1)
        if config.forget_gates:
            y_forget = sigmoid(net[..., cells + blocks : cells + 2 * blocks])
            s = s * np.repeat(y_forget, config.block_size, axis=-1)
        s = s + y_in * (low + (high - low) * sigmoid(net[..., :cells]))
    y_c = s if config.h == "identity" else np.tanh(s / 2)
    if config.output_gates:
        first = cells + gates - blocks
        seen = np.concatenate(([1.0], now, past[:-cells], states))
        y_out = sigmoid(w[..., first : cells + gates, :] @ seen)
        y_c = y_c * np.repeat(y_out, config.block_size, axis=-1)
    y_i = sigmoid(net[..., cells + gates :])
    fixed = np.broadcast_to(np.concatenate(([1.0], now)), (*y_c.shape[:-1], 1 + len(now)))
    nothing = np.zeros((*y_c.shape[:-1], gates + cells))  # gates and states feed no outputs
    y = np.concatenate((fixed, y_i, y_c, nothing), axis=-1)
    net_k = (w[..., cells + gates + hidden :, :] @ y[..., None])[..., 0]
    if config.output == "linear":
        return net_k
    low, high = config.output_range
    return low + (high - low) * sigmoid(net_k)


# Central differences with step h err by h^2/6 times a third derivative of size 10, about 1e-10, and
# by rounding, 1e-16 / h, about 1e-11. A missing term shows by more than MISSING in some component.
H = 1e-5
TOLERANCE, MISSING = 1e-9, 1e-4


def largest_deviation(config, kind=ReferenceLSTM):
    """Of the reference's gradient from finite differences, at three steps of a sequence."""
    net = network(config, kind)
    x, targets = sequence(config)
    weights, before, deviations = net.weights(), [], []
    shifts = H * np.eye(len(weights))
    for t in range(STEPS):
        before.append(recorded(net))
        net.step(x[t])
        output = net.answer()
        if t not in (0, 2, STEPS - 1):
            continue
        past = x[: t + 1], before, net.s
        here = frozen_forward(config, weights, *past)
        # Two ways to compute the same sums: a few rounding errors of numbers of size 1.
        np.testing.assert_allclose(output, here, rtol=0, atol=1e-14)
        above, below = (
            0.5 * np.sum((targets[t] - frozen_forward(config, w, *past)) ** 2, axis=-1)
            for w in (weights + shifts, weights - shifts)
        )
        gradient = net.gradient(targets[t])
        assert np.abs(gradient).max() > 0.01  # or there would be nothing to compare
        deviations.append(np.abs(gradient - (below - above) / (2 * H)).max())
    return max(deviations)


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_gradient_against_finite_differences(name):
    assert largest_deviation(TOPOLOGIES[name]) < TOLERANCE


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_weights_come_back_in_the_order_of_the_layout(name):
    config = TOPOLOGIES[name]
    column = config.start(np.random.default_rng(3))
    numbers = config.layout.view(column, "weights")
    numbers[:] = np.arange(config.weights)
    net = ReferenceLSTM(config)
    net.load(column)
    np.testing.assert_array_equal(net.weights(), np.arange(config.weights))
    rows = [row for sources in net.rows.values() for m in sources.values() for row in m.flat]
    assert sorted(rows) == list(range(config.weights))  # each weight is one connection


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_gradient_against_autograd(name):
    config = TOPOLOGIES[name]
    net = network(config, seed=5)
    x, targets = sequence(config, seed=6)
    w = torch.tensor(dense(config, net.weights()), requires_grad=True)
    _, units, sources = dense_rows(config)
    for t, output in enumerate(torch_outputs(config, w, x, truncated=True)):
        net.step(x[t])
        # Rounding errors of sums over 7 steps and at most 16 sources, of numbers of size 1 to 10.
        np.testing.assert_allclose(net.answer(), output.detach(), rtol=0, atol=1e-13)
        loss = 0.5 * ((torch.tensor(targets[t]) - output) ** 2).sum()
        (slope,) = torch.autograd.grad(loss, w, retain_graph=True)
        np.testing.assert_allclose(
            net.gradient(targets[t]), -slope.numpy()[units, sources], rtol=0, atol=1e-13
        )


MUTATIONS = {
    "g' in D_c": ("self.dg(self.net_c) * y_in", "y_in"),
    "y_in in D_c": ("self.dg(self.net_c) * y_in", "self.dg(self.net_c)"),
    "y(m,t-1) in D": ("else self.before[m]\n", "else self.y[m]\n"),
    "accumulation of D": ("keep[:, None] * D[m] + ", ""),
    "g in D_in": ("self.g(self.net_c) * df(self.net_in)", "df(self.net_in)"),
    "f' in D_in": ("self.g(self.net_c) * df(self.net_in)[self.block]", "self.g(self.net_c)"),
    "h' in e_s": ("self.y_out * self.dh(self.s) * to_cells", "self.y_out * to_cells"),
    "y_out in e_s": ("self.y_out * self.dh(self.s) * to_cells", "self.dh(self.s) * to_cells"),
    "w(k,c) in e_s": (
        'self.w["outputs"]["cells"].T @ e_k',
        'np.ones_like(self.w["outputs"]["cells"]).T @ e_k',
    ),
    "f' in e_out": ("df(self.net_out) * e_out if", "e_out if"),
    "h(s) in e_out": ("self._sum_blocks(self.h(self.s) * to_cells)", "self._sum_blocks(to_cells)"),
    "f_k' in e_k": ("return self.df_k * (", "return ("),
    "f' in e_i": ("e_i = df(self.net_i) * ", "e_i = "),
    "w(k,i) in e_i": (
        'self.w["outputs"]["hidden"].T @ e_k',
        'np.ones_like(self.w["outputs"]["hidden"]).T @ e_k',
    ),
    "e_i": ("np.outer(e_i, self.before[m])", "0 * self.before[m]"),
    "y(m,t) in the change of w(k,m)": (
        "np.outer(e_k, self.y[m])",
        "np.outer(e_k, self.before[m])",
    ),
    "y(m,t-1) in the change of w(out,m)": ("* self.before_out[m]", "* self.y[m]"),
    "y(m,t-1) in the change of w(i,m)": (
        "np.outer(e_i, self.before[m])",
        "np.outer(e_i, self.y[m])",
    ),
    "e_s in the change of w(c,m)": ("m: e_s[:, None] * D for", "m: D for"),
    "e_s in the change of w(in,m)": (
        "self._sum_blocks(e_s[:, None] * D) for m, D in self.D_in",
        "self._sum_blocks(D) for m, D in self.D_in",
    ),
    "sum over the cells of a block": ("total[j] += per_cell[c]", "total[j] = per_cell[c]"),
}

LATER_MUTATIONS = {
    "y(phi) in D": ("keep[:, None] * D[m]", "D[m]"),
    "s(t-1) in D_phi": ("s_before * df(self.net_phi)", "self.s * df(self.net_phi)"),
    "f' in D_phi": ("s_before * df(self.net_phi)[self.block]", "s_before"),
    "e_s in the change of w(phi,m)": (
        "self._sum_blocks(e_s[:, None] * D) for m, D in self.D_phi",
        "self._sum_blocks(D) for m, D in self.D_phi",
    ),
    "s(t-1) in the partials of peepholes": ("self.before[m][self.block]", "self.y[m][self.block]"),
    "s(t) in the change of p(out,v)": ("* self.before_out[m]", "* self.before[m]"),
}


def mutated(term, replacement):
    """The reference with another term in its place."""
    return mutated_names(reference, term, replacement)["ReferenceLSTM"]


@pytest.mark.parametrize("name", MUTATIONS)
def test_finite_differences_notice_a_missing_term(name):
    assert largest_deviation(EVERYTHING, mutated(*MUTATIONS[name])) > MISSING


@pytest.mark.parametrize("name", LATER_MUTATIONS)
def test_finite_differences_notice_a_missing_term_of_forget_gates_and_peepholes(name):
    assert largest_deviation(LATER, mutated(*LATER_MUTATIONS[name])) > MISSING


def torch_optimizer(rule, parameters):
    match rule:
        case GradientDescent(rate):
            return torch.optim.SGD(parameters, lr=rate)
        case RMSProp(rate, decay, epsilon):
            return torch.optim.RMSprop(parameters, lr=rate, alpha=decay, eps=epsilon)
        case Adam(rate, beta1, beta2, epsilon):
            return torch.optim.Adam(parameters, lr=rate, betas=(beta1, beta2), eps=epsilon)


@pytest.mark.parametrize("rule", [GradientDescent(), RMSProp(), Adam()], ids=lambda r: r.name)
@pytest.mark.parametrize("update", ["step", "sequence"])
def test_rules_against_torch_optimizers(rule, update):
    """The same gradients give the same weights as PyTorch's optimizers, update by update."""
    config = LSTM(2, 1, hidden=1, rule=rule, update=update, weight_range=1.0)
    net = network(config)
    weights = torch.tensor(net.weights(), requires_grad=True)
    optimizer = torch_optimizer(rule, [weights])
    for number in range(3):
        x, targets = sequence(config, seed=number, steps=4)
        net.reset()
        total = np.zeros(config.weights)
        for t in range(4):
            net.step(x[t])
            net.answer()
            total += net.gradient(targets[t])
            net.learn(targets[t])
            if update == "step" or t == 3:
                weights.grad = torch.tensor(-total)
                optimizer.step()
                total[:] = 0
        net.finish()
        # A dozen updates, each of relative rounding error 1e-16; the moments' own rounding errors
        # are damped by epsilon = 1e-8 where a gradient is small, so they stay below 1e-12.
        np.testing.assert_allclose(net.weights(), weights.detach(), rtol=0, atol=1e-12)


def test_reset_forgets_the_sequence_but_not_the_weights():
    net = network(EVERYTHING)
    x, targets = sequence(EVERYTHING)
    runs = []
    for _ in range(2):
        net.reset()
        for now in x:
            net.step(now)
        runs.append((net.answer(), net.gradient(targets[-1])))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])
