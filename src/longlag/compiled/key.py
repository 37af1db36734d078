"""The key of a compiled function: a digest of everything that determines its code."""

import hashlib
import sys
from collections.abc import Hashable, Iterator
from dataclasses import fields, is_dataclass
from types import FunctionType

import llvmlite
import numba
import numpy as np
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

#: What Numba takes into compiled code by its value
_PLAIN = bool, int, float, complex, str, frozenset, type, type(None), np.generic


def digest(made_of: Hashable, arguments: tuple[object, ...], seen: str | None) -> str | None:
    """32 hex digits that determine the code of a function, or None if no digest can.

    `made_of` consists of numbers, strings, types, and tuples, sets and dataclasses of these.
    `arguments` are the Numba types of the arguments, and `seen` is what the function `sees`; if it
    sees what is not of this package, there is no digest. The digest also covers the sources of this
    package, the processor, and the versions and settings of the compilers. A type from another
    package may call any code, so there is no digest for it. There is also no digest if `made_of` is
    None or contains anything else, or if the sources are not those of the code in memory
    (`longlag.compiled.sources`).
    """
    if (
        made_of is None
        or seen is None
        or not all(each.__module__.partition(".")[0] == "longlag" for each in _types(made_of))
    ):
        return None
    ours = sources.digest()
    if ours is None:
        return None
    versions = FORMAT, numba.__version__, llvmlite.__version__, sys.version
    settings = tuple(str(getattr(config, name, None)) for name in _SETTINGS)
    parts = versions, settings, processor(), ours, description(made_of), str(arguments), seen
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def sees(function: object) -> str | None:
    """What a function and all functions that it captures or names see besides their code.

    That is, their default arguments and captured values, and the globals that they name: numbers,
    texts, types, and which functions. Compiled code holds all of them as constants, but the sources
    do not show what a program has set before the first call.

    None unless all these functions belong to this package; Numba, NumPy and the standard library
    count as this package.
    """
    lines: set[str] = set()  # whichever order functions were made in
    for name, thing in _reached(function):
        if isinstance(thing, FunctionType):
            origin = _origin(thing)
            if origin != "longlag" and origin not in _NEUTRAL and origin not in _STANDARD:
                return None
            lines.add(f"{name} = {_full_name(thing)}")
        elif isinstance(thing, _PLAIN):
            lines.add(f"{name} = {description(thing)}")
    return "\n".join(sorted(lines))


def _reached(function: object) -> Iterator[tuple[str, object]]:
    """All that a function sees, and what the functions of this package among it see, with names."""
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("", function)]
    while waiting:
        name, thing = waiting.pop()
        thing = getattr(thing, "py_func", thing)
        yield name, thing
        if isinstance(thing, tuple):
            waiting += [(f"{name}[{i}]", part) for i, part in enumerate(thing)]
        elif isinstance(thing, type) and issubclass(thing, tuple):  # the kernel of an update rule
            methods = (each for each in vars(thing) if not each.startswith("_"))
            waiting += [(f"{name}.{each}", vars(thing)[each]) for each in methods]
        elif (
            isinstance(thing, FunctionType)
            and _origin(thing) == "longlag"
            and id(thing) not in seen
        ):
            seen.add(id(thing))
            own = _full_name(thing)
            waiting += [(f"{own} {part}", each) for part, each in _parts(thing)]


def _origin(function: FunctionType) -> str:
    """The package that a function comes from."""
    return (function.__module__ or "").partition(".")[0]


def _full_name(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _parts(function: FunctionType) -> Iterator[tuple[str, object]]:
    """Default arguments, captured values, and the globals that a function names."""
    yield "defaults", (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]


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
