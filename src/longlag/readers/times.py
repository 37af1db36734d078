"""Times as people write them, on one line of seconds.

Numbers are taken as they are (seconds since 1970, hours of a year, whatever they count), dates as
ISO 8601 has them, and periods such as 1950-Q1 for their beginnings. Any other form is one of those
in `time_forms`, and the first rows tell which. Day before month or month before day: where both can
be, the one in which these rows run more evenly.
"""

import math
import re
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, datetime, time, timedelta
from itertools import groupby, islice

import numpy as np

from longlag.errors import InputError
from longlag.quoting import quoted
from longlag.readers.ends import may_be_time
from longlag.readers.periods import YEARS, beginning, written_alike
from longlag.readers.plain_times import ZONES
from longlag.readers.time_forms import (
    ORIGINS,
    best_form,
    compact_form,
    end_of_day,
    form_of_most,
    parsed,
    possible,
    seconds,
    shape,
    turned,
    written,
)

JUDGED = 100  #: texts that tell the form

#: Numbers in this range are seconds since 1970, until 2103; a thousand times as much, milli-,
#: micro- and nanoseconds. A smaller number may count anything: rows, hours of a study, years.
EPOCH = 1e8, 4.2e9
UNITS = 1.0, 1e3, 1e6, 1e9  #: of a second

_START = datetime(1970, 1, 1)
_FIRST, _LAST = ((datetime(year, 1, 1) - _START).total_seconds() for year in YEARS)
_DAYS = ("%d", "%m", "%b", "%B", "%j", "%y", "%Y", "%x", "%c")  #: parts of a form with dates

_ZONE = re.compile(r"\s*(?<![A-Za-z])(?:UTC|GMT|Z)$|\s+(?:UTC|GMT)(?=\s\d{4}$)")
_BLANKS = re.compile(r"\s+")
_BETWEEN = " - ", "/", " \u2013 ", " to ", " bis ", "-"  #: the ends of an interval
_BEHIND_DATE = r"(?:(?<=\d{4})|(?<=[-./]\d\d))"
_QUOTES = re.compile(rf"{_BEHIND_DATE}' '(?=\d)")  # around a date and around a clock
#: The ends of an hour, as in 01.03.2024 00:00 - 01:00 and 01-03-2024 00 - 01.
_HOURS = re.compile(rf"{_BEHIND_DATE} (\d\d?(:\d\d)?) [-\u2013] \d\d?(?(2):\d\d)$")
#: Behind the ends of an interval in the nights in which clocks change, and in no others: (CEST).
_ASIDE = re.compile(r" \([A-Z]{3,4}\)?(?= - |$)")
_HALVES = re.compile(r"\b([AaPp])\. ?([Mm])\.")  # of the day
_SHORT_HALVES = "a", "p"  #: as in 12:30a
_LENGTH = re.compile(r"P(?:\d+[YMWD])*(?:T(?:[\d.]+[HMS])+)?")  # behind a time, as in PT30M
_PLACE = re.compile(r"\s?\[?[A-Z][a-z]+/[A-Z][A-Za-z_]+$")  # of a clock, such as Europe/Berlin
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")  # a number with a decimal comma


class Times:
    """How the times of one column are written."""

    def __init__(self, texts: Sequence[str], form: str | None = None, *, given: bool = True):
        """Judged by the first of these texts, unless there is a form for `datetime.strptime`.

        If the first texts leave day and month in doubt, the first later text without the doubt
        decides. If a person has `given` the form, no text in another form is a time.
        """
        # The names of totals are no times, such as Total, or Mean 1991-2020. Rows of several series
        # have one time: a step of nothing tells nothing.
        different = (_tidied(text) for text, _ in groupby(texts))
        written = (text for text in different if may_be_time(text))
        first = list(islice(written, JUDGED))
        self.form, self.given = form, given and form is not None
        self.other: str | None = None  #: a form with day and month the other way round fits, too
        if form is None:
            self.form, self.other = _judged(first)
        #: whether numbers are times: beside dates they are something else, such as sums of a year
        self._counts = not any(isinstance(_plain(text), datetime) for text in first)
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
        if parsed(text, self.form) and not parsed(text, self.other):
            self.other = None

    def turned_round(self, text: str) -> str | None:
        """The form of a text that is a time only with day and month the other way round."""
        text = _tidied(text)
        other = turned(self.form) if self.form else None
        if other and text and not parsed(text, self.form or "") and parsed(text, other):
            return other
        return None

    @property
    def readable(self) -> bool:
        """Whether the form is one that was told from the texts, beyond numbers and ISO 8601."""
        return self.form is not None

    @property
    def dated(self) -> bool:
        """Whether the form has dates, not clocks alone."""
        dates = any(part in self.form for part in _DAYS) if self.form else True
        return dates or self.form in ORIGINS

    def instant(self, text: str) -> float | None:
        """Seconds, or whatever numbers count; None for no time. Without a zone, it is UTC."""
        found = self._read(text)
        return seconds(found) if isinstance(found, datetime) else found

    def clock(self, text: str) -> float | None:
        """Seconds since 1970 on the clock on the wall, whatever its zone; None for no date.

        A number is a date if it counts the seconds since 1970, from 1973 to 2103, or the
        thousandths, millionths or billionths of them.
        """
        found = self._read(text)
        if isinstance(found, datetime):
            return (found.replace(tzinfo=None) - _START).total_seconds()
        if found is None:
            return None
        return next((found / unit for unit in UNITS if EPOCH[0] <= found / unit < EPOCH[1]), None)

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
        if number.is_integer() and "." not in text and "," not in text:
            return str(int(number))
        return f"{number:.15g}".replace(".", "," if "," in text else ".")

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
                return possible(datetime.fromisoformat(text))
        text = _tidied(text)
        if self.form is None:
            found = _plain(text)
            return found if self._counts or isinstance(found, datetime) else None
        found = parsed(text, self.form)
        if found is None and not self.given:
            other = _plain(text)
            return other if isinstance(other, datetime) else None  # a number has another origin
        return found


