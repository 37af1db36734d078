"""Quarters, months, halves and weeks of years, as offices of statistics write them: 1950-Q1.

They are those of SDMX, of Eurostat and of the IMF, and Q1 2024, 1Q2024, 2024W05 or KW 5/2024. A
period is the moment at which it begins; weeks are those of ISO 8601.
"""

import re
from contextlib import suppress
from datetime import datetime

MONTHS = {"Q": 3, "M": 1, "S": 6, "H": 6}  #: of a quarter, a month, a semester, a half
YEARS = 1500, 2200  #: others are parts of some other name

_YEAR, _NUMBER = r"(?P<year>\d{4})", r"(?P<number>\d{1,2})"
_WEEK = r"(?i:K?(?P<kind>W)(?:eek|oche|k)?)"
_WRITTEN = tuple(
    re.compile(form)
    for form in (
        rf"{_YEAR}[-:./ ]?(?P<kind>[QMSHWqmshw]){_NUMBER}",
        rf"(?P<kind>[Qq]){_NUMBER}[-:./ ]?{_YEAR}",
        rf"{_NUMBER}(?P<kind>[Qq])[-:./ ]?{_YEAR}",
        rf"{_NUMBER}\. ?(?P<kind>[Qq])uartal {_YEAR}",
        rf"(?P<kind>[Qq]){_NUMBER}(?: ?['\u2019]| )(?P<year>\d\d)",
        rf"{_WEEK} ?{_NUMBER}(?:[-./ ]|, ?){_YEAR}",
    )
)
LONGEST = 16  #: characters of a period


def beginning(text: str) -> datetime | None:
    """The moment at which a period begins; None for any other text.

    >>> beginning("1950-Q3"), beginning("2000M12").month, beginning("2000M13")
    (datetime.datetime(1950, 7, 1, 0, 0), 12, None)
    >>> beginning("KW 2/2024"), beginning("2024W53")
    (datetime.datetime(2024, 1, 8, 0, 0), None)
    """
    found = _match(text)
    if found is None:
        return None
    year, number, kind = int(found["year"]), int(found["number"]), found["kind"].upper()
    if len(found["year"]) == 2:
        year += 1900 if year >= 69 else 2000  # as POSIX has it
    if not YEARS[0] <= year < YEARS[1]:
        return None
    if kind == "W":
        with suppress(ValueError):  # a year has 52 or 53 weeks
            return datetime.fromisocalendar(year, number, 1)
        return None
    months = MONTHS[kind]
    return datetime(year, months * (number - 1) + 1, 1) if 1 <= number <= 12 // months else None


def written_alike(moment: datetime, text: str) -> str | None:
    """The period with this moment, written as that of the text; None if the text is no period.

    >>> written_alike(datetime(1951, 1, 1), "Q4 1950"), written_alike(datetime(1951, 1, 1), "1950")
    ('Q1 1951', None)
    """
    found = _match(text)
    if found is None:
        return None
    year, kind = moment.year, found["kind"].upper()
    if kind == "W":
        year, number, _ = moment.isocalendar()
    else:
        number = (moment.month - 1) // MONTHS[kind] + 1
    width = len(found["year"])
    parts = {"year": f"{year:04d}"[-width:], "number": f"{number:0{len(found['number'])}d}"}
    for name in sorted(parts, key=found.start, reverse=True):
        text = text[: found.start(name)] + parts[name] + text[found.end(name) :]
    return text


def _match(text: str) -> re.Match[str] | None:
    if not 5 <= len(text) <= LONGEST:
        return None
    return next((found for form in _WRITTEN if (found := form.fullmatch(text))), None)
