"""Error flow against sums over paths, finite differences and PyTorch; bounds; extreme lags."""

import inspect
import itertools
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag.errorflow import conventional, lstm, module, products
from longlag.errorflow.conventional import ConventionalNet, bounds, conventional_flow
from longlag.errorflow.lstm import KINDS, lstm_flow
from longlag.errorflow.module import module_flow
from longlag.errorflow.products import flow_back
from longlag.errorflow.squashing import LOGISTIC, TANH, Squashing
from longlag.errors import InputError
from longlag.learners.bptt import BPTT
from longlag.learners.lstm import LSTM
from longlag.learners.reference import ReferenceLSTM
from longlag.learners.rtrl import RTRL

STEPS = 7
LAGS = (1, 2, 5)

# Two ways to compute the same products of a few matrices of size 1: some rounding errors of 1e-16,
# relative to results as small as 1e-3. In decimal logarithms a missing term shows by more than
# MISSING.
ROUNDING, MISSING = 1e-10, 1e-3

# Central differences with step h err by h^2/6 times a third derivative, and by rounding, 1e-16 / h,
# of derivatives as small as 1e-3: some 1e-8 of them.
H, DIFFERENCES = 1e-5, 1e-6


def sizes(matrix):
    """Decimal logarithms of the largest entry and of the spectral norm."""
    return np.log10([np.abs(matrix).max(), np.linalg.norm(matrix, 2)])


def measured(flow, q):
    at = list(flow.lags).index(q)
    return np.array([flow.largest[at], flow.norm[at]])


# Products


def test_products_of_ordinary_size():
    generator = np.random.default_rng(1)
    jacobians = generator.normal(size=(6, 3, 3))
    arrive, leave = generator.normal(size=(2, 3)), generator.normal(size=(7, 3, 4))
    flow = flow_back(jacobians, [6, 1, 3], arrive=arrive, leave=leave)
    assert flow.lags.tolist() == [1, 3, 6]
    for q in (1, 3, 6):
        plain = np.linalg.multi_dot([np.eye(2), arrive, *jacobians[::-1][:q], leave[6 - q]])
        np.testing.assert_allclose(measured(flow, q), sizes(plain), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("power", [-200, -3, 3, 200])
def test_thousands_of_steps_neither_underflow_nor_overflow(power):
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    flow = flow_back(np.tile(10.0**power * turn, (5000, 1, 1)), [1, 100, 5000])
    # 10**power has a relative rounding error below 2e-16, 1e-16 as a logarithm, at each of 5000
    # factors; the results are of size 1e6, where a double resolves 1e-10.
    np.testing.assert_allclose(flow.largest, power * flow.lags, rtol=1e-14)
    np.testing.assert_allclose(flow.norm, power * flow.lags, rtol=1e-14)


def test_a_factor_of_one_stays_exactly_one():
    flow = flow_back(np.tile(np.eye(3), (3000, 1, 1)), [1, 3000])
    assert flow.largest.tolist() == flow.norm.tolist() == [0.0, 0.0]


def test_where_nothing_arrives():
    flow = flow_back(np.zeros((4, 2, 2)), [1, 4])
    assert flow.largest.tolist() == flow.norm.tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize(
    ("lags", "message"),
    [([], "got none"), ([0], "from 1 to 4, got 0"), ([5], "of 5 steps must be from 1 to 4, got 5")],
)
def test_lags_that_are_refused(lags, message):
    with pytest.raises(InputError, match=message):
        flow_back(np.zeros((4, 2, 2)), lags)


def test_slopes_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="finite"):
        flow_back(np.full((4, 2, 2), np.nan), [1])


# Conventional nets


def net(units=3, squashing=LOGISTIC, seed=1):
    generator = np.random.default_rng(seed)
    return ConventionalNet(
        *(generator.normal(size=shape) for shape in ((units, units), (units, 2), (units,))),
        squashing,
    )


def inputs(steps=STEPS, width=2, seed=2):
    return np.random.default_rng(seed).uniform(-1, 1, (steps, width))


