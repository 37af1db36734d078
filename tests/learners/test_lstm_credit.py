"""Full and one-step credit against PyTorch and finite differences, and in other lanes.

Kernels take seconds to compile, so by default there are few, chosen to hold most of what they do.
"""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.lane_bits import assert_same_bits, run
from support.lanes import Lanes
from support.lstm_nets import TOPOLOGIES, dense, dense_rows, lstms, sequence, torch_outputs
from support.mutations import mutate

from longlag import citation
from longlag.errors import InputError
from longlag.learners import descent, history
from longlag.learners.lstm import LSTM, cell, full, lanes, net_errors, one_step, peepholes
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.learners.lstm.units import StreamNetwork
from longlag.rules import Adam, GradientDescent
from longlag.testing import check_learner

#: One update with this rule at the end of a sequence is the gradient.
WHOLE = {"update": "sequence", "rule": GradientDescent(1.0)}

# Rounding errors of sums over 7 steps and at most 16 sources, of numbers of size 1 to 10, in
# gradients of that size. A missing term shows by more than MISSING.
ROUNDING, MISSING = 1e-12, 1e-4

#: Steps of a sequence that have a target.
TAUGHT = (2, 3, 6)

#: Together: hidden units, shortcuts, symbols, blocks of several cells, forget gates, peepholes, and
#: none of output gates.
CHOSEN = ("everything", "both", "both, symbols, no output gates")


def by_default(*chosen):
    """All the names, those that are not chosen as slow tests."""
    return [
        pytest.param(name, marks=[] if name in chosen else pytest.mark.slow) for name in TOPOLOGIES
    ]


def with_credit(name, credit, **fields):
    return replace(TOPOLOGIES[name], credit=credit, **(WHOLE | fields))


def present(lane, x, targets, taught):
    lane.reset()
    for t, now in enumerate(x):
        lane.step(now)
        if t in taught:
            lane.answer()
            lane.learn(targets[t])
    lane.finish()


def gradient(config, x, targets, taught=TAUGHT, kernel=None):
    """Downhill, of the sum over a sequence: what the end of it adds to the weights."""
    lane = Lanes(config, [config.start(np.random.default_rng(0))], kernel=kernel)
    before = lane.view("weights")[:, 0].copy()
    present(lane, x, targets, taught)
    return lane.view("weights")[:, 0] - before


def by_autograd(config, x, targets, taught=TAUGHT, **limits):
    """The same by PyTorch, through everything within the `limits`; see `torch_outputs`."""
    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights")
    w = torch.tensor(dense(config, weights), requires_grad=True)
    outputs = torch_outputs(config, w, x, **limits)
    error = sum(0.5 * ((torch.tensor(targets[t]) - outputs[t]) ** 2).sum() for t in taught)
    (slope,) = torch.autograd.grad(error, w)
    _, units, sources = dense_rows(config)
    return -slope.numpy()[units, sources]


def one_step_by_autograd(config, x, targets):
    """Truncated, and each error goes no further back than its own step."""
    return sum(by_autograd(config, x, targets, [t], truncated=True, cut=t) for t in TAUGHT)


@pytest.mark.parametrize("name", by_default(*CHOSEN))
def test_full_credit_against_autograd(name):
    config = with_credit(name, "full")
    x, targets = sequence(config)
    for taught in ([6], TAUGHT, range(7)):
        ours, theirs = (find(config, x, targets, taught) for find in (gradient, by_autograd))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("name", by_default("both"))
def test_one_step_credit_against_autograd(name):
    config = with_credit(name, "one-step")
    x, targets = sequence(config)
    ours = gradient(config, x, targets)
    np.testing.assert_allclose(
        ours, one_step_by_autograd(config, x, targets), rtol=0, atol=ROUNDING
    )


