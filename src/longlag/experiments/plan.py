"""Which trials an experiment consists of."""

from collections.abc import Sequence

from longlag.errors import InputError, check_whole
from longlag.experiments.experiment import Experiment, Row
from longlag.experiments.files import conditions, find_reading
from longlag.experiments.trial import Conditions, TrialKey


def plan(
    experiment: Experiment,
    *,
    T: Sequence[int] | None = None,
    reading: str | None = None,
    trials: int | None = None,
    seed: int = 1,
    dtype: str = "float32",
) -> list[tuple[TrialKey, Conditions]]:
    """All trials, row by row; each row under the chosen reading, then under those shown beside it.

    `T` narrows the rows to those values of the task's T, `reading` runs that one alone, `trials`
    replaces the experiment's number. Raises `InputError`.
    """
    if trials is not None:
        check_whole("trials", trials, 1, 1_000_000)
    if reading is not None:
        find_reading(experiment, reading)
    planned = []
    for row in _narrowed(experiment, T):
        shown = [reading] if reading else [experiment.reading, *row.readings]
        for name in dict.fromkeys(shown):
            cell = conditions(experiment, row.name, name, seed=seed, dtype=dtype)
            count = trials or row.trials or experiment.trials
            planned += [(TrialKey(experiment.name, row.name, name, i), cell) for i in range(count)]
    return planned


def _narrowed(experiment: Experiment, T: Sequence[int] | None) -> list[Row]:
    by_T = {row.changes.get("task.T"): row for row in experiment.rows}
    for value in T or ():
        if value not in by_T:
            known = ", ".join(str(each) for each in by_T if each is not None) or "none"
            raise InputError(f"{experiment.name} has no row with T={value}: it has T = {known}")
    return [row for row in experiment.rows if not T or row.changes.get("task.T") in T]
