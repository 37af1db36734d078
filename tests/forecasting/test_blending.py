"""Blends of forecasts, against the formula of ML-Poly."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag.forecasting.blending import MOST, Blend, BlendSoFar

CUTS = st.lists(st.integers(0, 60), max_size=4).map(sorted)


def by_definition(forecasts, targets, horizon, led):
    """The blend and the leader at each row, from all rows whose targets have come by then."""
    n, count = forecasts.shape
    blended, leading, usual = np.full(n, np.nan), np.full(n, np.nan), []
    regrets, excesses = [[] for _ in range(count)], [[] for _ in range(count)]

    def judge(row, target):
        if math.isnan(target) or math.isnan(blended[row]):
            return
        awake = [k for k in range(count) if not math.isnan(forecasts[row, k])]
        widest = max(abs(blended[row] - forecasts[row, k]) for k in awake)
        most = MOST * np.mean(usual) if usual else math.inf
        share = most / widest if widest > most > 0 else 1.0
        usual.append(share * widest)
        for k in awake:
            side = np.sign(blended[row] - target)
            regrets[k].append(share * side * (blended[row] - forecasts[row, k]))
            if 0 in awake:
                worse = abs(forecasts[row, k] - target) - abs(forecasts[row, 0] - target)
                excesses[k].append(share * worse)

    for t in range(n):
        if horizon and t >= horizon:
            judge(t - horizon, targets[t])
        awake = [k for k in range(count) if not math.isnan(forecasts[t, k])]
        weights = {k: math.fsum(regrets[k]) for k in awake}
        weights = {k: r / math.fsum(x * x for x in regrets[k]) for k, r in weights.items() if r > 0}
        if weights:
            total = math.fsum(weights.values())
            blended[t] = math.fsum(w * forecasts[t, k] for k, w in weights.items()) / total
        elif awake:
            blended[t] = forecasts[t, awake[0]]
        mean = {k: math.fsum(excesses[k]) / max(1, len(excesses[k])) for k in awake if k in led}
        if mean:
            leading[t] = forecasts[t, min(mean, key=mean.get)]
        if not horizon:
            judge(t, targets[t])
    return blended, leading


def in_parts(blend, forecasts, targets, cuts, led):
    """The blend and the leader, saved and read at every cut."""
    found, count, h = [], forecasts.shape[1], blend.horizon
    for a, b in zip([0, *cuts], [*cuts, len(targets)], strict=True):
        blend = Blend(count, h, blend.state())
        found.append(np.column_stack(blend.step(forecasts[a:b], targets[a:b], led)))
    return np.vstack(found), blend.state()


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 4]), CUTS)
def test_a_blend_is_that_of_the_formula(seed, horizon, cuts):
    rng, led = np.random.default_rng(seed), range(1, 4)
    targets = np.where(rng.random(60) < 0.2, np.nan, np.cumsum(rng.normal(size=60)))
    forecasts = np.nan_to_num(targets)[:, None] + rng.normal(size=(60, 4)) * [1, 2, 1, 3]
    forecasts[rng.random(forecasts.shape) < 0.1] = np.nan
    forecasts[30] *= 1000.0
    found, state = in_parts(Blend(4, horizon), forecasts, targets, cuts, led)
    # Sums of 60 numbers that may nearly cancel: a regret near 0 is known to some digits less.
    np.testing.assert_allclose(found.T, by_definition(forecasts, targets, horizon, led), rtol=1e-9)
    whole, same = in_parts(Blend(4, horizon), forecasts, targets, [], led)
    np.testing.assert_array_equal(found, whole)
    assert state == same


def test_a_blend_beats_its_forecasts_and_stays_after_a_jump():
    """Two forecasts with errors of their own: the best blend has 0.71 of the error of each."""
    rng = np.random.default_rng(2)
    targets = np.cumsum(rng.normal(size=4000))
    targets[2000:] += 1e9
    forecasts = targets[:, None] + rng.normal(size=(4000, 2))
    forecasts[2000:2050, 1] -= 1e9  # one of them is late
    blended, _ = Blend(2, 0).step(forecasts, targets)
    for rows in (np.s_[500:2000], np.s_[3000:]):
        errors = np.abs(np.column_stack([blended, forecasts]) - targets[:, None])[rows].mean(axis=0)
        # The mean of 1,000 errors is known to 2%, and the weights are never at rest.
        assert errors[0] < 0.8 * errors[1:].min()


def bad(**changes):
    state = Blend(2, 1).state()
    fields = {name: getattr(state, name) for name in state.__struct_fields__}
    return BlendSoFar(**(fields | changes))


@pytest.mark.parametrize(
    "state",
    [
        bad(table=b"12345678"),
        bad(usual=[1.0]),
        bad(usual=[1.0, -1.0]),
        bad(forecasts=np.array([1.0, np.inf]).tobytes()),
        bad(blended=b""),
        bad(table=np.full((4, 2), -1.0).tobytes()),
        bad(table=np.full((4, 2), np.nan).tobytes()),
    ],
)
def test_a_state_that_is_none(state):
    with pytest.raises(ValueError, match="blend"):
        Blend(2, 1, state)
