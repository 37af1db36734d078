"""Every learner on every task, within a budget of network steps."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product

from longlag.errors import InputError, check_whole
from longlag.experiments.conditions import construct_task, to_tables
from longlag.experiments.names_in_store import MATRIX
from longlag.experiments.selection import LAST_SEED, Selection
from longlag.experiments.settings import settings_of
from longlag.experiments.tables import Table, shipped
from longlag.experiments.trial import Conditions
from longlag.learners import learners
from longlag.registry import look_up
from longlag.tasks import tasks
from longlag.tasks.base import Task

_SAMPLE = 20  #: sequences whose mean length converts the budget into a number of sequences


@dataclass(frozen=True)
class Cell:
    """One learner on one task."""

    task: str
    learner: str
    settings: Mapping[str, Conditions] = field(default_factory=dict)
    #: in the order in which they are tried; none where the learner does not apply
    reason: str = ""  #: why the learner does not apply

    def selection(self, trials: int) -> Selection:
        """The trials of this cell, `trials` of them under the chosen setting."""
        return Selection(MATRIX, self.task, self.learner, self.settings, trials)


def cells(
    *,
    budget: int,
    tasks_: Collection[str] = (),
    learners_: Collection[str] = (),
    seed: int = 1,
    dtype: str = "float32",
) -> list[Cell]:
    """The cells task by task, for all tasks and learners or for the named ones.

    The cap of a trial is the number of sequences (or guesses) in a `budget` of network steps.
    Raises `InputError`.
    """
    check_whole("budget", budget, 1, 10**15)
    check_whole("seed", seed, 0, LAST_SEED)
    file = shipped("matrix.toml")
    for kind, named, known in (
        ("task", tasks_, tasks()),
        ("learner", learners_, learners()),
        ("task", file["tasks"], tasks()),
    ):
        for name in named:
            look_up(kind, name, known)
    return [
        _cell(task, learner, file, budget, seed, dtype)
        for task, learner in product(
            dict.fromkeys(tasks_ or tasks()), dict.fromkeys(learners_ or learners())
        )
    ]


def fitting_settings(conditions: Conditions) -> set[str]:
    """The names of the settings under which the learner may be tried on this task."""
    tables = to_tables(conditions)
    found = settings_of(conditions.learner.name).conditions(
        tables["task"],
        {conditions.kind.name: tables["stop"]},
        cap=conditions.cap,
        longest=_SAMPLE,
        seed=conditions.seed,
        dtype=conditions.dtype,
    )
    return set(found)


def budgets_of(task: str, cap: int) -> range:
    """The budgets that allow this number of sequences of a task, and no more."""
    steps, count = sum(_lengths(construct_task(_table(task)))), _SAMPLE
    return range(-(-cap * steps // count), -(-(cap + 1) * steps // count))


def _table(task: str) -> Table:
    return {"type": task} | shipped("matrix.toml")["tasks"].get(task, {})


def _cell(task: str, learner: str, file: Table, budget: int, seed: int, dtype: str) -> Cell:
    table = _table(task)
    lengths = _lengths(construct_task(table))
    cap = int(budget * len(lengths) / sum(lengths))
    if not cap:
        mean = sum(lengths) / len(lengths)
        return Cell(task, learner, reason=f"a sequence has {mean:.0f} steps, the budget is less")
    settings = settings_of(learner)
    if settings.signed:
        table |= file.get("signed", {}).get(task, {})
    longest = math.ceil(1.1 * max(lengths))  # a sample does not show the very longest
    try:
        found = settings.conditions(
            table, file["stop"], cap=cap, longest=longest, seed=seed, dtype=dtype
        )
    except InputError as error:
        return Cell(task, learner, reason=str(error))
    return Cell(task, learner, found)


@cache
def _lengths(task: Task) -> tuple[int, ...]:
    return tuple(len(x) for x, _ in islice(task.sequences(seed=0), _SAMPLE))
