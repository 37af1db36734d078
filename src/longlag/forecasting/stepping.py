"""A network on rows that are scaled beforehand, so that a row costs little more than its step.

What a row or a target is scaled by depends on the numbers before it, and not on the weights. So all
rows of a block are scaled at once, even if the weights are others at every row.
"""

import numpy as np

from longlag.estimators.number_target import NumberTarget
from longlag.forecasting.evaluation import Evaluation, Predictor, Prepared
from longlag.forecasting.numbers import NumberSeries


class Stepping:
    """The network of one series of numbers, which takes prepared rows, some at a time.

    What it answers and learns is what it would by `Evaluation.answers`, to the bit.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        series: NumberSeries,
        settled: Predictor,
        prepared: Prepared,
        learning: bool,
    ):
        """`settled` is what `Evaluation.settled` returns."""
        pending, h = evaluation.pending, evaluation.question.horizon
        self._evaluation, self._series, self._h = evaluation, series, h
        self._network = settled.stream.network
        count = len(prepared.steps)
        came = prepared.past.targets if learning else series.none(count)
        self._steps = np.vstack([pending.waiting, prepared.steps])
        self._due = np.concatenate([pending.targets, came]) if h > 1 else came
        self._row, self._last = pending.rows, pending.rows + count  #: next one, and the end
        self._ahead = len(pending.waiting)  #: step of the next row
        self._learned = 0  #: steps so far
        learned = count
        if h > 1:  # h steps at each h-th row
            learned = h * (-(-self._last // h) - -(-self._row // h))
        departures = series.departures(self._steps[:learned], self._due[:learned])
        stream = settled.stream
        self._inputs = stream.scale.standardise(self._steps[:, settled.places], learned)
        assert isinstance(stream.target, NumberTarget)  # that of an `LSTMRegressor`
        scaled = stream.target.scaled(departures, len(self._steps))
        self._targets, self._centre, self._spread = scaled
        self._found: list[np.ndarray] = []
        self._scales: list[np.ndarray] = []  # rows of centre and spread for each answer

    def take(self, count: int) -> None:
        """Take the next rows, with weights that may be others than those before."""
        if self._h > 1:
            self._take_far(count)
            return
        first, stop = self._learned, self._learned + count
        inputs = self._inputs[first : stop + self._h]
        self._found.append(self._network.step(inputs, self._targets[first:stop])[-count:])
        self._scales.append(np.arange(first, stop) + self._h)
        self._learned, self._row = stop, self._row + count

    def _take_far(self, count: int) -> None:
        """With h > 1, a copy of the network goes ahead through the rows without targets."""
        ahead, h = None, self._h
        while count:
            if self._row % h == 0:
                at = slice(self._learned, self._learned + h)
                self._network.step(self._inputs[at], self._targets[at])
                self._learned, ahead = self._learned + h, None
            first = self._ahead
            if ahead is None:
                ahead, first = self._evaluation.copy_of(self._network), self._learned
            part = min(count, h - self._row % h)
            inputs = self._inputs[first : self._ahead + part]
            nothing = np.full((len(inputs), self._targets.shape[1]), np.nan)
            self._found.append(ahead.step(inputs, nothing)[-part:])
            self._scales.append(np.full(part, self._learned))
            self._ahead, self._row, count = self._ahead + part, self._row + part, count - part

    def answers(self) -> np.ndarray:
        """The answers at all rows, once all are taken; the stream goes on from there."""
        pending, series = self._evaluation.pending, self._series
        pending.waiting, pending.rows = self._steps[self._learned :].copy(), self._last
        if self._h > 1:
            pending.targets = self._due[self._learned :].copy()
        at = np.concatenate(self._scales)
        found = self._centre[at] + self._spread[at] * np.concatenate(self._found)
        self._evaluation.go_ahead_anew()
        return series.from_departures(self._steps[-len(at) :], found)
