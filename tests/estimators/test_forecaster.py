"""The forecaster: River's checks, and a sine that goes on."""

import numpy as np
import pytest
from river import checks, time_series
from support.stream_samples import compile_kernels

from longlag import LSTMForecaster
from longlag.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@pytest.mark.parametrize(
    "check", list(checks.yield_checks(LSTMForecaster())), ids=lambda check: check.__name__
)
def test_river(check):
    check(LSTMForecaster(cells=4))


def wave(t):
    return 10 + 3 * np.sin(t * np.pi / 12)


def test_a_sine_goes_on():
    model = LSTMForecaster(cells=8)
    assert isinstance(model, time_series.base.Forecaster)
    for t in range(3000):
        model.learn_one(wave(t))
    ahead = wave(np.arange(3000, 3012))
    found = np.array(model.forecast(12))
    # Half a cycle ahead the last value is wrong by 6 at most, and by 2.9 on average.
    assert np.abs(found - ahead).mean() < 0.3
    assert model.forecast(12) == found.tolist()  # nothing has changed


def test_what_is_known_of_a_time_is_told():
    generator = np.random.default_rng(0)
    model = LSTMForecaster(cells=4, rate=0.01)
    for gain in generator.normal(size=2000):
        model.learn_one(5 + gain, {"gain": gain})
    low, high = model.forecast(1, [{"gain": -1}]), model.forecast(1, [{"gain": 1}])
    assert high[0] - low[0] == pytest.approx(2, abs=0.3)


def test_before_and_without_values():
    model = LSTMForecaster(cells=4)
    assert model.forecast(2) == [0, 0]
    model.learn_one(None)
    model.learn_one(7)
    assert model.forecast(2) == [7, 7]
    model.learn_one(float("nan"))
    assert model.forecast(1) == [7]


def test_a_wrong_request_is_refused():
    model = LSTMForecaster(cells=4)
    with pytest.raises(InputError, match="horizon must be at least 1, got 0"):
        model.forecast(0)
    with pytest.raises(InputError, match="features for each of 3 steps, got 1"):
        model.forecast(3, [{}])
    with pytest.raises(InputError, match="features for each of 3 steps, got <generator"):
        model.forecast(3, ({} for _ in range(3)))
    with pytest.raises(InputError, match="'y' must be a number, got"):
        model.learn_one("high")
    for _ in range(2):  # at the first value, too
        with pytest.raises(InputError, match="a sample must be a dict of features, got list"):
            model.learn_one(1.0, [2.0])
        model.learn_one(1.0)
    with pytest.raises(InputError, match="a sample must be a dict of features, got str"):
        model.forecast(1, ["a"])
