"""Times as people write them, on one line of seconds.

Numbers are taken as they are (seconds since 1970, hours of a year, whatever they count), and dates
as ISO 8601 has them. Any other form is one of `FORMS`, and the first rows tell which. Day before
month or month before day: where both can be, the one in which these rows run forwards more often.
"""

import math
import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, datetime, time, timedelta
from functools import cache
from itertools import islice, pairwise, product

import numpy as np

from longlag.errors import InputError
from longlag.quoting import quoted

_DATES = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y"),
    *("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%m", "%b %Y"),
    *("%a %d %b %Y", "%a, %d %b %Y", "%d/%b/%Y", "%Y-%m-%d"),
)
_CLOCKS = (
    *("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%H.%M.%S", "%H.%M"),
    *("%H:%M:%S %z", "%H:%M %z", "%H%M", "%H%M%S", "%Hh%M"),
)
#: As `datetime.strptime` has them.
FORMS = (
    *_DATES,
    *(f"{date} {clock}" for date, clock in product(_DATES, _CLOCKS)),
    *(
        f"{date}{between}{clock}"
        for date in _DATES
        for between in ("T", ", ", ":", " - ")
        for clock in _CLOCKS[:3]
    ),
    *_CLOCKS,
    "%a %b %d %H:%M:%S %Y",
)
JUDGED = 100  #: texts that tell the form

#: Numbers in this range are seconds since 1970; a thousand times as much, milliseconds. A smaller
#: number may count anything: rows, hours of a study, years.
_EPOCH = 1e8, 1e11

_START = datetime(1970, 1, 1)
_EXAMPLE = datetime(2026, 11, 21, 14, 5, 30, tzinfo=UTC)

_ZONE = re.compile(r"\s*(?:UTC|GMT|Z)$")
_BLANKS = re.compile(r"\s+")
_LATEST = re.compile(r"(?<!\d)24:00(?!\d)(?!:0*[1-9])")


class Times:
    """How the times of one column are written."""

    def __init__(self, texts: Sequence[str], form: str | None = None, *, given: bool = True):
        """Judged by the first of these texts, unless there is a form for `datetime.strptime`.

        If the first texts leave day and month in doubt, the first later text without the doubt
        decides. If a person has `given` the form, no text in another form is a time.
        """
        written = (text for text in map(_tidied, texts) if text)
        texts = list(islice(written, JUDGED))
        self.form, self.given = form, given and form is not None
        self.other: str | None = None  #: a form with day and month the other way round fits, too
        if (
            form is None
            and texts
            and 2 * sum(_plain(text) is not None for text in texts) <= len(texts)
        ):
            alike = _by_shape().get(_shape(texts[0]), [])
            fitting = [each for each in alike if _all_fit(texts, each)]
            if fitting:
                self.form = max(
                    fitting, key=lambda each: _forward(texts, each)
                )  # the first of the best
                turned = _turned(self.form)
                self.other = turned if turned in fitting else None
        for text in written:
            if not self.other:
                break
            if self.turned_round(text):
                self.form, self.other = self.other, None
            else:
                self.settle(text)

    def settle(self, text: str) -> None:
        """Drop the other order of day and month if this time can only be read in the first."""
        if not self.form or not self.other:
            return
        text = _tidied(text)
        if _parsed(text, self.form) and not _parsed(text, self.other):
            self.other = None

    def turned_round(self, text: str) -> str | None:
        """The form of a text that is a time only with day and month the other way round."""
        text = _tidied(text)
        other = _turned(self.form) if self.form else None
        if other and text and not _parsed(text, self.form or "") and _parsed(text, other):
            return other
        return None

    @property
    def readable(self) -> bool:
        """Whether the form is one that was told from the texts, beyond numbers and ISO 8601."""
        return self.form is not None

    def instant(self, text: str) -> float | None:
        """Seconds, or whatever numbers count; None for no time. Without a zone, it is UTC."""
        found = self._read(text)
        return _seconds(found) if isinstance(found, datetime) else found

    def clock(self, text: str) -> float | None:
        """Seconds since 1970 on the clock on the wall, whatever its zone; None for no date.

        A number is a date if it counts the seconds or milliseconds since 1970, from 1973 on.
        """
        found = self._read(text)
        if isinstance(found, datetime):
            return (found.replace(tzinfo=None) - _START).total_seconds()
        if found is None or not _EPOCH[0] <= found < 1e3 * _EPOCH[1]:
            return None
        return found if found < _EPOCH[1] else found / 1e3

    def clocks(self, texts: Sequence[str]) -> np.ndarray:
        """`clock` of each text (n,), NaN for no date."""
        found = _plain_clocks(texts) if self.form is None else None
        if found is None:
            found = [math.nan if clock is None else clock for clock in map(self.clock, texts)]
        return np.array(found, np.float64)

    def later(self, text: str, seconds: float) -> str:
        """The time so many seconds after another, or so much of what numbers count.

        It is written as that one is; "" if that one is no time, or the later one is out of range.
        """
        found = self._read(text)
        try:
            if isinstance(found, datetime):
                return _alike(found + timedelta(seconds=seconds), _tidied(text), self.form)
        except OverflowError:
            return ""
        if found is None:
            return ""
        number = found + seconds
        return str(int(number)) if number.is_integer() and "." not in text else f"{number:.15g}"

    def moment(self, text: str) -> datetime | None:
        """The date and the clock of a time; None for a number, and for no time."""
        found = self._read(text)
        return found if isinstance(found, datetime) else None

    def months_later(self, text: str, months: int, *, at_end: bool = False) -> str:
        """The time so many months after another, on the same day; with `at_end`, on the last day.

        It is written as that one is; "" if that one is no date, or the later one is out of range.
        """
        found = self.moment(text)
        if found is None:
            return ""
        year, month = divmod(12 * found.year + found.month - 1 + months, 12)
        if not MINYEAR <= year <= MAXYEAR:
            return ""
        last = monthrange(year, month + 1)[1]
        later = found.replace(
            year=year, month=month + 1, day=last if at_end else min(found.day, last)
        )
        return _alike(later, _tidied(text), self.form)

    def _read(self, text: str) -> datetime | float | None:
        if self.form is None and text[4:5] == "-":  # as most times are written: in one step
            with suppress(ValueError, OverflowError):
                return _possible(datetime.fromisoformat(text))
        text = _tidied(text)
        if self.form is None:
            return _plain(text)
        found = _parsed(text, self.form)
        return _plain(text) if found is None and not self.given else found


