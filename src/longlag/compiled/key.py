"""The key of a compiled function: a digest of everything that determines its code."""

import hashlib
import sys
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from types import FunctionType

import llvmlite
import numba
from numba import config

from longlag.compiled import sources
from longlag.compiled.isolation import processor

FORMAT = 3  #: of the files; a new number makes all earlier files unused

#: Settings of Numba that change what it compiles.
_SETTINGS = (
    "OPT",
    "BOUNDSCHECK",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "DEBUGINFO_DEFAULT",
    "USING_SVML",
)

#: Packages whose functions a kernel may call: the key has their versions, or they stay uncompiled.
_NEUTRAL = {"numba", "llvmlite", "numpy"}
_STANDARD = sys.stdlib_module_names - {"__main__"}


def digest(made_of: Hashable, arguments: tuple[object, ...]) -> str | None:
    """32 hex digits that determine the code of a function, or None if no digest can.

    `made_of` consists of numbers, strings, types, and tuples, sets and dataclasses of these.
    `arguments` are the Numba types of the arguments. The digest also covers the sources of this
    package, the processor, and the versions and settings of the compilers. A type from another
    package may call any code, so there is no digest for it. There is also no digest if `made_of` is
    None or contains anything else, or if the sources are not those of the code in memory
    (`longlag.compiled.sources`).
    """
    if made_of is None or not all(
        each.__module__.partition(".")[0] == "longlag" for each in _types(made_of)
    ):
        return None
    ours = sources.digest()
    if ours is None:
        return None
    versions = FORMAT, numba.__version__, llvmlite.__version__, sys.version
    settings = tuple(str(getattr(config, name, None)) for name in _SETTINGS)
    parts = versions, settings, processor(), ours, description(made_of), str(arguments)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def own(function: object) -> bool:
    """Whether a function and all functions that it captures or names belong to this package.

    Numba, NumPy and the standard library count as this package. The check is needed because a
    replaced kernel leaves no trace in the types that determine the digest.
    """
    seen: set[int] = set()
    waiting = [function]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, tuple):
            waiting += thing
            continue
        thing = getattr(thing, "py_func", thing)
        if not isinstance(thing, FunctionType) or id(thing) in seen:
            continue
        seen.add(id(thing))
        origin = (thing.__module__ or "").partition(".")[0]
        if origin == "longlag":
            waiting += [cell.cell_contents for cell in thing.__closure__ or ()]
            names = thing.__code__.co_names
            waiting += [thing.__globals__[name] for name in names if name in thing.__globals__]
        elif origin not in _NEUTRAL and origin not in _STANDARD:
            return False
    return True


def _types(thing: object) -> set[type]:
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


def description(thing: object) -> str:
    """A text that is the same in every process, and different for different things."""
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