MIXED = Squashing(
    *map(np.array, ([0.0, -1.0, 0.5], [1.0, 2.0, -3.0], [1.0, 2.0, 1.0], [False, False, True]))
)


@pytest.mark.parametrize("q", [1, 2, 4])
def test_against_the_sum_over_all_paths(q):
    """Eq 2 letter by letter."""
    n, t = net(), STEPS - 1
    slopes = n.slopes(inputs())
    total = np.zeros((3, 3))
    for u, v in itertools.product(range(3), repeat=2):
        for between in itertools.product(range(3), repeat=q - 1):
            l = (u, *between, v)
            total[u, v] += np.prod(
                [slopes[t - m, l[m]] * n.recurrent[l[m - 1], l[m]] for m in range(1, q + 1)]
            )
    flow = conventional_flow(n, inputs(), [q])
    np.testing.assert_allclose(measured(flow, q), sizes(total), rtol=0, atol=ROUNDING)


def last_net(n, x, step, shift):
    """net(T-1) if `shift` is added to net(step), for a batch of shifts: written once more."""
    y = np.zeros_like(shift)
    for t, now in enumerate(x):
        nets = y @ n.recurrent.T + n.feed @ now + n.bias + (t == step) * shift
        f = n.squashing
        y = np.where(f.linear, nets, f.low + f.span / (1 + np.exp(-f.gain * nets)))
    return nets


@pytest.mark.parametrize("squashing", [LOGISTIC, TANH, MIXED], ids=["logistic", "tanh", "mixed"])
def test_against_finite_differences(squashing):
    n, x = net(squashing=squashing), inputs()
    flow = conventional_flow(n, x, LAGS)
    for q in LAGS:
        above, below = (last_net(n, x, STEPS - 1 - q, s * H * np.eye(3)) for s in (1, -1))
        expected = sizes((above - below).T / (2 * H))
        np.testing.assert_allclose(measured(flow, q), expected, rtol=0, atol=DIFFERENCES)


@given(
    units=st.integers(1, 6),
    seed=st.integers(0, 2**32),
    scale=st.floats(-3, 2),
    squashing=st.sampled_from([LOGISTIC, TANH]),
)
@settings(max_examples=60, deadline=None)
def test_bounds_hold(units, seed, scale, squashing):
    generator = np.random.default_rng(seed)
    shapes = (units, units), (units, 2), (units,)
    n = ConventionalNet(*(generator.normal(size=s) * 10**scale for s in shapes), squashing)
    x = inputs(steps=40, seed=seed)
    flow, bound = conventional_flow(n, x, [1, 2, 10, 39]), bounds(n, x, [1, 2, 10, 39])
    # Logarithms of size up to 1e3 resolve 1e-13; one unit alone may reach its bound.
    assert (flow.largest <= bound.norm + 1e-9).all()
    tau = units * np.abs(n.recurrent).max() * (1.0 if squashing is TANH else 0.25)
    assert (bound.weights is None) == (tau >= 1)
    if bound.weights is not None:
        assert (bound.norm <= bound.weights + 1e-9).all()


def test_slopes_of_saturated_units_are_not_rounded_to_zero():
    # 1 / (2 + 2 cosh x) is the logistic slope; e^-700 is 1e-304, near the smallest double.
    np.testing.assert_allclose(
        LOGISTIC.slope(np.array([-700.0, 50.0])), [9.8597e-305, 1.9287e-22], rtol=1e-4
    )  # the digits written here
    assert TANH.slope(np.zeros(1)) == 1.0
    assert LOGISTIC.steepest == 0.25


def test_a_net_whose_units_all_saturate_keeps_a_finite_logarithm():
    n = ConventionalNet(np.full((2, 2), 300.0), np.zeros((2, 1)), np.zeros(2))
    flow = conventional_flow(n, np.zeros((3010, 1)), [1000, 3000])
    # Each step: W (of rank one, eigenvalue 600) times a slope of e^-600.
    each = np.log10(600) - 600 * np.log10(np.e)
    # From q = 1 on every factor is the same; the first one alone differs in size by 2.
    assert flow.largest[1] - flow.largest[0] == pytest.approx(2000 * each, rel=1e-12)


