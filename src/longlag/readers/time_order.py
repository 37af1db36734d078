"""Whether the rows of a stream are in the order of time."""

from collections.abc import Sequence

from longlag.quoting import counted
from longlag.readers.times import JUDGED, Times


class Order:
    """Counts rows whose time is before the time of the row above; other texts are passed over."""

    def __init__(self, form: str | None = None) -> None:
        self.rows = self.read = self.backward = 0
        self.first: int | None = None  #: number of the first row that goes back
        self.example = ""  #: a text that is not a time
        self.times: Times | None = None
        self._form, self._held = form, []
        self._last = float("-inf")

    def add(self, numbers: Sequence[int], times: Sequence[str]) -> None:
        """The times of the rows of these numbers."""
        self._held += zip(numbers, times, strict=False)
        if len(self._held) >= JUDGED or self.times:
            self.finish()

    def finish(self) -> None:
        """Count the times held back: the first times tell how all times are written."""
        held, self._held = self._held, []
        if self.times is None:
            self.times = Times([text for _, text in held], self._form)
        for row, text in held:
            if not text:
                continue
            self.rows += 1
            instant = self.times.instant(text)
            if instant is None:
                self.example = self.example or text
                continue
            self.read += 1
            if instant < self._last:
                self.backward += 1
                self.first = self.first or row
            self._last = instant

    def remark(self, name: str) -> str | None:
        """One line that a person should know about the times in the column of this name, if any."""
        self.finish()
        form = self.times.form if self.times else None
        if self.rows and not self.read:
            return (
                f"The times of {name} are in no known form, such as {self.example[:40]!r}: their "
                "order was not checked (--time-format says how they are written)."
            )
        if self.backward > self.read / 2:
            return f"The rows run backwards in the time {name}: --sort reads them forwards."
        if self.backward:
            rows = counted(self.backward, "row")
            return (
                f"Times go back in {rows}, first in row {self.first:,}: if {name} is the time, "
                "--sort puts the rows in its order."
            )
        if self.times and self.times.other:
            return f"The times of {name} are read as {form}: --time-format, if they are not."
        return None
