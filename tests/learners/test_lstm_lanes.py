"""The lane kernel of LSTM against the reference, and against itself in other lanes."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lane_bits import assert_same_bits, run
from support.lanes import Lanes
from support.lstm_nets import lstms
from support.mutations import mutate

from longlag.contract import STRETCH
from longlag.learners import descent, traces
from longlag.learners.lstm import LSTM, cell, forward, net_errors, truncated
from longlag.learners.lstm import lanes as lstm_lanes
from longlag.learners.lstm import peepholes as lstm_peepholes
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.rules import Adam, GradientDescent, RMSProp
from longlag.testing import check_learner

# The kernel and the reference compute the same float64 sums in another order, with activations
# that differ by a few ulp (2e-16): measured, they stay within 1e-13 over a few updates. Adam and
# RMSProp divide a gradient near zero by its own size, which magnifies its rounding error (1e-17)
# by at most rate / epsilon = 3e5. A missing term shows by more than MISSING. Numbers are compared
# relative to 1 + their size, since the nets' numbers are of size 1 and partials can be larger.
TOLERANCE, MISSING = 1e-11, 1e-4

EVERYTHING = LSTM(3, 2, hidden=2, output_sources=("inputs", "cells", "hidden"), weight_range=1.0)
LATER = LSTM(2, 1, forget_gates=True, peepholes=True, weight_range=1.0)
SYMBOLS = LSTM(
    *(4, 3),
    coding="symbol",
    hidden=1,
    blocks=1,
    output_sources=("inputs", "cells"),
    biased=(),
    weight_range=1.0,
)
SYMBOLS_BY = {
    "at once": SYMBOLS,
    "per sequence": replace(SYMBOLS, update="sequence"),
    "with moments": replace(SYMBOLS, rule=RMSProp()),
}
ADDING = LSTM(2, 1)  # the topology of the tests on bits


def sequences(config, seed, count=3):
    """Inputs, targets, and the steps that have a target."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        steps = int(generator.integers(2, 7))
        if config.coding == "symbol":
            x = generator.integers(config.inputs, size=steps).astype(float)
        else:
            x = generator.uniform(-1, 1, (steps, config.inputs))
        learn = generator.random(steps) < 0.5
        learn[-1] = True
        yield x, generator.uniform(0.1, 0.9, (steps, config.outputs)), learn


