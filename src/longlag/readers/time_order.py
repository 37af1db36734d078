"""Whether the rows of a stream are in the order of time, and their times are read as meant."""

from collections.abc import Sequence

from longlag.quoting import counted, quoted
from longlag.readers.time_forms import counts_days
from longlag.readers.times import Times


class Order:
    """Counts rows whose time is before that of the row above, or the same, or cannot be read."""

    def __init__(self, times: Times) -> None:
        """`times` says how times are written, and is told when a row settles day and month."""
        self.rows = self.read = self.backward = self.same = 0
        self.first: int | None = None  #: number of the first row that goes back
        self.example = ""  #: a text that is not a time
        self.unread: int | None = None  #: number of its row
        self.without = 0  #: rows without a time, which may be subtotals
        self.first_without: int | None = None  #: number of the first of them
        #: number, time and form of the first row that has day and month the other way round
        self.turned: tuple[int, str, str] | None = None
        self.times = times
        self._last = float("-inf")
        self._begin: float | None = None

    def add(self, numbers: Sequence[int], times: Sequence[str]) -> None:
        """The times of the rows of these numbers."""
        for row, text in zip(numbers, times, strict=False):
            if not text:
                self.without += 1
                self.first_without = self.first_without or row
                continue
            self.rows += 1
            self.times.settle(text)
            instant = self.times.instant(text)
            if instant is None:
                if self.unread is None:
                    self.example, self.unread = text, row
                if self.turned is None and (form := self.times.turned_round(text)):
                    self.turned = row, text, form
                continue
            self.read += 1
            if instant < self._last:
                self.backward += 1
                self.first = self.first or row
            self.same += instant == self._last
            self._last = instant
            if self._begin is None:
                self._begin = instant

    def remark(self, name: str) -> str | None:
        """One line that a person should know about the times in the column of this name, if any."""
        form = self.times.form
        if self.turned:
            row, text, turned = self.turned
            return (
                f"The times of {name} are read as {form}, and {quoted(text)} in row {row:,} can "
                f"only be {turned}: learn anew with --time-format '{turned}'."
            )
        if self.rows and not self.read:
            return (
                f"The times of {name} are in no known form, such as {self.example[:40]!r}: their "
                "order was not checked (--time-format says how they are written)."
            )
        if self.unread:
            times = f"{self.rows - self.read:,} of {counted(self.rows, 'time')}"
            return (
                f"{times} in {name} cannot be read, first {quoted(self.example)} in row "
                f"{self.unread:,}: is it a row like the others?"
            )
        if self.without and self.read:
            rows = f"{counted(self.without, 'row')} {'has' if self.without == 1 else 'have'}"
            return (
                f"{rows} no time in {name}, first row {self.first_without:,}: is it a row like the "
                "others, and no subtotal?"
            )
        if self.backward and not self.times.dated:
            return (
                f"{name} holds clocks without dates, so the order of the rows was not checked: if "
                "there is a column of dates, name both as --time DATE,CLOCK."
            )
        if self.backward > self.read / 2:
            return f"The rows run backwards in the time {name}: --sort reads them forwards."
        if self.backward:
            rows = counted(self.backward, "row")
            return (
                f"Times go back in {rows}, first in row {self.first:,}: if {name} is the time, "
                "--sort puts the rows in its order; if they are of several series, --group names "
                "the column that tells these apart."
            )
        if 2 * self.same > self.read:
            return (
                f"{counted(self.same, 'row')} have the time of the row above: if the rows are of "
                "several series, --group names the column that tells these apart."
            )
        if form is None and counts_days(name, [self._begin or 0.0, self._last]):
            return (
                f"The times of {name} are numbers: if they count days as spreadsheets do, learn "
                "anew with --time-format excel."
            )
        if self.times.other:
            return f"The times of {name} are read as {form}: --time-format, if they are not."
        return None
