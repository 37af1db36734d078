"""A fleet: one small recurrent network for each of many series of numbers."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

import numpy as np

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.exclusive import exclusive
from longlag.estimators.frames import ONE, in_kind
from longlag.estimators.tables import Table, single
from longlag.fleet import saving
from longlag.fleet.keyed import KeyedNetworks
from longlag.fleet.keyed import Scores as Scores
from longlag.fleet.keys import Key, checked_keys
from longlag.fleet.samples import one_sample, one_target, samples_of, targets_of
from longlag.quoting import quoted

ENDS = ("lower", "upper")  #: names of the columns of intervals


class Fleet(KeyedNetworks):
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
    data frame or by their places. Their targets are numbers, too: one a row, or several, which
    then are those of the first call.

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

    saved_as = "Fleet"
    _classes = False
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
        super().__init__(
            cells,
            cell=cell,
            block_size=block_size,
            rule=rule,
            rate=rate,
            forget_gates=forget_gates,
            peepholes=peepholes,
            scaling=scaling,
            seed=seed,
            dtype=dtype,
        )
        share = single(interval)
        _check_share(share)
        self.parameters["interval"] = None if share is None else float(share)
        self._targets: list[Name] = []

    @property
    def targets(self) -> list[Name]:
        """Names of the targets, if there are several; none otherwise."""
        return list(self._targets)

    @exclusive
    def learn_many(self, keys: Any, X: Any, y: Any) -> Any:
        """Take a step with each row, and learn its target; returns the answers before learning.

        `keys` (n,) say which series each row of X (n, features) belongs to, and y (n,) are the
        targets, or y (n, targets) if there are several. The rows of a key are in the order of time;
        keys come in any order, each as often as it likes. NaN is a number that is missing: without
        a target, the network takes the step and learns nothing.

        The answers are of the shape of y, or (n, 3) or (n, targets, 3) with the lower and the upper
        end of their intervals. A data frame is answered by a series or a data frame of its library.
        A network that has diverged gives answers that are not finite, see `diverged`. Raises
        `InputError` for other data, before anything has changed.
        """
        names = checked_keys(keys)
        samples = samples_of(X, len(names))
        targets = targets_of(y, len(names), named=bool(self._targets))
        answers = self.learn_checked(names, samples, *targets)
        return answers_in_kind(X, answers, self._targets)

    @exclusive
    def predict_many(self, keys: Any, X: Any) -> Any:
        """The answers to X (n, features) as the next rows of their series; nothing changes.

        Several rows of one key follow each other, without targets. A key that is not known has no
        network, and is answered NaN: `key in fleet` tells whether it is known. Raises `InputError`
        for other data, and before the first call of `learn_many`.
        """
        names = checked_keys(keys)
        answers = self.predict_checked(names, samples_of(X, len(names)))
        return answers_in_kind(X, answers, self._targets)

    @exclusive
    def learn_one(self, key: Key, x: Mapping[Any, Any], y: Any) -> None:
        """`learn_many` of one row, whose features are a dict; y is a number, or a dict of them."""
        self.learn_checked(checked_keys([key]), one_sample(x), *one_target(y))

    @exclusive
    def predict_one(self, key: Key, x: Mapping[Any, Any]) -> Any:
        """`predict_many` of one row: a number, or (answer, lower end, upper end).

        Of several targets, a dict of such.
        """
        found = self.predict_checked(checked_keys([key]), one_sample(x))[0]
        one: list[Any] = [tuple(each) if len(each) > 1 else each[0] for each in found.tolist()]
        return dict(zip(self._targets, one, strict=True)) if self._targets else one[0]

    @exclusive
    def state(self) -> saving.Saved:
        """Everything that the fleet goes on from; raises `InputError` before the first row."""
        return super().state()._replace(targets=self._targets)

    @classmethod
    def from_state(cls, saved: saving.Saved) -> Self:
        """The fleet of a state; raises `InputError` for what `state` has not returned."""
        fleet = super().from_state(saved)
        fleet._targets = list(saved.targets)
        if max(1, len(set(saved.targets))) != saved.outputs:
            raise InputError("its networks must have an output for each target")
        return fleet

    def begin(self, features: Iterable[Name], targets: Iterable[Name] = ()) -> None:
        """See `KeyedNetworks.begin`; with the names of the targets, if there are several."""
        super().begin(features)
        self._targets = list(targets)
        if self._targets:
            self.reserve([], len(self._targets))

    def learn_checked(
        self, keys: list[Key], samples: Table, y: np.ndarray, targets: list[Name]
    ) -> np.ndarray:
        """`learn_many` of what is checked: answers (n, targets, columns).

        The columns of y (n, targets) have the names of `targets`, or none if there is one.
        """
        known = targets if self._records is None else self._targets
        y = arranged_targets(y, targets, known)
        X, records, features, new = self._prepared(samples, y.shape[1], keys)
        records.check_range(y)
        if keys:  # nothing may fail from here on
            self._features, self._targets, self._records = features, known, records
        records.begin(self._slots.add(new))
        return records.step(self._slots.find(keys), X, y, changes=True)

    def predict_checked(self, keys: list[Key], samples: Table) -> np.ndarray:
        """`predict_many` of what is checked: answers (n, targets, columns)."""
        records = self._begun
        known, slots, X = self._known(keys, samples)
        y = np.full((len(X), records.learner.outputs), np.nan)
        found = records.step(slots, X, y, changes=False)
        answers = np.full((len(keys), *found.shape[1:]), np.nan)
        answers[known] = found
        return answers


def answers_in_kind(X: Any, answers: np.ndarray, targets: list[Name]) -> Any:
    """Answers (n, targets, columns) as `Fleet.learn_many` returns them."""
    rows, _, width = answers.shape
    ends = ENDS if width > 1 else ()
    if not targets:
        one = answers[:, 0] if ends else answers[:, 0, 0]
        return in_kind(X, one, (ONE, *ends))
    if not hasattr(X, "columns"):
        return answers if ends else answers[:, :, 0]
    names = [name for each in targets for name in (each, *(f"{each} {end}" for end in ends))]
    return in_kind(X, answers.reshape(rows, len(names)), names)


def arranged_targets(y: np.ndarray, targets: list[Name], known: list[Name]) -> np.ndarray:
    """Targets (n, known) by their names, NaN where one is missing; raises `InputError`."""
    if targets == known or (not targets and len(known) == 1):
        return y
    if not known or not targets:
        if known and np.isnan(y).all():  # a target that is missing is any
            return np.full((len(y), len(known)), np.nan)
        learned, came = f"several targets, {quoted(known)}", "one"
        if not known:
            learned, came = "one target a row", f"several, {quoted(targets)}"
        raise InputError(f"the fleet has learned {learned}, got {came}: give the same")
    if unknown := [name for name in targets if name not in known]:
        raise InputError(
            f"the targets of a fleet are those of its first rows, {quoted(known)}, got "
            f"{quoted(unknown[0])} besides: leave it out, or begin a new fleet"
        )
    found = np.full((len(y), len(known)), np.nan)
    found[:, [known.index(name) for name in targets]] = y
    return found


def _check_share(interval: Any) -> None:
    known = isinstance(interval, int | float) and not isinstance(interval, bool)
    if interval is not None and not (known and 0 < interval < 1):
        raise InputError(f"interval must be between 0 and 1, or None, got {quoted(interval)}")