def partials(net):
    """D_c, D_in and D_phi of the reference in the order of the layout's traces, by their names."""
    topology = net.config.topology
    kinds = (
        ("cells", net.D_c, "cell_traces", None),
        ("input_gates", net.D_in, "gate_traces", "gate_peephole_traces"),
        ("forget_gates", net.D_phi, "forget_traces", "forget_peephole_traces"),
    )
    for (kind, D, name, peepholes), group in zip(kinds, topology.groups, strict=False):
        if group.units:
            traces = np.full((group.fan_in, topology.cells), np.nan)
            for m, d in D.items():
                if m == "states":
                    yield peepholes, d.T
                else:
                    traces[(net.rows[kind][m][0] - group.start) // group.units] = d.T
            yield name, traces


def largest_deviation(config, kernel=None, seed=0):
    """Of a one-lane float64 kernel from the reference, relative to 1 + size."""
    column = config.start(np.random.default_rng(seed))
    net, lane = ReferenceLSTM(config), Lanes(config, [column], kernel=kernel)
    net.load(column)
    deviations = []

    def compare(ours, group):
        theirs = lane.view(group)[..., 0]
        assert ours.shape == theirs.shape
        deviations.append(np.max(np.abs(ours - theirs) / (1 + np.abs(ours)), initial=0))

    for x, targets, learn in sequences(config, seed):
        net.reset()
        lane.reset()
        for t in range(len(x)):
            net.step(x[t])
            lane.step(x[t])
            lane.answer()
            compare(net.answer(), "outputs")
            if learn[t]:
                net.learn(targets[t])
                lane.learn(targets[t])
        net.finish()
        lane.finish()
        compare(net.s, "states")
        compare(net.weights(), "weights")
        for group, ours in partials(net):
            compare(ours, group)
    return np.max(deviations)  # a number that is not one stays so


@settings(max_examples=20, derandomize=True)
@given(config=lstms(), seed=st.integers(0, 1000))
def test_kernel_against_reference(config, seed):
    assert largest_deviation(config, seed=seed) < TOLERANCE


@pytest.mark.parametrize(
    ("rule", "update"),
    [
        (GradientDescent(), "step"),
        (GradientDescent(), "sequence"),
        (RMSProp(), "step"),
        (RMSProp(), "sequence"),
        (Adam(), "step"),
        (Adam(), "sequence"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_rules_and_updates_against_reference(rule, update):
    config = LSTM(2, 1, weight_range=1.0, rule=rule, update=update)
    assert largest_deviation(config) < TOLERANCE


@pytest.mark.parametrize("config", [EVERYTHING, LATER], ids=["1997", "later"])
def test_kernel_with_everything_against_reference(config):
    assert largest_deviation(config) < TOLERANCE


@pytest.mark.parametrize("name", SYMBOLS_BY)
def test_symbols_against_reference(name):
    assert largest_deviation(SYMBOLS_BY[name]) < TOLERANCE


def mutated(config, term, replacement):
    """The kernel of one lane with another term in its place."""
    own = (cell, lstm_peepholes, net_errors, forward, truncated, lstm_lanes)
    return mutate((descent, traces, *own), term, replacement).compile_lstm(config.topology, 1)


MUTATIONS = {
    "y_in in D_c": ("scale * f * (1.0 - f) * y_in", "scale * f * (1.0 - f)"),
    "f' in D_in": ("g * y_in * (1.0 - y_in)", "g * y_in"),
    "h' in e_s": ("error * 0.5 * (1.0 - h * h)", "error"),
    "f' in e_i and e_out": ("back * y * (1.0 - y)", "back"),
    "y(m,t-1) in the change of w(out,m)": ("descend_out(S, z,", "descend_out(S, y,"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    kernel = mutated(EVERYTHING, *MUTATIONS[name])
    assert largest_deviation(EVERYTHING, kernel) > MISSING


LATER_MUTATIONS = {
    "fading of D": ("d[row + c] * keep[c // kept_together]", "d[row + c]"),
    "f' in D_phi": ("s * y_forget * (1.0 - y_forget)", "s"),
    "s(t-1) in the partials of peepholes": (
        'layout.start("forget_traces"), layout.start("states_before")',
        'layout.start("forget_traces"), layout.start("states")',
    ),
    "s(t) in the change of p(out,v)": (
        'layout.start("symbol"), layout.start("states")',
        'layout.start("symbol"), layout.start("states_before")',
    ),
}


@pytest.mark.parametrize("name", LATER_MUTATIONS)
def test_comparison_notices_a_missing_term_of_forget_gates_and_peepholes(name):
    kernel = mutated(LATER, *LATER_MUTATIONS[name])
    assert largest_deviation(LATER, kernel) > MISSING


SYMBOL_MUTATIONS = {
    "at once": ("symbol, units, select(mask, old + changed, old))", "symbol, units, old)"),
    "per sequence": ("scatter_add(S, gradient_row + row + u, symbol, units, e[u])", "pass"),
    "with moments": ("select(symbol == i, e[u], 0.0)", "e[u] * 0.0"),
}


@pytest.mark.parametrize("name", SYMBOL_MUTATIONS)
def test_comparison_notices_weights_of_symbols_that_do_not_learn(name):
    kernel = mutated(SYMBOLS_BY[name], *SYMBOL_MUTATIONS[name])
    assert largest_deviation(SYMBOLS_BY[name], kernel) > MISSING


def test_only_the_current_symbol_learns_with_the_bits_of_the_dense_form():
    """Without moments a gradient of 0 changes no weight, so these need not be visited."""
    choice = "settle_all_symbols if moments else settle_one_symbol"
    dense = mutated(SYMBOLS, choice, "settle_all_symbols")
    columns = []
    for kernel in (SYMBOLS.kernel(1), dense):
        lane = Lanes(SYMBOLS, [SYMBOLS.start(np.random.default_rng(0))], "float32", kernel=kernel)
        for x, targets, _ in sequences(SYMBOLS, 0):
            lane.reset()
            for now, target in zip(x, targets, strict=True):
                lane.step(now)
                lane.answer()
                lane.learn(target)
        columns.append(lane.S.tobytes())
    assert columns[0] == columns[1]


def test_masks_of_one_lane_compile():
    """LLVM aborted on these kernels, with masks of one lane passed as vectors of one bit."""
    config = LSTM(
        *(1, 2),
        cell_sources=("inputs",),
        gate_sources=("inputs", "gates"),
        output_sources=("inputs", "cells"),
        biased=("cells", "output_gates", "outputs"),
        output="linear",
        weight_range=1.0,
        update="sequence",
    )
    column = config.start(np.random.default_rng(0))
    ours, theirs = (run(config, [column], [0], "float64", compiled=how) for how in (True, False))
    assert ours[0].tobytes() == theirs[0].tobytes()


#: Configuration, lanes and number type; each takes some seconds to compile.
BY_DEFAULT = (ADDING, 16, "float64"), (LATER, 4, "float64")


@pytest.mark.parametrize(
    ("config", "lanes", "dtype"),
    [
        pytest.param(*case, marks=[] if case in BY_DEFAULT else pytest.mark.slow)
        for case in product((ADDING, LATER), (4, 8, 16, 32), ("float32", "float64"))
    ],
    ids=lambda value: {ADDING: "adding", LATER: "later"}.get(value, value),
)
def test_same_bits_in_any_lane_beside_any_neighbours(config, lanes, dtype):
    assert_same_bits(config, lanes, dtype)


MANY_PARTIALS = LSTM(
    *(3, 1),
    blocks=7,
    block_size=2,
    cell_sources=("inputs", "cells"),
    gate_sources=("inputs", "cells", "gates"),
    biased=("input_gates", "output_gates", "outputs"),
    weight_range=1.0,
)
TOGETHER = {
    "real": MANY_PARTIALS,
    "symbols": replace(MANY_PARTIALS, coding="symbol", hidden=1, biased=()),
    "one sum to a tile": replace(MANY_PARTIALS, blocks=13, block_size=1, g="[-1,1]"),
}


def after_steps(config, lanes, *, together, dtype="float32", compiled=False, kernel=None):
    """Every kept row of some networks after steps and targets, one by one or together."""
    generator = np.random.default_rng(5)
    columns = [config.start(generator) for _ in range(lanes)]
    net = Lanes(config, columns, dtype, compiled=compiled, kernel=kernel)
    for _ in range(2):
        net.reset()
        for _ in range(2):
            if config.coding == "symbol":
                xs = generator.integers(config.inputs, size=(STRETCH, 1, lanes)).astype(float)
            else:
                xs = generator.uniform(-1, 1, (STRETCH, config.inputs, lanes))
            if together:
                net.stretch(xs)
            else:
                for x in xs:
                    net.step(x)
        net.step(xs[0])
        net.answer()
        net.learn([0.7])
        net.finish()
    return net.S[: config.layout.kept].copy()


@pytest.mark.parametrize("name", TOGETHER)
def test_steps_taken_together_leave_the_bits_of_single_steps(name):
    config = TOGETHER[name]
    apart, together = (after_steps(config, 2, together=it) for it in (False, True))
    assert np.abs(config.layout.view(apart, "gate_traces")).max() > 0.01
    assert apart.tobytes() == together.tobytes()
    check_learner(config, compiled=False)


def test_steps_taken_together_leave_the_same_bits_compiled():
    config = TOGETHER["one sum to a tile"]
    ours = after_steps(config, 8, together=False)
    for together in (False, True):
        theirs = after_steps(config, 8, together=together, compiled=True)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
        ours = theirs if not together else ours
    assert ours.tobytes() == theirs.tobytes()


def test_comparison_of_steps_notices_sums_of_another_step():
    modules = (traces, forward, lstm_lanes)
    kernel = mutate(modules, "count_0, slopes, first, apart,", "count_0, slopes, first, 0,")
    wrong = kernel.compile_lstm(MANY_PARTIALS.topology, 1)
    apart = after_steps(MANY_PARTIALS, 1, together=False)
    assert apart.tobytes() != after_steps(MANY_PARTIALS, 1, together=True, kernel=wrong).tobytes()


def test_few_partials_and_those_that_fade_are_not_carried_together():
    """Fading ones are no sums; few gain nothing, and would compile for longer."""
    forgetting = replace(MANY_PARTIALS, forget_gates=True)
    for config in (ADDING, forgetting, replace(forgetting, peepholes=True)):
        assert config.kernel(4).stretch is None
        assert config.topology.together == 1


def test_float32_against_float64():
    column = [ADDING.start(np.random.default_rng(0))]
    (single, outputs_32), (double, outputs_64) = (
        run(ADDING, column, [0], dtype) for dtype in ("float32", "float64")
    )
    # Numbers of size 1, each computed with rounding error 6e-8 from about 15 sums of 11 terms.
    np.testing.assert_allclose(outputs_32, outputs_64, rtol=0, atol=1e-5)
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-5)
    assert np.abs(single - double).max() > 1e-9  # they are not secretly the same


@pytest.mark.parametrize(
    "config", [ADDING, LSTM(2, 1, rule=Adam(), update="sequence")], ids=["step", "sequence"]
)
def test_masked_lanes_come_out_untouched(config):
    generator = np.random.default_rng(2)
    lanes = Lanes(config, [config.start(generator) for _ in range(4)])
    mask, kept = np.array([1, 0, 0, 1]), [1, 2]
    # Errors are intermediate results of `learn`, rewritten by every call.
    scratch = ("output_errors", "state_errors", "output_gate_errors", "hidden_errors")
    errors = [lanes.view(group) for group in scratch]

    def check(act, *changed):
        before = lanes.S.copy()
        act()
        after = lanes.S.copy()
        for group in config.layout:
            if group not in scratch:
                ours, theirs = (config.layout.view(S, group)[..., kept] for S in (before, after))
                assert ours.tobytes() == theirs.tobytes(), group
        for group in changed:  # the other lanes did something
            ours, theirs = (config.layout.view(S, group)[..., [0, 3]] for S in (before, after))
            assert (ours != theirs).any(axis=tuple(range(ours.ndim - 1))).all(), group

    for x, targets, _ in sequences(config, 4, count=2):
        for now in x:
            lanes.step(now)
        lanes.answer()
        lanes.learn(targets[0])
        lanes.answer()
        learned = "gradient" if config.update == "sequence" else "weights"
        check(lambda y=targets[-1]: lanes.learn(y, mask), learned)
        assert all((e[:, kept] == 0).all() for e in errors)
        check(lambda: lanes.finish(mask), *(["weights"] if config.update == "sequence" else []))
        check(lambda: lanes.reset(mask), "states", "cell_traces", "gate_traces")


@pytest.mark.parametrize("update", ["step", "sequence"])
def test_moments_of_a_symbol_that_is_not_shown_become_zero(update):
    """And not denormal, which takes a hundred times as long."""
    config = LSTM(3, 1, blocks=1, coding="symbol", rule=Adam(), update=update)
    lane = Lanes(config, [config.start(np.random.default_rng(0))])
    for t in range(150):
        if t == 10:  # so small after some hundred steps
            lane.view("first_moments")[:] *= 1e-25
        lane.reset()
        lane.step([t % (3 if t < 10 else 2)])
        lane.answer()
        lane.learn([0.3 + 0.2 * (t % 2)])
        lane.finish()
    moments = np.abs(lane.view("first_moments"))
    assert (moments == 0).any()
    assert (moments > 0).any()
    assert moments[moments > 0].min() >= 1e-31
