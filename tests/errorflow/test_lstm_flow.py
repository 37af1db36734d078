"""Error flow in LSTM against PyTorch, finite differences and eq 41; the carrousel; every term."""

from functools import cache

import numpy as np
import pytest
import torch
from support.flows import (
    DIFFERENCES,
    LAGS,
    MISSING,
    ROUNDING,
    STEPS,
    H,
    inputs,
    measured,
    mutated,
    sizes,
)

from longlag.errorflow.networks import flow_on, network_flow
from longlag.errors import InputError
from longlag.learners.lstm import LSTM
from longlag.learners.lstm import flow as lstm_flow
from longlag.learners.lstm.flow import KINDS
from longlag.learners.lstm.reference import ReferenceLSTM

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


def deviation_from_torch(name, paths=lstm_flow.lstm_paths):
    ways = paths(TOPOLOGIES[name], column(name), inputs(), max(LAGS) + 1)
    flows, deviations = {way.name: flow_on(way, LAGS) for way in ways}, []
    for ours, truncated in ((flows["truncated"], True), (flows["untruncated"], False)):
        theirs = torch_flow(name, truncated=truncated)
        deviations += [measured(ours, q) - sizes(theirs[:, STEPS - 1 - q]) for q in LAGS]
    return np.abs(deviations).max()


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_lstm_against_autograd(name):
    assert deviation_from_torch(name) < ROUNDING


def test_untruncated_differs_from_truncated():
    flow = network_flow(TOPOLOGIES["adding"], column("adding"), inputs(), LAGS)
    assert np.abs(flow["truncated"].largest - flow["untruncated"].largest).max() > 0.01


def test_truncated_against_finite_differences_with_frozen_recurrences():
    """Eq 41 is what a shift of a net input does to a cell's output, all feedback frozen."""
    name = "adding"
    config, net = TOPOLOGIES[name], ReferenceLSTM(TOPOLOGIES[name])
    net.load(column(name))
    units = sum(len(net.y[kind]) for kind in KINDS)
    nothing = torch.zeros((STEPS, units), dtype=torch.float64)
    past = cell_outputs(config, net.w, inputs(), nothing)[1]
    flow = network_flow(config, column(name), inputs(), LAGS)["truncated"]
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
    flow = network_flow(config, column("adding"), inputs(), LAGS)
    expected = [np.log10((before * through[STEPS - 1 - q]).max()) for q in LAGS]
    np.testing.assert_allclose(flow["truncated"].largest, expected, rtol=0, atol=ROUNDING)


def test_the_carrousel_is_exactly_one_over_thousands_of_steps():
    config = LSTM(2, 1, weight_range=5.0)
    flow = network_flow(config, config.start(np.random.default_rng(0)), inputs(3000), [1, 50, 2999])
    carrousel = flow["inside the cell"]
    assert carrousel.largest.tolist() == carrousel.norm.tolist() == [0.0] * 3
    assert np.isfinite(flow["truncated"].largest).all()
    assert np.isfinite(flow["untruncated"].largest).all()


def test_the_carrousel_decays_with_forget_gates():
    config = LSTM(1, 1, forget_gates=True, weight_range=0.0)  # every gate is at 1/2
    flow = network_flow(config, config.start(np.random.default_rng(0)), inputs(2001, 1), [1, 2000])
    # Log of 0.5 to within an ulp of 1e-16, 2000 times.
    np.testing.assert_allclose(
        flow["inside the cell"].largest, [np.log10(0.5), 2000 * np.log10(0.5)], rtol=1e-12
    )


def test_blocks_that_have_not_been_added_let_nothing_through():
    config = LSTM(2, 1, construction_window=10, weight_range=1.0)
    start = config.start(np.random.default_rng(0))
    assert network_flow(config, start, inputs(), [1])["truncated"].largest == [-np.inf]
    config.layout.view(start, "enabled")[0] = 1.0
    assert np.isfinite(network_flow(config, start, inputs(), [1])["truncated"].largest).all()


def test_symbols_are_taken_as_indices():
    config = LSTM(3, 1, coding="symbol", weight_range=1.0)
    start = config.start(np.random.default_rng(0))
    symbols = np.array([0, 2, 1, 1, 0, 2.0])
    flat, tall = (network_flow(config, start, x, [1, 5]) for x in (symbols, symbols[:, None]))
    np.testing.assert_array_equal(flat["untruncated"].norm, tall["untruncated"].norm)


def test_lstms_that_are_refused():
    config = LSTM(2, 1, peepholes=True)
    with pytest.raises(InputError, match="peepholes"):
        network_flow(config, config.start(np.random.default_rng(0)), inputs(), [1])
    diverged = column("adding").copy()
    diverged[0] = np.nan
    with pytest.raises(InputError, match="diverged"):
        network_flow(TOPOLOGIES["adding"], diverged, inputs(), [1])
    with pytest.raises(InputError, match="from 1 to 6, got 7"):
        network_flow(TOPOLOGIES["adding"], column("adding"), inputs(), [1, STEPS])


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
    paths = mutated(lstm_flow, *LSTM_TERMS[term])["lstm_paths"]
    assert max(deviation_from_torch(name, paths) for name in ("adding", "forget gates")) > MISSING
