"""A fleet of classifiers: one small recurrent network for each of many series of classes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from longlag.errors import InputError
from longlag.estimators.class_target import label_of
from longlag.estimators.exclusive import exclusive
from longlag.estimators.frames import in_kind
from longlag.estimators.tables import Table
from longlag.estimators.target import Label
from longlag.fleet import saving
from longlag.fleet.class_steps import ClassRows
from longlag.fleet.keyed import KeyedNetworks
from longlag.fleet.keys import Key, checked_keys
from longlag.fleet.samples import classes_of, one_sample, samples_of

LEAST = 2  #: outputs: one class alone is nothing to tell from
FEW = 8  #: so many outputs are cheap: they are there for every key if the fleet has so many classes


class FleetClassifier(KeyedNetworks):
    """A recurrent network of its own for each of many series of classes, up to millions of them.

    >>> fleet = FleetClassifier()
    >>> keys = [f"machine {i}" for i in range(1000)]
    >>> for hour in range(30):
    ...     X, y = np.full((1000, 1), hour % 3), ["idle", "busy", "busy"][hour % 3]
    ...     before = fleet.learn_many(keys, X, [y] * 1000)  # what each network expected
    >>> len(fleet), str(before[0]), fleet.labels
    (1000, 'busy', ['idle', 'busy'])

    Its conventions and parameters are those of `longlag.Fleet`, but for the interval, and classes
    are those of `longlag.LSTMClassifier`: texts, whole numbers or booleans, which may appear at any
    time. Each key is answered, up to rounding, as by an `LSTMClassifier` of the same parameters
    that gets the rows of this key alone. So a class has a probability for a key from its second row
    with this key on, whatever the other keys have had.

    All networks have as many outputs as the key with the most classes needs, or one for each class
    of the fleet, while these are up to 8; their number is a power of two, from 2 on. The drivers
    are compiled for each number of outputs, which takes some ten seconds when it grows.

    Raises `InputError` for parameters that are out of range.
    """

    saved_as = "FleetClassifier"
    _classes = True
    #: of the classes so far; never changed, but replaced
    _codes: Mapping[Label, int] = MappingProxyType({})
    citation = ("hochreiter1997", "gers2000", "tallec2018", "welford1962")

    @property
    def labels(self) -> list[Label]:
        """The classes that any key has had, in the order of the columns of probabilities."""
        return list(self._codes)

    @exclusive
    def learn_many(self, keys: Any, X: Any, y: Any) -> Any:
        """Take a step with each row, and learn its class; returns the answers before learning.

        `keys` (n,) say which series each row of X (n, features) belongs to, and y (n,) are the
        classes. The rows of a key are in the order of time; keys come in any order, each as often
        as it likes. None or NaN is a class that is missing: the network takes the step and learns
        nothing.

        An answer (n,) is the most probable class, None where the key had none before that row, or
        where its network has diverged. A data frame is answered by a series of its library. Raises
        `InputError` for other data, before anything has changed.
        """
        return self._likeliest(X, self._learn(*_rows(keys, X, y)))

    @exclusive
    def learn_proba_many(self, keys: Any, X: Any, y: Any) -> Any:
        """`learn_many` that returns the probabilities (n, classes) of all `labels`.

        A class that the key has not had before a row has the probability 0 there. A data frame is
        answered by a data frame of its library.
        """
        return in_kind(X, self._learn(*_rows(keys, X, y), shares=True).shares, self.labels)

    @exclusive
    def predict_many(self, keys: Any, X: Any) -> Any:
        """The answers to X (n, features) as the next rows of their series; nothing changes.

        Several rows of one key follow each other, without classes. A key that is not known has no
        network, and is answered None: `key in fleet` tells whether it is known. Raises `InputError`
        for other data, and before the first call of `learn_many`.
        """
        names = checked_keys(keys)
        return self._likeliest(X, self._peek(names, samples_of(X, len(names))))

    @exclusive
    def predict_proba_many(self, keys: Any, X: Any) -> Any:
        """`predict_many` that returns the probabilities (n, classes) of all `labels`.

        A class that the key has not had has the probability 0, and so have all classes of a key
        that is not known.
        """
        names = checked_keys(keys)
        return in_kind(X, self._peek(names, samples_of(X, len(names))).shares, self.labels)

    @exclusive
    def learn_one(self, key: Key, x: Mapping[Any, Any], y: Label | None) -> None:
        """`learn_many` of one row, whose features are a dict."""
        self._learn(checked_keys([key]), one_sample(x), [y])

    @exclusive
    def predict_one(self, key: Key, x: Mapping[Any, Any]) -> Label | None:
        """`predict_many` of one row: the most probable class, or None."""
        return self._names(self._peek(checked_keys([key]), one_sample(x)).best)[0]

    @exclusive
    def predict_proba_one(self, key: Key, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of every class that the key has had, if x is its next sample."""
        shares = self._peek(checked_keys([key]), one_sample(x)).shares[0].tolist()
        return {label: share for label, share in zip(self._codes, shares, strict=True) if share}

    @exclusive
    def state(self) -> saving.Saved:
        """Everything that the fleet goes on from; raises `InputError` before the first row."""
        return super().state()._replace(labels=self.labels)

    @classmethod
    def from_state(cls, saved: saving.Saved) -> Self:
        """The fleet of a state; raises `InputError` for what `state` has not returned."""
        fleet = super().from_state(saved)
        fleet._codes = {label: code for code, label in enumerate(saved.labels)}
        if len(fleet._codes) != len(saved.labels):
            raise InputError("its classes must be different")
        fleet._begun.check_classes(len(fleet._codes))
        return fleet

    def _learn(
        self, keys: list[Key], samples: Table, y: list[Any], *, shares: bool = False
    ) -> ClassRows:
        """The answers before the classes are learned; probabilities, if these are wanted."""
        codes, known = self._coded(y)
        outputs = self._outputs(keys, codes, len(known))
        X, records, features, new = self._prepared(samples, outputs, keys)
        if keys:  # nothing may fail from here on
            self._features, self._codes, self._records = features, known, records
        records.begin(self._slots.add(new))
        slots, width = self._slots.find(keys), len(known) * shares
        return records.step_classes(slots, X, codes, width, changes=True)

    def _peek(self, keys: list[Key], samples: Table) -> ClassRows:
        records, rows = self._begun, len(keys)
        known, slots, X = self._known(keys, samples)
        none, labels = np.full(len(X), -1), len(self._codes)
        found = records.step_classes(slots, X, none, labels, changes=False)
        shares, best = np.zeros((rows, labels)), np.full(rows, -1)
        shares[known], best[known] = found.shares, found.best
        return found._replace(shares=shares, best=best)

    def _coded(self, y: list[Any]) -> tuple[np.ndarray, Mapping[Label, int]]:
        """The codes (n,) of classes, -1 where one is missing, and the codes of all classes."""
        known, new, found = self._codes, {}, {}
        try:
            different = dict.fromkeys(y)  # far fewer than rows
        except TypeError:  # a list, for example
            different = y
        for value in different:
            label = label_of(value)
            if label is None:
                found[value] = -1
            elif label in known:
                found[value] = known[label]
            else:
                found[value] = new.setdefault(label, len(known) + len(new))
        codes = np.fromiter(map(found.__getitem__, y), np.int64, len(y))
        return codes, {**known, **new} if new else known

    def _outputs(self, keys: list[Key], codes: np.ndarray, labels: int) -> int:
        """Outputs that the networks need for some rows, at least as many as they have."""
        there = self._records.learner.outputs if self._records else LEAST
        if there >= labels:
            return there
        most = there
        if labels > FEW:
            most = self._most_classes(keys, codes, labels)
        needed = min(labels, max(FEW, most))
        return max(there, 1 << (needed - 1).bit_length())

    def _most_classes(self, keys: list[Key], codes: np.ndarray, labels: int) -> int:
        """Classes of the key that has the most of them, after some rows."""
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        slots = self._slots.find(places)
        had = np.full((len(places), 1), -1.0)
        if self._records:
            classes = self._records.networks.statistics.classes[:, 0]
            had = np.where(slots[:, None] >= 0, classes[slots], -1.0)
        rows = np.fromiter(map(places.__getitem__, keys), np.int64, len(keys))
        return most_classes(had, rows, codes, labels)

    def _likeliest(self, X: Any, rows: ClassRows) -> Any:
        """Answers as `learn_many` returns them."""
        found = self._names(rows.best)
        answers = np.array(found)
        if answers.shape != (len(found),) or answers.tolist() != found:
            # NumPy would make texts of numbers beside texts, and of None.
            answers = np.empty(len(found), object)
            answers[:] = found
        return in_kind(X, answers, [], self.labels)

    def _names(self, best: np.ndarray) -> list[Label | None]:
        """The classes of codes (n,), None for -1."""
        labels: list[Label | None] = [*self._codes, None]
        return [labels[code] for code in best.tolist()]


def most_classes(had: np.ndarray, of: np.ndarray, codes: np.ndarray, labels: int) -> int:
    """How many classes the series has that has the most, after some rows.

    `had` (series, n) are the codes, below `labels`, of the classes that each has had, -1 for none;
    `of` (rows,) says which series each row belongs to, and `codes` (rows,) are those of the rows.
    """
    series, place = np.nonzero(had >= 0)
    before = series * labels + had[series, place].astype(np.int64)
    pairs = np.unique(np.concatenate([before, (of * labels + codes)[codes >= 0]]))
    return int(np.bincount(pairs // labels, minlength=1).max())


def _rows(keys: Any, X: Any, y: Any) -> tuple[list[Key], Table, list[Any]]:
    """Checked keys and samples, and classes that are not yet checked."""
    names = checked_keys(keys)
    return names, samples_of(X, len(names)), classes_of(y, len(names))
