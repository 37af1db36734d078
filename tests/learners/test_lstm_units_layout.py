"""Every number of a network has one place among the tiles."""

import numpy as np
from hypothesis import given, settings
from support.stream_networks import learners

from longlag.learners.lstm.units_layout import STATE, SingleLayout
from longlag.simd.tiles import TILE


@settings(max_examples=50, deadline=None, derandomize=True)
@given(learners(rules=["gradient-descent", "rmsprop", "adam"]))
def test_places_are_distinct_and_kept(learner):
    layout = SingleLayout(learner)
    places = {name: layout.find(name) for name in ("weights", *learner.rule.kernel.moments, *STATE)}
    for name, found in places.items():
        assert found.shape == learner.layout.shapes[name]
    flat = np.concatenate([found.ravel() for found in places.values()])
    assert len(np.unique(flat)) == len(flat)
    assert flat.min() >= 0
    assert flat.max() < layout.tiles.kept * TILE


@settings(max_examples=50, deadline=None, derandomize=True)
@given(learners(rules=["adam"]))
def test_moments_lie_as_their_weights_do(learner):
    layout = SingleLayout(learner)
    weights, plan = layout.find("weights"), layout.plan[0]
    first, second = layout.find("first_moments"), layout.find("second_moments")
    assert (first - weights == plan["apart"] * TILE).all()
    assert (second - first == plan["apart"] * TILE).all()
