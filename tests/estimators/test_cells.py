"""Estimators whose network has other cells: as streams, in files, with features that appear."""

import numpy as np
import pytest
from support.stream_samples import classes, numbers

from longlag import LSTM, InputError, LSTMClassifier, LSTMRegressor, Rotating
from longlag.learners import stream_cells

KINDS = {LSTMRegressor: numbers, LSTMClassifier: classes}


def test_the_learner_of_each_cell():
    assert stream_cells() == {"memory": LSTM, "rotating": Rotating, "mixed": Rotating}
    mixed = LSTMRegressor(cells=32, cell="mixed").fit([[1.0], [2.0]], [1.0, 2.0])
    learner = mixed._stream.network.learner
    assert (learner.cells, learner.blocks) == (16, 8)  # half of the cells are memory cells
    rotating = LSTMRegressor(cells=32, cell="rotating").fit([[1.0], [2.0]], [1.0, 2.0])
    assert (rotating._stream.network.learner.cells, rotating._stream.network.learner.blocks) == (
        *(32, 0),
    )


@pytest.mark.parametrize("cell", ["rotating", "mixed"])
@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded_it_goes_on_with_the_same_bits(kind, cell, tmp_path):
    X, y = KINDS[kind](3)
    whole, first = kind(cells=5, cell=cell), kind(cells=5, cell=cell)
    expected = whole.learn_many(X, y)
    answers = list(first.learn_many(X[:15], y[:15]))
    first.save(tmp_path / "model")
    second = kind.load(tmp_path / "model")
    assert second.get_params() == first.get_params()
    answers += list(second.learn_many(X[15:], y[15:]))
    assert answers == expected.tolist()


def test_features_that_appear_are_learned_from():
    """The model begins with one feature; the target is the other, which comes later."""
    generator = np.random.default_rng(0)
    X = generator.uniform(-1, 1, (3000, 2))
    model = LSTMRegressor(cells=8, cell="mixed")
    for a, b in X[:1000]:
        model.learn_one({"a": a}, b)
    missed = []
    for a, b in X[1000:]:
        missed.append(model.predict_one({"a": a, "b": b}) - b)
        model.learn_one({"a": a, "b": b}, b)
    # Without the feature the error is the variance, 1/3.
    assert np.mean(np.square(missed[-500:])) < 0.02


def test_delays_are_learned_by_cells_that_turn():
    """Random bits, each asked for two steps later: memory cells that see no cells cannot do it."""
    x = np.random.default_rng(0).integers(0, 2, 6000).astype(float)
    answers = LSTMRegressor(cells=16, cell="rotating").learn_many(x[:, None], np.roll(x, 2))
    # The run is deterministic; the variance of the bits is 1/4.
    assert np.mean((answers - np.roll(x, 2))[-1000:] ** 2) < 0.01


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cell": "square"}, "cell must be one of 'memory', 'rotating', 'mixed', got 'square'"),
        ({"cell": "mixed", "block_size": 2}, "are those of cell 'memory': leave them out with"),
        ({"cell": "rotating", "peepholes": True}, "leave them out with 'rotating'"),
        ({"cell": "rotating", "forget_gates": False}, "leave them out with 'rotating'"),
    ],
)
def test_parameters_that_are_refused(parameters, message):
    with pytest.raises(InputError) as caught:
        LSTMRegressor(cells=4, **parameters).learn_one({"a": 1.0}, 1.0)
    assert message in str(caught.value)
