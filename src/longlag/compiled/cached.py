"""Compiled functions that later processes find on disk."""

import inspect
import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def cached(function: Callable) -> Any:
    """Compile `function` for callers in Python, without the GIL, and keep what was compiled.

    Numba keeps it beside the source, or in the user's own cache where that folder is read-only.
    With no folder to write to, every process compiles for itself.
    """
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        return njit(**_OPTIONS)(function)


def digest(*modules: ModuleType) -> int:
    """A checksum of the source of these modules.

    To know whether cached code is stale, Numba looks at the function's own file, and at the values
    that the function captures from an enclosing one. So a function that captures this number is
    compiled anew when any of the modules changes from which it calls something.
    """
    total = 0
    for module in modules:
        total = zlib.crc32(inspect.getsource(module).encode(), total)
    return total
