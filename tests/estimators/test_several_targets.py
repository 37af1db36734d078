"""One network that learns several targets at once."""

import numpy as np
import pandas
import pytest
from river import base, evaluate, metrics
from sklearn.metrics import r2_score
from support.stream_samples import as_dicts, compile_kernels, numbers

from longlag import LSTMClassifier, LSTMRegressor
from longlag.errors import InputError

NAMES = ["level", "flow", "rain"]


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@pytest.fixture
def samples():
    """X (n, features) and three targets (n, 3) of different units; some are missing."""
    X, y = numbers(3)
    generator = np.random.default_rng(3)
    Y = np.column_stack([y, 1e4 * generator.normal(size=len(y)), np.nan_to_num(X[:, 0])])
    Y[5:8, 1] = np.nan
    return X, Y


def test_dicts_arrays_and_frames_are_one(samples):
    X, Y = samples
    arrays, frames, dicts = (LSTMRegressor(cells=4) for _ in range(3))
    answers = arrays.learn_many(X, Y)
    assert answers.shape == Y.shape
    assert (frames.learn_many(X, pandas.DataFrame(Y, columns=NAMES)) == answers).all()
    for t, (x, y) in enumerate(zip(as_dicts(X), Y.tolist(), strict=True)):
        if t:
            assert list(dicts.predict_one(x).values()) == answers[t].tolist()
        dicts.learn_one(x, dict(zip(NAMES, y, strict=True)))
    assert arrays.labels == [0, 1, 2]
    assert frames.labels == dicts.labels == NAMES


def test_each_target_has_its_own_scale_however_many_there_are():
    X, y = np.random.default_rng(0).normal(size=(2, 300, 1))
    units = 10.0 ** np.arange(-10, 10)
    answers = LSTMRegressor(cells=4).learn_many(X, y * units + units)[20:] / units
    # All but the first output begin with weights of zero.
    np.testing.assert_allclose(answers[:, 1:], answers[:, 1:2] + 0 * answers[:, 1:], rtol=1e-4)
    assert np.abs(answers.std(axis=0)).max() < 3


def test_a_target_may_come_later_and_be_missing():
    model = LSTMRegressor(cells=4)
    model.learn_one({"a": 1.0}, {"level": 5.0})
    model.learn_one({"a": 1.0}, {"flow": 2.0})
    model.learn_one({"a": 1.0}, {"level": 5.0, "flow": None})
    model.learn_one({"a": 1.0}, None)
    assert model.predict_one({"a": 1.0}) == {"level": 5.0, "flow": 2.0}


def test_a_saved_model_goes_on_to_the_bit(samples, tmp_path):
    X, Y = samples
    model = LSTMRegressor(cells=4)
    model.learn_many(X[:20], Y[:20])
    model.save(tmp_path / "model")
    again = LSTMRegressor.load(tmp_path / "model")
    assert again.labels == model.labels
    assert (again.learn_many(X[20:], Y[20:]) == model.learn_many(X[20:], Y[20:])).all()


@pytest.mark.parametrize("scaling", [True, False])
def test_sequences_and_the_score_of_scikit_learn(samples, scaling):
    X, Y = np.nan_to_num(samples[0]), np.nan_to_num(samples[1])
    model = LSTMRegressor(cells=4, scaling=scaling).fit([X[:20], X[20:]], [Y[:20], Y[20:]])
    answers = model.predict([X[:20]])
    assert model.score([X[:20]], [Y[:20]]) == pytest.approx(r2_score(Y[:20], answers[0]))


