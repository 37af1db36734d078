"""One column of the first rows of a table, and what its texts say about it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from longlag.commands.unusual_numbers import SENTINELS
from longlag.readers.footnotes import without_footnote
from longlag.readers.kinds import FEW, Kind, kind_of
from longlag.readers.time_forms import counts_days
from longlag.readers.times import UNITS, Times
from longlag.readers.values import Values

#: A number with a character before it, or with a unit or another sign after it.
MARKED = re.compile(r"(\D?)\s*[-+]?\d[\d.,]*\s*(|°?[^\W\d_][\w/]{0,7}|[^\w\s])")
_PAIR = re.compile(r"([^\W\d]\w*[=:])\s*[-+]?\d[\d.,]*")  #: a name and a number, as in temp=9.5
#: A year with two numbers before it or behind it.
_YEAR_AND_MORE = re.compile(
    r"\D*(?:(?:19|20)\d\d\D+\d{1,2}\D+\d{1,2}|\d{1,2}\D+(?:\d{1,2}\D+|)(?:19|20)\d\d)(?:\D.*)?"
)
#: Names that people give to times, also to times that are numbers.
TIMES = frozenset(
    """t time date day hour week month year timestamp datetime ts ds zeit datum fecha tiempo temps
    tid tijd epoch unixtime""".split()  # noqa: SIM905
)
#: Different texts among numbers that may stand for missing values.
MARKS = 3
#: From 2001 to 2033, in seconds since 1970.
RECENT = 1e9, 2e9


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
        given = [text for text in self.texts if not self.values.missing(text)]
        if self.kind != "number":
            return given
        numbers = zip(given, map(self.values.number, given), strict=True)
        return [text for text, x in numbers if x is None or x == x]

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

    @property
    def footnotes(self) -> list[str]:
        """The numbers with the mark of a footnote behind them, as they are written."""
        if self.kind != "number":
            return []
        return [x for x in self.given if x not in self.stray and without_footnote(x) != x.strip()]

    @cached_property
    def sentinel(self) -> float | None:
        """A number that may stand for a missing value."""
        ends = {min(self.numbers), max(self.numbers)} if self.numbers else set()
        found = [x for x in ends & SENTINELS if 1 < self.numbers.count(x) < len(self.numbers)]
        return found[0] if found else None

    @property
    def sign(self) -> str | None:
        """What stands beside all numbers of a column of texts, such as a currency or a name."""
        if self.kind not in ("category", "text"):
            return None
        found = {_sign_beside(text.strip()) for text in self.given}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def marks(self) -> list[str]:
        """The few texts among many numbers in a column that is none of numbers, each once.

        They stand in more rows than the numbers, or in the first ones.
        """
        if self.kind not in ("category", "text") or len(set(self.numbers)) <= FEW:
            return []
        read = zip(self.given, map(self.values.number, self.given), strict=True)
        texts = list(dict.fromkeys(text for text, x in read if x is None or x != x))
        return texts if len(texts) <= MARKS else []

    @property
    def looks_like_times(self) -> bool:
        """Whether the texts hold a year and other numbers, and more than two differ."""
        several = self.kind in ("category", "text") and len(set(self.given)) > 2
        return several and all(map(_YEAR_AND_MORE.fullmatch, self.given))

    @property
    def since_1970(self) -> bool:
        """Whether the numbers may count seconds since 1970: they grow, or are called times."""
        if self.kind != "number" or self.stray or len(self.given) < 2:
            return False
        growing = all(a <= b for a, b in pairwise(self.numbers))
        if not (self.named_as_time or (growing and all(map(float.is_integer, self.numbers)))):
            return False
        first, last = RECENT
        least, most = min(self.numbers), max(self.numbers)
        return least < most and any(first * x <= least and most <= last * x for x in UNITS)

    @property
    def dates_in_numbers(self) -> bool:
        """Whether the numbers are dates such as 20240301; 202403 counts only if its name agrees."""
        if self.kind != "number" or self.missing or len(set(self.given)) < 2:
            return False
        form = Times(self.texts).form
        return form is not None and (self.named_as_time or "%m%d" in form)

    @property
    def named_as_time(self) -> bool:
        """Whether the column has a name that times have, as in Time (ms), time_stamp and t [s]."""
        name = re.split(r"[(\[/]", self.name.lower())[0]
        return re.sub(r"[\W_]+", "", name) in TIMES

    @property
    def counts_days(self) -> bool:
        """Whether the numbers are days as spreadsheets count them, with a name that dates have."""
        whole = self.kind == "number" and not self.stray and bool(self.numbers)
        return whole and counts_days(self.name, self.numbers)

    @property
    def counts_time(self) -> bool:
        """Whether the numbers never fall, and have a name that times have."""
        growing = all(a <= b for a, b in pairwise(self.numbers))
        whole = self.kind == "number" and not self.stray and not self.missing
        return self.named_as_time and whole and growing and len(set(self.numbers)) > 1

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


def _sign_beside(text: str) -> str | None:
    """The sign beside a number: a currency, a name or a unit.

    >>> _sign_beside("$1,100.50"), _sign_beside("12 %"), _sign_beside("3 kWh"), _sign_beside("a 1")
    ('$', '%', 'kWh', None)
    >>> _sign_beside("temp=9.5")
    'temp='
    """
    if pair := _PAIR.fullmatch(text):
        return pair[1]
    found = MARKED.fullmatch(text)
    before, after = found.groups() if found else ("", "")
    if before or not after:
        return before if before and not after and _is_currency(before) else None
    known = after[-1].isalnum() or after in "%‰°" or _is_currency(after)
    return after if known else None


def _is_currency(character: str) -> bool:
    return unicodedata.category(character) == "Sc"
