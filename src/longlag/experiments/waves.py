"""Trials that depend on the outcome of other trials: run in waves, until nothing is pending."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from longlag.experiments.selection import Find
from longlag.experiments.store import Store
from longlag.experiments.study import WIDTHS, Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord


class Waiting(Protocol):
    """What cannot go on before some trials are over."""

    @property
    def pending(self) -> Sequence[tuple[TrialKey, Conditions]]:
        """These trials."""
        ...


Each = TypeVar("Each", bound=Waiting)


class _Finished:
    """The finished trials of a store, read once: a `Find`."""

    def __init__(self, store: Store):
        self._store = store
        self._known: dict[tuple[TrialKey, Conditions], TrialRecord] = {}

    def __call__(self, key: TrialKey, conditions: Conditions) -> TrialRecord | None:
        known = self._known.get((key, conditions)) or self._store.find(key, conditions)
        if known:
            self._known[key, conditions] = known
        return known


def stored(standings: Callable[[Find], Sequence[Each]], store: Store) -> Sequence[Each]:
    """What the finished trials of the store say, without running any."""
    return standings(_Finished(store))


def run_in_waves(
    standings: Callable[[Find], Sequence[Each]],
    store: Store,
    progress: Callable[[Study], None] | None = None,
    workers: int | None = None,
) -> Sequence[Each]:
    """Run what is pending, and what then is, to the end or an interruption; the last standings.

    `standings` says from the finished trials alone how far all has come, so a later run of the same
    store goes on where this one stopped.
    """
    find = _Finished(store)
    while True:
        found = standings(find)
        pending = [trial for each in found for trial in each.pending]
        if not pending:
            return found
        # Few networks of each kind: in the fewest lanes their kernel is compiled once.
        records = Study(pending, store, workers=workers, lanes=WIDTHS[0]).run(progress)
        if any(record.status is Status.INTERRUPTED for record in records):
            return standings(find)
