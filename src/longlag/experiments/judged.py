"""Models of users on the ladder of lags: what became of them, also as a store remembers it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from longlag.experiments.conditions import construct_task, to_fingerprint
from longlag.experiments.ladder import NETWORKS, Climb, Family, climb, climbed, families, row_of
from longlag.experiments.module import Module
from longlag.experiments.names_in_store import JUDGE, names_in_store
from longlag.experiments.population import Job
from longlag.experiments.selection import as_shown
from longlag.experiments.trial import Conditions, TrialRecord


@dataclass(frozen=True)
class Judgement:
    """What became of a model on the ladder of lags.

    Args:
        name: of the model
        climbs: one for each kind of memory
        records: the trials of all networks, also of those that only chose an optimiser
    """

    name: str
    climbs: tuple[Climb, ...]
    records: tuple[TrialRecord, ...]

    @property
    def reached(self) -> dict[str, int]:
        """The longest lag bridged by kind of memory, 0 where it stands on no rung."""
        return {each.family: each.reached for each in self.climbs}

    @property
    def finished(self) -> bool:
        """Whether no trial is left to run."""
        return not any(each.pending for each in self.climbs)

    @property
    def sequences(self) -> int:
        """Training sequences of all networks."""
        return sum(record.sequences for record in self.records)

    @property
    def seconds(self) -> float:
        """Computing time of all networks, in seconds."""
        return sum(record.seconds for record in self.records)

    @property
    def memory(self) -> int | None:
        """The most bytes of a process that trained a network."""
        return max((record.memory for record in self.records if record.memory), default=None)


def judgements_in(
    records: Iterable[TrialRecord], begun: Collection[tuple[str, int]] = ()
) -> list[Judgement]:
    """What a store says of each model, by its records and what `Store.begun` has of `JUDGE`.

    Of several versions, budgets and seeds of a model, those of its latest trial count.
    """
    named = [each for each in records if each.key.experiment in names_in_store(JUDGE)]
    # An earlier version also ran a file of a user's own that was called judge.toml.
    mine = [each for each in named if isinstance(each.conditions.learner, Module)]
    latest = {module_of(each).model: _version(each) for each in mine}
    return [
        _judgement(name, [each for each in mine if _version(each) == version], begun)
        for name, version in latest.items()
    ]


def module_of(trial: TrialRecord | Job) -> Module:
    """The learner of a trial of `longlag judge`."""
    learner = trial.conditions.learner
    assert isinstance(learner, Module)
    return learner


def _version(record: TrialRecord) -> tuple:
    shown = as_shown(record.key, record.conditions)
    return module_of(record).model, module_of(record).source, shown.cap, shown.seed


def _judgement(
    name: str, records: Sequence[TrialRecord], begun: Collection[tuple[str, int]]
) -> Judgement:
    known = {(each.key, each.conditions): each for each in records}
    rows: dict[str, dict[str, Conditions]] = {}
    for each in records:
        shown = as_shown(each.key, each.conditions)
        rows.setdefault(each.key.row, {})[module_of(each).setting] = shown
    every = {setting: each for row in rows.values() for setting, each in row.items()}
    shown = [each.key.trial + 1 for each in records if each.key.experiment == JUDGE]
    asked = {to_fingerprint(each) for row in rows.values() for each in row.values()}
    shown += [trial + 1 for fingerprint, trial in begun if fingerprint in asked]

    def settings_on(family: Family, lag: int) -> dict[str, Conditions]:
        """The conditions of the records; without records, those of another rung with this task."""
        task = construct_task(family.task(lag))
        others = {setting: replace(each, task=task) for setting, each in every.items()}
        return others | rows.get(row_of(family, lag), {})

    climbs = (
        climb(
            family,
            name,
            lags,
            settings_on,
            lambda key, conditions: known.get((key, conditions)),
            experiment=JUDGE,
            networks=max(shown, default=NETWORKS),
        )
        for family in families().values()
        if (lags := climbed(family, rows))
    )
    return Judgement(name, tuple(climbs), tuple(records))