# Each example is a kernel to compile, some seconds; shrinking would take many of them.
@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(config=lstms(), credit=st.sampled_from(("full", "one-step")), seed=st.integers(0, 1000))
def test_credit_of_any_network_against_autograd(config, credit, seed):
    config = replace(config, credit=credit, **WHOLE)
    x, targets = sequence(config, seed)
    theirs = (by_autograd if credit == "full" else one_step_by_autograd)(config, x, targets)
    # Partials may grow in every step, so rounding errors count relative to the largest.
    np.testing.assert_allclose(
        gradient(config, x, targets), theirs, rtol=0, atol=ROUNDING * (1 + np.abs(theirs).max())
    )


@pytest.mark.parametrize("name", CHOSEN[:2])
def test_full_credit_against_finite_differences(name):
    """Of the readable network, which has a forward pass of its own and no account of gradients."""
    config = with_credit(name, "full")
    x, targets = sequence(config)
    net = ReferenceLSTM(config)

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
    h, weights = 1e-5, config.layout.view(config.start(np.random.default_rng(0)), "weights")
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


def test_weights_change_once_a_sequence_whatever_update_says():
    """As often as Adam counts; where no pass is due within the sequence."""
    lanes_of = {}
    for update in ("step", "sequence"):
        config = with_credit("adding", "full", update=update, rule=Adam())
        lane = lanes_of[update] = Lanes(config, [config.start(np.random.default_rng(0))])
        for seed in range(3):
            present(lane, *sequence(config, seed), TAUGHT)
    ours, theirs = (lane.view("weights") for lane in lanes_of.values())
    assert ours.tobytes() == theirs.tobytes()


def torch_adam(config, count):
    """The weights after so many sequences, by PyTorch's gradient and optimizer."""
    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights")
    _, units, sources = dense_rows(config)
    flat = torch.tensor(weights, requires_grad=True)
    optimizer = torch.optim.Adam([flat], lr=config.rule.rate)
    for seed in range(count):
        x, targets = sequence(config, seed)
        w = torch.zeros(dense(config, weights).shape, dtype=torch.float64)
        w = w.index_put((torch.tensor(units), torch.tensor(sources)), flat)
        outputs = torch_outputs(config, w, x)
        error = sum(0.5 * ((torch.tensor(targets[t]) - outputs[t]) ** 2).sum() for t in TAUGHT)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    return flat.detach().numpy()


def test_rules_descend_along_full_credit():
    config = with_credit("adding", "full", update="sequence", rule=Adam())
    lane = Lanes(config, [config.start(np.random.default_rng(0))])
    for seed in range(3):
        present(lane, *sequence(config, seed), TAUGHT)
    # Adam divides a gradient by its own size, which magnifies rounding errors of small ones.
    np.testing.assert_allclose(
        lane.view("weights")[:, 0], torch_adam(config, 3), rtol=0, atol=1e-11
    )


def test_same_bits_of_full_credit_in_any_lane_at_any_step():
    """A history of four steps, so that passes are also made within sequences."""
    config = with_credit("both", "full", depth=4, update="step", rule=GradientDescent(0.1))
    assert_same_bits(config, 4, "float64")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [4, 8, 16, 32])
@pytest.mark.parametrize("credit", ["full", "one-step"])
def test_same_bits_in_any_lane_at_any_step(credit, width, dtype):
    config = with_credit("everything", credit, update="step", rule=GradientDescent(0.1))
    assert_same_bits(config, width, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("credit", ["full", "one-step"])
def test_float32_against_float64(credit):
    config = with_credit("everything", credit, update="step", rule=GradientDescent(0.1))
    column = [config.start(np.random.default_rng(0))]
    (single, outputs_32), (double, outputs_64) = (
        run(config, column, [0], dtype) for dtype in ("float32", "float64")
    )
    # Numbers of size 1, each computed with rounding error 6e-8, over 27 steps of a dozen sums.
    np.testing.assert_allclose(outputs_32, outputs_64, rtol=0, atol=1e-4)
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-4)
    assert np.abs(single - double).max() > 1e-9  # they are not secretly the same


