"""The exceptions a user can meet, and the checks that raise them.

Each message says what was wrong, what came, and what to do. An annotation says what a value must
be: `Annotated[int, Meta(ge=1)]`, `float | None`, `tuple[Literal["a", "b"], ...]`.
"""

from collections.abc import Collection
from dataclasses import fields
from functools import cache
from operator import is_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Meta

from longlag.quoting import one_line, quoted

LARGEST = 1e100  #: feature or target of a stream: squares of larger ones overflow


class LonglagError(Exception):
    """Any condition the user can mend; the command prints it in one line and exits with 2."""

    def __init__(self, message: str):
        super().__init__(one_line(message))


class InputError(LonglagError, ValueError):
    """A wrong value, type, name or shape."""


class StoreError(LonglagError):
    """A store that cannot be opened, read or written."""


class WorkersError(LonglagError):
    """Workers of other processes or machines that cannot be reached, or that went away."""


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise `InputError` unless `value` is a whole number in [least, most]."""
    _check(name, value, Annotated[int, Meta(ge=least, le=most)])


def check_number(
    name: str, value: object, least: float, most: float, *, open_below: bool = False
) -> None:
    """Raise `InputError` unless `value` is a finite number in [least, most], or (least, most]."""
    low = Meta(gt=least, le=most) if open_below else Meta(ge=least, le=most)
    _check(name, value, Annotated[float, low])


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise `InputError` unless `value` is one of `choices`."""
    _check(name, value, Literal[choices])


def check_several(name: str, value: object) -> None:
    """Raise `InputError` for one value, such as a text, in place of a list of some."""
    if isinstance(value, str) or not isinstance(value, Collection):
        raise InputError(f"{name} must be a list, got {quoted(value)}: put it in brackets")


def check_fields(thing: object) -> None:
    """Raise `InputError` unless the fields of a dataclass are what their annotations say.

    A message names a field by the title of its `Meta`, or else as "FIELD of NAME". Numbers and
    arrays of NumPy become those of Python, which JSON knows, and a list for a field that holds a
    tuple becomes that tuple, because a frozen thing must have a hash.
    """
    for name, title, hint in _titled(type(thing)):
        given = getattr(thing, name)
        value = _check(title, given, hint)
        if isinstance(value, list) and _holds_tuple(hint):
            value = tuple(value)
        if value is not given:
            object.__setattr__(thing, name, value)


def complaint(value: object, hint: object) -> str:
    """What to say of a value that is not what the annotation says."""
    wanted = _wanted(hint)
    if type(value) is int:  # what is right about it goes without saying
        wanted = wanted.removeprefix("a whole number ")
    return f"must be {wanted}, got {quoted(value)}"


def _check(name: str, given: object, hint: object) -> Any:
    """The value in Python's own types, if the annotation allows it; else `InputError`."""
    value = _plain(given)
    if not _fits(value, hint):
        raise InputError(f"{name} {complaint(value, hint)}")
    return value


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as those of Python, also in a list; all else as it is."""
    if type(value) in (list, tuple):
        items = list(map(_plain, value))
        return value if all(map(is_, items, value)) else type(value)(items)
    return value.tolist() if hasattr(value, "tolist") else value


@cache
def _titled(cls: type) -> list[tuple[str, str, object]]:
    hints = get_type_hints(cls, include_extras=True)
    of = f" of {cls.name}" if hasattr(cls, "name") else ""
    names = [field.name for field in fields(cls) if field.init]
    return [(name, _bounded(hints[name])[1].title or name + of, hints[name]) for name in names]


def _bounded(hint: object) -> tuple[Any, Meta]:
    return get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, Meta())


@cache
def _parts(hint: object) -> tuple[Any, Meta, Any, tuple[Any, ...]]:
    """Its type, bounds, origin and arguments: looked up for every field of every row of a file."""
    kind, meta = _bounded(hint)
    return kind, meta, get_origin(kind), get_args(kind)


def _fits(value: Any, hint: object) -> bool:
    kind, meta, origin, inner = _parts(hint)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in inner)
    if origin is tuple:
        if not isinstance(value, tuple | list):
            return False
        each = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return len(value) == len(each) and all(map(_fits, value, each))
    if kind in (int, float):
        numbers = int if kind is int else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool) and _inside(value, meta)
    plain: Any = kind if origin is None and isinstance(kind, type) and kind is not Any else object
    return isinstance(value, plain)


def _holds_tuple(hint: object) -> bool:
    _, _, origin, inner = _parts(hint)
    return origin is tuple or (origin in (Union, UnionType) and any(map(_holds_tuple, inner)))


def _inside(value: float, meta: Meta) -> bool:
    return (
        value == value  # a value that is not a number equals nothing
        and (meta.ge is None or value >= meta.ge)
        and (meta.gt is None or value > meta.gt)
        and (meta.le is None or value <= meta.le)
        and (meta.lt is None or value < meta.lt)
    )


def _wanted(hint: object) -> str:
    kind, meta = _bounded(hint)
    plain = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    if kind in plain:
        return plain[kind] + _span(kind, meta)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (UnionType, Union):
        return " or ".join(_wanted(each) for each in inner if each is not NoneType)
    if origin is Literal:
        return f"one of {', '.join(map(repr, inner))}"
    if origin is tuple and inner[-1] is not Ellipsis:
        return f"a list of {len(inner)} items, each {_wanted(inner[0])}"
    if origin in (tuple, list):
        return f"a list, each item {_wanted(inner[0])}"
    if origin is dict:
        return "a table of tables" if inner[1:] != (Any,) else "a table"
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"


def _span(kind: type, meta: Meta) -> str:
    low = meta.ge if meta.gt is None else meta.gt
    high = meta.le if meta.lt is None else meta.lt
    if low is None and high is None:
        return ""
    if high is None:
        return f" at least {low}" if meta.gt is None else f" above {low}"
    if low is None:
        return f" at most {high}" if meta.lt is None else f" below {high}"
    if kind is int:
        return f" from {low} to {high}"
    return f" in {'[' if meta.gt is None else '('}{low}, {high}{']' if meta.lt is None else ')'}"
