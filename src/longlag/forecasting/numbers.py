"""Targets that are numbers, predicted by a network that is blended with naive predictions."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from longlag.estimators.regressor import LSTMRegressor
from longlag.estimators.stream import Stream
from longlag.forecasting.history import History, NumbersSoFar
from longlag.forecasting.number_scores import PREDICTORS, measures
from longlag.forecasting.outlook import Outlook, OutlookSoFar
from longlag.forecasting.seasons import COUNT as SEASONAL
from longlag.forecasting.seasons import Places
from longlag.forecasting.series import DIGITS, Judged, Measures, Past, Series, ahead, as_columns
from longlag.memory import check_memory

SLOWER = 0.75  #: power of the horizon by which the learning rate is divided (docs/choosing.md)
TOLD = 4  #: horizons whose usual number the network is told


class NumberSeries(Series):
    """Numbers, NaN where one is missing: of one target or several, at one horizon or several.

    The naive predictions are the last number, the mean of all so far and the number one season ago
    (`longlag.forecasting.seasons`). The **origin** is the last number or the mean, whichever was
    closer so far, where a wild number counts as the one before it until it is believed
    (`longlag.forecasting.believing`). The **usual** number is the blend of all naive predictions
    (`longlag.forecasting.blending`). The network learns the departure from the origin, and is told
    the last number that is believed, its change, and how far the usual number is from the origin.
    The answer is the blend of the network's, the origin and the usual number.

    A **head** is a target at a horizon. The network has an output for each, and learns a step when
    the last of its targets has come. Heads stand in the order of targets, then of horizons.
    """

    kind = "numbers"
    estimator = LSTMRegressor
    missing = unanswered = np.nan
    predictors = PREDICTORS

    def __init__(
        self,
        horizons: int | tuple[int, ...] = 1,
        states: Sequence[NumbersSoFar] = (),
        interval: float | None = None,
        targets: tuple[str, ...] = ("y",),
    ):
        """With a state for each target, or none; raises `ValueError` for what is no state."""
        horizons = horizons if isinstance(horizons, tuple) else (horizons,)
        super().__init__(horizons, targets, classes=[], width=len(targets) * len(horizons))
        self.interval = interval
        self.measures = ("MAE", "RMSE", "R2", *(["coverage"] if interval else []))
        self.written = ("prediction", *(["lower", "upper"] if interval else []))
        self.origins = len(targets)
        # Forecasts of 2 blends, and answers and naive ones of all heads, while they are copied.
        waiting = (29 + 2 * SEASONAL) * sum(horizons) + 16 * self.width * self.horizon
        hint = "take fewer or shorter horizons"
        check_memory("what waits for its targets", 8 * len(targets) * waiting, hint)
        states = states or [NumbersSoFar()] * len(targets)
        if len(states) != len(targets):
            raise ValueError(f"there are {len(targets)} targets, got {len(states)} states")
        self._histories = [History(horizons, state) for state in states]
        self._outlooks = [
            Outlook(horizon, interval, each)
            for state in states
            for horizon, each in zip(horizons, self._of_horizons(state), strict=True)
        ]
        # The targets of the latest rows wait here until the farthest of the same step has come.
        rows = self.horizon if len(horizons) > 1 else 0
        self._lately = np.full((rows, len(targets)), np.nan)
        for lately, state in zip(self._lately.T, states, strict=True):
            if len(state.lately) not in (0, rows):
                raise ValueError(f"{rows} targets are kept, got {len(state.lately)}")
            lately[: len(state.lately)] = np.array(state.lately, np.float64)

    def _of_horizons(self, state: NumbersSoFar) -> list[OutlookSoFar]:
        """The states of the outlooks of a target."""
        further = state.further or [OutlookSoFar()] * (len(self.horizons) - 1)
        if len(further) + 1 != len(self.horizons):
            raise ValueError(f"there are {len(self.horizons)} horizons, got {len(further) + 1}")
        return [state, *further]

    @property
    def naive(self) -> int:
        """See `Series.naive`: all predictors but the network, for each head."""
        return len(self._outlooks) * (len(self.predictors) - 1)

    @cached_property
    def outputs(self) -> list[str]:
        """See `Series.outputs`: none for one alone."""
        if len(self.horizons) == 1:
            return [] if len(self.targets) == 1 else list(self.targets)
        return [f"{target}, {ahead(horizon)}" for target, horizon in self.heads]

    @classmethod
    def model(cls, horizon: int, **parameters: Any) -> LSTMRegressor:
        """See `Series.model`; the learning rate falls with the horizon.

        The errors of h successive rows that are predicted h rows ahead are nearly the same error,
        and the network would follow each of the errors h times.
        """
        if parameters.get("rate") is None:
            parameters["rate"] = LSTMRegressor().rate / max(1, horizon) ** SLOWER
        return LSTMRegressor(**parameters)

    def names(self) -> list[str]:
        """See `Series.names`."""
        found = []
        for target in self.targets:
            found += [target, f"change of {target}"]
            if len(self.horizons) == 1:
                found.append(f"usual {target}")
            else:
                found += [f"usual {target}, {ahead(h)}" for h in self._told()]
        return found

    def _told(self) -> list[int]:
        """The horizons whose usual number the network is told, spread over all."""
        count = len(self.horizons)
        spread = np.linspace(0, count - 1, min(count, TOLD)).round().astype(int)
        return [self.horizons[place] for place in spread.tolist()]

    def add(self, targets: np.ndarray, places: Places) -> Iterator[Past]:
        """See `Series.add`; all rows at once."""
        several, count = len(self.horizons) > 1, len(targets)
        came = as_columns(targets)
        told, feedback, naive, rivals, origins = self._told(), [], [], [], []
        for history, column, outlooks in zip(
            self._histories, came.T, self._by_target(), strict=True
        ):
            known = history.add(column, places)
            feedback += [known.last, known.changes]
            origins.append(known.origins)
            for outlook, seasonal in zip(outlooks, known.seasonal, strict=True):
                usual, season = outlook.usual(known.last, known.means, seasonal, column)
                if outlook.horizon in told:
                    feedback.append(usual - known.origins)
                season = np.where(np.isnan(season), known.naive[:, 0], season)
                naive += [*known.naive.T, season]
                rivals += [known.origins, usual]
        due = came
        if several:
            window = np.vstack([self._lately, came])
            due = np.stack([window[h : h + count] for h in self.horizons], axis=2)
            due, self._lately = due.reshape(count, self.width), window[count:].copy()
        yield Past(
            targets=due if self.outputs else due[:, 0],
            came=targets,
            given=~np.isnan(targets),
            origins=np.column_stack(origins),
            feedback=np.column_stack(feedback),
            naive=np.column_stack(naive),
            rivals=np.column_stack(rivals),
        )

    def _by_target(self) -> list[list[Outlook]]:
        count = len(self.horizons)
        return [self._outlooks[n * count : (n + 1) * count] for n in range(len(self.targets))]

    def learnable(self, steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `Series.learnable`: where there is a departure."""
        departures = as_columns(self.departures(steps, targets))
        return np.any(~np.isnan(departures), axis=1)

    def departures(self, steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Of targets (n,) or (n, heads) from the origins of the first steps."""
        origins = np.repeat(steps[: len(targets), : self.origins], len(self.horizons), axis=1)
        return targets - (origins if self.outputs else origins[:, 0])

    def answer(
        self, stream: Stream, places: list[int], steps: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """See `Series.answer`: the network learns and answers departures from the origins."""
        if stream.target.labels != self.outputs:
            stream.target.expect(self.outputs)
        found = stream.step(steps[:, places], self.departures(steps, targets))
        return self.from_departures(steps, found)

    def from_departures(self, steps: np.ndarray, departures: np.ndarray) -> np.ndarray:
        """Numbers (n, width) from their departures, (n,) or (n, width), at these steps."""
        origins = np.repeat(steps[:, : self.origins], len(self.horizons), axis=1)
        return origins + departures.reshape(origins.shape)

    def blended(self, answers: np.ndarray, past: Past) -> np.ndarray:
        """See `Series.blended`; there is no answer before the network has learned."""
        came, found = as_columns(past.came), []
        for n, outlook in enumerate(self._outlooks):
            forecasts = np.column_stack([answers[:, n], past.rivals[:, 2 * n : 2 * n + 2]])
            found.append(outlook.blended(forecasts, came[:, n // len(self.horizons)]))
        return np.hstack(found)

    def due(self, window: np.ndarray, rows: int) -> np.ndarray:
        """See `Series.due`: each head has its horizon."""
        if len(self.horizons) == 1:
            return window[:rows]
        by_head = window.reshape(len(window), len(self._outlooks), -1)
        found = np.empty((rows, *by_head.shape[1:]))
        for n, outlook in enumerate(self._outlooks):
            first = self.horizon - outlook.horizon
            found[:, n] = by_head[first : first + rows, n]
        return found.reshape(rows, window.shape[1])

    def judge(self, answers: np.ndarray, naive: np.ndarray, targets: np.ndarray) -> Judged:
        """See `Series.judge`."""
        shape = len(answers), len(self._outlooks)
        answers = answers.reshape(*shape, len(self.written))
        naive = naive.reshape(*shape, len(self.predictors) - 1)
        came = np.repeat(as_columns(targets), len(self.horizons), axis=1)
        found = [
            outlook.judge(answers[:, n], naive[:, n], came[:, n])
            for n, outlook in enumerate(self._outlooks)
        ]
        self.judged = self._outlooks[0].judged
        return Judged(*found[0], answers[:, 0, 0])

    @property
    def scores(self) -> list[np.ndarray]:
        """See `Series.scores`: those of `longlag.forecasting.number_scores`."""
        return [outlook.scores for outlook in self._outlooks]

    def measured(self, scores: np.ndarray) -> list[Measures]:
        """See `Series.measured`."""
        return measures(scores, bounded=self.interval is not None)

    def texts(self, answers: np.ndarray) -> list[list[list[str]]]:
        """See `Series.texts`: `DIGITS` of them."""
        columns = [[_written(number) for number in column] for column in answers.T.tolist()]
        share = len(self.written)
        return [columns[n : n + share] for n in range(0, len(columns), share)]

    def target_texts(self, targets: np.ndarray) -> list[list[str]]:
        """See `Series.target_texts`: with all digits; nothing for NaN."""
        columns = as_columns(targets).T.tolist()
        return [["" if x != x else repr(x) for x in column] for column in columns]

    def state(self) -> list[NumbersSoFar]:
        """See `Series.state`: one for each target."""
        found = []
        for history, outlooks, lately in zip(
            self._histories, self._by_target(), self._lately.T, strict=True
        ):
            state, (first, *further) = history.state(), [each.state() for each in outlooks]
            state.usual, state.final, state.bounds = first.usual, first.final, first.bounds
            state.further = further
            state.lately = [None if np.isnan(x) else x for x in lately.tolist()]
            found.append(state)
        return found


def _written(number: float) -> str:
    """A prediction; nothing for NaN."""
    return "" if number != number else f"{number:.{DIGITS}g}"
