"""Quarters, months and halves of years, as offices of statistics write them: 1950-Q1, 2000M01.

They are those of SDMX, of Eurostat and of the IMF, and Q1 2024 or 1Q2024. A period is the moment at
which it begins.
"""

import re
from datetime import datetime

MONTHS = {"Q": 3, "M": 1, "S": 6, "H": 6}  #: of a quarter, a month, a semester, a half
YEARS = 1500, 2200  #: others are parts of some other name

_YEAR, _NUMBER = r"(?P<year>\d{4})", r"(?P<number>\d{1,2})"
_WRITTEN = tuple(
    re.compile(form)
    for form in (
        rf"{_YEAR}[-:./ ]?(?P<kind>[QMSHqmsh]){_NUMBER}",
        rf"(?P<kind>[Qq]){_NUMBER}[-:./ ]?{_YEAR}",
        rf"{_NUMBER}(?P<kind>[Qq])[-:./ ]?{_YEAR}",
    )
)


def beginning(text: str) -> datetime | None:
    """The moment at which a period begins; None for any other text.

    >>> beginning("1950-Q3"), beginning("2000M12").month, beginning("2000M13")
    (datetime.datetime(1950, 7, 1, 0, 0), 12, None)
    """
    found = _match(text)
    if found is None:
        return None
    year, number, months = int(found["year"]), int(found["number"]), MONTHS[found["kind"].upper()]
    if not YEARS[0] <= year < YEARS[1] or not 1 <= number <= 12 // months:
        return None
    return datetime(year, months * (number - 1) + 1, 1)


def written_alike(moment: datetime, text: str) -> str | None:
    """The period with this moment, written as that of the text; None if the text is no period.

    >>> written_alike(datetime(1951, 1, 1), "Q4 1950"), written_alike(datetime(1951, 1, 1), "1950")
    ('Q1 1951', None)
    """
    found = _match(text)
    if found is None:
        return None
    number = (moment.month - 1) // MONTHS[found["kind"].upper()] + 1
    parts = {"year": f"{moment.year:04d}", "number": f"{number:0{len(found['number'])}d}"}
    for name in sorted(parts, key=found.start, reverse=True):
        text = text[: found.start(name)] + parts[name] + text[found.end(name) :]
    return text


def _match(text: str) -> re.Match[str] | None:
    if not text.isascii() or not 5 <= len(text) <= 8:
        return None
    return next((found for form in _WRITTEN if (found := form.fullmatch(text))), None)
