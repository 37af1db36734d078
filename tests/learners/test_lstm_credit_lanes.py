"""The kernels of full and one-step credit against the references, and in other lanes."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lane_bits import assert_same_bits, run
from support.lanes import Lanes
from support.lstm_credit import gradient, present, reference, with_credit
from support.lstm_nets import lstms, sequence
from support.made_up_rules import Bounded
from support.mutations import mutate

from longlag import citation
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.learners import descent, history
from longlag.learners.lstm import LSTM, cell, full, lanes, net_errors, one_step, peepholes
from longlag.rules import Adam, GradientDescent, RMSProp
from longlag.testing import check_learner

#: Small steps: a net that diverges magnifies rounding errors.
SLOWLY = GradientDescent(0.1)

# Of kernels and references, which sum in another order; Adam divides a gradient near zero by its
# own size, which magnifies its rounding error.
DEVIATION = 1e-11
MISSING = 1e-4  #: a missing term shows by more


class Lane(Lanes):
    """One network in a lane, with what `gradient` asks of a network."""

    def __init__(self, config, kernel=None):
        super().__init__(config, [config.start(np.random.default_rng(0))], kernel=kernel)

    def weights(self):
        return self.view("weights")[:, 0].copy()


def largest_deviation(config, kernel=None):
    """Of the weights of a lane in float64 from the reference's, over four sequences."""
    net, lane, deviations = reference(config), Lane(config, kernel), []
    for seed in range(4):
        x, targets = sequence(config, seed)
        present(net, x, targets)
        present(lane, x, targets)
        ours = net.weights()
        deviations.append(np.max(np.abs(ours - lane.weights()) / (1 + np.abs(ours))))
    return np.max(deviations)  # a number that is not one stays so


#: Together: shortcuts, symbols, several cells in a block, forget gates, peepholes, no output gates,
#: and a history that is shorter than the sequences.
CHOSEN = {
    "both": with_credit("both", "full", update="step", rule=SLOWLY, depth=4),
    "symbols": with_credit("both, symbols, no output gates", "full", rule=SLOWLY),
    "one-step": with_credit("both", "one-step", update="step", rule=SLOWLY),
}
OTHERS = {
    "neither": with_credit("everything", "full", rule=Adam()),
    "forget gates": with_credit("forget gates", "full", rule=SLOWLY),
    "peepholes": with_credit("peepholes", "full", rule=SLOWLY),
    "whole gradient": with_credit("adding", "full", rule=Bounded()),
    "whole gradient, one-step": with_credit("adding", "one-step", update="step", rule=Bounded()),
}


@pytest.mark.parametrize(
    "config",
    (CHOSEN | OTHERS).values(),
    ids=CHOSEN | OTHERS,
)
def test_kernel_against_reference(config):
    assert largest_deviation(config) < DEVIATION


@st.composite
def with_any_credit(draw):
    credit = draw(st.sampled_from(("full", "one-step")))
    return replace(
        draw(lstms()),
        credit=credit,
        rule=draw(st.sampled_from((SLOWLY, RMSProp(), Adam()))),
        **({"depth": draw(st.integers(1, 8))} if credit == "full" else {}),
    )


@settings(max_examples=10, derandomize=True)
@given(config=with_any_credit())
def test_any_kernel_against_reference(config):
    assert largest_deviation(config) < DEVIATION


def test_same_bits_of_full_credit_in_any_lane_at_any_step():
    """A history of four steps, so that passes are also made within sequences."""
    assert_same_bits(CHOSEN["both"], 4, "float64")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [4, 8, 16, 32])
@pytest.mark.parametrize("credit", ["full", "one-step"])
def test_same_bits_in_any_lane_at_any_step(credit, width, dtype):
    config = with_credit("everything", credit, update="step", rule=SLOWLY)
    assert_same_bits(config, width, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("credit", ["full", "one-step"])
def test_float32_against_float64(credit):
    config = with_credit("everything", credit, update="step", rule=SLOWLY)
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
    config = CHOSEN["both"]
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


@pytest.mark.slow
@pytest.mark.parametrize("credit", ["full", "one-step"])
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


@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    credit, term, replacement = MUTATIONS[name]
    config = with_credit("both", credit)
    modules = (descent, history, cell, peepholes, net_errors, one_step, full, lanes)
    kernel = mutate(modules, term, replacement).compile_lstm(config.topology, 1)
    ours, theirs = (
        gradient(config, *sequence(config), net=net) for net in (Lane(config, kernel), None)
    )
    assert np.abs(ours - theirs).max() > MISSING


def test_memory_grows_with_the_depth_of_full_credit_alone():
    def rows(**fields):
        return LSTM(2, 1, **fields).layout.rows

    assert rows(credit="full", depth=20) - rows(credit="full", depth=10) == 10 * 26
    assert rows(credit="one-step") < rows() < rows(credit="full", depth=10)


def test_bad_credit_is_refused():
    for fields, message in (
        (
            {"credit": "none"},
            "credit of lstm must be one of 'truncated', 'full', 'one-step', got 'none'",
        ),
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
