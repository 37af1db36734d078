"""Times in several columns: a date and a clock, year, month and day, or a year and a week."""

import re
from collections.abc import Sequence

from longlag.errors import InputError
from longlag.quoting import quoted

_PERIOD = re.compile("quarter|qtr|week", re.IGNORECASE)
_DAY_OF_YEAR = re.compile("doy|[yj]day|julian|day ?_?of ?_?year", re.IGNORECASE)


def marks_of(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """For each of these columns Q, W or j if it has numbers of quarters, weeks or days of a year.

    Others have "". Raises `InputError` for quarters and weeks beside anything but a year: they
    would be read as months.

    >>> marks_of(["year", "week"], [["2024"], ["5"]]), marks_of(["week"], [["5"]])
    (['', 'W'], [''])
    """
    found = [""] * len(names)
    for n, (name, texts) in enumerate(zip(names, columns, strict=True)):
        period = _PERIOD.search(name)
        counted = all(text.isdecimal() for text in texts if text.strip())
        if len(names) > 1 and period and "day" not in name.lower() and counted:
            found[n] = "W" if period[0].lower() == "week" else "Q"
        elif len(names) > 1 and _DAY_OF_YEAR.search(name) and counted:
            found[n] = "j"  # as strptime has it
    years = [
        texts
        for texts, mark in zip(columns, found, strict=True)
        if not mark and all(len(text) == 4 and text.isdecimal() for text in texts if text.strip())
    ]
    periods = [name for name, mark in zip(names, found, strict=True) if mark in ("Q", "W")]
    if periods and (len(names) > 2 or not years):
        raise InputError(
            f"--time {quoted(periods[0])}: numbers of weeks and quarters make a time with the year "
            "alone: name these two, or columns without it"
        )
    return found


def joined(marks: Sequence[str], texts: Sequence[str]) -> str:
    """A time from the texts of its columns.

    >>> joined(["", "W"], ["2024", "5"]), joined(["", "j"], ["2024", "5"])
    ('2024 W5', '2024 005')
    >>> joined(["", ""], ["2024-01-05", ""])
    '2024-01-05'
    """
    if not any(marks):
        return " ".join(filter(None, texts))
    return " ".join(_marked(*each) for each in zip(marks, texts, strict=True) if each[1])


def _marked(mark: str, text: str) -> str:
    """A number of a year with its mark; a day has three digits, as no month has."""
    return text.zfill(3) if mark == "j" else f"{mark}{text}"
