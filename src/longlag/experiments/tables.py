"""Dataclasses from tables of plain values, as TOML and JSON hold them.

Nothing here imports what computes, so that a command which only shows an experiment starts soon.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from importlib import resources
from inspect import isabstract
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from longlag.errors import InputError, complaint
from longlag.quoting import shortened
from longlag.registry import look_up, suggestion

T = TypeVar("T")

Table = dict[str, Any]  #: plain values by key, as TOML and JSON hold them
Cap = Annotated[int, Meta(ge=1, le=10**12)]  #: most training sequences, or guesses, of a trial


@cache
def shipped(name: str) -> Table:
    """The file of that name, such as "matrix.toml", that comes with longlag; not to be changed."""
    return tomllib.loads((resources.files("longlag.experiments") / name).read_text("utf-8"))


def dotted(
    table: Mapping[str, object], prefix: str = "", *, whole: bool = False
) -> Iterator[tuple[str, object]]:
    """The keys of a table and of its sub-tables, dotted, with their values.

    With `whole`, a table with the key `type` is a value, because it names what is to be built.

    >>> dict(dotted({"T": 5, "rule": {"type": "adam", "rate": 0.1}}))
    {'T': 5, 'rule.type': 'adam', 'rule.rate': 0.1}
    """
    for key, value in table.items():
        if isinstance(value, Mapping) and not (whole and "type" in value):
            yield from dotted(value, f"{prefix}{key}.", whole=whole)
        else:
            yield f"{prefix}{key}", value


class TableError(InputError):
    """A wrong value in a table; `path` says where, such as "learner.rule.rate"."""

    def __init__(self, path: str, message: str):
        super().__init__(f"{shortened(path)}: {message}" if path else message)
        self.path = path


def construct(cls: type[T], table: Table, path: str = "") -> T:
    """Build the dataclass `cls`, after checking for unknown keys, missing keys and wrong values."""
    hints, known = hints_of(cls), fields_of(cls)
    for key in table:
        if key not in known:
            raise TableError(_join(path, key), f"unknown key: {suggestion(key, known)}")
    values = {}
    for key, field in known.items():
        if key in table:
            values[key] = convert(table[key], hints[key], _join(path, key))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise TableError(_join(path, key), "is missing: add it")
    try:
        return cls(**values)
    except InputError as error:
        raise TableError(path, str(error)) from None


@cache
def hints_of(cls: type) -> dict[str, object]:
    """The annotations of its fields, by name."""
    return get_type_hints(cls, include_extras=True)


@cache
def fields_of(cls: type) -> dict[str, Field]:
    """The fields that a table may set, by name."""
    return {field.name: field for field in fields(cls) if field.init}


def typed(path: str, table: Table, kind: str, known: Mapping[str, type[T]]) -> T:
    """Build what a table is, whose key `type` names one of the known classes."""
    cls = type_of(path, table, kind, known)
    return construct(cls, {key: value for key, value in table.items() if key != "type"}, path)


def type_of(path: str, table: object, kind: str, known: Mapping[str, type[T]]) -> type[T]:
    """The class that the key `type` of a table names."""
    if not isinstance(table, dict):
        raise TableError(path, complaint(table, Table))
    if "type" not in table:
        raise TableError(f"{path}.type", f"is missing: known are {', '.join(known)}")
    try:
        return look_up(kind, convert(table["type"], str, f"{path}.type"), known)
    except TableError:
        raise
    except InputError as error:
        raise TableError(f"{path}.type", str(error)) from None


def convert(value: Any, hint: object, path: str) -> Any:
    """A value as its annotation says; raises `TableError`."""
    if isabstract(hint):  # the table says which of its classes
        from longlag.rules import Rule, rules  # not before one is asked for: they import Numba

        if hint is Rule:
            return value if isinstance(value, Rule) else typed(path, value, "update rule", rules())
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError:
        raise TableError(path, complaint(value, hint)) from None


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