def test_rivals_are_conventional_nets():
    """Activations that a learner's own kernel reference has, from the net made of its column."""
    from longlag.learners.recurrent_reference import ReferenceNet

    for learner in (
        BPTT(2, 1, hidden=3, squashing="tanh", weight_range=1.0),
        RTRL(2, 2, hidden=2, connections="full", output_range=(-1.0, 2.0), weight_range=1.0),
        RTRL(2, 2, hidden=2, connections="full", output="linear", weight_range=1.0),
    ):
        column = learner.start(np.random.default_rng(3))
        ours, theirs = ConventionalNet.of(learner, column), ReferenceNet(learner)
        theirs.load(column)
        slopes = ours.slopes(inputs())
        for t, x in enumerate(inputs()):
            theirs.step(x)
            # Rounding errors of 1 - f, and of a few sums.
            np.testing.assert_allclose(slopes[t], theirs.slopes, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((np.ones((2, 3)), np.ones((2, 1)), np.ones(2)), "shapes"),
        ((np.ones((2, 2)), np.ones((3, 1)), np.ones(2)), "shapes"),
        ((np.full((2, 2), np.inf), np.ones((2, 1)), np.ones(2)), "finite"),
    ],
)
def test_nets_that_are_refused(fields, message):
    with pytest.raises(InputError, match=message):
        ConventionalNet(*fields)


# LSTM

TOPOLOGIES = {
    "adding": LSTM(2, 1, weight_range=1.0),
    "hidden units": LSTM(2, 1, hidden=2, blocks=1, weight_range=1.0),
    "forget gates": LSTM(2, 1, hidden=1, forget_gates=True, weight_range=1.0),
    "experiment 2a": LSTM(
        2, 2, blocks=2, block_size=1, output_gates=False, g="[0,1]", h="identity", weight_range=1.0
    ),
}


@cache
def column(name):
    return TOPOLOGIES[name].start(np.random.default_rng(4))


def cell_outputs(config, weights, x, shifts, past=None):
    """Outputs of all cells at the last step, and all recurrent activations, in PyTorch.

    shifts[t] is added to the net inputs at t. The recurrent activations are those of `past` if
    given: a list of the values of each step.
    """
    w = {k: {s: torch.tensor(m) for s, m in of.items()} for k, of in weights.items()}
    n = {"hidden": config.hidden, "cells": config.blocks * config.block_size}
    n |= {"input_gates": config.blocks, "forget_gates": config.blocks * config.forget_gates}
    n |= {"output_gates": config.blocks * config.output_gates}
    y = {kind: torch.zeros(n[kind], dtype=torch.float64) for kind in KINDS}
    s, seen = torch.zeros(n["cells"], dtype=torch.float64), []
    low, high = {"[-2,2]": (-2, 2), "[0,1]": (0, 1)}[config.g]
    per_cell = lambda gate: gate.repeat_interleave(config.block_size)  # noqa: E731
    for t, now in enumerate(torch.tensor(x)):
        before = (y if past is None else past[t]) | {
            "bias": torch.ones(1, dtype=torch.float64),
            "inputs": now,
        }
        seen.append(y)
        offset = dict(zip(KINDS, torch.split(shifts[t], [n[kind] for kind in KINDS]), strict=True))
        net = {
            k: sum(m @ before[source] for source, m in w[k].items()) + offset[k]
            for k in KINDS
            if n[k]
        }
        gate = {k: torch.sigmoid(each) for k, each in net.items()}
        forget = per_cell(gate["forget_gates"]) if config.forget_gates else 1.0
        g = low + (high - low) * torch.sigmoid(net["cells"])
        s = forget * s + per_cell(gate["input_gates"]) * g
        y_c = s if config.h == "identity" else torch.tanh(s / 2)
        if config.output_gates:
            y_c = y_c * per_cell(gate["output_gates"])
        y = {k: gate.get(k, y[k]) for k in KINDS} | {"cells": y_c}
    return y_c, seen


