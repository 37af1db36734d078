"""The exceptions a user can meet. Each message says what was wrong, what came, and what to do."""

from dataclasses import fields
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Meta


class LonglagError(Exception):
    """Any condition the user can mend; the command prints it in one line and exits with 2."""


class InputError(LonglagError, ValueError):
    """A wrong value, type, name or shape."""


class StoreError(LonglagError):
    """A store that cannot be opened, read or written."""


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise `InputError` unless `value` is a whole number in [least, most]."""
    span = f"at least {least}" if most is None else f"from {least} to {most}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} must be a whole number {span}, got {value!r}")
    if value < least or (most is not None and value > most):
        raise InputError(f"{name} must be {span}, got {value}")


def check_number(
    name: str, value: object, least: float, most: float, *, open_below: bool = False
) -> None:
    """Raise `InputError` unless `value` is a finite number in [least, most], or (least, most]."""
    inside = False
    if isinstance(value, int | float) and not isinstance(value, bool):
        inside = (least < value if open_below else least <= value) and value <= most
    if not inside:
        bracket = "(" if open_below else "["
        raise InputError(f"{name} must be a number in {bracket}{least}, {most}], got {value!r}")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise `InputError` unless `value` is one of `choices`."""
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def check_fields(thing: Any) -> None:
    """Raise `InputError` unless the fields of a dataclass keep to their annotations.

    The annotations are `Annotated[float, Meta(ge=0, le=1)]`, or `gt` in place of `ge`, and
    `Annotated[Literal["a", "b"], Meta()]`. Messages name a field by its title, if it has one.
    """
    for name, kind, meta in _bounds(type(thing)):
        title, value = meta.title or name, getattr(thing, name)
        if get_origin(kind) is Literal:
            check_choice(title, value, get_args(kind))
        else:
            least = meta.ge if meta.gt is None else meta.gt
            assert least is not None  # a bound on one side only has no message
            assert meta.le is not None
            check_number(title, value, least, meta.le, open_below=meta.gt is not None)


@cache
def _bounds(cls: type) -> list[tuple[str, Any, Meta]]:
    hints = get_type_hints(cls, include_extras=True)
    return [
        (field.name, *get_args(hints[field.name]))
        for field in fields(cls)
        if get_origin(hints[field.name]) is Annotated
    ]
