"""Columns that are parts of a time: the hour or the clock beside a date; year, month and day."""

import re
from collections.abc import Collection, Sequence

from longlag.commands.column import Column
from longlag.readers.plain_times import ZONES

#: The parts from large to small: names that people give them, and the range of their numbers.
PARTS = {
    "year": (("year", "yr", "yyyy", "yy"), (1500, 2200)),
    "month": (("month", "mon", "mo", "mm", "mnth"), (1, 12)),
    "day": (("day", "da", "dd", "dy", "dom", "mday", "dayofmonth"), (1, 31)),
    "hour": (
        """hour hr hh h hours hourofday hourending he stunde uur
        deliveryhour""".split(),  # noqa: SIM905
        (0, 24),
    ),
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
#: A clock as it is written in Italy and in the north of Europe, which may be a number, too; or the
#: ends of an hour.
_POINTED = re.compile(
    r"(?:[01]?\d|2[0-4])(?:\.[0-5]\d|(:[0-5]\d)?\s[-\u2013]\s[0-2]?\d(?(1):[0-5]\d))"
)
#: Names of other parts, from which no time can be put together.
OTHERS = frozenset(
    "date weekday dow dayofweek period settlementperiod deliveryperiod".split()  # noqa: SIM905
)
NAMES = OTHERS.union(CLOCK[0], *(names for names, _ in (*PARTS.values(), *PARTS_OF_YEARS)))
#: Names of parts of a day that are counted, where numbers have them.
_PERIODS = frozenset(
    """interval quarterhour halfhour timeblock timeslot mtu viertelstunde zeitintervall periode
    periodo intervallo intervalo""".split()  # noqa: SIM905
)
#: What people write before the name of a part, and behind it: whose time, and which end of it.
_BEFORE = frozenset(
    """utc gmt lst local standard opr oper operating trade trading settlement market data
    obs""".split()  # noqa: SIM905
).union(map(str.lower, ZONES))
_BEHIND = _BEFORE.union(
    """number no num nr id start starting begin beginning ending end
    hhmm""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[^\W\d_][^\W\d_A-Z]*")


def is_named_so(column: Column) -> bool:
    """Whether a column has a name of a part of a time."""
    return _is_called(column, NAMES) or (column.kind == "number" and _is_called(column, _PERIODS))


def counts_a_day(column: Column) -> bool:
    """Whether a column without a name of its own holds the hours of a day: 0 to 23, or hundreds."""
    if not column.name.isdecimal() or column.kind != "number" or column.missing:
        return False
    hours = len(set(column.given)) == 24 and all(map(str.isdecimal, column.given))
    return hours and (max(column.numbers) == 23 or 2300 <= max(column.numbers) <= 2400)


def parts_of(columns: Sequence[Column]) -> dict[str, Column]:
    """The first column for each of `PARTS`, as far as there are any.

    Below a month called MM, as in YY MM DD hh mm, minutes may be called mm; elsewhere millimetres.
    """
    found: dict[str, Column] = {}
    for part, (names, bounds) in PARTS.items():
        others = [each for each in columns if not any(each is one for one in found.values())]
        if part == "minute" and "month" in found and _is_called(found["month"], ("mm",)):
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


def other_clocks(columns: Sequence[Column]) -> list[Column]:
    """The columns that may hold clocks such as 14.30, or hours such as 14 - 15 or 1400.

    Those with the name of a clock come first.
    """
    found = [each for each in columns if _may_be_clock(each)]
    return sorted(found, key=lambda each: not is_named_as_clock(each))


def _may_be_clock(column: Column) -> bool:
    whole = column.kind == "number" and bool(column.given) and all(map(str.isdecimal, column.given))
    if whole and _is_called(column, PARTS["hour"][0]):
        return max(column.numbers) > 24  # hundreds
    if counts_a_day(column):
        return True
    return bool(column.given) and all(map(_POINTED.fullmatch, column.given))


def is_named_as_clock(column: Column) -> bool:
    """Whether a column has a name of a clock, or of an hour."""
    return _is_called(column, CLOCK[0]) or _is_called(column, PARTS["hour"][0])


def _whole_numbers(
    columns: Sequence[Column], names: Collection[str], bounds: tuple[int, int]
) -> Column | None:
    """The first column of one of these names that holds whole numbers in a range."""
    least, most = bounds
    for column in columns:
        if column.kind != "number" or not _is_called(column, names):
            continue
        whole = all(text.isdecimal() for text in column.given)
        if whole and column.given and all(least <= x <= most for x in column.numbers):
            return column
    return None


def _is_called(column: Column, names: Collection[str]) -> bool:
    """Whether a column has one of these names, also beside words for whose time it is."""
    return not _spellings(column.name).isdisjoint(names)


def _spellings(name: str) -> set[str]:
    """The letters of a name, and those without the words before and behind.

    >>> sorted(_spellings("Hour of Day (UTC)")), sorted(_spellings("OPR_HR"))
    (['hourofday', 'hourofdayutc'], ['hr', 'oprhr'])
    >>> sorted(_spellings("HourNumber")), sorted(_spellings("h (m)"))
    (['hour', 'hournumber'], ['hm'])
    """
    words = list(map(str.lower, _WORD.findall(name)))
    found = {"".join(words)}
    while len(words) > 1 and words[-1] in _BEHIND:
        words.pop()
    while len(words) > 1 and words[0] in _BEFORE:
        words.pop(0)
    return found | {"".join(words)}
