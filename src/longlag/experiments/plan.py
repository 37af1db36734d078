"""The trials of an experiment."""

from collections.abc import Sequence

from longlag.errors import InputError, check_several, check_whole
from longlag.experiments.experiment import Experiment, Row
from longlag.experiments.trial import Conditions, TrialKey, TrialRecord
from longlag.quoting import quoted


def plan(
    experiment: Experiment,
    *,
    T: Sequence[int] | None = None,
    rows: Sequence[str] | None = None,
    reading: str | None = None,
    trials: int | None = None,
    seed: int = 1,
    dtype: str = "float32",
) -> list[tuple[TrialKey, Conditions]]:
    """All trials, row by row: first the chosen reading, then the readings shown beside it.

    `T` selects rows by the task's T, `rows` by their names or the first words of these, `reading`
    selects a single reading, and `trials` replaces the experiment's number of trials. Raises
    `InputError`.
    """
    check_several("T", T or ())
    check_several("rows", rows or ())
    if trials is not None:
        check_whole("trials", trials, 1, 1_000_000)
    if reading is not None:
        experiment.find_reading(reading)
    planned = []
    for row in _selected(experiment, T, rows):
        for name in [reading] if reading else experiment.shown(row):
            cell = experiment.conditions(row.name, name, seed=seed, dtype=dtype)
            count = trials or row.trials or experiment.trials
            planned += [(TrialKey(experiment.name, row.name, name, i), cell) for i in range(count)]
    return planned


def current(experiment: Experiment, records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The records made under the present conditions of the experiment, with any seed.

    A store also keeps records from before a condition was changed, or a row or reading renamed.
    Trials of different seeds are independent. Trials of one seed in two precisions are not, so
    float32 records displace float64 records.
    """
    rows = {row.name for row in experiment.rows}
    readings = {reading.name for reading in experiment.readings}
    cells: dict[tuple[str, str, int, str], Conditions] = {}
    kept = []
    for record in records:
        key, was = record.key, record.conditions
        if key.experiment != experiment.name or key.row not in rows or key.reading not in readings:
            continue
        cell = key.row, key.reading, was.seed, was.dtype
        if cell not in cells:
            cells[cell] = experiment.conditions(
                key.row, key.reading, seed=was.seed, dtype=was.dtype
            )
        if was == cells[cell]:
            kept.append(record)
    precision = min((record.conditions.dtype for record in kept), default="")
    return [record for record in kept if record.conditions.dtype == precision]


def _selected(
    experiment: Experiment, T: Sequence[int] | None, names: Sequence[str] | None
) -> list[Row]:
    """The rows that have one of these T, if T are given, and one of these names, if names are."""
    rows = _rows_with(experiment, T)
    if not names:
        return rows
    for name in names:
        if not any(_called(row, name) for row in experiment.rows):
            experiment.find_row(name)  # raises, with a suggestion
    chosen = [row for row in rows if any(_called(row, name) for name in names)]
    if not chosen:
        given = ", ".join(map(quoted, names))
        raise InputError(
            f"{experiment.name} has no row called {given} with T={', '.join(map(str, T or ()))}"
        )
    return chosen


def _called(row: Row, name: str) -> bool:
    """Whether this is the name of the row, or the words that its name begins with."""
    return f"{row.name} ".startswith(f"{name} ")


def _rows_with(experiment: Experiment, T: Sequence[int] | None) -> list[Row]:
    of_rows = {}
    for row in experiment.rows:
        task = row.changes.get("task", experiment.task)  # a row may set the whole table
        of_rows[row.name] = row.changes.get("task.T", task.get("T"))
    known = dict.fromkeys(str(each) for each in of_rows.values() if each is not None)
    for value in T or ():
        if str(value) not in known:
            listed = ", ".join(known) or "none"
            raise InputError(f"{experiment.name} has no row with T={value}: it has T = {listed}")
    return [row for row in experiment.rows if not T or of_rows[row.name] in T]
