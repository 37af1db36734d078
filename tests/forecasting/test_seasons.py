"""Seasonal naive predictions, against a dictionary of all numbers by slot."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longlag.forecasting.calendar import Calendar
from longlag.forecasting.seasons import COUNT, LAGS, SLOTS, Places, Seasons, lags_of
from longlag.readers.times import Times

CUTS = st.lists(st.integers(0, 100), max_size=4).map(sorted)


def by_definition(steps, lags, numbers, horizon):
    """Number and change one season before each target, NaN where none has come."""
    came, slot, last = {}, 0, None
    found = np.full((len(numbers), 2 * COUNT), np.nan)
    for t, number in enumerate(numbers):
        slot += int(steps[t])
        came.pop(slot, None)  # of another row in the same slot
        if horizon and number == number:
            came[slot], last = number, slot
        for n, lag in enumerate(lags[t]):
            if lag == 0:
                continue
            earlier = slot + horizon - lag * max(1, -(-horizon // lag))
            while earlier > 0 and earlier not in came:
                earlier -= lag
            if earlier > slot - SLOTS and earlier in came:
                found[t, n] = came[earlier]
                before = last - (slot + horizon - earlier)
                if before > slot - SLOTS and before in came:
                    found[t, COUNT + n] = came[last] + (came[earlier] - came[before])
        if not horizon and number == number:
            came[slot], last = number, slot
    return found


def in_parts(horizon, places, numbers, cuts):
    """The predictions of seasons that are saved and read at every cut, and their last state."""
    seasons, found = Seasons(horizon), []
    for a, b in zip([0, *cuts], [*cuts, len(numbers)], strict=True):
        seasons = Seasons(horizon, seasons.state())
        found.append(seasons.step(places.part(a, b), numbers[a:b]))
    return np.vstack(found), seasons.state()


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 5, 30]), CUTS)
def test_seasons_are_those_of_the_slots(seed, horizon, cuts):
    rng = np.random.default_rng(seed)
    numbers = np.where(rng.random(100) < 0.2, np.nan, rng.normal(size=100))
    steps = rng.choice([1, 1, 1, 2, 9], 100)
    lags = np.tile(rng.permutation([2, 3, 7, 12, 24, 50, *[0] * (COUNT - 6)]), (100, 1))
    places = Places(steps.astype(np.int64), lags.astype(np.int64))
    found, state = in_parts(horizon, places, numbers, cuts)
    # A sum and a difference of three numbers, in the same order.
    np.testing.assert_allclose(found, by_definition(*places, numbers, horizon), rtol=1e-15)
    assert state == in_parts(horizon, places, numbers, [])[1]


def test_memory_is_bounded_and_a_long_gap_forgets():
    numbers, places = np.arange(3 * SLOTS, dtype=float), Places.undated(3 * SLOTS)
    seasons = Seasons(1)
    found = seasons.step(places, numbers)
    np.testing.assert_array_equal(found[-1, :COUNT], 3 * SLOTS - np.array(LAGS))
    assert len(seasons.state().numbers) == 8 * SLOTS
    gap = Places(np.array([SLOTS + 5]), places.lags[:1])
    assert np.isnan(seasons.step(gap, np.array([1.0]))).all()


@pytest.mark.parametrize("data", [bytes(8 * SLOTS + 8), bytes(7), np.array([np.inf]).tobytes()])
def test_a_state_that_is_none(data):
    state = Seasons(1).state()
    state.numbers = data
    with pytest.raises(ValueError, match=r"at most|multiple"):
        Seasons(1, state)


@pytest.mark.parametrize(
    ("spacing", "lags"),
    [
        (0.0, LAGS),
        (300.0, (12, 288, 576, 864, 1152, 2016)),
        (1800.0, (2, 48, 96, 144, 192, 336, 672, 1008)),
        (86_400.0, (2, 3, 4, 7, 14, 21, 365, 730, 1095)),
        (31 * 86_400.0, (12, 24, 36)),
        (1e-3, ()),
        (1e12, ()),
    ],
)
def test_seasons_of_dates(spacing, lags):
    assert lags_of(spacing) == (*lags, *[0] * (COUNT - len(lags)))


@given(st.lists(st.sampled_from([0, 1, 1, 1, 1, 2, 30, -3, None]), min_size=1, max_size=60), CUTS)
@example([1] * 30 + [None, 1, None, None, 3, 1], [])
def test_rows_stand_in_slots_of_the_usual_distance(moves, cuts):
    """None is a time that cannot be read, and its row is taken to stand one slot on."""
    hours, hour = [], 1000
    for move in [*[1] * 70, *moves]:  # a majority of all rows
        hour += move or 0
        hours.append(None if move is None else hour)
    texts = [
        "?" if each is None else str(np.datetime64("2020-01-01T00:00") + np.timedelta64(each, "h"))
        for each in hours
    ]
    calendar, steps = Calendar(Times([]), 1), []
    for a, b in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        calendar = Calendar.from_state(calendar.state(), 1)
        for piece in calendar.pieces(texts[a:b], len(texts[a:b])):
            steps += piece.places.steps.tolist()
    slot = np.cumsum(steps)
    last = None
    for t, each in enumerate(hours):
        if each is None:
            assert steps[t] == 1
            continue
        if last is not None:
            distance = each - hours[last]
            if distance > 0 and t - last - 1 <= distance:
                assert slot[t] - slot[last] == distance
        last = t
