"""What the first rows of a table say about its columns."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from longlag.commands.unusual_numbers import SENTINELS
from longlag.errors import InputError
from longlag.quoting import quoted
from longlag.readers.kinds import Kind, kind_of
from longlag.readers.sources import BadRow, Source, as_list
from longlag.readers.times import Times
from longlag.readers.values import Values

#: A number with a character before it, or with a unit or another sign after it.
MARKED = re.compile(r"(\D?)\s*[-+]?\d[\d.,]*\s*(|°?[^\W\d_][\w/]{0,7}|[^\w\s])")
#: Names that people give to times, also to times that are numbers.
TIMES = frozenset("t time date day hour week month year timestamp datetime ts ds".split())  # noqa: SIM905
#: From 2001 to 2033, in seconds and in milliseconds since 1970.
EPOCHS = (1e9, 2e9), (1e12, 2e12)

FIELDS = 200_000  #: to look at
COLUMNS = 100_000  #: to look at; a network has room for fewer


@dataclass(frozen=True)
class Column:
    """One column of the first rows; `judged` are the texts by which `learn` judges its kind."""

    name: str
    texts: Sequence[str]
    judged: Sequence[str]
    values: Values

    @cached_property
    def kind(self) -> Kind:
        """What `learn` takes the column for."""
        return kind_of(self.judged, self.values)

    @cached_property
    def given(self) -> list[str]:
        """The texts that do not stand for a missing value."""
        return [text for text in self.texts if not self.values.missing(text)]

    @property
    def missing(self) -> float:
        """Share of the rows that have no value."""
        return 1.0 - len(self.given) / len(self.texts) if self.texts else 0.0

    @cached_property
    def numbers(self) -> list[float]:
        """The numbers among the texts."""
        found = map(self.values.number, self.given)
        return [x for x in found if x is not None and x == x]

    @cached_property
    def stray(self) -> list[str]:
        """The texts, each once, that would end `learn`: those in a column of numbers."""
        if self.kind != "number" or len(self.numbers) == len(self.given):
            return []
        return list(dict.fromkeys(x for x in self.given if self.values.number(x) is None))

    @cached_property
    def sentinel(self) -> float | None:
        """A number that may stand for a missing value."""
        ends = {min(self.numbers), max(self.numbers)} if self.numbers else set()
        found = [x for x in ends & SENTINELS if 1 < self.numbers.count(x) < len(self.numbers)]
        return found[0] if found else None

    @property
    def sign(self) -> str | None:
        """A percent sign, a currency or the like beside all numbers of a column of texts."""
        if self.kind not in ("category", "text"):
            return None
        found = {_sign_beside(text.strip()) for text in self.given}
        return found.pop() if len(found) == 1 else None

    @property
    def since_1970(self) -> bool:
        """Whether the numbers grow from row to row, and may count seconds since 1970."""
        whole = all(map(float.is_integer, self.numbers))
        if self.kind != "number" or self.stray or not whole or len(self.given) < 2:
            return False
        growing = all(a <= b for a, b in pairwise(self.numbers))
        return growing and any(
            first <= self.numbers[0] and self.numbers[-1] <= last for first, last in EPOCHS
        )

    @property
    def counts_time(self) -> bool:
        """Whether the numbers never fall, and have a name that times have."""
        growing = all(a <= b for a, b in pairwise(self.numbers))
        whole = self.kind == "number" and not self.stray and not self.missing
        return self.name.lower() in TIMES and whole and growing and len(set(self.numbers)) > 1

    @property
    def counts(self) -> bool:
        """Whether the numbers are those of the rows: each is as much above the one before it."""
        steps = {b - a for a, b in pairwise(self.numbers)}
        return len(self.numbers) > 2 and len(steps) == 1 and steps != {0.0}

    @property
    def two_classes(self) -> bool:
        """Whether the numbers are two, such as 0 and 1, each more than once."""
        counts = Counter(self.numbers) if self.kind == "number" and not self.stray else {}
        return len(counts) == 2 and min(counts.values()) > 1


class TimeColumns(NamedTuple):
    """The columns of times: one, or a date and the clock beside it."""

    columns: list[Column]
    texts: list[str]  #: of the rows
    times: Times

    @property
    def names(self) -> str:
        """Their names, as --time takes them."""
        name = self.columns[0].name
        return name if len(self.columns) == 1 else as_list(each.name for each in self.columns)

    @property
    def settled(self) -> str | None:
        """The form, if the rows by which `learn` judges it do not tell day from month."""
        first = Times(self.texts[: len(self.columns[0].judged)])
        return self.times.form if first.other and not self.times.other else None

    @property
    def backwards(self) -> bool:
        """Whether most of the rows are older than the row above them."""
        found = map(self.times.instant, self.texts)
        steps = [b - a for a, b in pairwise(instant for instant in found if instant is not None)]
        return 2 * sum(step < 0 for step in steps) > len(steps)

    @property
    def gaps(self) -> "Gaps | None":
        """The steps of time that are longer than most; None if there are none, or no usual step."""
        instants = (self.times.instant(text) for text in self.texts)
        steps = [abs(b - a) for a, b in pairwise(x for x in instants if x is not None)]
        usual, count = Counter(steps).most_common(1)[0] if steps else (0.0, 0)
        longer = [step for step in steps if step > usual]
        if not longer or usual == 0.0 or 2 * count <= len(steps):
            return None
        return Gaps(usual, len(longer), max(longer), len(steps))


class Gaps(NamedTuple):
    """Rows that are farther apart than most; times are in the unit of `Times.instant`."""

    usual: float  #: from one row to the next, most often
    longer: int  #: steps that are longer
    longest: float
    steps: int  #: in all


def _sign_beside(text: str) -> str | None:
    """The sign beside a number: a currency before or after it, or a unit after it.

    >>> _sign_beside("$1,100.50"), _sign_beside("12 %"), _sign_beside("3 kWh"), _sign_beside("a 1")
    ('$', '%', 'kWh', None)
    """
    found = MARKED.fullmatch(text)
    before, after = found.groups() if found else ("", "")
    if before or not after:
        return before if before and not after and _is_currency(before) else None
    known = after[-1].isalnum() or after in "%‰°" or _is_currency(after)
    return after if known else None


def _is_currency(character: str) -> bool:
    return unicodedata.category(character) == "Sc"


def first_rows(source: Source) -> tuple[list[Column], str | None]:
    """The columns of some thousand rows, and what is wrong with the row below them."""
    judged = source.first_texts()[:COLUMNS]
    texts: list[list[str]] = [[] for _ in judged]
    most, problem = max(1, FIELDS // max(1, len(source.names))), None
    try:
        for block in source.blocks():
            for column, more in zip(texts, block.table(COLUMNS), strict=True):
                column += more
            if len(texts[0]) >= most:
                break
    except BadRow as bad:
        problem = f"Row {len(texts[0]) + bad.index + 1}: {bad}."
    columns = [
        Column(name, found or first, first, source.values)
        for name, found, first in zip(source.names[:COLUMNS], texts, judged, strict=True)
    ]
    return columns, problem


def time_columns(columns: Sequence[Column], form: str | None) -> TimeColumns | None:
    """The columns of times; raises `InputError` if none has times in the form that is given."""
    for column, after in zip(columns, [*columns[1:], None], strict=True):
        if not column.name or (form is None and column.kind != "time"):
            continue
        texts = list(column.texts)
        if after and after.name and (form or after.kind == "time") and len(set(texts)) < len(texts):
            joined = [" ".join(each) for each in zip(texts, after.texts, strict=True)]
            times = Times(joined, form)
            if all(times.instant(text) is not None for text in joined if text.strip()):
                return TimeColumns([column, after], joined, times)
        times = Times(texts, form)
        if form is None or any(times.instant(text) is not None for text in texts):
            return TimeColumns([column], texts, times)
    if form is None:
        for column in columns:
            if column.name and (column.since_1970 or column.counts_time):
                return TimeColumns([column], list(column.texts), Times(column.texts))
    if form is not None:
        raise InputError(f"no column has times in the form of --time-format, {quoted(form)}")
    return None
