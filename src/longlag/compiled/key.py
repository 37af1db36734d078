"""What a compiled function was made of, as text and as a digest that is the same everywhere."""

import hashlib
import sys
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba import config

from longlag.compiled.isolation import processor

FORMAT = 2  #: of what is kept; another number leaves all files of before unused

#: Settings of Numba that change what it compiles.
_SETTINGS = (
    "OPT",
    "BOUNDSCHECK",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "DEBUGINFO_DEFAULT",
    "USING_SVML",
)


def digest(made_of: Hashable, arguments: tuple[Any, ...]) -> str | None:
    """32 hex digits that decide about the code of a function, or None where nothing can.

    `made_of` are numbers, strings, types, and tuples, sets and dataclasses of these; `arguments`
    are the Numba types that the function is called with. Besides both, the sources of this package
    count, the processor, and the versions and settings of what compiles. Where `made_of` names a
    type from elsewhere, nobody knows what its compiled functions call, so there is no digest; nor
    is there one for None, or where `made_of` holds anything else.
    """
    if made_of is None or not all(
        each.__module__.partition(".")[0] == "longlag" for each in _types(made_of)
    ):
        return None
    versions = FORMAT, numba.__version__, llvmlite.__version__, sys.version
    settings = tuple(str(getattr(config, name, None)) for name in _SETTINGS)
    parts = versions, settings, processor(), _sources(), description(made_of), str(arguments)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def _sources() -> str:
    """A digest of every source of this package."""
    total, ours = hashlib.sha256(), Path(__file__).parents[1]
    for file in sorted(ours.rglob("*.py")):
        total.update(f"{file.relative_to(ours).as_posix()}\0{file.stat().st_size}\0".encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def _types(thing: Any) -> set[type]:
    """The types named in `thing`."""
    if isinstance(thing, type):
        return {thing}
    if is_dataclass(thing):
        parts = [type(thing), *(getattr(thing, field.name) for field in fields(thing))]
    elif isinstance(thing, tuple | frozenset):
        parts = thing
    else:
        return set() if thing is None or isinstance(thing, str | int | float) else {type(thing)}
    return set().union(*map(_types, parts))


def description(thing: Any) -> str:
    """A text that is the same in every process, and another for another thing."""
    if isinstance(thing, type):
        return f"{thing.__module__}.{thing.__qualname__}"
    if is_dataclass(thing):
        parts = (description(getattr(thing, field.name)) for field in fields(thing))
        return f"{description(type(thing))}({', '.join(parts)})"
    if isinstance(thing, frozenset):
        return f"{{{', '.join(sorted(map(description, thing)))}}}"
    if isinstance(thing, tuple):
        return f"({', '.join(map(description, thing))})"
    return repr(thing)
