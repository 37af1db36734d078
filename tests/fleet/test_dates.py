"""What the times of many series tell is what the calendar of each of them would tell."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag.compiled.interpreting import interpreted
from longlag.fleet import dates
from longlag.fleet.calendars import COLUMNS, Calendars
from longlag.fleet.visits import visits_of
from longlag.forecasting.calendar import PARTS, Calendar, rounded
from longlag.readers.sources import Rows
from longlag.readers.times import Times

SERIES, HORIZON = 3, 1
START = np.datetime64("2026-01-01T00:00")


@pytest.fixture(scope="module", autouse=True)
def _interpreting():
    """The walk runs as Python."""
    walk = dates._walk._function
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "_walk", lambda *given: interpreted(walk, given)())
        yield


#: Minutes from the row before: nearly always the same; back, far ahead, or no time at all.
STEPS = st.sampled_from([60, 60, 60, 360, 360, 1440, 90, 0, -60, 100_000, None])


def text(minutes):
    return "" if minutes is None else str(START + np.timedelta64(minutes, "m")).replace("T", " ")


@given(
    rows=st.lists(st.tuples(st.integers(0, SERIES - 1), STEPS), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=3),
)
def test_the_walk_tells_what_single_calendars_tell(rows, cuts):
    now, texts = [0] * SERIES, []
    for k, step in rows:
        now[k] += step or 0
        texts.append(text(None if step is None else now[k]))
    slots = np.array([1 + k for k, _ in rows])
    many = Calendars(Times([]), HORIZON, dated=True)
    many.grow(SERIES + 1)
    many.begin(np.arange(1, SERIES + 1))
    columns, steps, lags = [], [], []
    ends = sorted({0, *(min(cut, len(rows)) for cut in cuts), len(rows)})
    for first, stop in pairwise(ends):
        part = Rows(1, np.zeros((stop - first, 0)), np.zeros(stop - first), texts[first:stop])
        found, places = many.date(part, visits_of(slots[first:stop]))
        columns.append(found)
        steps.append(places.steps)
        lags.append(places.lags)
    for k in range(SERIES):
        own = [n for n, each in enumerate(rows) if each[0] == k]
        one, expected, at = Calendar(Times([]), HORIZON), np.full((len(own), COLUMNS), np.nan), 0
        for piece in one.pieces([texts[n] for n in own], len(own)):
            for n, part in enumerate(one.parts):
                first = 2 * list(PARTS).index(part)
                expected[at : piece.stop, first : first + 2] = piece.columns[:, 2 * n : 2 * n + 2]
            mine = own[at : piece.stop]
            np.testing.assert_array_equal(np.concatenate(steps)[mine], piece.places.steps)
            np.testing.assert_array_equal(np.concatenate(lags)[mine], piece.places.lags)
            at = piece.stop
        np.testing.assert_array_equal(np.vstack(columns)[own], expected)
        state, theirs = many._state(1 + k), one.state()
        assert set(state.parts) == set(theirs.parts)
        state.parts = theirs.parts
        assert state == theirs
        many.restore("again", 1 + k, theirs, None)
        assert set(many._state(1 + k).parts) == set(theirs.parts)


@given(st.floats(0, 1e18))
def test_halves_are_rounded_to_even_numbers(number):
    assert rounded(number) == round(number)


@pytest.mark.parametrize("number", [0.5, 1.5, 2.5, 0.49999999999999994, 2.0**52 + 1])
def test_halves(number):
    assert rounded(number) == round(number)
