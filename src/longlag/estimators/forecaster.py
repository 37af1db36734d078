"""A forecaster of a series, with the conventions of River."""

import copy
import math
from collections.abc import Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any, cast

from longlag.errors import InputError, check_whole
from longlag.estimators.regressor import LSTMRegressor
from longlag.estimators.tables import check_sample, real_number
from longlag.quoting import quoted

if TYPE_CHECKING:  # River may be missing there too
    RiverForecaster = object
else:
    try:
        from river.time_series.base import Forecaster as RiverForecaster
    except ImportError:
        RiverForecaster = object

LAST, CHANGE = "the last value", "its last change"  #: features besides those that are given


class LSTMForecaster(RiverForecaster):
    """An LSTM network that forecasts a series from its own past, value by value.

    >>> model = LSTMForecaster(cells=4)
    >>> for t in range(100):
    ...     model.learn_one(float(t % 5))
    >>> len(model.forecast(horizon=3))
    3

    The network learns by how much the next value differs from the last one. A forecast of several
    steps takes each answer for the value that it foretells, and goes on from there; the model does
    not change. `longlag learn --horizon` learns a far horizon itself, which is better where errors
    add up. It is a forecaster of River, where River is installed.

    Args:
        cells: int from 1 to 100,000, the cells of the network (default 32)
        cell: str, the kind of the cells: "memory" (default), "rotating" or "mixed"
        rate: float in [0, 1e6], the learning rate (default 0.003)
        seed: int from 0 to 2**63 - 1, of the initial weights (default 0)
    """

    citation = LSTMRegressor.citation

    def __init__(self, cells: int = 32, cell: str = "memory", rate: float = 0.003, seed: int = 0):
        self.cells, self.cell, self.rate, self.seed = cells, cell, rate, seed
        self._model = LSTMRegressor(cells=cells, cell=cell, rate=rate, seed=seed)
        self._last, self._change = math.nan, math.nan

    def learn_one(self, y: float | None, x: Mapping[Any, Any] | None = None) -> None:
        """Learn the next value y of the series, with features x that are known of its time.

        None or NaN is a value that is missing: the network takes the step, and learns nothing.
        Raises `InputError` for what is no number, and for parameters that are out of range.
        """
        value, features = real_number("target", "y", y), self._features(x)
        if not self._model.begun:  # its parameters are refused before the first value, too
            self._model.check_parameters()
        if not math.isnan(self._last):
            self._model.learn_one(features, value - self._last)
        if not math.isnan(value):
            self._change, self._last = value - self._last, value

    def forecast(self, horizon: int, xs: Sequence[Mapping[Any, Any]] | None = None) -> list[float]:
        """The next values of the series, as many as `horizon`, with their features, if any.

        They are 0 before there was any value. Raises `InputError` unless there are as many features
        as values.
        """
        check_whole("horizon", horizon, 1)
        if xs is not None and not (isinstance(xs, Sized) and len(xs) == horizon):
            many = len(xs) if isinstance(xs, Sized) else quoted(xs)
            raise InputError(f"xs must have features for each of {horizon} steps, got {many}")
        if math.isnan(self._last):
            return [0.0] * horizon
        ahead, found = copy.deepcopy(self), []
        for x in [None] * horizon if xs is None else xs:
            change = cast("float", ahead._model.predict_one(ahead._features(x)))
            value = ahead._last + change
            ahead._model.learn_one(ahead._features(x), None)
            ahead._change, ahead._last = value - ahead._last, value
            found.append(value)
        return found

    def _features(self, x: Mapping[Any, Any] | None) -> dict[Any, Any]:
        if x is not None:
            check_sample(x)
        return {**(x or {}), LAST: self._last, CHANGE: self._change}
