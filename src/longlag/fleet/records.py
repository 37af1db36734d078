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
from longlag.fleet.steps import LAST, SCORES, Networks, Rows, Statistics, fleet_driver, lanes_of
from longlag.fleet.visits import in_threads, visits_of
from longlag.forecasting.intervals import USUAL
from longlag.learners.base import GradientLearner
from longlag.memory import check_memory
from longlag.simd.random import Purpose, numpy_stream


class Records:
    """The records of all slots; number 0 is that of a network before its first row."""

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
        self._array = np.zeros(1, np.dtype(fields))
        column = learner.start(numpy_stream(seed, 0, Purpose.WEIGHTS))
        self._array["numbers"][0, :kept] = column[:kept]
        self._array["scores"][0, 0, LAST] = np.nan

    @property
    def bytes(self) -> int:
        """Of one record."""
        return self._array.dtype.itemsize

    @property
    def networks(self) -> Networks:
        """Views of the records, until they grow."""
        statistics = Statistics(*(self._array[name] for name in Statistics._fields))
        return Networks(self._array["numbers"], statistics)

    def check_range(self, numbers: np.ndarray) -> None:
        """Raise `InputError` for features or targets that are too large for the networks."""
        if not self.scaling:
            check_range(numbers, str(self.networks.numbers.dtype))

    def grow(self, slots: int) -> None:
        """Make room for this number of slots; raises `InputError` if memory is too small."""
        if slots > len(self._array):
            remedy = "take fewer keys or cells, or a machine with more memory"
            check_memory(f"a fleet of {slots - 1:,} keys", slots * self.bytes, remedy)
            # Zeros that nothing was written to take no memory, so there may be many.
            grown = np.zeros(max(slots, 2 * len(self._array)), self._array.dtype)
            grown[: len(self._array)] = self._array
            self._array = grown

    def begin(self, slots: np.ndarray) -> None:
        """Let networks begin in these slots."""
        self._array[slots] = self._array[0]

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

    def take(self, slots: np.ndarray) -> np.ndarray:
        """The records of slots, as bytes (n, bytes)."""
        return self._array[slots].view(np.uint8).reshape(len(slots), self.bytes)

    def put(self, found: np.ndarray) -> None:
        """Put records from a file, as bytes (n, bytes), into the slots from 1 on.

        Raises `InputError` for what no record may hold.
        """
        if found.shape[1:] != (self.bytes,):
            raise InputError(f"its records must be of {self.bytes} bytes, got {found.shape}")
        taken = np.ascontiguousarray(found).reshape(-1).view(self._array.dtype)
        self._check(taken)
        self._array = np.concatenate([self._array[:1], taken])

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