def torch_flow(name, *, truncated):
    """d y(c, T-1) / d net(t) for every t, by automatic differentiation: (cells, T, units)."""
    config, net = TOPOLOGIES[name], ReferenceLSTM(TOPOLOGIES[name])
    net.load(column(name))
    units = sum(len(net.y[kind]) for kind in KINDS)
    shifts = torch.zeros((STEPS, units), dtype=torch.float64, requires_grad=True)
    past = None
    if truncated:
        recorded = cell_outputs(config, net.w, inputs(), shifts)[1]
        past = [{k: each.detach() for k, each in y.items()} for y in recorded]
    outputs = cell_outputs(config, net.w, inputs(), shifts, past)[0]
    return np.array([torch.autograd.grad(y, shifts, retain_graph=True)[0] for y in outputs])


def deviation_from_torch(name, measure=lstm_flow):
    flow = measure(TOPOLOGIES[name], column(name), inputs(), LAGS)
    deviations = []
    for ours, truncated in ((flow.truncated, True), (flow.untruncated, False)):
        theirs = torch_flow(name, truncated=truncated)
        deviations += [measured(ours, q) - sizes(theirs[:, STEPS - 1 - q]) for q in LAGS]
    return np.abs(deviations).max()


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_lstm_against_autograd(name):
    assert deviation_from_torch(name) < ROUNDING


def test_untruncated_differs_from_truncated():
    flow = lstm_flow(TOPOLOGIES["adding"], column("adding"), inputs(), LAGS)
    assert np.abs(flow.truncated.largest - flow.untruncated.largest).max() > 0.01


def test_truncated_against_finite_differences_with_frozen_recurrences():
    """Eq 41 is what a shift of a net input does to a cell's output, all feedback frozen."""
    name = "adding"
    config, net = TOPOLOGIES[name], ReferenceLSTM(TOPOLOGIES[name])
    net.load(column(name))
    units = sum(len(net.y[kind]) for kind in KINDS)
    nothing = torch.zeros((STEPS, units), dtype=torch.float64)
    past = cell_outputs(config, net.w, inputs(), nothing)[1]
    flow = lstm_flow(config, column(name), inputs(), LAGS).truncated
    for q in LAGS:
        columns = []
        for unit in range(units):
            shift = nothing.clone()
            shift[STEPS - 1 - q, unit] = H
            above, below = (
                cell_outputs(config, net.w, inputs(), sign * shift, past)[0] for sign in (1, -1)
            )
            columns.append((above - below).numpy() / (2 * H))
        expected = sizes(np.array(columns).T)
        np.testing.assert_allclose(measured(flow, q), expected, rtol=0, atol=DIFFERENCES)


def test_equation_41():
    """The factors of the paper, from the activations alone: g = 4f - 2, h = 2f - 1."""
    config = TOPOLOGIES["adding"]
    net = ReferenceLSTM(config)
    net.load(column("adding"))
    through = []
    for x in inputs():
        net.step(x)
        f_c, y_in = (net.g(net.net_c) + 2) / 4, net.y_in
        through.append(
            np.maximum(4 * f_c * (1 - f_c) * y_in, np.abs(net.g(net.net_c)) * y_in * (1 - y_in))
        )
    before = net.y_out * (1 - net.h(net.s) ** 2) / 2
    flow = lstm_flow(config, column("adding"), inputs(), LAGS)
    expected = [np.log10((before * through[STEPS - 1 - q]).max()) for q in LAGS]
    np.testing.assert_allclose(flow.truncated.largest, expected, rtol=0, atol=ROUNDING)


def test_the_carrousel_is_exactly_one_over_thousands_of_steps():
    config = LSTM(2, 1, weight_range=5.0)
    flow = lstm_flow(config, config.start(np.random.default_rng(0)), inputs(3000), [1, 50, 2999])
    assert flow.carrousel.largest.tolist() == flow.carrousel.norm.tolist() == [0.0] * 3
    assert np.isfinite(flow.truncated.largest).all()
    assert np.isfinite(flow.untruncated.largest).all()