@pytest.mark.parametrize(
    ("learn", "message"),
    [
        (lambda m: m.learn_one({0: 1.0}, {"level": "high"}), "'level' must be a number"),
        (lambda m: m.learn_one({0: 1.0}, {"level": np.inf}), "'level' must be finite"),
        (lambda m: m.learn_one({0: 1.0}, {1.5: 1.0}), "name of a target must be a string"),
        (lambda m: m.learn_one({0: 1.0}, 1.0), "learned several targets a sample, got one"),
        (lambda m: m.partial_fit([[1.0]], [1.0]), "learned several targets a sample, got one"),
        (lambda m: m.learn_many([[1.0]], [[1.0, np.inf]]), "got inf at 0, 1"),
        (lambda m: m.learn_many([[1.0]], np.zeros((1, 2, 2))), "must have shape"),
        (lambda m: m.learn_many([[1.0]], np.zeros((2, 2))), "the same number of samples"),
        (lambda m: m.fit([[[1.0]], [[1.0]]], [[[1.0, 2.0]], [1.0]]), "got both"),
        (lambda m: m.learn_many([[1.0]], pandas.DataFrame([[1, 2]], columns=["a", "a"])), "differ"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(learn, message):
    model = LSTMRegressor(cells=2)
    model.learn_one({0: 1.0}, {"level": 1.0, "flow": 2.0})
    before = model.state()
    with pytest.raises(InputError, match=message):
        learn(model)
    after = model.state()
    assert before[:-1] == after[:-1]
    assert all((after.tensors[name] == array).all() for name, array in before.tensors.items())


def test_one_target_stays_one_and_a_class_is_one():
    with pytest.raises(InputError, match="learned one target a sample, got several, \\[0, 1\\]"):
        LSTMRegressor(cells=2).fit([[1.0]], [1.0]).partial_fit([[1.0]], [[1.0, 2.0]])
    with pytest.raises(InputError, match="one class a sample, got 2"):
        LSTMClassifier(cells=2).fit([[1.0]], [[1, 2]])


def test_rivers_evaluation_of_several_targets(samples):
    X, Y = np.nan_to_num(samples[0]), np.nan_to_num(samples[1])
    model = LSTMRegressor(cells=4)
    assert isinstance(model, base.MultiTargetRegressor)
    model.learn_one(dict(enumerate(X[0])), dict(enumerate(Y[0])))
    stream = [(dict(enumerate(x)), dict(enumerate(y))) for x, y in zip(X[1:], Y[1:], strict=True)]
    metric = metrics.multioutput.MicroAverage(metrics.MAE())
    assert evaluate.progressive_val_score(stream, model, metric).get() > 0


def test_a_score_learns_no_new_target_and_leaves_out_what_is_missing(samples):
    X, Y = np.nan_to_num(samples[0]), np.nan_to_num(samples[1])
    model = LSTMRegressor(cells=2).fit(X, Y)
    with pytest.raises(InputError, match=r"no targets \['flow', 'level', 'rain'\]: it has"):
        model.score(X, pandas.DataFrame(Y, columns=NAMES))
    assert model.labels == [0, 1, 2]
    both = [r2_score(Y[:, k], model.predict(X)[:, k]) for k in range(2)]
    assert model.score(X, np.where([1, 1, 0], Y, np.nan)) == pytest.approx(np.mean(both))


def test_a_score_before_any_target_learns_none():
    model = LSTMRegressor(cells=2)
    model.learn_one({0: 1.0}, None)
    with pytest.raises(InputError, match=r"no targets \[0, 1\]: it has learned none yet"):
        model.score([[1.0]], [[1.0, 2.0]])
    assert model.score([[1.0], [2.0]], [1.0, 2.0]) < 1
    model.learn_one({0: 1.0}, {"level": 5.0, "flow": 2.0})
    assert model.labels == ["level", "flow"]


def test_a_model_that_was_saved_before_any_target_may_have_several(tmp_path):
    model = LSTMRegressor(cells=2)
    model.learn_one({"a": 1.0}, None)
    model.save(tmp_path / "model")
    again = LSTMRegressor.load(tmp_path / "model")
    again.learn_one({"a": 1.0}, {"level": 5.0, "flow": 2.0})
    assert again.predict_one({"a": 1.0}) == {"level": 5.0, "flow": 2.0}
