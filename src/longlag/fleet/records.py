"""The records of a fleet: everything that is kept of each key, one record after the other.

A record holds only the rows of a network that persist from step to step; scratch rows are in the
lanes. So memory is little more than the numbers that a network must remember, and the records of
some keys can be read from a file without the others.
"""

import numpy as np

from longlag.engine.stream_network import check_range
from longlag.errors import InputError
from longlag.estimators.moments import ROWS, sound
from longlag.estimators.scaling import GAIN, RunningScale
from longlag.fleet.record_array import RecordArray
from longlag.fleet.steps import LAST, SCORES, Networks, Rows, Statistics, fleet_driver, lanes_of
from longlag.fleet.visits import in_threads, visits_of
from longlag.forecasting.intervals import USUAL
from longlag.learners.base import GradientLearner
from longlag.simd.random import Purpose, numpy_stream


class Records(RecordArray):
    """The networks of all slots, with their scales, intervals and scores."""

    def __init__(
        self,
        learner: GradientLearner,
        *,
        seed: int,
        dtype: str,
        scaling: bool,
        interval: float | None,
    ):
        """With record 0 alone; the options are those of `Fleet`."""
        self.learner, self.scaling, self.interval = learner, scaling, interval
        kept = learner.layout.kept
        fields = [
            ("scales", np.float64, (ROWS, (learner.inputs + 1) * scaling)),
            ("bounds", np.float64, (3, 2 * (interval is not None))),
            ("scores", np.float64, (1, SCORES)),
            ("numbers", dtype, (kept + kept % 2,)),  # even, so that records are aligned
        ]
        super().__init__(fields, "take fewer keys or cells, or a machine with more memory")
        column = learner.start(numpy_stream(seed, 0, Purpose.WEIGHTS))
        self._array["numbers"][0, :kept] = column[:kept]
        self._array["scores"][0, 0, LAST] = np.nan

    @property
    def networks(self) -> Networks:
        """Views of the records, until they grow."""
        statistics = Statistics(*(self._array[name] for name in Statistics._fields))
        return Networks(self._array["numbers"], statistics)

    def check_range(self, numbers: np.ndarray) -> None:
        """Raise `InputError` for features or targets that are too large for the networks."""
        if not self.scaling:
            check_range(numbers, str(self.networks.numbers.dtype))

    def step(self, slots: np.ndarray, X: np.ndarray, y: np.ndarray, *, changes: bool) -> np.ndarray:
        """Answers (n,), or (n, 3) with their intervals, to rows of the networks in slots (n,).

        X (n, features) and y (n,) hold NaN where a number is missing. Without `changes` all
        networks stay as they are.
        """
        answers = np.full((len(X), 1 if self.interval is None else 3), np.nan)
        rows, networks, visits = Rows(X, y, answers), self.networks, visits_of(slots)
        gains = RunningScale.start(self.learner.inputs).table[GAIN]
        outside = 0.5 * (1.0 - (self.interval or 0.0))
        run = fleet_driver(self.learner, str(networks.numbers.dtype))

        def take(start: int, stride: int) -> None:
            work = lanes_of(self.learner, networks)
            run(networks, visits, rows, work, gains, outside, changes, start, stride)

        if len(X):
            in_threads(take, len(X))
        return answers[:, 0] if self.interval is None else answers

    def finite(self, slots: np.ndarray) -> np.ndarray:
        """Whether the networks in slots are still finite (n,)."""
        return np.all(np.isfinite(self.networks.numbers[slots]), axis=1)

    def _check(self, found: np.ndarray) -> None:
        scales, bounds, layout = found["scales"], found["bounds"], self.learner.layout
        if not sound(scales.swapaxes(0, 1)) or not np.isfinite(bounds).all():
            raise InputError("its scales and intervals must be finite")
        if (bounds[:, USUAL] < 0).any():
            raise InputError("the usual error of an interval must not be negative")
        for name, (low, high) in self.learner.rule.ranges.items():
            if name in layout:  # NaN is that of a network that has diverged
                moments = found["numbers"][:, layout.start(name) :][:, : layout.size(name)]
                if ((moments < low) | (moments > high)).any():
                    raise InputError(f"{name} must be from {low} to {high}")
