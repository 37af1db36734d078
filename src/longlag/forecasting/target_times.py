"""The times of rows that have not come yet, as far as the latest rows keep a distance."""

import math
from calendar import monthrange
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
    >>> TargetTimes(Times([]), ["2025-11-30", "2025-12-31", "2026-01-31"]).after(1)
    '2026-02-28'
    """

    def __init__(self, times: Times, texts: Sequence[str] = ()):
        """With the texts of the latest rows."""
        self._times, self._texts = times, list(texts)[-LATEST:]
        self._spacing: float | None = None
        self._months, self._at_end = 0, False
        self._counted = False  # whether the spacing and the months are those of these texts

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
    def regular(self) -> bool:
        """Whether rows keep a distance: a span of time, or calendar months."""
        self._count()
        return bool(self._months or self._spacing)

    def _count(self) -> None:
        """Find the distance that the latest rows keep."""
        if self._counted:
            return
        found = [self._times.instant(text) for text in self._texts]
        given = [each for each in found if each is not None and math.isfinite(each)]
        self._spacing = _usual([round(b - a, 5) for a, b in pairwise(given)])
        self._months = int(_usual(self._month_steps()) or 0)
        self._counted = True

    def _month_steps(self) -> list[float]:
        """Calendar months from row to row, if all rows have the same day of their months."""
        found = [self._times.moment(text) for text in self._texts]
        moments = [each for each in found if each is not None]
        self._at_end = all(each.day == monthrange(each.year, each.month)[1] for each in moments)
        if len({(each.day, each.time()) for each in moments}) > 1 and not self._at_end:
            return []
        months = [12 * each.year + each.month for each in moments]
        return [float(b - a) for a, b in pairwise(months)]

    def clocks(self, texts: Sequence[str]) -> np.ndarray:
        """Seconds since 1970 (n,) on the clock on the wall, NaN for no date."""
        return self._times.clocks(texts)

    def after(self, rows: int, text: str | None = None) -> str:
        """The time so many rows after a time, or after the last row; "" if nobody knows."""
        self._count()
        if text is None:
            text = self._texts[-1] if self._texts else ""
        if self._months:
            return self._times.months_later(text, rows * self._months, at_end=self._at_end)
        return self._times.later(text, rows * self._spacing) if text and self._spacing else ""

    def before(self, rows: int) -> str:
        """The time so many rows before the last row; "" if nobody knows."""
        if rows < len(self._texts):
            return self._texts[-1 - rows]
        return self.after(-rows)

    def state(self) -> TimesSoFar:
        """What the times go on from."""
        return TimesSoFar(self._times.form, self._times.given, list(self._texts))

    @classmethod
    def from_state(cls, state: TimesSoFar) -> "TargetTimes":
        """The times of a state."""
        return cls(Times([], state.form, given=state.given), state.texts)


def _usual(steps: Sequence[float]) -> float | None:
    """The step that nearly all of them are; None if there is none, or it goes back."""
    if len(steps) < LEAST:
        return None
    step, often = Counter(steps).most_common(1)[0]
    return step if step > 0 and often >= SHARE * len(steps) else None
