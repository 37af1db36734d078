"""Finds the tasks, learners and rules that the library defines, so that each needs only a file."""

import ast
import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
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
                name = value.name  # pyright: ignore[reportAttributeAccessIssue]
                if found.setdefault(name, value) is not value:
                    raise TypeError(f"{value} and {found[name]} are both called {name!r}")
    return dict(sorted(found.items()))


def summaries(package: str) -> dict[str, str]:
    """The first lines of the docstrings of what `registered` finds, by name.

    They are read from the sources: to import all tasks and learners takes a second.
    """
    found = {}
    for source in _sources(resources.files("longlag").joinpath(package)):
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and (name := _name_in(node)):
                found[name] = (ast.get_docstring(node) or "").partition("\n")[0]
    return dict(sorted(found.items()))


def _sources(folder: Traversable) -> Iterator[str]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _sources(each)
        elif each.name.endswith(".py"):
            yield each.read_text("utf-8")


def _name_in(node: ast.ClassDef) -> str | None:
    """The text that a class assigns to its attribute `name`."""
    for line in node.body:
        match line:
            case ast.Assign([ast.Name("name")], ast.Constant(str(name))):
                return name
    return None


def added(default: T) -> T:
    """A dataclass field, with its default, that is younger than some stored trials.

    A table without the field means the default, so the older trials keep their fingerprints.
    """
    return field(default=default, metadata={ADDED: True})


def look_up(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Return known[name], or raise an `InputError` that suggests a known name."""
    if isinstance(name, str) and name in known:
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
