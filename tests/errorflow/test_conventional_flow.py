"""Products of Jacobians; conventional nets against sums over paths, differences and the bounds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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

from longlag.errorflow import conventional, products
from longlag.errorflow.conventional import ConventionalNet, bounds, conventional_flow
from longlag.errorflow.products import flow_back
from longlag.errors import InputError
from longlag.learners.recurrent import BPTT, RTRL
from longlag.learners.recurrent.reference import ReferenceNet
from longlag.learners.squashing import LOGISTIC, TANH, Squashing


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


def net(units=3, squashing=LOGISTIC, seed=1):
    generator = np.random.default_rng(seed)
    return ConventionalNet(
        *(generator.normal(size=shape) for shape in ((units, units), (units, 2), (units,))),
        squashing,
    )


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
@settings(max_examples=60)
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
