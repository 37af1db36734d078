"""Parts of times as columns, against dates taken apart by Python."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag import LSTMRegressor
from longlag.forecasting.calendar import DAY, PARTS, Calendar
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.readers.sources import Rows
from longlag.readers.times import Times

START = dt.datetime(2024, 1, 1)


def columns(texts, horizon=1, form=None):
    """The calendar of these times, and its columns; NaN above the row that brings a part."""
    calendar = Calendar(Times(texts, form), horizon)
    found = [piece.columns for piece in calendar.pieces(texts, len(texts))]
    width = found[-1].shape[1]
    padded = [
        np.pad(each, ((0, 0), (0, width - each.shape[1])), constant_values=np.nan) for each in found
    ]
    return calendar, np.vstack(padded)


def written(count, **spacing):
    return [(START + t * dt.timedelta(**spacing)).isoformat() for t in range(count)]


@pytest.mark.parametrize("horizon", [0, 1, 24])
def test_the_columns_are_those_of_the_target(horizon):
    """400 days every six hours: all parts, each from the end of its first period on."""
    texts = written(1600, hours=6)
    calendar, found = columns(texts, horizon)
    assert calendar.parts == list(PARTS)
    for t in (4, 27, 28, 1000, 1599):
        moment = START + (t + horizon) * dt.timedelta(hours=6)
        days = (moment - dt.datetime(1970, 1, 1)).total_seconds() / DAY
        turns = [(moment.hour + moment.minute / 60) / 24, days / 7, days / 365.2425]
        for n, turn in enumerate(turns):
            expected = [math.sin(2 * math.pi * turn), math.cos(2 * math.pi * turn)]
            if t + 1 < [4, 28, 1461][n]:
                assert np.isnan(found[t, 2 * n : 2 * n + 2]).all()
            else:
                # Angles of 55 turns have lost 6 bits, those of 20,000 days as whole turns 15.
                np.testing.assert_allclose(found[t, 2 * n : 2 * n + 2], expected, atol=1e-9)


def test_weekdays_and_hours_come_again():
    _, found = columns(written(24 * 21, hours=1))
    np.testing.assert_allclose(found[200:300, :2], found[224:324, :2], atol=1e-10)
    np.testing.assert_allclose(found[200:300, 2:], found[368:468, 2:], atol=1e-10)


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        (written(23, hours=1), []),  # less than a day
        (written(400, days=1), ["weekday", "day of the year"]),
        (written(60, weeks=1), ["day of the year"]),
        (written(400, hours=13), ["weekday"]),
        ([str(t) for t in range(500)], []),  # numbers that may count anything
        ([str(1_700_000_000 + 3600 * t) for t in range(30)], ["hour of the day"]),
        ([str(1000 * (1_700_000_000 + 3600 * t)) for t in range(30)], ["hour of the day"]),
        (["soon"] * 50, []),
        ([START.isoformat()] * 50, []),  # time stands still
    ],
)
def test_only_parts_that_the_rows_can_tell_apart(texts, parts):
    assert columns(texts)[0].parts == parts


def test_a_time_that_cannot_be_read_is_missing_and_a_gap_changes_no_distance():
    texts = written(100, hours=1)
    del texts[40:45]
    texts[60] = "?"
    _, found = columns(texts)
    assert np.isnan(found[60]).all()
    assert not np.isnan(found[30:60]).any()
    np.testing.assert_allclose(found[70, :2], found[46, :2], atol=1e-10)  # a day, without the gap


def test_hours_are_those_of_the_clock_on_the_wall():
    """An hour is named by its local time, whatever the zone, and in any form of writing."""
    plain = [START + t * dt.timedelta(hours=1) for t in range(60)]
    _, expected = columns([each.isoformat() for each in plain])
    for write, form in (
        (lambda each: each.isoformat() + "+02:00", None),
        (lambda each: each.strftime("%d.%m.%Y %H:%M"), None),
        (lambda each: each.strftime("%H:%M on %d/%m/%y"), "%H:%M on %d/%m/%y"),
    ):
        np.testing.assert_array_equal(columns(list(map(write, plain)), form=form)[1], expected)


@given(
    st.lists(
        st.datetimes(dt.datetime(1, 1, 1)).map(lambda each: each.isoformat(" ", "seconds"))
        | st.sampled_from(
            ["", "2023-02-30 00:00:00", "2023-01-01T00:00:60", "2023-01-01X00:00:00"]
        ),
        max_size=6,
    ),
    st.sampled_from([16, 19]),
)
def test_times_at_once_are_those_of_each(texts, length):
    texts = [text[:length] for text in texts]
    each = [Times([]).clock(text) for text in texts]
    expected = np.array([np.nan if clock is None else clock for clock in each])
    np.testing.assert_array_equal(Times([]).clocks(texts), expected)


def test_the_network_learns_the_hour():
    """Rows are left out by chance, so that only the times tell which row has the high target."""
    rng = np.random.default_rng(5)
    rows = np.flatnonzero(rng.random(4500) < 0.7)[:3000]
    high = np.isin(rows % 24, (8, 17))
    y = np.where(high, 5.0, 0.0) + rng.normal(0, 0.1, 3000)
    every = written(4500, hours=1)
    X, texts = np.zeros((3000, 0)), [every[row] for row in rows]
    errors = []
    for calendar in (Calendar(Times(texts), 1), None):
        question, model = Question(("y",), ()), LSTMRegressor(cells=2)
        answers = Evaluation(question, model, calendar=calendar).step(Rows(1, X, y, texts))
        errors.append(np.abs(answers[2000:-1, 0] - y[2001:]).mean())
    assert errors[0] < 0.7 * errors[1]
