"""Compiled drivers that later processes find on disk: to read one takes a fiftieth of compiling it.

Numba's own cache (`longlag.compiled.cached`) does not take functions that call functions made at
run time, as every driver does. So a driver says itself what it was made of.
"""

import hashlib
import os
import pickle
import sys
import zlib
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

_MOST = 300  #: files kept, of some 400 kB each; the oldest go first


def keep(driver: Any, of: Hashable) -> Callable:
    """The compiled function `driver`, to be found on disk if it was compiled before.

    `of` says what it was made of, besides the sources of this library and the types of its
    arguments: numbers, strings, types, and tuples, sets and dataclasses of these. Where a type is
    not of this library, nobody knows what its compiled functions call, so nothing is kept.
    """
    if all(each.__module__.startswith("longlag.") for each in _types(of)):
        driver._cache = _Files(_text(of))
    return driver


def folder() -> Path:
    """Where compiled drivers are kept: a folder of NUMBA_CACHE_DIR, or of the user's caches."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    home = Path.home()
    if given:
        caches = Path(given)
    elif sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = home / "Library" / "Caches"
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return caches / "longlag" / "drivers"


class _Files:
    """What a Numba dispatcher asks for code compiled before: one file per driver and signature."""

    def __init__(self, of: str):
        self._of = of

    cache_path = property(lambda self: str(folder()))

    def load_overload(self, signature: Any, target: Any) -> CompileResult | None:
        """The compiled code, or None."""
        target.refresh()
        try:
            kept = self._file(signature, target).read_bytes()
            return CompileResult._rebuild(target, *pickle.loads(kept))
        except Exception:  # no such file; or whatever is wrong with it, to compile anew mends it
            return None

    def save_overload(self, signature: Any, result: CompileResult) -> None:
        """Keep the compiled code; where the folder cannot be written to, nothing is kept."""
        file = self._file(signature, result.target_context)
        scratch = file.with_suffix(f".{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_bytes(dumps(result._reduce()))
            scratch.replace(file)
            files = sorted(file.parent.iterdir(), key=lambda each: each.stat().st_mtime)
            for old in files[:-_MOST]:
                old.unlink(missing_ok=True)
        except OSError:
            with suppress(OSError):
                scratch.unlink()

    def _file(self, signature: Any, target: Any) -> Path:
        versions = numba.__version__, llvmlite.__version__, sys.version, _sources()
        processor = target.codegen().magic_tuple()
        decisive = repr((versions, processor, self._of, str(signature)))
        return folder() / hashlib.sha256(decisive.encode()).hexdigest()[:32]


@cache
def _sources() -> int:
    """A checksum of all that compiled code can come from."""
    total, ours = 0, Path(__file__).parents[1]
    for file in sorted(ours.rglob("*.py")):
        total = zlib.crc32(file.read_bytes(), total)
    return total


def _types(thing: Any) -> set[type]:
    """The types named in `thing`."""
    if isinstance(thing, type):
        return {thing}
    if is_dataclass(thing):
        parts = [type(thing), *(getattr(thing, field.name) for field in fields(thing))]
    elif isinstance(thing, tuple | frozenset):
        parts = thing
    else:
        parts = ()
    return set().union(*map(_types, parts))


def _text(thing: Any) -> str:
    """A description that is the same in every process."""
    if isinstance(thing, type):
        return f"{thing.__module__}.{thing.__qualname__}"
    if is_dataclass(thing):
        parts = (_text(getattr(thing, field.name)) for field in fields(thing))
        return f"{_text(type(thing))}({', '.join(parts)})"
    if isinstance(thing, frozenset):
        return f"{{{', '.join(sorted(map(_text, thing)))}}}"
    if isinstance(thing, tuple):
        return f"({', '.join(map(_text, thing))})"
    return repr(thing)
