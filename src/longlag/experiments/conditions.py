"""Conditions from tables of plain values, and back, for files, the store and fingerprints.

The tables hold values that TOML and JSON can express. Tasks, learners, update rules and stop rules
are tables: the key `type` is the registered name, and the other keys are fields of the dataclass.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec

from longlag.errors import InputError, complaint
from longlag.experiments.module import Module
from longlag.experiments.stop import (
    Exam,
    ExamWhenReady,
    GrowingSet,
    Recent,
    StopRule,
    TrainingSet,
)
from longlag.experiments.trial import Conditions
from longlag.learners import Learner, learners
from longlag.quoting import quoted, shortened
from longlag.registry import ADDED, look_up, suggestion
from longlag.rules import Rule, rules
from longlag.tasks import tasks
from longlag.tasks.base import Task

T = TypeVar("T")

Table = dict[str, Any]  #: plain values by key, as TOML and JSON hold them

#: Version of the arithmetic: raised when the same conditions no longer give the same bits.
ENGINE = 2
#: The same for stop rules with exams: since 2 an exam does not depend on where earlier exams ended.
EXAMS = 2

STOP_RULES: dict[str, type[StopRule]] = {
    rule.name: rule for rule in (Recent, Exam, TrainingSet, ExamWhenReady, GrowingSet)
}

_INTERFACE = ("inputs", "outputs", "coding")
_PLAIN = ("cap", "test", "dtype", "seed")  #: the plain values in conditions


class TableError(InputError):
    """A wrong value in a table; `path` says where, such as "learner.rule.rate"."""

    def __init__(self, path: str, message: str):
        super().__init__(f"{shortened(path)}: {message}" if path else message)
        self.path = path


def build(tables: Table) -> Conditions:
    """Build conditions from the tables "task", "learner" and "stop" and the plain values.

    Inputs, outputs and coding of the learner default to those of the task. Raises `TableError`.
    """
    task = construct_task(tables["task"])
    known = _learners()
    learner_type = _type_of("learner", tables["learner"], "learner", known)
    given = {name: getattr(task, name) for name in _INTERFACE if name in _fields(learner_type)}
    learner = _made_once("learner", given | tables["learner"], "learner", known)
    for name in _INTERFACE:
        wanted, came = getattr(task, name), getattr(learner, name)
        if wanted != came:
            raise TableError(
                f"learner.{name}",
                f"must be {wanted!r} for task {task.name}, got {quoted(came)}: leave it out",
            )
    stop = _made_once("stop", tables["stop"], "stop rule", STOP_RULES)
    hints = _hints(Conditions)
    plain = {name: _convert(tables[name], hints[name], name) for name in _PLAIN}
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


def construct(cls: type[T], table: Table, path: str = "") -> T:
    """Build the dataclass `cls`, after checking for unknown keys, missing keys and wrong values."""
    hints, known = _hints(cls), _fields(cls)
    for key in table:
        if key not in known:
            raise TableError(_join(path, key), f"unknown key: {suggestion(key, known)}")
    values = {}
    for key, field in known.items():
        if key in table:
            values[key] = _convert(table[key], hints[key], _join(path, key))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise TableError(_join(path, key), "is missing: add it")
    try:
        return cls(**values)
    except InputError as error:
        raise TableError(path, str(error)) from None


@cache
def _hints(cls: type) -> dict[str, object]:
    return get_type_hints(cls, include_extras=True)


@cache
def _fields(cls: type) -> dict[str, Field]:
    return {field.name: field for field in fields(cls) if field.init}


def _typed(path: str, table: Table, kind: str, known: Mapping[str, type[T]]) -> T:
    cls = _type_of(path, table, kind, known)
    return construct(cls, {key: value for key, value in table.items() if key != "type"}, path)


_made: dict[str, Any] = {}


def _made_once(path: str, table: Table, kind: str, known: Mapping[str, type[T]]) -> T:
    """`_typed`, which the rows of a file mostly ask for with one and the same table."""
    key = repr((path, table))
    if key not in _made:
        if len(_made) >= 100:
            _made.clear()
        _made[key] = _typed(path, table, kind, known)
    return _made[key]


def _type_of(path: str, table: object, kind: str, known: Mapping[str, type[T]]) -> type[T]:
    if not isinstance(table, dict):
        raise TableError(path, complaint(table, Table))
    if "type" not in table:
        raise TableError(f"{path}.type", f"is missing: known are {', '.join(known)}")
    try:
        return look_up(kind, _convert(table["type"], str, f"{path}.type"), known)
    except TableError:
        raise
    except InputError as error:
        raise TableError(f"{path}.type", str(error)) from None


def _convert(value: Any, hint: object, path: str) -> Any:
    if hint == Rule:
        return value if isinstance(value, Rule) else _typed(path, value, "update rule", rules())
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError:
        raise TableError(path, complaint(value, hint)) from None


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
            declared = _convert(plain, hints[field.name], f"{thing.name}.{field.name}")
            table[field.name] = list(declared) if isinstance(declared, tuple) else declared
    return table


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
