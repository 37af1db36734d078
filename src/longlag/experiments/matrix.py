"""Every learner on every task, within a budget of network steps."""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import islice, product

from longlag.errors import InputError, check_whole
from longlag.experiments.conditions import Table, build
from longlag.experiments.kinds import kind_of
from longlag.experiments.trial import Conditions, TrialKey
from longlag.learners import learners
from longlag.registry import look_up
from longlag.tasks import tasks
from longlag.tasks.base import Task

NAME = "matrix"  #: the experiment name of the trials in a store
_SAMPLE = 20  #: sequences whose mean length converts the budget into a number of sequences


@dataclass(frozen=True)
class Cell:
    """One learner on one task."""

    task: str
    learner: str
    conditions: Conditions | None  #: None where the learner does not apply
    reason: str = ""  #: why the learner does not apply

    def keys(self, trials: int) -> list[TrialKey]:
        """The trials of this cell."""
        return [TrialKey(NAME, self.task, self.learner, i) for i in range(trials)]


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
    settings = tomllib.loads((resources.files("longlag.experiments") / "matrix.toml").read_text())
    for kind, named, known in (
        ("task", tasks_, tasks()),
        ("learner", learners_, learners()),
        ("task", settings["tasks"], tasks()),
        ("learner", settings["learners"], learners()),
    ):
        for name in named:
            look_up(kind, name, known)
    plain = {"test": 256, "dtype": dtype, "seed": seed}
    return [
        _cell(task, learner, settings, budget, plain)
        for task, learner in product(tasks_ or tasks(), learners_ or learners())
    ]


def _cell(task: str, learner: str, settings: Table, budget: int, plain: Table) -> Cell:
    tables = {
        "task": {"type": task} | settings["tasks"].get(task, {}),
        "learner": {"type": learner} | settings["learners"].get(learner, {}),
        "stop": settings["stop"][kind_of(learners()[learner]).name],
    }
    try:
        conditions = build(tables | plain | {"cap": 1})
    except InputError as error:
        return Cell(task, learner, None, str(error))
    length = _mean_length(conditions.task)
    cap = int(budget / length)
    if not cap:
        return Cell(task, learner, None, f"a sequence has {length:.0f} steps, the budget is less")
    return Cell(task, learner, replace(conditions, cap=cap))


@cache
def _mean_length(task: Task) -> float:
    return sum(len(x) for x, _ in islice(task.sequences(seed=0), _SAMPLE)) / _SAMPLE


def trials(grid: Sequence[Cell], each: int) -> list[tuple[TrialKey, Conditions]]:
    """`each` trials of every cell that applies."""
    check_whole("trials", each, 1, 1_000_000)
    return [(key, cell.conditions) for cell in grid if cell.conditions for key in cell.keys(each)]