def test_the_carrousel_decays_with_forget_gates():
    config = LSTM(1, 1, forget_gates=True, weight_range=0.0)  # every gate is at 1/2
    flow = lstm_flow(config, config.start(np.random.default_rng(0)), inputs(2001, 1), [1, 2000])
    # Log of 0.5 to within an ulp of 1e-16, 2000 times.
    np.testing.assert_allclose(
        flow.carrousel.largest, [np.log10(0.5), 2000 * np.log10(0.5)], rtol=1e-12
    )


def test_blocks_that_have_not_been_added_let_nothing_through():
    config = LSTM(2, 1, construction_window=10, weight_range=1.0)
    start = config.start(np.random.default_rng(0))
    assert lstm_flow(config, start, inputs(), [1]).truncated.largest == [-np.inf]
    config.layout.view(start, "enabled")[0] = 1.0
    assert np.isfinite(lstm_flow(config, start, inputs(), [1]).truncated.largest).all()


def test_symbols_are_taken_as_indices():
    config = LSTM(3, 1, coding="symbol", weight_range=1.0)
    start = config.start(np.random.default_rng(0))
    symbols = np.array([0, 2, 1, 1, 0, 2.0])
    flat, tall = (lstm_flow(config, start, x, [1, 5]) for x in (symbols, symbols[:, None]))
    np.testing.assert_array_equal(flat.untruncated.norm, tall.untruncated.norm)


def test_lstms_that_are_refused():
    config = LSTM(2, 1, peepholes=True)
    with pytest.raises(InputError, match="peepholes"):
        lstm_flow(config, config.start(np.random.default_rng(0)), inputs(), [1])
    diverged = column("adding").copy()
    diverged[0] = np.nan
    with pytest.raises(InputError, match="diverged"):
        lstm_flow(TOPOLOGIES["adding"], diverged, inputs(), [1])
    with pytest.raises(InputError, match="from 1 to 6, got 7"):
        lstm_flow(TOPOLOGIES["adding"], column("adding"), inputs(), [1, STEPS])


# PyTorch modules


class Custom(torch.nn.Module):
    """A module with a state of two tensors of different sizes, which mix."""

    def __init__(self):
        super().__init__()
        self.a, self.b = torch.nn.Linear(2 + 3, 2), torch.nn.Linear(2 + 3 + 1, 3)

    def forward(self, x, state=None):
        p, q = state or [x.new_zeros(x.shape[1], n) for n in (2, 3)]
        p, q = (
            torch.tanh(self.a(torch.cat((p, q), dim=-1))),
            torch.sin(self.b(torch.cat((p, q, x[0]), dim=-1))),
        )
        return q[None], (p, q)


MODULES = {
    "RNN": lambda: torch.nn.RNN(1, 4),
    "LSTM, two layers, projected": lambda: torch.nn.LSTM(1, 4, num_layers=2, proj_size=2),
    "GRU, batch first": lambda: torch.nn.GRU(1, 4, batch_first=True),
    "custom": Custom,
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_against_autograd_through_the_whole_sequence(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = MODULES[name]().double()
    x = torch.tensor(inputs(width=1))
    flow = module_flow(network, x.numpy(), LAGS)
    states = []
    for now in x:
        _, state = network(now.reshape(1, 1, 1), *states[-1:])
        state = state if isinstance(state, torch.Tensor) else tuple(state)
        states.append(state)
    parts = [state if isinstance(state, tuple) else (state,) for state in states]
    for q in LAGS:
        rows = [
            torch.cat(
                [
                    each.reshape(-1)
                    for each in torch.autograd.grad(number, parts[STEPS - 1 - q], retain_graph=True)
                ]
            )
            for number in torch.cat([part.reshape(-1) for part in parts[-1]])
        ]
        expected = sizes(torch.stack(rows).numpy())
        np.testing.assert_allclose(measured(flow, q), expected, rtol=0, atol=ROUNDING)


def test_modules_flow_far():
    """A GRU whose update gate is shut at 1/2 halves its state: 2^-q, far below the smallest."""
    gru = torch.nn.GRU(1, 1)
    with torch.no_grad():
        for each in gru.parameters():
            each.zero_()
    flow = module_flow(gru, inputs(3001, 1), [1, 3000])
    # float32 knows 1/2 exactly.
    np.testing.assert_allclose(flow.largest, [np.log10(0.5), 3000 * np.log10(0.5)], rtol=1e-12)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (torch.nn.RNN(1, 2, bidirectional=True), "bidirectional=False"),
        (lambda x, state=None: x, "must return"),
        (lambda x, state=None: (x, [1.0]), "tuple of such, got list"),
    ],
    ids=["bidirectional", "no state", "no tensor"],
)
def test_modules_that_are_refused(network, message):
    with pytest.raises(InputError, match=message):
        module_flow(network, inputs(width=1), [1])


