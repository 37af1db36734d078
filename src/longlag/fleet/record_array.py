"""Records of equal size, one for each key, in one array that grows."""

from typing import Any

import numpy as np

from longlag.errors import InputError
from longlag.memory import check_memory

REMEDY = "take fewer groups, or a machine with more memory"
RECENT = 60  #: rows of a series that are kept to be drawn
NOBODY = -1.0  #: in place of a class, where there is none


class RecordArray:
    """The records of all slots; number 0 is that of a key before its first row."""

    def __init__(self, fields: list[tuple[Any, ...]], remedy: str):
        """With record 0 alone, all zeros; `remedy` says what to do where memory is too small."""
        self._array = np.zeros(1, np.dtype(fields))
        self._remedy = remedy

    @property
    def bytes(self) -> int:
        """Of one record."""
        return self._array.dtype.itemsize

    def grow(self, slots: int) -> None:
        """Make room for this number of slots; raises `InputError` if memory is too small."""
        if slots > len(self._array):
            check_memory(f"a fleet of {slots - 1:,} keys", slots * self.bytes, self._remedy)
            # Zeros that nothing was written to take no memory, so there may be many.
            grown = np.zeros(max(slots, 2 * len(self._array)), self._array.dtype)
            grown[: len(self._array)] = self._array
            self._array = grown

    def begin(self, slots: np.ndarray) -> None:
        """Let keys begin in these slots."""
        self._array[slots] = self._array[0]

    def take(self, slots: np.ndarray) -> np.ndarray:
        """The records of slots, as bytes (n, bytes)."""
        return self._array[slots].view(np.uint8).reshape(len(slots), self.bytes)

    def put(self, found: np.ndarray) -> None:
        """Put records from a file, as bytes (n, bytes), into the slots from 1 on.

        Raises `InputError` for what no record may hold.
        """
        if found.shape[1:] != (self.bytes,):
            raise InputError(f"its records must be of {self.bytes} bytes, got {found.shape}")
        taken = np.ascontiguousarray(found).reshape(-1).view(self._array.dtype)
        self._check(taken)
        self._array = np.concatenate([self._array[:1], taken])

    def _check(self, found: np.ndarray) -> None:
        """Raise `InputError` for what no record may hold."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # joblib may map the memory of a file, to be read alone.
        self._array = np.require(self._array, requirements=["W", "ENSUREARRAY"])


class SeriesRecordArray(RecordArray):
    """Records of series, besides their networks; they have the fields "scores" and "counts"."""

    def __init__(self, fields: list[tuple[Any, ...]]):
        """With record 0 alone, all zeros."""
        super().__init__(fields, REMEDY)

    def forget_scores(self) -> None:
        """Scores begin anew, as those of a model that goes on."""
        self._array["scores"] = 0.0
        self._array["counts"][:, 2] = 0.0