def check_form(form: str, texts: Sequence[str], name: str) -> None:
    """Raise `InputError` if none of the first times of the column of this name has the form."""
    texts = [text for text in texts if text.strip()]
    times = Times(texts, form)
    if texts and all(times.instant(text) is None for text in texts):
        raise InputError(
            f"--time-format {quoted(form)} fits none of the first times of {name}, such as "
            f"{quoted(texts[0])}: write it as strptime has it, such as %d.%m.%Y %H:%M, as one of "
            f"{', '.join(ORIGINS)}, or leave it out"
        )


def are_times(texts: Sequence[str]) -> bool:
    """Whether texts, which are no numbers, are times in one of the known forms."""
    clocks = map(Times(texts).clock, texts)
    known = [clock for clock in clocks if clock is not None and _FIRST <= clock < _LAST]
    return 2 * len(known) > len(texts)


def _judged(texts: Sequence[str]) -> tuple[str | None, str | None]:
    """The form of the first times, and the same with day and month exchanged if that fits, too.

    Without a form, they are numbers, ISO 8601 or periods.
    """
    found = [_plain(text) for text in texts]
    if None not in found:
        numbers = all(isinstance(each, float) for each in found)
        return (compact_form(texts) if numbers else None), None
    form, other = best_form(texts)
    if form is None and 2 * found.count(None) > len(found):
        return form_of_most(texts)
    return form, other


def _tidied(text: str) -> str:
    """The text without the mark of universal time, zones as offsets; of an interval, its beginning.

    >>> _tidied("2024-03-01 14:00 CET"), _tidied("01.03.2024 14:00 - 01.03.2024 15:00")
    ('2024-03-01 14:00 +0100', '01.03.2024 14:00')
    """
    text = _ZONE.sub("", _BLANKS.sub(" ", text.strip(" \t[]()'")))
    if "m." in text:
        text = _HALVES.sub(r"\1\2", text)
    if text[-1:] in _SHORT_HALVES and text[-2:-1].isdecimal():
        text += "m"
    if "/" in text and text[-1:].isalpha():
        text = _PLACE.sub("", text)
    if "' '" in text:
        text = _QUOTES.sub(" ", text)
    if " - " in text or " \u2013 " in text:
        text = _HOURS.sub(r" \1", _ASIDE.sub("", text))
    for between in _BETWEEN if len(text) >= len("2024-03-01/P1D") else ():
        begins, there, ends = text.partition(between)
        dates = len(begins) >= len("1/3/2024") and not begins.isdecimal()  # 20240103-1405
        begins = _ZONE.sub("", begins)
        if there and dates and (shape(begins) == shape(ends) or _LENGTH.fullmatch(ends)):
            return begins
    clock, _, zone = text.rpartition(" ")
    return f"{clock} {ZONES[zone]:+03d}00" if zone in ZONES else text


def _plain_clocks(texts: Sequence[str]) -> np.ndarray | None:
    """Seconds since 1970 of texts that are all written like 2026-11-21 14:05:30; else None.

    It takes a tenth of the time of one text after the other.
    """
    length = len(texts[0]) if texts else 0
    joined = "".join(texts)
    if length not in (16, 19) or set(map(len, texts)) != {length} or not joined.isascii():
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(-1, length)
    pattern = np.frombuffer(b"0000-00-00 00:00:00"[:length], np.uint8)
    digits = pattern == ord("0")
    numerals = letters[:, digits]
    if ((numerals < ord("0")) | (numerals > ord("9"))).any() or (letters[:, 0] == ord("0")).any():
        return None
    marks = np.where(letters == ord("T"), ord(" "), letters)
    if (marks[:, ~digits] != pattern[~digits]).any():
        return None
    try:
        return np.array(texts, "datetime64[s]").astype(np.float64)
    except ValueError:  # the thirtieth of February
        return None


def _plain(text: str) -> datetime | float | None:
    try:
        number = float(text.replace(",", ".") if _COMMA.fullmatch(text) else text)
    except ValueError:
        pass
    else:
        return number if number == number and "_" not in text else None
    if text[4:5] == "-":  # without hyphens, a form says how the next time is written
        with suppress(ValueError, OverflowError):
            return possible(datetime.fromisoformat(text))
    return beginning(text) or end_of_day(text, _plain)


def _alike(moment: datetime, text: str, form: str | None) -> str:
    """A moment in the form of strptime; without one, as ISO 8601 with the parts of the text."""
    if form is not None:
        return written(moment, form)
    if period := written_alike(moment, text):
        return period
    if len(text) == len("2026-11-21") and moment.time() == time():
        return moment.date().isoformat()
    clock = re.split(r"[+-]", text[11:])[0]
    parts = "minutes" if clock.count(":") == 1 and not moment.second else "auto"
    if len(clock) == len("14") and moment.time() == time(moment.hour):
        parts = "hours"
    return moment.isoformat(text[10:11] or " ", parts)
