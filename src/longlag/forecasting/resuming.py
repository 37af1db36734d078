"""Notes that are saved with a model, so that its stream goes on in the next run."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from longlag.errors import InputError
from longlag.estimators import saving
from longlag.estimators.categories import Categories, Value
from longlag.estimators.estimator import StreamEstimator
from longlag.forecasting.calendar import Calendar, CalendarSoFar
from longlag.forecasting.classes import ClassesSoFar, ClassSeries
from longlag.forecasting.evaluation import Evaluation, Pending
from longlag.forecasting.history import NumbersSoFar
from longlag.forecasting.learned_rows import Passed
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.question import Question
from longlag.forecasting.target_times import TargetTimes, TimesSoFar
from longlag.readers.form import NOTHING, Expected, Wishes

#: Estimators by their name in a file.
ESTIMATORS = {kind.estimator.saved_as: kind.estimator for kind in (NumberSeries, ClassSeries)}

Table = list[list[float | None]]  #: rows of numbers; None stands for NaN


class Notes(msgspec.Struct, forbid_unknown_fields=True):
    """JSON values of an evaluation; its scores are not among them, and begin anew."""

    target: str
    features: list[str]
    horizon: int
    classify: bool
    time: str | None  #: name of the column of times
    rows: int
    taught: bool
    numbers: NumbersSoFar | None  #: of a series of numbers
    classes: ClassesSoFar | None  #: of a series of classes
    waiting: Table
    targets: list[float | None]
    answers: Table
    naive: Table
    passed: Passed | None = None  #: files of version 0.1.0 do not say
    # Models of version 0.1.0 lack all below.
    categories: list[str] = []  #: columns of them
    values: list[Value] = []  #: of the categories, as (column, value)
    reading: Wishes = NOTHING  #: what was said of the form of the data
    form: Expected | None = None  #: what the data had
    calendar: CalendarSoFar | None = None  #: if the network sees parts of times
    interval: float | None = None
    times: TimesSoFar | None = None  #: of the latest rows
    horizons: list[int] = []  #: if there are several; `horizon` is the last one
    further: dict[str, NumbersSoFar] = {}  #: targets after the first one


class SavedStream(NamedTuple):
    """A model and where it stands in its stream."""

    evaluation: Any  #: an `Evaluation`, or the `Groups` of several
    time: str | None  #: name of the column of times
    passed: Passed | None = None  #: rows of the last file that were learned
    reading: Wishes = NOTHING  #: what was said of the form of the data
    form: Expected | None = None  #: what the data had
    group: str | None = None  #: name of the column of groups

    def save(self, path: Path) -> None:
        """Replace the file in one instant; raises `InputError` if it cannot be written."""
        self.evaluation.model.save(path, self.notes(self.evaluation))

    def notes(self, evaluation: Evaluation) -> dict[str, Any]:
        """What is saved with a model: where an evaluation stands, and what was read of the data."""
        return notes(evaluation, self.time, self.passed, self.reading, self.form)

    @classmethod
    def load(cls, path: Path) -> "SavedStream":
        """The stream that `save` has saved; raises `InputError` for any other file."""
        saved = saving.read(path)
        with saving.sound(path):
            model = ESTIMATORS[saved.estimator].from_state(saved.state)
        try:
            return resume(model, saved.notes)
        except InputError as error:
            raise InputError(f"{path} cannot go on: {error}") from None


def notes(
    evaluation: Evaluation,
    time: str | None,
    passed: Passed | None = None,
    reading: Wishes = NOTHING,
    form: Expected | None = None,
) -> dict[str, Any]:
    """What is saved with the model."""
    question, pending = evaluation.question, evaluation.pending
    state, *further = evaluation.series.state()
    target, *others = question.targets
    series: dict[str, Any] = {"numbers": None, "classes": None, question.kind.kind: state}
    more: dict[str, Any] = dict(zip(others, further, strict=True))
    found = Notes(
        target=target,
        features=list(question.features),
        horizon=question.horizon,
        classify=question.classify,
        time=time,
        rows=pending.rows,
        taught=pending.taught,
        **series,
        waiting=_listed(pending.waiting),
        targets=_listed(pending.targets.ravel()),
        answers=_listed(pending.answers),
        naive=_listed(pending.naive),
        passed=passed,
        categories=list(question.categories),
        values=evaluation.categories.values,
        reading=reading,
        form=form,
        calendar=evaluation.calendar and evaluation.calendar.state(),
        interval=question.interval,
        times=evaluation.times and evaluation.times.state(),
        horizons=list(question.horizons) if len(question.horizons) > 1 else [],
        further=more,
    )
    return msgspec.json.decode(msgspec.json.encode(found))


def resume(model: StreamEstimator, saved: dict[str, Any]) -> SavedStream:
    """The stream that goes on; raises `InputError` unless `notes` made these of this model."""
    if not saved:
        load = f"{type(model).__name__}.load"
        raise InputError(f"Python has saved it, not `longlag learn`: {load} reads it")
    try:
        found = msgspec.convert(saved, Notes)
        question = Question(
            targets=(found.target, *found.further),
            features=tuple(found.features),
            horizons=tuple(found.horizons) or (found.horizon,),
            classify=found.classify,
            categories=tuple(found.categories),
            interval=found.interval,
        )
        kind, h = question.kind, question.horizon
        if len(set(question.features)) < len(question.features):
            raise InputError("its features must be different")
        if not isinstance(model, kind.estimator):
            raise InputError("its model and its target are of different kinds")
        if h != found.horizon:
            raise InputError(f"its farthest horizon must be {found.horizon}, got {h}")
        state = getattr(found, kind.kind)
        series = question.series([] if state is None else [state, *found.further.values()])
        categories = Categories(found.categories, found.values)
        calendar = found.calendar and Calendar.from_state(found.calendar, h)
    except (msgspec.ValidationError, ValueError) as error:
        raise InputError(f"it was not saved by `longlag learn`, or is damaged: {error}") from None
    # A file cannot make room for classes or values that the network lacks. The latest rows may
    # have brought some, which the network has not learned yet.
    latest = 3 * h + 1
    names, learned = question.names(series, categories, calendar), set(model.inputs_)
    values = set(categories.names(question.features)) - learned
    if (
        (learned and not set(question.features) <= learned)  # none before the first target
        or len(series.classes) > len(model.labels) + latest
        or len(values) > latest * len(question.categories)
    ):
        raise InputError("it is damaged: its stream has features or classes that its model lacks")
    width = series.none(1).size
    targets = [found.targets[n : n + width] for n in range(0, len(found.targets), width)]
    pending = Pending(
        rows=found.rows,
        taught=found.taught,
        waiting=_table("waiting", found.waiting, 2 * h, series.origins + len(names)),
        targets=_table("targets", targets, 2 * h, width).reshape(-1, *series.none(1).shape[1:]),
        answers=_table("answers", found.answers, h, series.columns, least=h),
        naive=_table("naive", found.naive, h, series.naive, least=h),
    )
    for what, learned, seen in (
        ("classes", model.labels, [*series.classes, *series.outputs]),
        ("features", model.inputs_, names),
    ):
        if not set(learned) <= set(seen):
            raise InputError(f"it is damaged: its model has learned {what} that its stream lacks")
    times = found.times and TargetTimes.from_state(found.times)
    evaluation = Evaluation(question, model, series, pending, categories, calendar, times)
    return SavedStream(evaluation, found.time, found.passed, found.reading, found.form)


def _listed(array: np.ndarray) -> list[Any]:
    numbers = array.astype(object)
    numbers[np.isnan(array)] = None
    return numbers.tolist()


def _table(name: str, rows: Table, most: int, columns: int, least: int = 0) -> np.ndarray:
    """Rows of numbers; raises `InputError` unless there is room for all of them."""
    if len(rows) < least:
        raise InputError(f"it is damaged: {name} must have {least} rows, got {len(rows)}")
    width = len(rows[0]) if rows else 0
    if len(rows) > most or width > columns or any(len(row) != width for row in rows):
        raise InputError(f"it is damaged: {name} must be at most {most} rows of {columns} numbers")
    return np.array(rows, np.float64).reshape(len(rows), width)