def test_without_pytorch_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(InputError, match=r"longlag\[torch\]"):
        module.load_torch()


# Every term counts


def mutated(where, term, replacement):
    source = inspect.getsource(where)
    assert source.count(term) == 1, term
    namespace = {"__name__": where.__name__}
    exec(compile(source.replace(term, replacement), "mutated", "exec"), namespace)
    return namespace


LSTM_TERMS = {
    "y_out": ("net.y_out * dh", "dh"),
    "h'": ("net.y_out * dh", "net.y_out"),
    "y_in": ("dg * net.y_in", "dg"),
    "g'": ("dg * net.y_in", "net.y_in"),
    "g": ("net.g(net.net_c) * df_in[block]", "df_in[block]"),
    "f_in'": ("net.g(net.net_c) * df_in[block]", "net.g(net.net_c)"),
    "s(t-1) before the forget gate": ("before * df_phi[block]", "df_phi[block]"),
    "h(s) before the output gate": ("net.h(net.s) * df_out[block]", "df_out[block]"),
    "y_phi": ("carry[s, each] = net.y_phi", "carry[s, each] = 1.0"),
    "the carrousel": ("carry[c, each] = to_output * net.y_phi", "carry[c, each] = 0.0"),
    "slopes of units": ("leave[place[kind], place[kind]] = df", "pass"),
    "recurrent weights": ("slopes.leave[1:] @ slopes.recurrent", "slopes.leave[1:] * 0"),
}


@pytest.mark.parametrize("term", LSTM_TERMS)
def test_autograd_notices_a_missing_term_of_lstm(term):
    measure = mutated(lstm, *LSTM_TERMS[term])["lstm_flow"]
    assert max(deviation_from_torch(name, measure) for name in ("adding", "forget gates")) > MISSING


@pytest.mark.parametrize(
    ("where", "term", "replacement"),
    [
        (
            conventional,
            "net.recurrent * net.slopes(x)[:-1, None, :]",
            "net.recurrent * net.slopes(x)[1:, None, :]",
        ),
        (
            conventional,
            "net.recurrent * net.slopes(x)[:-1, None, :]",
            "net.recurrent * net.slopes(x)[:-1, :, None]",
        ),
        (conventional, "self.recurrent @ y + fed", "fed"),
        (products, "jacobians[-q]", "jacobians[q - 1]"),
    ],
)
def test_finite_differences_notice_another_order(where, term, replacement):
    namespace = mutated(where, term, replacement)
    if where is conventional:
        measure = namespace["conventional_flow"]
        n = namespace["ConventionalNet"](
            *(getattr(net(), f) for f in ("recurrent", "feed", "bias"))
        )
        flow = measure(n, inputs(), LAGS)
    else:
        jacobians = net().recurrent * net().slopes(inputs())[:-1, None, :]
        flow = namespace["flow_back"](jacobians, LAGS)
    above, below = (last_net(net(), inputs(), STEPS - 3, s * H * np.eye(3)) for s in (1, -1))
    assert np.abs(measured(flow, 2) - sizes((above - below).T / (2 * H))).max() > MISSING
