"""Whether the rows of a stream are in the order of time."""

from collections.abc import Sequence
from datetime import UTC, datetime


class Order:
    """Counts rows whose time is before that of the row above.

    Times are numbers, or dates as ISO 8601 writes them, such as 2026-11-21T14:05:00; others are
    passed over.
    """

    def __init__(self) -> None:
        self.backward = 0
        self.first: int | None = None  #: number of the first such row
        self._last = float("-inf")

    def add(self, first: int, times: Sequence[str]) -> None:
        """The times of the rows from number `first` on."""
        for row, text in enumerate(times, first):
            instant = _instant(text)
            if instant is None:
                continue
            if instant < self._last:
                self.backward += 1
                self.first = self.first or row
            self._last = instant


def _instant(text: str) -> float | None:
    """Seconds, or whatever the numbers count; a date without a zone is taken as UTC."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
