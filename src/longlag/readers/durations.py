"""Durations as texts: those of ISO 8601, of programs and of people, as in PT1H5M and 1h 5m."""

import re
from collections.abc import Sequence
from itertools import pairwise

#: Seconds of each unit; months and years have no length of their own.
_UNITS = {
    **dict.fromkeys(("w", "week", "weeks"), 604_800.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    "ms": 1e-3,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ns": 1e-9,
}
_PARTS = re.compile(r"(?:\d+(?:[.,]\d+)? ?[a-z\u00b5\u03bc]+(?:,? (?=\d)|(?=\d)|$))+")
_PART = re.compile(r"(\d[\d.,]*) ?([a-z\u00b5\u03bc]+)")
_ISO = re.compile(r"P(?P<days>(?:\d+[WD])*)(?:T(?P<clock>(?:\d+(?:[.,]\d+)?[HMS])+))?")
_CLOCK = re.compile(
    r"(?:(?P<days>-?\d{1,9}) days?,? \+?)?"
    r"(?P<minus>-)?(?P<h>\d{1,9}):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:[.,]\d+)?)"
)


def seconds_in(text: str) -> float | None:
    """The seconds of a duration; None for any other text.

    >>> seconds_in("PT1H5M"), seconds_in("1h 5m"), seconds_in("1 days 00:00:02"), seconds_in("5 W")
    (3900.0, 3900.0, 86402.0, None)
    """
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes = (int(clock[part] or 0) for part in ("days", "h", "m"))
        of_day = 3600.0 * hours + 60.0 * minutes + _number(clock["s"])
        return 86_400.0 * days + (-of_day if clock["minus"] else of_day)
    parts = _parts(text)
    whole = sum(_number(number) * _UNITS[unit] for number, unit in parts)
    return (-whole if text[0] == "-" else whole) if parts else None


def are_durations(texts: Sequence[str]) -> bool:
    """Whether all texts are durations, and one can be nothing else.

    A clock up to 24:00:00 may be a time of the day, and a number with one unit a length, as in 5 m,
    or the name of a period, as in 1w.

    >>> are_durations(["1h 5m", "40m"]), are_durations(["00:12:34", "25:00:00"])
    (True, True)
    >>> are_durations(["5 m", "3 m"]), are_durations(["00:12:34", "24:00:00"])
    (False, False)
    """
    found = [seconds_in(text) for text in texts]
    if None in found:
        return False
    for text, seconds in zip(map(str.strip, texts), found, strict=True):
        if clock := _CLOCK.fullmatch(text):
            if clock["days"] or clock["minus"] or (seconds or 0.0) > 86_400.0:
                return True
        elif len(_parts(text)) > 1 or "T" in text:
            return True
    return False


def _parts(text: str) -> list[tuple[str, str]]:
    """The numbers and units of a duration, the larger units first; [] for any other text."""
    text = text.removeprefix("-")
    if iso := _ISO.fullmatch(text):
        text = f"{iso['days']}{iso['clock'] or ''}".lower()
    parts = _PART.findall(text) if _PARTS.fullmatch(text) else []
    units = [_UNITS.get(unit, 0.0) for _, unit in parts]
    return parts if all(units) and all(a > b for a, b in pairwise(units)) else []


def _number(text: str) -> float:
    return float(text.replace(",", "."))