def test_what_another_network_left_in_a_lane_does_not_reach_the_next():
    """Scratch rows are not kept: a lane that is loaded anew has those of the network before."""
    config = with_credit("both", "full", depth=4, update="step", rule=GradientDescent(0.1))
    columns = [config.start(np.random.default_rng(seed)) for seed in (0, 0, 1, 2)]
    x, targets = sequence(config)
    several = Lanes(config, columns)
    for t in range(4):
        several.step(x[t])
        several.answer()
        several.learn(targets[t], [1, 0, 0, 0])  # a pass is due in the first lane alone
    several.S[config.layout.kept :, 1] = np.nan
    several.step(x[4])
    assert np.isfinite(several.S[: config.layout.kept]).all()


@pytest.mark.parametrize("credit", ["full", pytest.param("one-step", marks=pytest.mark.slow)])
def test_credit_keeps_the_contract(credit):
    check_learner(LSTM(2, 1, credit=credit))


@pytest.mark.slow
@pytest.mark.parametrize("credit", ["full", "one-step"])
def test_credit_with_symbols_keeps_the_contract(credit):
    check_learner(LSTM(3, 2, coding="symbol", hidden=1, peepholes=True, credit=credit), "float64")


MUTATIONS = {
    "w(l,m) e_l of the step after": ("full", "fma(w[row + m * units + u], e[u], total)", "total"),
    "E of gates": ("full", "e[j] + logistic_error(E[to + j], y[at + j])", "e[j]"),
    "y(phi) e_s of the step after": ("full", "e_s[c] * y[FORGET + c // size]", "e_s[c]"),
    "e_s of the step after": ("full", "e_s[c] + carried[c]", "e_s[c]"),
    "p(in) e_in": ("full", "        in_sees(carried, w, e_in)\n", ""),
    "p(phi) e_phi": ("full", "        forget_sees(carried, w, e_forget)\n", ""),
    "p(out) e_out": ("full", "out_sees(e_s, w, e_out)", "pass"),
    "y(t) of the step before": ("full", "later[k] = z[FIRST + k]", "pass"),
    "s(t) of the step before": ("full", "now[c] = before[c]", "pass"),
    "sum over the cells of a block": ("full", "fma(e_s[c], m[c], total)", "total"),
    "g' y(in) in e_c": ("full", "e_c[c] = e_s[c] * m[c]", "e_c[c] = e_s[c]"),
    "y(t-1) in the change of w(c,m)": (
        "one-step",
        "descend_cell(S, z,",
        "descend_cell(S, y,",
    ),
    "s(t-1) in the change of p(in,v)": (
        "one-step",
        "descend_in_peepholes(S, before,",
        "descend_in_peepholes(S, rows_from(S, s_row),",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    credit, term, replacement = MUTATIONS[name]
    config = with_credit("both", credit)
    modules = (descent, history, cell, peepholes, net_errors, one_step, full, lanes)
    kernel = mutate(modules, term, replacement).compile_lstm(config.topology, 1)
    x, targets = sequence(config)
    theirs = (by_autograd if credit == "full" else one_step_by_autograd)(config, x, targets)
    assert np.abs(gradient(config, x, targets, kernel=kernel) - theirs).max() > MISSING


def test_memory_grows_with_the_depth_of_full_credit_alone():
    def rows(**fields):
        return LSTM(2, 1, **fields).layout.rows

    assert rows(credit="full", depth=20) - rows(credit="full", depth=10) == 10 * 26
    assert rows(credit="one-step") < rows() < rows(credit="full", depth=10)


def test_bad_credit_is_refused():
    for fields, message in (
        ({"credit": "none"}, "credit of lstm must be one of truncated, full, one-step, got 'none'"),
        ({"credit": "full", "depth": 0}, "depth of lstm must be from 1 to 1000000, got 0"),
        (
            {"depth": 50},
            "depth of lstm is for credit 'full', which alone stores steps: leave it out",
        ),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(message)}"):
            LSTM(2, 1, **fields)
    for credit in ("full", "one-step"):
        with pytest.raises(InputError, match=r"^credit of the learner of a stream cannot be"):
            StreamNetwork(LSTM(2, 1, credit=credit))


def test_full_credit_cites_its_source():
    assert "{graves2005," in citation(LSTM(2, 1, credit="full"))
    assert "graves2005" not in citation(LSTM(2, 1))
