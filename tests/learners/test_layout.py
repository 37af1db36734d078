"""The layout names every row once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from longlag.learners.layout import Layout

SHAPES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple),
    min_size=1,
)


@given(SHAPES, st.integers(1, 3))
def test_groups_fill_the_rows_in_order(shapes, lanes):
    layout = Layout(**shapes)
    rows = np.arange(layout.rows * lanes).reshape(layout.rows, lanes)
    assert list(layout) == list(shapes)
    assert sum(layout.size(name) for name in layout) == layout.rows
    at = 0
    for name, shape in shapes.items():
        assert layout.start(name) == at
        group = layout.view(rows, name)
        assert group.shape == (*shape, lanes)
        assert np.array_equal(group.reshape(-1, lanes), rows[at : at + layout.size(name)])
        at += layout.size(name)


@given(SHAPES)
def test_views_of_one_column_write_through(shapes):
    layout = Layout(**shapes)
    column = np.zeros(layout.rows)
    for number, name in enumerate(layout):
        view = layout.view(column, name)
        assert view.shape == shapes[name]
        view[...] = number + 1
    sizes = [layout.size(name) for name in layout]
    assert np.array_equal(column, np.repeat(np.arange(len(sizes)) + 1, sizes))


def test_memory_of_a_network_is_its_rows():
    layout = Layout(weights=(93,), states=(4, 2))
    assert layout.bytes("float32") == 4 * 101
    assert layout.bytes("float64") == 8 * 101


def test_membership_is_by_name():
    layout = Layout(weights=(3,))
    assert "weights" in layout
    assert "outputs" not in layout


def test_scratch_comes_last_and_is_not_kept():
    layout = Layout({"slopes": (2, 3)}, weights=(4,))
    assert list(layout) == ["weights", "slopes"]
    assert layout.kept == layout.start("slopes") == 4
    assert layout.rows == 10
