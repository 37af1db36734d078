"""The forms of times that are told from the first rows, as `datetime.strptime` has them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise, product

from longlag.readers.plain_times import plain

_DATES = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y"),
    *("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%m", "%b %Y"),
    *("%a %d %b %Y", "%a, %d %b %Y", "%d/%b/%Y", "%Y-%m-%d", "%d%b%Y", "%Y %m %d", "%Y %m"),
    *("%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m", "%B %Y", "%Y %b", "%b-%Y", "%b-%y", "%b'%y"),
    *("%y-%m-%d", "%y/%m/%d", "%y.%m.%d", "%A, %B %d, %Y", "%Y %j", "%Y-%j"),
    *("%d:%m:%Y", "%m:%d:%Y", "%Y:%m:%d", "%d %b %y", "%b%Y", "%YMM%m", "%a, %b %d, %Y"),
)
#: Dates beside clocks; alone, the last may be numbers of invoices.
_DATES_OF_CLOCKS = (*_DATES, "%Y%j", "%Y/%j", "%Y:%j")
_CLOCKS = (
    *("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%H.%M.%S", "%H.%M"),
    *("%H:%M:%S %z", "%H:%M %z", "%H", "%H%M", "%H%M%S", "%Hh%M", "%H %M", "%H %M %S"),
    *("%I:%M%p", "%I:%M:%S%p", "%I.%M.%S %p", "%I.%M.%S.%f %p", "%I:%M:%S.%f %p", "%H:%M:%S:%f"),
    *("%H:%M:%S,%f", "%H:%M:%S.%f %z", "%I:%M:%S %p %z"),
)
#: The clock before the date, and the form of the date alone.
_CLOCKS_FIRST = {f"{clock} {date}": date for date in _DATES_OF_CLOCKS for clock in _CLOCKS[:5]}
FORMS = (
    *_DATES,
    *(f"{date} {clock}" for date, clock in product(_DATES_OF_CLOCKS, _CLOCKS)),
    *(
        f"{date}{between}{clock}"
        for date in _DATES_OF_CLOCKS
        for between in ("T", ", ", ":", " - ")
        for clock in _CLOCKS[:3]
    ),
    *(f"{date}, {clock}" for date in _DATES for clock in _CLOCKS if "%p" in clock),
    *_CLOCKS_FIRST,
    *(clock for clock in _CLOCKS if clock != "%H"),
    *("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Y %z", "%a %b %d %Y %H:%M:%S %z"),
    *("%b %d %H:%M:%S %Y", "%b %d %H:%M:%S %Y %z"),
    *("%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d-%H.%M.%S", "%Y-%m-%d-%H.%M.%S.%f"),
    *("%Y-%m-%d-%H-%M-%S", "%Y-%m-%d_%H-%M-%S", "%Y%m%d%H:%M"),
    *("%d%b%y:%H:%M:%S", "%Y%m%d;%H%M%S", "%Y%m%d %H%M%S%f"),
    *(
        "%Y%m%d_%H%M%S",
        "%Y%m%d_%H%M",
        "%Y%m%d-%H%M%S",
        "%Y%m%d-%H%M",
        "%Y%m%d:%H%M",
        "%d%m%Y_%H%M%S",
        "%Y%m%dT%H%M%S.%f",
    ),
    *("%Y%m%dT%H%M%S", "%Y%m%dT%H%M", "%Y%m%dT%H", "%Y%m%dT%H%M%S%z", "%Y%m%dT%H%M%z"),
)
#: The form of the date alone: some programs leave out the clock at midnight.
_DATES_OF = {
    f"{date}{between}{clock}": date
    for date, between, clock in product(_DATES_OF_CLOCKS, (" ", ", ", "T"), _CLOCKS)
} | _CLOCKS_FIRST
#: Dates in one number, by their digits.
COMPACT = {6: "%Y%m", 7: "%Y%j", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
#: Names of columns that hold dates, and no counts.
DATE_NAMES = frozenset("date datum fecha timestamp datetime ds zeitstempel".split())  # noqa: SIM905
YEARS = 1800, 2200  #: of dates in one number
SERIALS = 36526, 55153  #: days from 2000 to 2050, as spreadsheets count them
LEAST = 10_000  #: days: of 1927, as spreadsheets count them; smaller numbers count something else
#: Words for forms in which days are counted, as spreadsheets and astronomers count them, and how
#: many days they count until 1970.
ORIGINS = {"excel": 25569.0, "julian": 2440587.5, "mjd": 40587.0}

_EXAMPLE = datetime(2026, 11, 21, 14, 5, 30, tzinfo=UTC)
_START = datetime(1970, 1, 1)
#: What more than the numbers of a form tell; the last: digits of seconds that it has no place for.
_SPELLED = re.compile(r"[A-Za-z]|\. |\.$|\d ?[+-]\d\d:?\d\d$|[.,]\d{7}")
_DAY_OF_YEAR = re.compile(r"(?<!\d)\d{4}\D?\d{3}(?!\d)")
_LATEST = re.compile(r"(?<!\d)24:00(?!\d)(?!:0*[1-9])")
#: `strptime` would cut the digits of shorter texts into other numbers.
_LENGTHS = {form: digits for digits, form in COMPACT.items()} | {
    "%Y%m%dT%H": 11,
    "%Y%m%dT%H%M": 13,
    "%Y%m%dT%H%M%S": 15,
    **{f"%Y%m%d{mark}%H%M%S": 15 for mark in "_-"},
    **{f"%Y%m%d{mark}%H%M": 13 for mark in "_-:"},
    "%Y%m%d%H:%M": 13,
    "%Y%m%d;%H%M%S": 15,
    "%Y%m%d %H%M%S%f": 18,
    "%d%m%Y_%H%M%S": 15,
}
#: The end of a day on clocks in one number.
_MIDNIGHTS = {"%H%M%S": "240000", "%H%M": "2400", "%H": "24"}


def best_form(texts: Sequence[str]) -> tuple[str | None, str | None]:
    """The form that all of these times have; and the same with day and month exchanged, if it fits.

    Of several forms it is that in which most rows run in one direction, then that in which most
    are equally far apart, also in months, then the first of `FORMS`, day first unless something
    speaks for the month. None if there is no such form.
    """
    alike = _by_shape().get(shape(max(texts, key=len)), []) if texts else []
    counted = all(map(_DAY_OF_YEAR.search, texts))  # `strptime` would take 2024-03 for one, too
    fitting = [
        form
        for form in alike
        if (counted or "%j" not in form) and all(_at_midnight(text, form) for text in texts)
    ]
    if not fitting:
        english = [plain(text) for text in texts]
        return best_form(english) if english != list(texts) else (None, None)
    form = max(fitting, key=lambda each: (*_evenness(texts, each), _rather(texts, each)))
    other = turned(form)
    return form, other if other in fitting else None


def form_of_most(texts: Sequence[str]) -> tuple[str | None, str | None]:
    """The same for times of which a few are none, such as a number or the thirtieth of February.

    They must be dates; with two digits of the year, which versions and codes have, too, nine of
    ten.

    >>> form_of_most(["30.01.2024", "31.01.2024", "0", "31.02.2024", "01.03.2024"])
    ('%d.%m.%Y', None)
    """
    for written in texts, [plain(text) for text in texts]:
        common = Counter(map(shape, written)).most_common(1)[0][0]
        found: list[str] = []
        for form in _by_shape().get(common, []):
            read = [text for text in written if _at_midnight(text, form)]
            least = 0.5 if "%Y" in form else 0.9
            if "%d" in form and len(read) > max(least * len(written), len(found)):
                found = read
        if found:
            return best_form(found)
    return None, None


def compact_form(texts: Sequence[str]) -> str | None:
    """The form of dates in one number, such as 20240301; None for other numbers.

    >>> compact_form(["20240301", "20240302"]), compact_form(["20240301", "20240341"])
    ('%Y%m%d', None)
    """
    form = COMPACT.get(len(texts[0])) if texts else None
    if form is None or {len(text) for text in texts} != {len(texts[0])}:
        return None
    for text in texts:
        found = parsed(text, form) if text.isdecimal() and text.isascii() else None
        if found is None or not YEARS[0] <= found.year < YEARS[1]:
            return None
    return form


def counts_days(name: str, numbers: Sequence[float]) -> bool:
    """Whether numbers in a column of this name may be days as spreadsheets count them.

    >>> counts_days("Date", [45292, 45300]), counts_days("rows", [45292, 45300])
    (True, False)
    """
    if name.strip("'").lower() not in DATE_NAMES:
        return False
    return SERIALS[0] <= min(numbers) < max(numbers) < SERIALS[1]


def turned(form: str) -> str | None:
    """The form with day and month the other way round; None if it has no such numbers."""
    if "%d" not in form or "%m" not in form:
        return None
    return form.translate(str.maketrans("dm", "md"))


def parsed(text: str, form: str) -> datetime | None:
    """The time in a text of this form, also with the names of months in other languages.

    None for none, and for one that no year has.

    A clock in one number may lack its zeros in front, as loggers write it; `strptime` would take
    100 for ten o'clock.

    >>> parsed("01.03.2024 100", "%d.%m.%Y %H%M"), parsed("2024030124", "%Y%m%d%H")
    (datetime.datetime(2024, 3, 1, 1, 0), datetime.datetime(2024, 3, 2, 0, 0))
    """
    if moment := _at_midnight(text, form):
        return moment
    english = "" if text.isascii() and not _SPELLED.search(text) else plain(text)
    return _at_midnight(english, form) if english else None


def _at_midnight(text: str, form: str) -> datetime | None:
    """The time in a text of this form; a date alone stands for its beginning."""
    found = _strictly(text, form)
    return _strictly(text, _DATES_OF[form]) if found is None and form in _DATES_OF else found


def _strictly(text: str, form: str) -> datetime | None:
    """The time in a text of this form, whose names are English."""
    if len(text) != _LENGTHS.get(form, len(text)):
        return None
    if form.startswith("%Y%m%d") and not text[:8].isdecimal():  # 2024061 is a day of the year
        return None
    if form in ORIGINS:
        return _counted_in_days(text, ORIGINS[form])
    clock = next((each for each in _MIDNIGHTS if form.endswith(each)), None)
    if clock and form not in _LENGTHS:
        date, blank, digits = text.rpartition(" ")
        text = f"{date}{blank}{digits.zfill(len(clock))}"
    try:
        return possible(datetime.strptime(text, form))
    except (ValueError, OverflowError, re.error):  # the last: a part of the form comes twice
        pass
    if clock and text.endswith(latest := _MIDNIGHTS[clock]):
        return _next_day(_strictly(text.removesuffix(latest) + "0" * len(latest), form))
    return end_of_day(text, lambda other: _strictly(other, form))


def written(moment: datetime, form: str) -> str:
    """A moment in this form."""
    if form not in ORIGINS:
        return moment.strftime(form)
    return f"{seconds(moment) / 86400.0 + ORIGINS[form]:.8f}".rstrip("0").rstrip(".")


def _counted_in_days(text: str, origin: float) -> datetime | None:
    """The moment of a number of days, to a hundredth of a second; None for smaller numbers."""
    try:
        days = float(text.replace(",", "."))
        found = _START + timedelta(seconds=round((days - origin) * 86400.0, 2))
    except (ValueError, OverflowError):
        return None
    return found if days >= LEAST and found.year < YEARS[1] else None


def end_of_day(text: str, read: Callable[[str], datetime | float | None]) -> datetime | None:
    """The moment of a time at 24:00, which is 00:00 of the next day; None for any other text."""
    midnight = _LATEST.sub("00:00", text)
    return _next_day(read(midnight)) if midnight != text else None


def possible(moment: datetime) -> datetime:
    """The moment; raises `OverflowError` if its zone leads out of the years that there are."""
    if moment.tzinfo:
        moment.timestamp()
    return moment


def seconds(moment: datetime) -> float:
    """Seconds since 1970; without a zone, it is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def shape(text: str) -> str:
    """The text with 9 for every run of digits, and A for every word."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text))


@cache
def _by_shape() -> dict[str, list[str]]:
    """The forms by the shape of a time in them: trying all takes a second."""
    found: dict[str, list[str]] = {}
    for form in FORMS:
        found.setdefault(shape(_EXAMPLE.strftime(form)), []).append(form)
        if "%z" in form:  # hours behind, too
            found.setdefault(shape(_EXAMPLE.strftime(form)).replace("+", "-"), []).append(form)
    return found


def _next_day(moment: datetime | float | None) -> datetime | None:
    try:
        return moment + timedelta(days=1) if isinstance(moment, datetime) else None
    except OverflowError:
        return None


def _evenness(texts: Sequence[str], form: str) -> tuple[float, float, float]:
    """The share of steps in one direction, and that of the most frequent step.

    Where all times are of one day of the month, steps may be counted in months; seconds break ties.
    """
    moments = [moment for text in texts if (moment := parsed(text, form))]
    steps = [b - a for a, b in pairwise(map(seconds, moments))]
    even = alike = _most(steps)
    if len({(each.day, each.time()) for each in moments}) == 1:
        alike = max(even, _most([b - a for a, b in pairwise(map(_months, moments))]))
    return max(sum(step >= 0 for step in steps), sum(step <= 0 for step in steps)), alike, even


def _rather(texts: Sequence[str], form: str) -> bool:
    """Whether month before day is more likely than day before month where the steps do not tell.

    It is if the clock has halves of the day, beside slashes, and if the rows are nearer to each
    other so: otherwise, they would be a month apart, and not on the first of it.
    """
    other = turned(form)
    if other is None or form.index("%m") > form.index("%d"):
        return False
    near, far = ([each for text in texts if (each := parsed(text, of))] for of in (form, other))
    longer = _span(far) - _span(near)
    if longer:
        return longer > 0.0 and any(each.day != 1 for each in far)
    return "%m/%d/" in form and "%p" in form


def _span(moments: Sequence[datetime]) -> float:
    """Seconds from the first to the last of them; 0 for none."""
    found = sorted(map(seconds, moments))
    return found[-1] - found[0] if found else 0.0


def _months(moment: datetime) -> int:
    return 12 * moment.year + moment.month


def _most(steps: Sequence[float]) -> int:
    """How often the most frequent step comes."""
    return max(Counter(steps).values(), default=0)
