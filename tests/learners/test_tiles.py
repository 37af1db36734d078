"""Every number of a network has one place among the tiles, whatever its cells are."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rotating_nets import rotating
from support.stream_networks import learners

from longlag.simd.tiles import TILE

ANY = st.one_of(
    learners(rules=["gradient-descent", "rmsprop", "adam"]),
    rotating(coding=["real"], update=["step"]),
)


@settings(max_examples=50, derandomize=True)
@given(ANY)
def test_places_are_distinct(learner):
    units = learner.units()
    places = {name: units.find(name) for name in units.blank()}
    for name, found in places.items():
        assert found.shape == learner.layout.shapes[name]
    flat = np.concatenate([found.ravel() for found in places.values()])
    assert len(np.unique(flat)) == len(flat)
    assert flat.min() >= 0
    assert flat.max() < units.tiles.rows * TILE


@settings(max_examples=50, derandomize=True)
@given(
    st.one_of(learners(rules=["adam"]), rotating(coding=["real"], update=["step"], rules=["adam"]))
)
def test_moments_lie_as_their_weights_do(learner):
    units = learner.units()
    weights, apart = units.find("weights"), units.plan[0]["apart"] * TILE
    first, second = units.find("first_moments"), units.find("second_moments")
    assert (first - weights == apart).all()
    assert (second - first == apart).all()


@settings(max_examples=50, derandomize=True)
@given(ANY, st.integers(0, 17), st.integers(0, 17))
def test_every_number_has_a_place_of_its_own_in_a_larger_network(learner, inputs, outputs):
    wide = replace(learner, inputs=learner.inputs + inputs, outputs=learner.outputs + outputs)
    known, places = learner.units().blank(), learner.units().moved(wide.units())
    for name, larger in wide.units().blank().items():
        assert len(places[name]) == len(np.unique(places[name])) == known[name].size
        assert (places[name] < larger.size).all()
