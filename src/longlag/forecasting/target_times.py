"""The times of rows that have not come yet, as far as the latest rows keep a distance."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from longlag.readers.times import Times

LATEST = 32  #: rows that tell the distance
LEAST, SHARE = 2, 0.9  #: rows must keep so many distances, and so large a share must be the same


class TimesSoFar(msgspec.Struct, forbid_unknown_fields=True):
    """The state of the times."""

    form: str | None  #: in which times are written, as in `datetime.strptime`
    given: bool  #: whether a person said so
    texts: list[str]  #: of the latest rows


class TargetTimes:
    """The times of the latest rows, and of the rows after them.

    >>> times = TargetTimes(Times([]), ["2026-02-26", "2026-02-27", "2026-02-28"])
    >>> times.after(1)
    '2026-03-01'
    """

    def __init__(self, times: Times, texts: Sequence[str] = ()):
        """With the texts of the latest rows."""
        self._times, self._texts = times, list(texts)[-LATEST:]
        self._spacing: float | None = None
        self._counted = False  # whether the spacing is that of these texts

    @property
    def last(self) -> float | None:
        """The time of the last row, in seconds or what numbers count; None if nobody knows."""
        return self.instant(self._texts[-1]) if self._texts else None

    def instant(self, text: str) -> float | None:
        """A time, in seconds or what numbers count; None for none."""
        return self._times.instant(text)

    def add(self, texts: Sequence[str] | None) -> None:
        """The times of the next rows."""
        if texts:
            self._texts = [*self._texts, *texts][-LATEST:]
            self._counted = False

    @property
    def spacing(self) -> float | None:
        """The distance that rows keep, in seconds or what numbers count; None if they keep none."""
        if not self._counted:
            self._spacing, self._counted = self._count_spacing(), True
        return self._spacing

    def _count_spacing(self) -> float | None:
        found = [self._times.instant(text) for text in self._texts]
        given = [each for each in found if each is not None and math.isfinite(each)]
        steps = [round(b - a, 5) for a, b in pairwise(given)]
        if len(steps) < LEAST:
            return None
        step, often = Counter(steps).most_common(1)[0]
        return step if step > 0 and often >= SHARE * len(steps) else None

    def clocks(self, texts: Sequence[str]) -> np.ndarray:
        """Seconds since 1970 (n,) on the clock on the wall, NaN for no date."""
        return self._times.clocks(texts)

    def after(self, rows: int, text: str | None = None) -> str:
        """The time so many rows after a time, or after the last row; "" if nobody knows."""
        if text is None:
            text = self._texts[-1] if self._texts else ""
        return self._times.later(text, rows * self.spacing) if text and self.spacing else ""

    def state(self) -> TimesSoFar:
        """What the times go on from."""
        return TimesSoFar(self._times.form, self._times.given, list(self._texts))

    @classmethod
    def from_state(cls, state: TimesSoFar) -> "TargetTimes":
        """The times of a state."""
        return cls(Times([], state.form, given=state.given), state.texts)
