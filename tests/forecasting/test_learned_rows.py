"""Rows that were learned before are known again, however they are cut into blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag.commands.slices import SLICE, slices
from longlag.errors import InputError
from longlag.forecasting import learned_rows
from longlag.forecasting.learned_rows import Passing, RowsSoFar
from longlag.readers.sources import Rows


def stream(count, *, classes=False, seed=0, same=0):
    """Rows of a stream; the first `same` of them do not depend on the seed."""
    numbers = np.random.default_rng(1).normal(size=(count, 3))
    numbers[same:] = np.random.default_rng(seed).normal(size=(count - same, 3))
    numbers[::7, 1] = np.nan
    target = [f"{x:.1f}" for x in numbers[:, 2]] if classes else numbers[:, 2]
    return Rows(1, numbers[:, :2], target, [str(t) for t in range(count)] if classes else None)


def blocks(rows, size):
    return [rows.part(start, start + size) for start in range(0, len(rows.features), size)]


def state_of(rows, size=1000):
    so_far = RowsSoFar()
    for block in blocks(rows, size):
        so_far.add(block)
    return so_far.state()


def numbers_of(found):
    return [row for rows in found for row in range(rows.first, rows.first + len(rows.features))]


@given(count=st.integers(1, 70), size=st.integers(1, 70), classes=st.booleans())
def test_a_fingerprint_does_not_depend_on_blocks(count, size, classes):
    rows = stream(count, classes=classes)
    assert state_of(rows, size) == state_of(rows)
    assert state_of(rows).rows == count
    assert state_of(rows) != state_of(stream(count, classes=classes, seed=5))


@given(count=st.integers(1, 70), size=st.integers(1, 70), place=st.integers(0, 69))
def test_a_file_that_differs_in_a_category_alone_is_another(count, size, place):
    texts = [["N", "S", "", "calm"][t * t % 4] for t in range(count)]
    rows = stream(count)._replace(categories=(texts, texts[::-1]))
    assert state_of(rows, size) == state_of(rows)
    other = [*texts]
    other[place % count] += "N"
    assert state_of(rows._replace(categories=(other, texts[::-1]))) != state_of(rows)
    assert state_of(rows._replace(categories=(texts[::-1], texts))) != state_of(rows) or (
        texts == texts[::-1]
    )


@given(
    learned=st.integers(1, 70),
    more=st.integers(0, 70),
    size=st.integers(1, 50),
    classes=st.booleans(),
)
def test_the_same_file_is_gone_on_with(learned, more, size, classes):
    rows = stream(learned + more, classes=classes)
    passing = Passing("x.csv", None, state_of(rows.part(0, learned)))
    found = list(passing.rest(blocks(rows, size)))
    assert numbers_of(found) == list(range(learned + 1, learned + more + 1))
    assert passing.skipped == passing.so_far.rows == learned


@given(learned=st.integers(2, 70), same=st.integers(0, 1), size=st.integers(1, 50))
def test_another_file_is_learned_from_its_first_row(learned, same, size):
    before, rows = stream(learned, same=same), stream(90, same=same, seed=9)
    passing = Passing("x.csv", None, state_of(before))
    found = list(passing.rest(blocks(rows, size)))
    assert numbers_of(found) == list(range(1, 91))
    assert passing.skipped == passing.so_far.rows == 0


def test_a_file_that_differs_far_below_is_asked_about(monkeypatch):
    monkeypatch.setattr(learned_rows, "HELD", 10)
    passing = Passing("x.csv", None, state_of(stream(100, same=100)))
    with pytest.raises(InputError, match=r"begins like the 100 rows .* differs at or above row 64"):
        list(passing.rest(blocks(stream(100, same=40, seed=9), 1)))


def test_a_file_that_ends_before_is_asked_about():
    passing = Passing("x.csv", None, state_of(stream(100)))
    with pytest.raises(InputError, match=r"x.csv ends after row 70, .* 100 rows"):
        next(passing.rest([stream(70)]))


@pytest.mark.parametrize("skip", [0, 3, 10, 40])
def test_rows_that_the_user_counts_are_passed_over(skip):
    passing = Passing("x.csv", skip, state_of(stream(10)))
    found = list(passing.rest(blocks(stream(30), 4)))
    assert numbers_of(found) == list(range(skip + 1, 31))
    assert passing.skipped == min(skip, 30)


@pytest.mark.parametrize("cost", [1e-7, 0.01, 3.0])
def test_slices_take_a_fraction_of_a_second_whatever_a_row_costs(cost, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.process_time", lambda: now[0])
    sizes = []
    for rows in slices(blocks(stream(2000), 300)):
        sizes.append(len(rows.features))
        now[0] += cost * sizes[-1]
    assert sum(sizes) == 2000
    assert max(sizes) <= max(1, min(300, SLICE / cost))


def test_nothing_is_learned_before_it_is_known_which_rows_are_new():
    rows = stream(100)
    passing = Passing("data.csv", None, state_of(rows))

    def first_rows():
        yield rows.part(0, 60)
        assert passing.learned == 0

    with pytest.raises(InputError, match="ends after row 60"):
        next(passing.rest(first_rows()))
    assert passing.learned == 0
