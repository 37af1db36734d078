"""What goes on from one run to the next besides the model: the notes that are saved with it."""

from typing import Any

import msgspec
import numpy as np

from longlag.errors import InputError
from longlag.estimators.classifier import LSTMClassifier
from longlag.estimators.regressor import LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.forecasting.target_history import ClassesSoFar, KnownNumbers, NumbersSoFar

Table = list[list[float | None]]  #: rows of numbers; None stands for NaN


class Notes(msgspec.Struct, forbid_unknown_fields=True):
    """JSON values of an evaluation; its scores are not among them, and begin anew."""

    target: str
    features: list[str]
    horizon: int
    classify: bool
    time: str | None
    rows: int
    taught: bool
    numbers: NumbersSoFar | None  #: known so far, of a number
    classes: ClassesSoFar | None  #: known so far, of a class
    waiting: Table
    targets: list[float | None]
    answers: Table
    naive: Table


def notes(evaluation: Evaluation, time: str | None) -> dict[str, Any]:
    """The notes to save; `time` is the name of the column of times."""
    question, forecaster = evaluation.question, evaluation.forecaster
    known = evaluation.known.state()
    found = Notes(
        target=question.target,
        features=list(question.features),
        horizon=question.horizon,
        classify=question.classify,
        time=time,
        rows=forecaster.rows,
        taught=forecaster.taught,
        numbers=known if isinstance(known, NumbersSoFar) else None,
        classes=known if isinstance(known, ClassesSoFar) else None,
        waiting=_listed(forecaster.waiting),
        targets=_listed(forecaster.targets),
        answers=_listed(evaluation.answers.held),
        naive=_listed(evaluation.naive.held),
    )
    return msgspec.to_builtins(found)


def resume(
    model: LSTMRegressor | LSTMClassifier, saved: dict[str, Any]
) -> tuple[Evaluation, str | None]:
    """The evaluation that goes on, and the name of the column of times.

    Raises `InputError` for what `notes` has not made of this model.
    """
    try:
        found = msgspec.convert(saved, Notes)
        question = Question(found.target, tuple(found.features), found.horizon, found.classify)
        if question.classify != isinstance(model, LSTMClassifier):
            raise InputError("its model and its target are of different kinds")
        evaluation = Evaluation(question, model)
        if isinstance(evaluation.known, KnownNumbers):
            evaluation.known.restore(found.numbers or NumbersSoFar())
        else:
            evaluation.known.restore(found.classes or ClassesSoFar([], [], -1))
    except (msgspec.ValidationError, ValueError) as error:
        raise InputError(f"it was not saved by `longlag learn`, or is damaged: {error}") from None
    forecaster, known = evaluation.forecaster, evaluation.known
    forecaster.rows, forecaster.taught = found.rows, found.taught
    classes = 0 if isinstance(known, KnownNumbers) else len(known.classes)
    h = question.horizon
    forecaster.names = evaluation.names
    forecaster.waiting = _table("waiting", found.waiting, 2 * h, forecaster.columns)
    forecaster.targets = _table("targets", [found.targets], 1, 2 * h)[0]
    naive = 1 + classes if question.classify else 2
    for name, rows, width in (
        ("answers", found.answers, classes if question.classify else 1),
        ("naive", found.naive, naive),
    ):
        if len(rows) != h:
            raise InputError(f"it is damaged: {name} must have {h} rows, got {len(rows)}")
        getattr(evaluation, name).held = _table(name, rows, h, width)
    if isinstance(model, LSTMClassifier) and not set(model.classes_.tolist()) <= set(known.classes):
        raise InputError("it is damaged: its model has learned classes that are not known")
    return evaluation, found.time


def _listed(array: np.ndarray) -> list[Any]:
    numbers = array.astype(object)
    numbers[np.isnan(array)] = None
    return numbers.tolist()


def _table(name: str, rows: Table, most: int, columns: int) -> np.ndarray:
    """Rows of numbers; raises `InputError` unless there is room for all of them."""
    width = len(rows[0]) if rows else 0
    if len(rows) > most or width > columns or any(len(row) != width for row in rows):
        raise InputError(f"it is damaged: {name} must be at most {most} rows of {columns} numbers")
    return np.array(rows, np.float64).reshape(len(rows), width)
