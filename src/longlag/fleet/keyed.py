"""Networks by their keys: what a fleet of numbers and a fleet of classes have in common."""

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Self, cast

import numpy as np

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.exclusive import Turn, exclusive
from longlag.estimators.parameters import network_of, plain
from longlag.estimators.tables import Table, checked_names
from longlag.fleet import saving
from longlag.fleet.keys import Key, Slots, as_key, checked_keys
from longlag.fleet.records import Records
from longlag.fleet.samples import arranged, first_features
from longlag.fleet.steps import ERROR, JUDGED, LAST_ERROR
from longlag.learners.base import GradientLearner
from longlag.quoting import quoted


class Scores(NamedTuple):
    """How well each series is predicted, beside the prediction by its last target.

    An error of a number is the distance from it; that of a class is 1 if the answer was another
    class, else 0, so that the means are shares of wrong answers. Shapes are (keys, targets) where a
    series has several targets.

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


class KeyedNetworks:
    """A network for each key, in the records of slots."""

    saved_as: ClassVar[str]  #: the kind, in a file
    _classes: ClassVar[bool]  #: whether the outputs of a network stand for classes

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
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ):
        """Without keys; raises `InputError` for parameters that are out of range."""
        self.parameters = plain(
            {
                "cells": cells,
                "cell": cell,
                "block_size": block_size,
                "rule": rule,
                "rate": rate,
                "forget_gates": forget_gates,
                "peepholes": peepholes,
                "scaling": scaling,
                "seed": seed,
                "dtype": dtype,
            }
        )
        self._learner(features=1)
        self._features: list[Name] = []
        self._slots = Slots()
        self._records: Records | None = None
        self._turn = Turn()

    # Keys.

    def __len__(self) -> int:
        return len(self._slots.of)

    def __contains__(self, key: object) -> bool:
        return as_key(key) in self._slots.of

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

    def begin(self, features: Iterable[Name]) -> None:
        """Let the samples have these features; networks begin with random weights there.

        Raises `InputError` if memory is too small.
        """
        names = list(features)
        self._features, self._records = names, self._start(len(names))

    def reserve(self, keys: list[Any], outputs: int = 1) -> None:
        """Allocate memory for keys and outputs, so that a later call cannot fail for want of it.

        Raises `InputError` if memory is too small; the networks then stay as they are.
        """
        self._records = self._with_room(self._begun, outputs, self._slots.new(keys))

    @exclusive
    def add_features(self, names: Sequence[Name]) -> None:
        """Let samples have more features from now on, missing until they come.

        The networks of all keys, also of those to come, begin with weights of zero there, as an
        estimator does where a feature appears later. The drivers for this number of features are
        compiled again, which takes some ten seconds. Raises `InputError` for names that are known,
        and before the first call of `learn_many`.
        """
        try:
            given = None if isinstance(names, str) else list(names)
        except TypeError:  # not iterable
            given = None
        if given is None:
            raise InputError(f"names of features must be a list, got {quoted(names)}")
        found = checked_names("feature", given)
        both = [*self._features, *found]
        if len(set(both)) < len(both):
            raise InputError(f"the features to be added must be new, got {quoted(found)}")
        self._records = self._begun.widened(self._slots.needed(0), inputs=len(found))
        self._features = both

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
        found = self._begun.networks.statistics.scores[self._slots.all()]
        if found.shape[1] == 1:
            found = found[:, 0]
        rows = found[..., JUDGED]
        many = np.where(rows > 0, rows, np.nan)
        errors = found[..., ERROR] / many, found[..., LAST_ERROR] / many
        return Scores(self.keys(), rows.astype(int), *errors)

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
        if saved.kind != cls.saved_as:
            raise InputError(f"{path} holds a {saved.kind}: read it with {saved.kind}.load")
        with saving.sound(path):
            return cls.from_state(saved)

    @exclusive
    def state(self) -> saving.Saved:
        """Everything that the fleet goes on from; raises `InputError` before the first row."""
        records = self._begun.take(self._slots.all())
        shape = self._begun.begun, self._begun.learner.outputs
        return saving.Saved(
            self.parameters, self._features, self.keys(), records, self.saved_as, *shape
        )

    @classmethod
    def from_state(cls, saved: saving.Saved) -> Self:
        """The fleet of a state; raises `InputError` for what `state` has not returned."""
        fleet = cls(**saved.parameters)
        inputs, begun = len(saved.features), saved.begun or len(saved.features)
        if saved.kind != cls.saved_as or not 1 <= begun <= inputs or saved.outputs < 1:
            raise InputError(f"it is not the state of a {cls.saved_as}")
        fleet._features = saved.features
        records = fleet._start(begun)
        more = inputs - begun, saved.outputs - 1
        fleet._records = records.widened(1, *more) if any(more) else records
        fleet._records.put(saved.records)
        fleet._slots = Slots(saved.keys)
        return fleet

    def __copy__(self) -> Self:
        # A shallow copy would share the networks, and change with them.
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"<{self.saved_as} of {len(self):,} keys: {given}>"

    # Steps.

    def _prepared(
        self, samples: Table, outputs: int, keys: list[Key]
    ) -> tuple[np.ndarray, Records, list[Name], list[Key]]:
        """Samples (n, features), records with room for them, the features, and the new keys.

        The fleet itself stays as it is: whatever is refused, nothing has changed.
        """
        features = self._features or first_features(samples)
        X, new = arranged(samples, features), self._slots.new(keys)
        records = self._records or self._start(len(features))
        records.check_range(X)
        return X, self._with_room(records, outputs, new), features, new

    def _with_room(self, records: Records, outputs: int, new: list[Key]) -> Records:
        """Records with at least this number of outputs, with room for new keys.

        The same object if it has them already. Raises `InputError` if memory is too small.
        """
        more = outputs - records.learner.outputs
        if more > 0:
            records = records.widened(self._slots.needed(0), outputs=more)
        records.grow(self._slots.needed(len(new)))
        return records

    def _known(self, keys: list[Key], samples: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which keys (n,) are known, their slots, and their samples; raises `InputError`."""
        X = arranged(samples, self._features)
        self._begun.check_range(X)
        slots = self._slots.find(keys)
        known = slots >= 0
        return known, slots[known], X[known]

    def _start(self, features: int) -> Records:
        """The records of a fleet whose samples have so many features."""
        names = "seed", "dtype", "scaling", "interval"
        options = {name: self.parameters[name] for name in names if name in self.parameters}
        return Records(self._learner(features), classes=self._classes, **options)

    def _learner(self, features: int) -> GradientLearner:
        """The networks' equations; raises `InputError` for parameters that are out of range."""
        # Softmax is over the classes of a key alone: the drivers take it of linear outputs.
        output: Literal["linear"] = "linear"
        return cast(GradientLearner, network_of(self.parameters | {"epochs": 1}, features, output))

    @property
    def _begun(self) -> Records:
        if self._records is None:
            raise InputError(f"{self.saved_as} has learned nothing yet: call learn_many first")
        return self._records