def check_form(form: str, texts: Sequence[str], name: str) -> None:
    """Raise `InputError` if none of the first times of the column of this name has the form."""
    texts = [text for text in texts if text.strip()]
    times = Times(texts, form)
    if texts and all(times.instant(text) is None for text in texts):
        raise InputError(
            f"--time-format {quoted(form)} fits none of the first times of {name}, such as "
            f"{quoted(texts[0])}: write it as strptime has it, such as %d.%m.%Y %H:%M, or leave "
            "it out"
        )


def are_times(texts: Sequence[str]) -> bool:
    """Whether texts, which are no numbers, are times in one of the known forms."""
    times = Times(texts)
    return bool(texts) and 2 * sum(times.clock(text) is not None for text in texts) > len(texts)


def _shape(text: str) -> str:
    """The text with 9 for every run of digits, and A for every word."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text))


@cache
def _by_shape() -> dict[str, list[str]]:
    """The forms by the shape of a time in them: trying all takes a second."""
    found: dict[str, list[str]] = {}
    for form in FORMS:
        found.setdefault(_shape(_EXAMPLE.strftime(form)), []).append(form)
        if "%z" in form:  # hours behind, too
            found.setdefault(_shape(_EXAMPLE.strftime(form)).replace("+", "-"), []).append(form)
    return found


def _tidied(text: str) -> str:
    return _ZONE.sub("", _BLANKS.sub(" ", text.strip()))


def _plain_clocks(texts: Sequence[str]) -> np.ndarray | None:
    """Seconds since 1970 of texts that are all written like 2026-11-21 14:05:30; else None.

    It takes a tenth of the time of one text after the other.
    """
    length = len(texts[0]) if texts else 0
    joined = "".join(texts)
    if length not in (16, 19) or set(map(len, texts)) != {length} or not joined.isascii():
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(-1, length)
    shape = np.frombuffer(b"0000-00-00 00:00:00"[:length], np.uint8)
    digits = shape == ord("0")
    numerals = letters[:, digits]
    if ((numerals < ord("0")) | (numerals > ord("9"))).any() or (letters[:, 0] == ord("0")).any():
        return None
    marks = np.where(letters == ord("T"), ord(" "), letters)
    if (marks[:, ~digits] != shape[~digits]).any():
        return None
    try:
        return np.array(texts, "datetime64[s]").astype(np.float64)
    except ValueError:  # the thirtieth of February
        return None


def _plain(text: str) -> datetime | float | None:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return number if number == number else None
    try:
        return _possible(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return _end_of_day(text, _plain)


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return _possible(datetime.strptime(text, form))
    except (ValueError, OverflowError, re.error):  # the last: a part of the form comes twice
        return _end_of_day(text, lambda other: _parsed(other, form))


def _end_of_day(text: str, read: Callable[[str], datetime | float | None]) -> datetime | None:
    """The moment of a time at 24:00, which is 00:00 of the next day; None for any other text."""
    midnight = _LATEST.sub("00:00", text)
    found = read(midnight) if midnight != text else None
    try:
        return found + timedelta(days=1) if isinstance(found, datetime) else None
    except OverflowError:
        return None


def _possible(moment: datetime) -> datetime:
    """The moment; raises `OverflowError` if its zone leads out of the years that there are."""
    if moment.tzinfo:
        _seconds(moment)
    return moment


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _alike(moment: datetime, text: str, form: str | None) -> str:
    """A moment in the form of strptime; without one, as ISO 8601 with the parts of the text."""
    if form is not None:
        return moment.strftime(form)
    if len(text) == len("2026-11-21") and moment.time() == time():
        return moment.date().isoformat()
    clock = re.split(r"[+-]", text[11:])[0]
    parts = "minutes" if clock.count(":") == 1 and not moment.second else "auto"
    return moment.isoformat(text[10:11] or " ", parts)


def _turned(form: str) -> str | None:
    """The form with day and month the other way round; None if it has no such numbers."""
    if "%d" not in form or "%m" not in form:
        return None
    return form.translate(str.maketrans("dm", "md"))


def _all_fit(texts: Sequence[str], form: str) -> bool:
    return all(_parsed(text, form) is not None for text in texts)


def _forward(texts: Sequence[str], form: str) -> float:
    """The share of steps in one direction, forwards or backwards."""
    moments = [_parsed(text, form) for text in texts]
    instants = [_seconds(moment) if moment else 0.0 for moment in moments]
    steps = [b - a for a, b in pairwise(instants)]
    return max(sum(step >= 0 for step in steps), sum(step <= 0 for step in steps))
