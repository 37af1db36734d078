"""Arrays of drivers against memory that nobody may touch: a step beyond them ends the process."""

import ctypes
import mmap
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from longlag.compiled.driver import Driver

_NO_ACCESS = 0
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int


def guarded(array: np.ndarray, side: str) -> np.ndarray:
    """A copy of the same strides whose memory ends at a guard page, or begins behind one."""
    low, high = byte_bounds(array)
    size = high - low if array.size else 0
    pages = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, pages + 2 * mmap.PAGESIZE)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for guard in (base, base + mmap.PAGESIZE + pages):
        if _libc.mprotect(guard, mmap.PAGESIZE, _NO_ACCESS):
            raise OSError(ctypes.get_errno(), "mprotect failed")
    start = mmap.PAGESIZE + (0 if side == "before" else pages - size)
    first = array.__array_interface__["data"][0] - low if array.size else 0
    copy = np.ndarray(array.shape, array.dtype, memory, start + first, array.strides)
    copy[...] = array
    copy.flags.writeable = array.flags.writeable
    return copy


def install(side: str) -> None:
    """From now on every driver of this process works on guarded copies of its arrays.

    They are filled before each call, and copied back after it.
    """
    bind = Driver.bind

    def guarded_bind(self: Driver, *arguments: Any) -> Callable[[], int]:
        pairs: list[tuple[np.ndarray, np.ndarray]] = []

        def inside(argument):
            if isinstance(argument, tuple):
                items = map(inside, argument)
                return type(argument)(*items) if hasattr(argument, "_fields") else tuple(items)
            if isinstance(argument, np.ndarray):
                pairs.append((argument, guarded(argument, side)))
                return pairs[-1][1]
            return argument

        call = bind(self, *map(inside, arguments))

        def run():
            for outer, inner in pairs:
                if inner.flags.writeable:
                    inner[...] = outer
            result = call()
            for outer, inner in pairs:
                if inner.flags.writeable:
                    outer[...] = inner
            return result

        return run

    Driver.bind = guarded_bind
