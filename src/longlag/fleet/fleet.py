"""A fleet: one small recurrent network for each of many series."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, cast

import numpy as np

from longlag.engine.stream_network import DTYPES
from longlag.errors import InputError, check_choice
from longlag.estimators.categories import Name
from longlag.estimators.exclusive import Turn, exclusive
from longlag.estimators.frames import ONE, in_kind
from longlag.estimators.parameters import network_of, plain
from longlag.estimators.tables import Table, real_number
from longlag.fleet import saving
from longlag.fleet.keys import Key, Slots, checked_keys
from longlag.fleet.records import Records
from longlag.fleet.samples import arranged, first_features, one_sample, samples_of, targets_of
from longlag.fleet.steps import ERROR, JUDGED, LAST_ERROR
from longlag.learners.base import GradientLearner
from longlag.quoting import quoted

COLUMNS = (ONE, "lower", "upper")  #: names of answers with intervals


class Scores(NamedTuple):
    """How well each series is predicted, beside the prediction by its last target.

    Args:
        keys: all keys, in the order of their first rows
        rows: shape (keys,), answers whose target is known, and an earlier target of the series too
        error: shape (keys,), mean absolute error of the answers counted in `rows`; NaN without any
        last_error: shape (keys,), mean absolute error of the last earlier target on the same rows
    """

    keys: list[Key]
    rows: np.ndarray
    error: np.ndarray
    last_error: np.ndarray


class Fleet:
    """A recurrent network of its own for each of many series, up to millions of them.

    >>> fleet = Fleet()
    >>> keys = [f"shop {i}" for i in range(1000)]
    >>> for day in range(10):
    ...     X, y = np.full((1000, 2), [day % 7, day]), np.arange(1000.0) * (day % 7 < 5)
    ...     before = fleet.learn_many(keys, X, y)  # what each network expected
    >>> len(fleet), before.shape
    (1000, (1000,))

    A key names a series: a text or a whole number. The network of a key begins with the first row
    of the key. Its answers are, up to rounding, those of an `LSTMRegressor` with the same
    parameters that gets the rows of this key alone, also for missing and wild values. The networks
    take their steps side by side in the lanes of vector instructions, on all cores, so call
    `learn_many` with many keys at once.

    All series have the same features, which are numbers: those of the first call, by the names of a
    data frame or by their places. Each series has one target, a number.

    Args:
        cells: int from 1 to 100,000, the cells of each network (default 8); time per sample and
            memory grow with the square of this number
        cell: str, "memory" (default), "rotating" or "mixed", see `LSTMRegressor`
        block_size: int from 1, cells that share their gates (default 1); it divides `cells`
        rule: str, the update rule: "rmsprop" (default), "adam" or "gradient-descent"; the last has
            no moments, which saves a third of the memory, but may diverge
        rate: float in [0, 1e6], the learning rate (default 0.003)
        forget_gates: bool, let states fade (default True)
        peepholes: bool, connections from cell states to gates (default False)
        scaling: bool, standardise features and targets of each series by their running mean and
            standard deviation (default True)
        interval: float between 0 and 1, the share of the targets that the interval around each
            answer is to hold; None (default) for answers without intervals
        seed: int from 0 to 2**63 - 1, of the initial weights, which all networks share (default 0)
        dtype: str, "float32" (default) or "float64", the precision of the networks

    Raises `InputError` for parameters that are out of range.
    """

    citation = ("hochreiter1997", "gers2000", "tallec2018", "welford1962")

    def __init__(
        self,
        cells: int = 8,
        *,
        cell: str = "memory",
        block_size: int = 1,
        rule: Literal["rmsprop", "adam", "gradient-descent"] = "rmsprop",
        rate: float = 0.003,
        forget_gates: bool = True,
        peepholes: bool = False,
        scaling: bool = True,
        interval: float | None = None,
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ):
        self.parameters: dict[str, Any] = plain(
            {
                "cells": cells,
                "cell": cell,
                "block_size": block_size,
                "rule": rule,
                "rate": rate,
                "forget_gates": forget_gates,
                "peepholes": peepholes,
                "scaling": scaling,
                "interval": interval,
                "seed": seed,
                "dtype": dtype,
            }
        )
        check_choice("dtype", dtype, DTYPES)
        _check_share(interval)
        self._learner(features=1)
        self._features: list[Name] = []
        self._slots = Slots()
        self._records: Records | None = None
        self._turn = Turn()

    # Keys.

    def __len__(self) -> int:
        return len(self._slots.of)

    def __contains__(self, key: object) -> bool:
        return key in self._slots.of

    def keys(self) -> list[Key]:
        """All keys, in the order of their first rows."""
        return list(self._slots.of)

    @exclusive
    def forget(self, keys: Any) -> None:
        """Forget these keys; a forgotten key that comes again begins anew.

        Raises `InputError` for keys that the fleet does not have.
        """
        self._slots.remove(checked_keys(keys))

    @property
    def features(self) -> list[Name]:
        """Names of the features; none before the first call."""
        return list(self._features)

    @property
    def bytes_per_key(self) -> int:
        """Memory of a key's network, scales and scores, in bytes, without the key itself."""
        return self._begun.bytes

    @exclusive
    def diverged(self) -> list[Key]:
        """Keys whose networks are no longer finite: forget them, or take a lower rate."""
        finite = self._begun.finite(self._slots.all()).tolist() if len(self) else []
        return [key for key, good in zip(self.keys(), finite, strict=True) if not good]

    @exclusive
    def scores(self) -> Scores:
        """The errors of each series so far, beside those of the prediction by its last target.

        Raises `InputError` before the first call of `learn_many`.
        """
        found = self._begun.networks.statistics.scores[self._slots.all(), 0]
        rows = found[:, JUDGED]
        many = np.where(rows > 0, rows, np.nan)
        errors = found[:, ERROR] / many, found[:, LAST_ERROR] / many
        return Scores(self.keys(), rows.astype(int), *errors)

    # Samples.

    @exclusive
    def learn_many(self, keys: Any, X: Any, y: Any) -> Any:
        """Take a step with each row, and learn its target; returns the answers before learning.

        `keys` (n,) say which series each row of X (n, features) belongs to, and y (n,) are the
        targets. The rows of a key are in the order of time; keys come in any order, each as often
        as it likes. NaN is a number that is missing: without a target, the network takes the step
        and learns nothing.

        The answers are (n,), or (n, 3) with the lower and the upper end of their intervals. A data
        frame is answered by a series or a data frame of its library. A network that has diverged
        gives answers that are not finite, see `diverged`. Raises `InputError` for other data,
        before anything has changed.
        """
        names = checked_keys(keys)
        samples, targets = samples_of(X, len(names)), targets_of(y, len(names))
        return in_kind(X, self._learn(names, samples, targets), COLUMNS)

    @exclusive
    def predict_many(self, keys: Any, X: Any) -> Any:
        """The answers to X (n, features) as the next rows of their series; nothing changes.

        Several rows of one key follow each other, without targets. A key that is not known has no
        network, and is answered NaN: `key in fleet` tells whether it is known. Raises `InputError`
        for other data, and before the first call of `learn_many`.
        """
        names = checked_keys(keys)
        return in_kind(X, self._peek(names, samples_of(X, len(names))), COLUMNS)

    @exclusive
    def learn_one(self, key: Key, x: Mapping[Any, Any], y: float | None) -> None:
        """`learn_many` of one row, whose features are a dict."""
        target = np.array([real_number("target", "y", y)])
        self._learn(checked_keys([key]), one_sample(x), target)

    @exclusive
    def predict_one(self, key: Key, x: Mapping[Any, Any]) -> Any:
        """`predict_many` of one row: a number, or (answer, lower end, upper end)."""
        found = self._peek(checked_keys([key]), one_sample(x))[0]
        return tuple(found.tolist()) if found.ndim else float(found)

    # A file.

    @exclusive
    def save(self, path: str | Path) -> None:
        """Write all networks to one file, which is replaced in one instant, or not at all.

        Raises `InputError` before the first call of `learn_many`, or if the file cannot be written.
        """
        saving.write(path, self.state())

    @classmethod
    def load(cls, path: str | Path, keys: Any = None) -> Self:
        """The fleet that was saved; it goes on with the bits that it would have had.

        With `keys`, only the networks of these keys are read and checked, in the order of the keys.
        Raises `InputError` for keys that the file does not have, and for a file that cannot be
        read, or is damaged.
        """
        wanted = None if keys is None else checked_keys(keys)
        saved = saving.read(path, wanted)
        with saving.sound(path):
            return cls.from_state(saved)

    def state(self) -> saving.Saved:
        """Everything that the fleet goes on from; raises `InputError` before the first row."""
        records = self._begun.take(self._slots.all())
        return saving.Saved(self.parameters, self._features, self.keys(), records)

    @classmethod
    def from_state(cls, saved: saving.Saved) -> Self:
        """The fleet of a state; raises `InputError` for what `state` has not returned."""
        fleet = cls(**saved.parameters)
        fleet._features = saved.features
        fleet._records = fleet._start(len(saved.features))
        fleet._records.put(saved.records)
        fleet._slots = Slots(saved.keys)
        return fleet

    def __copy__(self) -> Self:
        # A shallow copy would share the networks, and change with them.
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"<Fleet of {len(self):,} keys: {given}>"

    # Steps.

    def _learn(self, keys: list[Key], samples: Table, y: np.ndarray) -> np.ndarray:
        features = self._features or first_features(samples)
        records = self._records or self._start(len(features))
        X = arranged(samples, features)
        records.check_range(X)
        records.check_range(y)
        new = self._slots.new(keys)
        records.grow(self._slots.needed(len(new)))
        if keys:  # nothing may fail from here on
            self._features, self._records = features, records
        records.begin(self._slots.add(new))
        return records.step(self._slots.find(keys), X, y, changes=True)

    def _peek(self, keys: list[Key], samples: Table) -> np.ndarray:
        records, X = self._begun, arranged(samples, self._features)
        records.check_range(X)
        slots = self._slots.find(keys)
        known = slots >= 0
        found = records.step(slots[known], X[known], np.full(known.sum(), np.nan), changes=False)
        answers = np.full((len(keys), *found.shape[1:]), np.nan)
        answers[known] = found
        return answers

    def _start(self, features: int) -> Records:
        """The records of a fleet whose samples have so many features."""
        names = "seed", "dtype", "scaling", "interval"
        options = {name: self.parameters[name] for name in names}
        return Records(self._learner(features), **options)

    def _learner(self, features: int) -> GradientLearner:
        """The networks' equations; raises `InputError` for parameters that are out of range."""
        return cast(
            GradientLearner, network_of(self.parameters | {"epochs": 1}, features, "linear")
        )

    @property
    def _begun(self) -> Records:
        if self._records is None:
            raise InputError("Fleet has learned nothing yet: call learn_many first")
        return self._records


def _check_share(interval: Any) -> None:
    known = isinstance(interval, int | float) and not isinstance(interval, bool)
    if interval is not None and not (known and 0 < interval < 1):
        raise InputError(f"interval must be between 0 and 1, or None, got {quoted(interval)}")
