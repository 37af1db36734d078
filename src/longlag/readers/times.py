"""Times as people write them, on one line of seconds.

Numbers are taken as they are (seconds since 1970, hours of a year, whatever they count), and dates
as ISO 8601 has them. Any other form is one of `FORMS`, and the first rows tell which. Day before
month or month before day: where both can be, the one in which these rows run forwards more often.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise, product

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

_EXAMPLE = datetime(2026, 11, 21, 14, 5, 30, tzinfo=UTC)

_ZONE = re.compile(r"\s*(?:UTC|GMT|Z)$")
_BLANKS = re.compile(r"\s+")


class Times:
    """How the times of one column are written."""

    def __init__(self, texts: Sequence[str], form: str | None = None):
        """Judged by the first of these texts, unless a form is given for `datetime.strptime`."""
        texts = [text for text in map(_tidied, texts) if text][:JUDGED]
        self.form, self.given = form, form is not None
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
                turned = self.form.translate(str.maketrans("dm", "md"))
                self.other = turned if turned != self.form and turned in fitting else None

    @property
    def readable(self) -> bool:
        """Whether the form is one that was told from the texts, beyond numbers and ISO 8601."""
        return self.form is not None

    def instant(self, text: str) -> float | None:
        """Seconds, or whatever numbers count; None for no time. Without a zone, it is UTC."""
        text = _tidied(text)
        if self.form is None:
            return _plain(text)
        found = _parsed(text, self.form)
        return _plain(text) if found is None and not self.given else found


def are_times(texts: Sequence[str]) -> bool:
    """Whether texts, which are no numbers, are times in one of the known forms."""
    times = Times(texts)
    return bool(texts) and 2 * sum(times.instant(text) is not None for text in texts) > len(texts)


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


def _plain(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return number if number == number else None
    try:
        return _seconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _parsed(text: str, form: str) -> float | None:
    try:
        return _seconds(datetime.strptime(text, form))
    except (ValueError, OverflowError):
        return None


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _all_fit(texts: Sequence[str], form: str) -> bool:
    return all(_parsed(text, form) is not None for text in texts)


def _forward(texts: Sequence[str], form: str) -> float:
    """The share of steps in one direction, forwards or backwards."""
    instants = [_parsed(text, form) or 0.0 for text in texts]
    steps = [b - a for a, b in pairwise(instants)]
    return max(sum(step >= 0 for step in steps), sum(step <= 0 for step in steps))
