"""Error flow in rotating cells against finite differences, and as long as states are kept."""

import numpy as np
import pytest
from support.flows import DIFFERENCES, LAGS, MISSING, STEPS, H, inputs, measured, mutated, sizes
from support.rotating_nets import MIXED, dense

from longlag.errorflow.networks import flow_on, network_flow
from longlag.errors import InputError
from longlag.learners.rotating import Rotating, flow


def column(seed=4):
    return MIXED.start(np.random.default_rng(seed))


def cell_outputs(config, weights, x, shifts):
    """Outputs of all states at the last step; shifts[t] is added to the nets (4, pairs) at t."""
    w, pairs = dense(config, weights), config.cells + config.blocks
    logistic = lambda a: 0.5 + 0.5 * np.tanh(a / 2)  # noqa: E731
    theta = np.append(w["theta"][:, 0], np.zeros(config.blocks))
    s = np.zeros(pairs, complex)
    for now, shift in zip(x, shifts, strict=True):
        seen = np.concatenate(([1.0], now, np.zeros(2 * pairs)))
        net = w["cells"] @ seen
        re, im = net[0::2] + shift[0], net[1::2] + shift[1]
        y_in, y_phi = logistic(w["in"] @ seen + shift[2]), logistic(w["phi"] @ seen + shift[3])
        z = 2 * np.tanh(re / 2) + 2j * np.tanh(im / 2)
        s = y_phi * np.exp(1j * theta) * s + y_in * z
    y_out = logistic(w["out"] @ seen)
    return np.stack([y_out * np.tanh(s.real / 2), y_out * np.tanh(s.imag / 2)], axis=1).ravel()


def deviation(paths=flow.rotating_paths):
    """Of the flow from finite differences, in decimal logarithms, at all lags."""
    exact = next(p for p in paths(MIXED, column(), inputs(), STEPS) if p.name == "exact")
    found, pairs = flow_on(exact, LAGS), MIXED.cells + MIXED.blocks
    weights, deviations = MIXED.layout.view(column(), "weights"), []
    for q in LAGS:
        columns = []
        for net in np.ndindex(4, pairs):
            shift = np.zeros((STEPS, 4, pairs))
            shift[STEPS - 1 - q][net] = H
            above, below = (
                cell_outputs(MIXED, weights, inputs(), sign * shift) for sign in (1, -1)
            )
            columns.append((above - below) / (2 * H))
        deviations.append(measured(found, q) - sizes(np.array(columns).T))
    return np.abs(deviations).max()


def test_against_finite_differences():
    assert deviation() < DIFFERENCES


TERMS = {
    "turning": ("re_A, -im_A, im_A, re_A", "re_A, 0.0, 0.0, re_A"),
    "y_out": ("np.repeat(net.y_out, 2) *", "1.0 *"),
    "h'": ("2.0 * LOGISTIC.slope(parts(net.s))", "np.ones(2 * len(net.s))"),
    "slopes in the nets": ("np.diag(np.imag(slopes))", "0.0 * np.diag(np.imag(slopes))"),
}


@pytest.mark.parametrize("term", TERMS)
def test_differences_notice_a_missing_term(term):
    assert deviation(mutated(flow, *TERMS[term])["rotating_paths"]) > MISSING


def test_inside_the_cell_an_error_turns_and_keeps_what_is_not_forgotten():
    config = Rotating(1, 1, cells=2, weight_range=0.0)  # every gate is at 1/2
    start = config.start(np.random.default_rng(0))
    inside = network_flow(config, start, inputs(2001, 1), [4, 2000])["inside the cell"]
    # The first cell has turned by whole periods of 2 steps, so nothing is lost to another part.
    np.testing.assert_allclose(inside.largest, np.array([4, 2000]) * np.log10(0.5), rtol=1e-12)
    np.testing.assert_allclose(inside.norm, np.array([4, 2000]) * np.log10(0.5), rtol=1e-12)


def test_networks_that_have_diverged_are_refused():
    diverged = column().copy()
    diverged[0] = np.nan
    with pytest.raises(InputError, match="diverged"):
        network_flow(MIXED, diverged, inputs(), [1])
