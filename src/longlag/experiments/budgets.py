"""The budgets and seeds of the trials in a store: those to ask for, when others are shown."""

from collections.abc import Iterable
from typing import NamedTuple

from longlag.experiments.matrix import budgets_of
from longlag.experiments.names_in_store import names_in_store
from longlag.experiments.selection import as_shown
from longlag.experiments.store import Store
from longlag.experiments.trial import TrialRecord
from longlag.tasks import tasks


class Shown(NamedTuple):
    """The options under which trials are shown."""

    budget: int  #: network steps in the matrix, presentations on the ladder
    seed: int


def trials_of(store: Store, experiment: str) -> list[TrialRecord]:
    """The sound records of the matrix or the ladder, also of the networks that choose."""
    names = names_in_store(experiment)
    return [record for name in names for record in store.sound_records(name)[0]]


def matrix_tasks(records: Iterable[TrialRecord]) -> list[str]:
    """The tasks with trials of the matrix, in the order of the matrix."""
    met = {record.key.row for record in records}
    return [name for name in tasks() if name in met]


def matrix_budgets(records: Iterable[TrialRecord]) -> list[Shown]:
    """The budgets of trials of the matrix, rising.

    A trial knows its cap, the number of sequences in the budget. So a budget is known within a
    sequence of each task; the roundest number there was most likely given.
    """
    known = tasks()
    caps = {
        (each.key.row, shown.cap, shown.seed)
        for each in records
        if each.key.row in known and (shown := as_shown(each.key, each.conditions))
    }
    return [
        Shown(budget, seed)
        for seed in sorted({seed for *_, seed in caps})
        for budget in _common(budgets_of(task, cap) for task, cap, each in caps if each == seed)
    ]


def ladder_budgets(records: Iterable[TrialRecord]) -> list[Shown]:
    """The budgets of trials of the ladder, rising."""
    found = (as_shown(each.key, each.conditions) for each in records)
    return sorted({Shown(each.cap, each.seed) for each in found})


def others(found: Iterable[Shown], shown: Shown) -> str:
    """Words for the options under which the rest of the trials is shown; nothing without any."""
    options = [
        f"--budget {each.budget}" + (f" --seed {each.seed}" if each.seed != shown.seed else "")
        for each in found
        if each != shown
    ]
    if not options:
        return ""
    return f"The store also has trials of other budgets or seeds: {'; '.join(options)}."


def _common(spans: Iterable[range]) -> list[int]:
    """The roundest number in each group of spans that overlap."""
    found: list[range] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start < found[-1].stop:
            both = found[-1], span
            found[-1] = range(max(x.start for x in both), min(x.stop for x in both))
        else:
            found.append(span)
    return [_roundest(span) for span in found]


def _roundest(span: range) -> int:
    """The number with the most zeros at its end.

    >>> _roundest(range(4_999_593, 5_000_135))
    5000000
    """
    for power in range(len(str(span.stop)), -1, -1):
        number = -(-span.start // 10**power) * 10**power
        if number in span:
            return number
    return span.start
