"""The keys of a fleet, and the places of their records."""

from collections.abc import Container, Iterable
from typing import Any

import numpy as np

from longlag.errors import InputError
from longlag.estimators.tables import check_savable, is_pandas_na, listed, single
from longlag.quoting import quoted

Key = str | int


def checked_keys(keys: Any) -> list[Key]:
    """Keys as plain Python values, from a list, an array or a column of a data frame.

    Raises `InputError` unless each is a text or a whole number.
    """
    found = listed(keys)
    if found is None:
        raise InputError(f"keys must be a list or a column, one key a row, got {quoted(keys)}")
    if set(map(type, found)) <= {str, int}:  # nearly always
        return found
    return [_checked(key, row) for row, key in enumerate(found)]


def as_key(value: object) -> Key | None:
    """The key that a value is, None if it is none."""
    try:
        return _checked(value, 0)
    except InputError:
        return None


def _checked(key: Any, row: int) -> Key:
    key = single(key)
    if key is None or is_pandas_na(key) or (isinstance(key, float) and key != key):
        raise InputError(f"row {row} has no key, got {quoted(key)}: name its series, or drop it")
    if isinstance(key, bool) or not isinstance(key, str | int):
        remedy = f"take {int(key)}" if isinstance(key, float) and key.is_integer() else "take text"
        raise InputError(f"a key is a text or a whole number, got {quoted(key)}: {remedy}")
    # Members of an enumeration are texts or numbers too, but no file would give them back.
    return str.__str__(key) if isinstance(key, str) else int.__index__(key)


class Slots:
    """The number of the record of each key; record 0 is that of a network before its first row."""

    def __init__(self, keys: Iterable[Key] = ()):
        self.of = {key: slot for slot, key in enumerate(keys, 1)}  #: in the order of appearance
        self._free: list[int] = []

    def all(self) -> np.ndarray:
        """The slots (keys,) of all keys, in their order."""
        return np.fromiter(self.of.values(), np.int64, len(self.of))

    def find(self, keys: Iterable[Key]) -> np.ndarray:
        """The slots (n,) of keys, -1 for those that are not known."""
        return np.array([self.of.get(key, -1) for key in keys], np.int64)

    def new(self, keys: Iterable[Key]) -> list[Key]:
        """The keys that are not known, each once.

        Raises `InputError` for a key that could not be saved, such as a whole number from 2**63 on.
        """
        found = [key for key in dict.fromkeys(keys) if key not in self.of]
        for key in found:
            check_savable("a key", key)
        return found

    def needed(self, count: int) -> int:
        """How many records there must be for so many new keys."""
        return 1 + len(self.of) + len(self._free) + max(0, count - len(self._free))

    def add(self, keys: list[Key]) -> np.ndarray:
        """The slots (n,) of keys that are new."""
        fresh = iter(range(1 + len(self.of) + len(self._free), self.needed(len(keys))))
        slots = [self._free.pop() if self._free else next(fresh) for _ in keys]
        self.of.update(zip(keys, slots, strict=True))
        return np.array(slots, np.int64)

    def remove(self, keys: list[Key]) -> None:
        """Free the slots of keys; raises `InputError` for one that is not known."""
        check_known(self.of, keys)
        self._free += [self.of.pop(key) for key in dict.fromkeys(keys)]


def check_known(known: Container[Key], keys: Iterable[Key]) -> None:
    """Raise `InputError` for the first of the keys that is not known."""
    for key in keys:
        if key not in known:
            raise InputError(f"the fleet has no key {quoted(key)}: look at keys()")
