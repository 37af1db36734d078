"""Columns that are parts of a time: the hour or the clock beside a date; year, month and day."""

import re
from collections.abc import Collection, Sequence

from longlag.commands.column import Column

#: The parts from large to small: names that people give them, and the range of their numbers.
PARTS = {
    "year": (("year", "yr", "yyyy", "yy"), (1500, 2200)),
    "month": (("month", "mon", "mo", "mm", "mnth"), (1, 12)),
    "day": (("day", "da", "dd", "dy", "dom", "mday", "dayofmonth"), (1, 31)),
    "hour": (("hour", "hr", "hh", "h", "hours", "hourofday", "hourending", "he"), (0, 24)),
    "minute": (("minute", "min", "mins", "minutes", "mn"), (0, 59)),
    "second": (("second", "sec", "secs", "seconds"), (0, 59)),
}
#: The same for other parts of a year, from the smallest on.
PARTS_OF_YEARS = (
    (("doy", "dayofyear", "yday", "jday", "julianday"), (1, 366)),
    (("week", "isoweek", "weekofyear", "weeknumber"), (1, 53)),
    (("quarter", "qtr"), (1, 4)),
)
#: Names of a clock in one number, such as 930 or 14, and the range of its numbers.
CLOCK = (
    """time clock timeofday hhmm hrmn hrmin hourmin hourminute hhmmss uhrzeit heure hora ora orario
    klokke klokkeslett klokkesl\u00e6t klockslag kellonaika godzina""".split(),  # noqa: SIM905
    (0, 240_000),
)
#: A clock as it is written in Italy and in the north of Europe, which may be a number, too.
_POINTED = re.compile(r"(?:[01]?\d|2[0-4])\.[0-5]\d")
#: Names of other parts, from which no time can be put together.
OTHERS = frozenset(
    "date weekday dow dayofweek period settlementperiod".split()  # noqa: SIM905
)
NAMES = OTHERS.union(CLOCK[0], *(names for names, _ in (*PARTS.values(), *PARTS_OF_YEARS)))


def is_named_so(column: Column) -> bool:
    """Whether a column has a name of a part of a time."""
    return _letters(column.name) in NAMES


def parts_of(columns: Sequence[Column]) -> dict[str, Column]:
    """The first column for each of `PARTS`, as far as there are any.

    Below a month called MM, as in YY MM DD hh mm, minutes may be called mm; elsewhere millimetres.
    """
    found: dict[str, Column] = {}
    for part, (names, bounds) in PARTS.items():
        others = [each for each in columns if not any(each is one for one in found.values())]
        if part == "minute" and "month" in found and _letters(found["month"].name) == "mm":
            names = (*names, "mm")
        if column := _whole_numbers(others, names, bounds):
            found[part] = column
    return found


def part_of_year(columns: Sequence[Column]) -> Column | None:
    """The first column that holds days, weeks or quarters of years, in this order."""
    found = (_whole_numbers(columns, *each) for each in PARTS_OF_YEARS)
    return next(filter(None, found), None)


def clock_of(columns: Sequence[Column]) -> Column | None:
    """The first column that has the name of a clock, and holds times or numbers of a clock."""
    written = (each for each in columns if each.kind == "time" and is_named_as_clock(each))
    return _whole_numbers(columns, *CLOCK) or next(written, None)


def pointed_clocks(columns: Sequence[Column]) -> list[Column]:
    """The columns that may hold clocks such as 14.30, those with the name of a clock first."""
    found = [each for each in columns if each.given and all(map(_POINTED.fullmatch, each.given))]
    return sorted(found, key=lambda each: not is_named_as_clock(each))


def is_named_as_clock(column: Column) -> bool:
    """Whether a column has a name of a clock."""
    return _letters(column.name) in CLOCK[0]


def _whole_numbers(
    columns: Sequence[Column], names: Collection[str], bounds: tuple[int, int]
) -> Column | None:
    """The first column of one of these names that holds whole numbers in a range."""
    least, most = bounds
    for column in columns:
        if _letters(column.name) not in names or column.kind != "number":
            continue
        whole = all(text.isdecimal() for text in column.given)
        if whole and column.given and all(least <= x <= most for x in column.numbers):
            return column
    return None


def _letters(name: str) -> str:
    """The name without what differs between spellings, as in Hour of Day and hour_of_day."""
    return re.sub(r"[\W\d_]+", "", name.lower())
