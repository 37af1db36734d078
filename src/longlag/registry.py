"""Finds the tasks, learners and rules that the library defines, so that each needs only a file."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cache
from itertools import islice
from typing import TypeVar

from longlag.errors import InputError
from longlag.quoting import QUOTED, quoted, shortened

T = TypeVar("T")

LISTED = 30  #: most names that a message lists

#: Metadata of fields that tables omit while the field has its default value.
ADDED = "added"


@cache
def registered(package: str, base: type[T]) -> dict[str, type[T]]:
    """The concrete subclasses of `base` defined in the modules of `package`, by their `name`."""
    found = {}
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and issubclass(value, base) and not inspect.isabstract(value):
                found[value.name] = value  # pyright: ignore[reportAttributeAccessIssue]
    return dict(sorted(found.items()))


def added(default: T) -> T:
    """A dataclass field, with its default, that is younger than some stored trials.

    A table without the field means the default, so the older trials keep their fingerprints.
    """
    return field(default=default, metadata={ADDED: True})


def look_up(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Return known[name], or raise an `InputError` that suggests a known name."""
    if name in known:
        return known[name]
    raise InputError(f"unknown {kind} {quoted(name)}: {suggestion(name, known)}")


def suggestion(name: object, known: Iterable[str]) -> str:
    """The known names closest to `name`, or all known names, as words for a message."""
    # A file may have as many names as it likes, and names of any length.
    few = [shortened(each) for each in islice(known, 1000)]
    near = difflib.get_close_matches(str(name)[:QUOTED], few, n=2)
    if near:
        return f"did you mean {' or '.join(near)}?"
    rest = ", ..." if len(few) > LISTED else ""
    return f"known are {', '.join(few[:LISTED])}{rest}"
