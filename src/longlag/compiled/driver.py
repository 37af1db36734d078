"""Compiled functions that Python calls, kept on disk for later processes."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import partial
from typing import Any

from numba import njit, types

from longlag.compiled import cache, isolation, key
from longlag.compiled.arguments import as_word, form, signature, table, unpacker
from longlag.compiled.compiling import NO_REFERENCE_COUNTS, NO_WRAPPERS, module, part
from longlag.compiled.interpreting import INTERPRETING, interpreted
from longlag.compiled.isolation import Loaded
from longlag.errors import InputError

#: Two threads must not compile the same driver twice, and Numba compiles one function at a time.
_compiling = threading.RLock()
_sharing = threading.Lock()

_TABLE = (types.CPointer(types.int64),)
_OPTIONS: dict[str, Any] = {"error_model": "numpy", **NO_REFERENCE_COUNTS}


_shared: dict[Hashable, "Driver"] = {}


def driver(function: Callable, made_of: Hashable) -> "Driver":
    """The `Driver` of this process for all functions with the same `made_of`.

    All workers then share one compilation, even if the code cannot be kept on disk.
    """
    with _sharing:  # held for a moment, where to compile takes seconds
        return _shared.setdefault(made_of, Driver(function, made_of))


def busy() -> bool:
    """Whether another thread compiles: the process must not end as Python does meanwhile."""
    free = _compiling.acquire(blocking=False)
    if free:
        _compiling.release()
    return not free


class Driver:
    """A compiled function of arrays, numbers and tuples of them, that returns a whole number.

    The function is compiled for each combination of argument types, and runs without the
    interpreter's lock. It must not allocate memory: the caller allocates all arrays.
    """

    def __init__(self, function: Callable, made_of: Hashable):
        """`made_of` determines the code, together with the sources and the types of the arguments.

        It consists of numbers, strings, types, and tuples, sets and dataclasses of these. With
        None, or with types from other packages, the code is not kept on disk.
        """
        self._function = function
        self._made_of = made_of
        self._binders: dict[Hashable, Callable[..., Callable[[], int]]] = {}

    def __call__(self, *arguments: object) -> int:
        """Run the function."""
        return self.bind(*arguments)()

    def bind(self, *arguments: object) -> Callable[[], int]:
        """A call to repeat often; the contents of its arrays may change, but not its numbers."""
        if INTERPRETING:
            return interpreted(self._function, arguments)
        known = form(arguments)
        # What is compiled already runs on while another thread compiles something else.
        if known not in self._binders:
            table(arguments)  # refuses invalid arguments before anything is compiled
            with _compiling:
                if known not in self._binders:
                    self._binders[known] = self._binder(signature(arguments))
        return self._binders[known](*arguments)

    def _binder(self, signature: tuple[types.Type, ...]) -> Callable[..., Callable[[], int]]:
        """A function that binds arguments of these types, from disk or compiled now."""
        try:
            return partial(Bound, self._standing_alone(signature))
        except InputError:
            raise
        except Exception:
            # Isolation relies on details of Numba and LLVM, which may change. The function then
            # runs without isolation and is not kept. If it does not compile, Numba raises again.
            return partial(partial, self._plain())

    def _standing_alone(self, signature: tuple[types.Type, ...]) -> Loaded:
        digest = key.digest(self._made_of, signature, key.sees(self._function))
        kept = cache.find(digest) if digest else None
        if kept:
            # Compiling again replaces kept code that is wrong in any way.
            with suppress(Exception):
                return isolation.load(kept)
        code = isolation.isolate(self._compile(signature), digest or "0" * 32)
        loaded = isolation.load(code)
        if digest:
            cache.keep(code)
        return loaded

    def _plain(self) -> Callable[..., int]:
        """The function as Numba compiles it."""
        function = njit(**NO_WRAPPERS, **_OPTIONS)(self._function)

        def plain(*arguments):
            return as_word(function(*arguments))

        return njit(nogil=True, **_OPTIONS)(plain)

    def _compile(self, signature: tuple[types.Type, ...]) -> str:
        """LLVM assembly of the function, called with the arguments in a table."""
        function = part(**_OPTIONS)(self._function)
        unpack = unpacker(signature)

        def entry(table):
            table[0] = as_word(function(*unpack(table)))
            return 0

        return module(entry, _TABLE, **_OPTIONS)


class Bound:
    """A call of a self-contained function."""

    def __init__(self, loaded: Loaded, *arguments: object):
        self._loaded = loaded  # owns the code
        self._arguments = arguments  # own the memory that the table points to
        self._table = table(arguments)
        self._at = self._table.buffer_info()[0]

    def __call__(self) -> int:
        """Run it."""
        status = self._loaded.call(self._at)
        if status:
            raise RuntimeError(f"a compiled function failed with status {status}")
        return self._table[0]
