"""River's and scikit-learn's own checks of their estimators, and their tools around ours."""

import subprocess
import sys
from unittest import SkipTest

import numpy as np
import pytest
from river import base, checks, datasets, evaluate, metrics, preprocessing, time_series
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator
from support.stream_samples import compile_kernels, numbers

from longlag import LSTMClassifier, LSTMRegressor

#: What scikit-learn expects and these estimators do not do, and why.
NOT_OURS = {
    "check_methods_sample_order_invariance": "an answer depends on the samples before it",
    "check_methods_subset_invariance": "an answer depends on the samples before it",
    "check_sample_weight_equivalence_on_dense_data": "two samples are two steps of the network",
    "check_supervised_y_2d": "a column of targets is taken as what it is, without a warning",
    "check_estimators_unfitted": "InputError, a ValueError, is raised, not one of scikit-learn",
    "check_estimator_tags_renamed": "River's base class has a method _more_tags",
}


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


def river_checks(kind):
    """River's checks; those on data take a regressor for one of several targets."""
    return [pytest.param(kind, check, id=check.__name__) for check in checks.yield_checks(kind())]


@pytest.mark.parametrize(
    ("kind", "check"), river_checks(LSTMRegressor) + river_checks(LSTMClassifier)
)
def test_river(kind, check):
    check(kind(cells=4))


@pytest.mark.parametrize("kind", [LSTMRegressor, LSTMClassifier])
@pytest.mark.filterwarnings("ignore:.*does not inherit from:UserWarning")  # it has the protocol
def test_scikit_learn(kind):
    failed = set()
    for model, check in estimator_checks_generator(kind(cells=4)):
        name = getattr(check, "func", check).__name__
        try:
            check(model)
        except SkipTest:
            pass  # needs pandas, or an environment variable
        except Exception:
            failed.add(name)
    # It does take several targets, so nothing is to be warned of.
    taken = {"check_supervised_y_2d"} if kind is LSTMRegressor else set()
    assert failed == NOT_OURS.keys() - taken


@pytest.mark.parametrize(
    "check",
    [
        checks.common.check_learn_one,
        checks.common.check_pickling,
        checks.common.check_shuffle_features_no_impact,
        checks.common.check_emerging_features,
        checks.common.check_disappearing_features,
        checks.common.check_radically_disappearing_features,
        checks.common.check_predict_one_pure,
        checks.common.check_predict_one_before_any_learn,
        checks.common.check_no_state_aliasing_with_input,
        checks.common.check_clone_is_independent,
    ],
)
def test_river_of_one_target(check):
    check(LSTMRegressor(cells=4), datasets.TrumpApproval().take(200))


def test_an_online_arima_by_a_network():
    model = time_series.SNARIMAX(p=2, d=1, q=1, regressor=LSTMRegressor(cells=4))
    for y in np.arange(50.0):
        model.learn_one(y)
    assert np.abs(np.array(model.forecast(3)) - [50, 51, 52]).max() < 1


def test_rivers_pipelines_metrics_and_evaluation():
    X, y = numbers(0, n=60)
    stream = [
        (dict(enumerate(x)), t) for x, t in zip(np.nan_to_num(X), np.nan_to_num(y), strict=True)
    ]
    model = preprocessing.StandardScaler() | LSTMRegressor(cells=4)
    assert isinstance(model, base.Regressor)
    assert evaluate.progressive_val_score(stream, model, metrics.MAE()).get() < 100
    classes = [(x, t > 100) for x, t in stream]
    assert evaluate.progressive_val_score(classes, LSTMClassifier(cells=4), metrics.LogLoss()).get()


def test_scikit_learns_pipelines_and_searches():
    X, y = map(np.nan_to_num, numbers(0, n=60))
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LSTMRegressor(cells=4)),
        {"lstmregressor__rate": np.array([0.001, 0.01]), "lstmregressor__epochs": [1, 2]},
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )
    assert search.fit(X, y).predict(X).shape == (60,)


def test_neither_is_needed():
    code = """
import sys
sys.modules["river"] = sys.modules["river.base"] = sys.modules["sklearn"] = None
from longlag import LSTMClassifier, LSTMRegressor
assert LSTMClassifier().predict_one({"a": 1.0}) is None
assert repr(LSTMRegressor(cells=3)) == "LSTMRegressor(cells=3)"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
