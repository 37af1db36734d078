"""Which of a learner's settings is shown on a task: chosen on one seed, shown on another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from longlag.experiments.names_in_store import TUNING_SUFFIX
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

TUNING = 3  #: networks that each setting is tried with
_APART = 1_000_000  #: the seed for choosing lies so far from the seed shown
LAST_SEED = 2**63 - 1

Trials = list[tuple[TrialKey, Conditions]]
#: The record of a finished trial, or None.
Find = Callable[[TrialKey, Conditions], TrialRecord | None]


@dataclass(frozen=True)
class Selection:
    """One learner on one task: settings are tried in their order, and one of them is shown.

    The first setting with which all `TUNING` networks solve the task is chosen, or else the one
    with which most do. If no network solves it under any setting, there is nothing to choose.
    """

    experiment: str  #: of the trials shown; those for choosing have a suffix
    row: str
    learner: str
    settings: Mapping[str, Conditions]
    trials: int  #: networks shown

    def standing(self, find: Find) -> "Standing":
        """How far the trials that `find` knows have come."""
        solved: dict[str, int] = {}
        tried: list[TrialRecord] = []
        for name, conditions in self.settings.items():
            seed = (conditions.seed + _APART) & LAST_SEED
            records, missing = _found(
                self._trials(name, replace(conditions, seed=seed), TUNING, TUNING_SUFFIX), find
            )
            if missing:
                return Standing(pending=missing)
            tried += records
            solved[name] = sum(record.status is Status.SOLVED for record in records)
            if solved[name] == TUNING:
                break
        chosen = max(solved, key=lambda name: solved[name], default="")  # the first of equals
        if not solved.get(chosen):
            return Standing(records=tuple(tried))
        records, missing = _found(self._trials(chosen, self.settings[chosen], self.trials), find)
        return Standing(chosen, tuple(records), missing)

    def _trials(self, name: str, conditions: Conditions, count: int, which: str = "") -> Trials:
        reading = f"{self.learner}, {name}"
        return [
            (TrialKey(self.experiment + which, self.row, reading, i), conditions)
            for i in range(count)
        ]


def as_shown(key: TrialKey, conditions: Conditions) -> Conditions:
    """The conditions of the networks shown, from those of any network of a selection."""
    if not key.experiment.endswith(TUNING_SUFFIX):
        return conditions
    return replace(conditions, seed=(conditions.seed - _APART) & LAST_SEED)


@dataclass(frozen=True)
class Standing:
    """How far a selection has come."""

    setting: str | None = None  #: the chosen one; None if undecided, or if none solves the task
    #: of the networks shown that are over; if no setting solves the task, of those tried
    records: tuple[TrialRecord, ...] = ()
    pending: Sequence[tuple[TrialKey, Conditions]] = ()  #: trials without which nothing goes on

    @property
    def over(self) -> bool:
        """Whether no trial is left to run."""
        return not self.pending


def _found(trials: Trials, find: Find) -> tuple[list[TrialRecord], Trials]:
    """The records of the trials that are over, and the trials that are not."""
    records = [find(key, conditions) for key, conditions in trials]
    missing = [trial for trial, record in zip(trials, records, strict=True) if record is None]
    return [record for record in records if record], missing
