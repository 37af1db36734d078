"""Intervals, against their formulas, and the share of the targets that they hold."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag.forecasting.intervals import GAIN, LATE, MOST, SLOWER, STEP, Bounds, BoundsSoFar


def by_definition(answers, targets, horizon, level):
    """Lower and upper ends at each answer, from all errors known by then."""
    ends = np.full((len(answers), 2), np.nan)
    tau, h = (1 - level) / 2, max(1, horizon)
    distances, misses, errors = [0.0, 0.0], [0.0, 0.0], []

    def usual():
        mean = 0.0
        for n, size in enumerate(errors, start=1):
            mean += (size - mean) / min(n, LATE)
        return mean

    def judge(row, target):
        error = target - answers[row]
        if math.isnan(error):
            return
        size = min(abs(error), MOST * usual()) if errors and usual() > 0 else abs(error)
        errors.append(size)
        if len(errors) == 1:
            distances[:] = [-size, size]
        step = max(STEP, 1 / (1 + len(errors) / h)) / h**SLOWER * usual()
        distances[0] -= step * ((error < distances[0]) - tau)
        distances[1] += step * ((error > distances[1]) - tau)
        distances[0] = max(distances[0], -MOST * usual())
        distances[1] = min(distances[1], MOST * usual())
        if not math.isnan(ends[row, 0]):
            misses[0] += ((target < ends[row, 0]) - tau) / h
            misses[1] += ((target > ends[row, 1]) - tau) / h
            most = MOST / min(1, GAIN * h)
            misses[:] = [max(-most, min(most, each)) for each in misses]

    for t, target in enumerate(targets):
        if horizon and t >= horizon:
            judge(t - horizon, target)
        if errors:
            reach = min(1, GAIN * h) * usual()
            lower, upper = distances[0] - reach * misses[0], distances[1] + reach * misses[1]
            if lower > upper:
                lower = upper = (lower + upper) / 2
            ends[t] = answers[t] + lower, answers[t] + upper
        if not horizon:
            judge(t, target)
    return ends


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32),
    st.sampled_from([0, 1, 7]),
    st.lists(st.integers(0, 80), max_size=4).map(sorted),
)
def test_ends_are_those_of_the_formulas(seed, horizon, cuts):
    rng = np.random.default_rng(seed)
    targets = np.where(rng.random(80) < 0.2, np.nan, rng.normal(size=80))
    answers = np.where(rng.random(80) < 0.1, np.nan, rng.normal(size=80))
    bounds, found = Bounds(0.8, horizon), []
    for a, b in zip([0, *cuts], [*cuts, 80], strict=True):
        bounds = Bounds(0.8, horizon, bounds.state())
        found.append(bounds.step(answers[a:b], targets[a:b]))
    # Sums of 80 numbers; an error within rounding of an end would count otherwise.
    np.testing.assert_allclose(
        np.vstack(found), by_definition(answers, targets, horizon, 0.8), rtol=1e-9, atol=1e-12
    )
    whole = Bounds(0.8, horizon)
    np.testing.assert_array_equal(whole.step(answers, targets), np.vstack(found))
    assert whole.state() == bounds.state()


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("horizon", [0, 1, 24])
def test_the_share_is_held_under_drift(level, horizon):
    """Errors that are alike for some 24 rows, grow tenfold, and come from one side only later."""
    rng = np.random.default_rng(3)
    noise = np.repeat(rng.normal(size=500), 24) + rng.normal(size=12_000)
    targets = noise * np.linspace(1, 10, 12_000)
    targets[8000:] = np.abs(targets[8000:])
    ends = Bounds(level, horizon).step(np.zeros(12_000), targets)
    ends, targets = ends[1000 : 12_000 - horizon], targets[1000 + horizon :]
    held = ((ends[:, 0] <= targets) & (targets <= ends[:, 1])).mean()
    assert abs(held - level) < 0.01


def bad(**changes):
    state = Bounds(0.9, 1).state()
    fields = {name: getattr(state, name) for name in state.__struct_fields__}
    return BoundsSoFar(**(fields | changes))


@pytest.mark.parametrize(
    "state",
    [
        bad(table=[[0.0, 0.0]]),
        bad(table=[[0.0, 0.0], [0.0, 0.0], [-1.0, 0.0]]),
        bad(waiting=b""),
        bad(waiting=np.full((1, 3), np.inf).tobytes()),
    ],
)
def test_a_state_that_is_none(state):
    with pytest.raises(ValueError, match="an interval"):
        Bounds(0.9, 1, state)


@pytest.mark.parametrize("quiet", [0.0, 1e-16, 1e-6])
def test_errors_that_were_nearly_none_for_long_are_followed(quiet):
    generator = np.random.default_rng(1)
    errors = np.concatenate([quiet * generator.normal(size=1000), generator.normal(size=5000)])
    ends = Bounds(0.9, 1).step(np.zeros(6000), errors)[999:-1]
    held = (ends[:, 0] <= errors[1000:]) & (errors[1000:] <= ends[:, 1])
    # Measured: 0.85 to 0.9 of the last 4,000, whose standard error is 0.005.
    assert abs(held[1000:].mean() - 0.9) < 0.03


def test_large_errors_at_the_beginning_are_forgotten():
    errors = np.concatenate([np.full(30, 5.0), np.random.default_rng(1).normal(size=3000) / 100])
    ends = Bounds(0.9, 24).step(np.zeros(len(errors)), errors)
    assert np.diff(ends[-100:]).max() < 0.2  # 0.033 between the right quantiles
