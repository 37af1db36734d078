"""The records of a fleet: everything that is kept of each key, one record after the other.

A record holds only the rows of a network that persist from step to step; scratch rows are in the
lanes. So memory is little more than the numbers that a network must remember, and the records of
some keys can be read from a file without the others.
"""

import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np

from longlag.compiled.driver import Driver
from longlag.engine.stream_network import check_range
from longlag.errors import InputError
from longlag.estimators.moments import ROWS, sound
from longlag.estimators.scaling import GAIN, RunningScale
from longlag.fleet.class_steps import ClassRows, class_driver
from longlag.fleet.number_steps import Samples, number_driver
from longlag.fleet.record_array import NOBODY, RecordArray
from longlag.fleet.steps import LAST, SCORES, Networks, Statistics, lanes_of
from longlag.fleet.visits import in_threads, visits_of
from longlag.fleet.widening import moved_rows
from longlag.forecasting.intervals import USUAL
from longlag.learners.base import GradientLearner
from longlag.simd.random import Purpose, numpy_stream


class Records(RecordArray):
    """The networks of all slots, with their scales, intervals, classes and scores."""

    def __init__(
        self,
        learner: GradientLearner,
        *,
        seed: int,
        dtype: str,
        scaling: bool,
        interval: float | None = None,
        classes: bool = False,
    ):
        """With record 0 alone; the options are those of `Fleet`.

        The learner has the inputs and the one output that the networks begin with: `widened` adds
        others. With `classes`, an output stands for a class of its key, otherwise for a number.
        """
        self.learner, self.scaling, self.interval = learner, scaling, interval
        self.classes, self._dtype = classes, dtype
        self.begun = learner.inputs  #: inputs that the networks began with
        super().__init__(self._fields(), "take fewer keys or cells, or a machine with more memory")
        self._scale = RunningScale.start(learner.inputs)
        column = learner.start(numpy_stream(seed, 0, Purpose.WEIGHTS))
        self._array["numbers"][0, : learner.layout.kept] = column[: learner.layout.kept]
        self._array["scores"][0, :, LAST] = np.nan
        self._array["classes"] = NOBODY

    def _fields(self) -> list[tuple[Any, ...]]:
        """The fields of a record."""
        kept, inputs, outputs = self.learner.layout.kept, self.learner.inputs, self.learner.outputs
        numbers = 0 if self.classes else outputs
        return [
            ("scales", np.float64, (ROWS, (inputs + numbers) * self.scaling)),
            ("bounds", np.float64, (3 * max(1, numbers), 2 * (self.interval is not None))),
            ("scores", np.float64, (max(1, numbers), SCORES)),
            ("classes", np.float64, (1, outputs * self.classes)),
            ("numbers", self._dtype, (kept + kept % 2,)),  # even, so that records are aligned
        ]

    def widened(self, used: int, inputs: int = 0, outputs: int = 0) -> Self:
        """Records whose networks have more inputs or outputs, of the first `used` slots.

        What is new has weights of zero. Raises `InputError` if memory is too small.
        """
        old, wide = self.learner, copy.copy(self)
        wide.learner = replace(old, inputs=old.inputs + inputs, outputs=old.outputs + outputs)  # type: ignore[assignment]
        super(Records, wide).__init__(wide._fields(), self._remedy)
        wide._scale = self._scale.copy()
        for _ in range(inputs):  # the gain of an input depends on how many there were before
            wide._scale.add_columns(1)
        wide.grow(used)
        before, after = self._array[:used], wide._array
        after["scores"][:, :, LAST] = np.nan
        after["classes"] = NOBODY
        for name in ("bounds", "scores", "classes"):
            rows, columns = before[name].shape[1:]
            after[name][:used, :rows, :columns] = before[name]
        if self.scaling:
            first, targets = old.inputs, before["scales"].shape[2] - old.inputs
            scales, grown = before["scales"], after["scales"]
            grown[:used, :, :first] = scales[:, :, :first]
            start = wide.learner.inputs
            grown[:used, :, start : start + targets] = scales[:, :, first:]
        after["numbers"][:used, moved_rows(old, wide.learner)] = before["numbers"][
            :, : old.layout.kept
        ]
        return wide

    @property
    def networks(self) -> Networks:
        """Views of the records, until they grow."""
        statistics = Statistics(*(self._array[name] for name in Statistics._fields))
        return Networks(self._array["numbers"], statistics)

    def check_range(self, numbers: np.ndarray) -> None:
        """Raise `InputError` for features or targets that are too large for the networks."""
        if not self.scaling:
            check_range(numbers, self._dtype)

    def step(self, slots: np.ndarray, X: np.ndarray, y: np.ndarray, *, changes: bool) -> np.ndarray:
        """Answers (n, targets, 1) to rows of the networks in slots (n,), or (n, targets, 3).

        The last have their intervals. X (n, features) and y (n, targets) hold NaN where a number is
        missing. Without `changes` all networks stay as they are.
        """
        width = 1 if self.interval is None else 3
        answers = np.full((len(X), self.learner.outputs * width), np.nan)
        samples = Samples(X, y, answers, outside=0.5 * (1.0 - (self.interval or 0.0)))
        self._take_steps(number_driver(self.learner, self._dtype), slots, samples, changes)
        return answers.reshape(len(X), self.learner.outputs, width)

    def step_classes(
        self,
        slots: np.ndarray,
        X: np.ndarray,
        codes: np.ndarray,
        labels: int,
        *,
        changes: bool,
    ) -> ClassRows:
        """`step` of networks that name classes, with the codes (n,) of the classes, -1 for none.

        Probabilities are wanted for the codes below `labels`.
        """
        shares, best = np.zeros((len(X), labels)), np.full(len(X), -1)
        rows = ClassRows(X, codes, shares, best)
        self._take_steps(class_driver(self.learner, self._dtype), slots, rows, changes)
        return rows

    def _take_steps(
        self, driver: Driver, slots: np.ndarray, samples: Samples | ClassRows, changes: bool
    ) -> None:
        """Let the networks in slots (n,) take their steps, in threads with lanes of their own."""
        if not len(slots):
            return
        networks, gains, visits = self.networks, self._scale.table[GAIN], visits_of(slots)

        def run(start: int, stride: int) -> None:
            work = lanes_of(self.learner, networks)
            driver(networks, visits, samples, work, gains, changes, start, stride)

        in_threads(run, len(slots))

    def finite(self, slots: np.ndarray) -> np.ndarray:
        """Whether the networks in slots are still finite (n,)."""
        return np.all(np.isfinite(self.networks.numbers[slots]), axis=1)

    def _check(self, found: np.ndarray) -> None:
        scales, bounds, layout = found["scales"], found["bounds"], self.learner.layout
        if not sound(scales.swapaxes(0, 1)) or not np.isfinite(bounds).all():
            raise InputError("its scales and intervals must be finite")
        if (bounds[:, USUAL::3] < 0).any():
            raise InputError("the usual error of an interval must not be negative")
        for name, (low, high) in self.learner.rule.ranges.items():
            if name in layout:  # NaN is that of a network that has diverged
                moments = found["numbers"][:, layout.start(name) :][:, : layout.size(name)]
                if ((moments < low) | (moments > high)).any():
                    raise InputError(f"{name} must be from {low} to {high}")

    def check_classes(self, labels: int) -> None:
        """Raise `InputError` unless the classes of each key are different, of so many codes."""
        found = self._array["classes"][:, 0]
        given = found >= 0
        ordered = np.sort(np.where(given, found, -np.arange(1, found.shape[1] + 1)), axis=1)
        good = (found == np.floor(found)) & (found >= NOBODY) & (found < labels)
        in_order = given[:, :-1] >= given[:, 1:]
        if not good.all() or not in_order.all() or (np.diff(ordered, axis=1) == 0).any():
            raise InputError(f"its networks must name {labels} classes, each once")
