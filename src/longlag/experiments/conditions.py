"""Conditions from tables of plain values, and back, for files, the store and fingerprints.

The tables hold values that TOML and JSON can express. Tasks, learners, update rules and stop rules
are tables: the key `type` is the registered name, and the other keys are fields of the dataclass.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec

from longlag.experiments.module import Module
from longlag.experiments.stop import (
    Exam,
    ExamWhenReady,
    GrowingSet,
    Recent,
    StopRule,
    TrainingSet,
)
from longlag.experiments.tables import (
    Table,
    TableError,
    convert,
    fields_of,
    hints_of,
    type_of,
    typed,
)
from longlag.experiments.trial import Conditions
from longlag.learners import Learner, learners
from longlag.quoting import quoted
from longlag.registry import ADDED
from longlag.tasks import tasks
from longlag.tasks.base import Task

T = TypeVar("T")

#: Version of the arithmetic: raised when the same conditions no longer give the same bits.
ENGINE = 2
#: The same for stop rules with exams: since 2 an exam does not depend on where earlier exams ended.
EXAMS = 2

STOP_RULES: dict[str, type[StopRule]] = {
    rule.name: rule for rule in (Recent, Exam, TrainingSet, ExamWhenReady, GrowingSet)
}

_INTERFACE = ("inputs", "outputs", "coding")
_PLAIN = ("cap", "test", "dtype", "seed")  #: the plain values in conditions


def build(tables: Table) -> Conditions:
    """Build conditions from the tables "task", "learner" and "stop" and the plain values.

    Inputs, outputs and coding of the learner default to those of the task. Raises `TableError`.
    """
    task = construct_task(tables["task"])
    known = _learners()
    learner_type = type_of("learner", tables["learner"], "learner", known)
    given = {name: getattr(task, name) for name in _INTERFACE if name in fields_of(learner_type)}
    learner = _made_once("learner", given | tables["learner"], "learner", known)
    for name in _INTERFACE:
        wanted, came = getattr(task, name), getattr(learner, name)
        if wanted != came:
            raise TableError(
                f"learner.{name}",
                f"must be {wanted!r} for task {task.name}, got {quoted(came)}: leave it out",
            )
    stop = _made_once("stop", tables["stop"], "stop rule", STOP_RULES)
    hints = hints_of(Conditions)
    plain = {name: convert(tables[name], hints[name], name) for name in _PLAIN}
    return Conditions(task=task, learner=learner, stop=stop, **plain)


@cache
def _learners() -> dict[str, type[Learner]]:
    """Those of the library, and modules that were judged."""
    return learners() | {Module.name: Module}


def construct_task(table: Table) -> Task:
    """Build a task from its table. Raises `TableError`."""
    return _made_once("task", table, "task", tasks())


def to_tables(conditions: Conditions) -> Table:
    """The inverse of `build`, as values that JSON can hold, with defaults written out.

    Only the defaults of later fields (`longlag.registry.added`) are omitted.
    """
    tables: Table = {
        name: _to_table(getattr(conditions, name)) for name in ("task", "learner", "stop")
    }
    return tables | {name: getattr(conditions, name) for name in _PLAIN}


def to_fingerprint(conditions: Conditions, engine: int = ENGINE) -> str:
    """64 hex digits that, together with the number of a trial, determine the bits of the trial.

    Equal conditions have equal fingerprints, whether or not a default was written out, and whether
    a number was written as 1 or 1.0.
    """
    bits: list[object] = [engine, to_tables(conditions)]
    if isinstance(conditions.stop, Exam):
        bits.append(EXAMS)
    text = json.dumps(bits, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


_made: dict[str, Any] = {}


def _made_once(path: str, table: Table, kind: str, known: Mapping[str, type[T]]) -> T:
    """`typed`, which the rows of a file mostly ask for with one and the same table."""
    key = repr((path, table))
    made = _made.get(key)
    if made is None:
        if len(_made) >= 100:  # other threads may clear it, too
            _made.clear()
        made = _made[key] = typed(path, table, kind, known)
    return made


def _to_table(thing: Any) -> Table:
    """The fields as plain values of the declared types."""
    hints = get_type_hints(type(thing))
    table: Table = {"type": thing.name}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if ADDED in field.metadata and value == field.default:
            continue
        if is_dataclass(value):
            table[field.name] = _to_table(value)
        else:
            # NumPy numbers become Python numbers; then whole numbers become floats if so declared.
            plain = msgspec.to_builtins(value, enc_hook=lambda number: number.item())
            declared = convert(plain, hints[field.name], f"{thing.name}.{field.name}")
            table[field.name] = list(declared) if isinstance(declared, tuple) else declared
    return table
