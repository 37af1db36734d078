"""Every learner on every task: which trials are shown, and one grid of their outcomes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import median
from typing import NamedTuple

from rich.console import Group
from rich.text import Text

from longlag.experiments.matrix import Cell, fitting_settings
from longlag.experiments.names_in_store import MATRIX, TUNING_SUFFIX
from longlag.experiments.selection import TUNING
from longlag.experiments.trial import Status, TrialRecord
from longlag.report.study.counts import count
from longlag.report.style.blocks import Blocks

KEY = (
    "Median sequences (guesses, where weights are guessed) of the trials that solved the task, and "
    "how many of the trials if not all. -: no network shown solved it within the budget (some may "
    "have on the seed that chooses). n/a: does not apply. Empty: not run to the end."
)


def of_matrix(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The trials of the matrix that are shown: of a cell, those under the conditions chosen last.

    Of several budgets the largest counts. If no setting solved a task, all trials that were made to
    choose one are shown, once every setting was tried.
    """
    shown: dict[tuple[str, str], list[TrialRecord]] = {}
    tried: dict[tuple[str, str], list[TrialRecord]] = {}
    for record in records:
        if record.key.experiment == MATRIX:
            shown.setdefault(_cell_of(record), []).append(record)
        elif record.key.experiment == MATRIX + TUNING_SUFFIX:
            tried.setdefault(_cell_of(record), []).append(record)
    kept = []
    for cell in shown | tried:
        mine = shown.get(cell, tried.get(cell, []))
        most = max(record.conditions.cap for record in mine)
        mine = [record for record in mine if record.conditions.cap == most]
        if cell in shown:
            kept += [record for record in mine if record.conditions == mine[-1].conditions]
        elif _failed(mine):
            kept += mine
    return kept


def _failed(tried: Sequence[TrialRecord]) -> bool:
    """Whether every setting was tried to the end, and none of them solved the task."""
    prefix = f"{tried[0].conditions.learner.name}, "
    names = Counter(record.key.reading.removeprefix(prefix) for record in tried)
    left = fitting_settings(tried[0].conditions) - {
        name for name, count in names.items() if count == TUNING
    }
    return not left and not any(record.status is Status.SOLVED for record in tried)


def cells_of(records: Sequence[TrialRecord]) -> list[Cell]:
    """The cells that these records of the matrix belong to."""
    found = {_cell_of(record): {"": record.conditions} for record in records}
    return [Cell(task, learner, found[task, learner]) for task, learner in sorted(found)]


def _cell_of(record: TrialRecord) -> tuple[str, str]:
    return record.key.row, record.conditions.learner.name


class Outcome(NamedTuple):
    """What became of the trials of a cell."""

    trials: int
    solved: int
    finished: int
    needed: float | None  #: median sequences, or guesses, to success
    steps: float | None  #: median network steps to success

    @property
    def share(self) -> float:
        """The part of the trials that solved the task."""
        return self.solved / self.trials


Outcomes = dict[tuple[str, str], Outcome]  #: by task and learner


def outcomes(records: Sequence[TrialRecord]) -> Outcomes:
    """By task and learner."""
    groups: dict[tuple[str, str], list[TrialRecord]] = {}
    for record in records:
        groups.setdefault(_cell_of(record), []).append(record)
    return {cell: _outcome(group) for cell, group in groups.items()}


def _outcome(group: Sequence[TrialRecord]) -> Outcome:
    solved = [record for record in group if record.status is Status.SOLVED]
    return Outcome(
        trials=len(group),
        solved=len(solved),
        finished=sum(record.status is not Status.INTERRUPTED for record in group),
        needed=median(record.to_success for record in solved) if solved else None,
        steps=median(record.steps for record in solved) if solved else None,
    )


def ranked(cells: Sequence[Cell], found: Outcomes) -> tuple[list[str], list[str]]:
    """The tasks, those that most learners solve first; the learners that solve most tasks first."""
    tasks = dict.fromkeys((cell.task for cell in cells), 0.0)
    learners = dict.fromkeys((cell.learner for cell in cells), 0.0)
    for (task, learner), outcome in found.items():
        tasks[task] += outcome.share
        learners[learner] += outcome.share
    return (
        sorted(tasks, key=lambda name: -tasks[name]),
        sorted(learners, key=lambda name: -learners[name]),
    )


def words(cell: Cell | None, outcome: Outcome | None) -> str:
    """What the grid says of a cell; see `KEY`."""
    if cell and not cell.settings:
        return "n/a"
    if outcome is None or (outcome.finished < outcome.trials and not outcome.solved):
        return ""
    if outcome.needed is None:
        return "-"
    share = "" if outcome.solved == outcome.trials else f" ({outcome.solved}/{outcome.trials})"
    return count(outcome.needed) + share


def grid(cells: Sequence[Cell], records: Sequence[TrialRecord]) -> Group:
    """Tasks by learners, the more numerous as rows, and the reasons why some do not apply."""
    found = outcomes(records)
    tasks, learners = ranked(cells, found)
    by_place = {(cell.task, cell.learner): cell for cell in cells}
    texts = {
        place: _text(words(by_place.get(place), found.get(place)))
        for place in ((task, learner) for task in tasks for learner in learners)
    }
    if len(tasks) >= len(learners):
        columns = {each: [texts[task, each] for task in tasks] for each in learners}
        table = Blocks("task", tasks, columns)
    else:
        columns = {each: [texts[each, learner] for learner in learners] for each in tasks}
        table = Blocks("learner", learners, columns)
    return Group(table, Text(KEY, style="dim"), *map(Text, _reasons(cells)))


def _reasons(cells: Sequence[Cell]) -> Iterable[str]:
    """Why learners do not apply, the tasks of the same reason together."""
    barred = sorted((cell.learner, cell.reason, cell.task) for cell in cells if cell.reason)
    for (learner, reason), same in groupby(barred, key=lambda each: each[:2]):
        yield f"n/a: {learner} on {', '.join(task for *_, task in same)}: {reason}"


def _text(said: str) -> Text:
    return Text(said, style="red" if said == "-" else "dim" if said == "n/a" else "green")
