"""Times without the words, signs and names of zones that people write between their numbers."""

import re

from longlag.readers.month_names import in_english

#: Hours from universal time, as RFC 822 has them, and in Europe. Only their changes matter here.
ZONES = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "MEZ": 1,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
}

#: Signs behind the parts of dates and clocks, in Chinese, Japanese and Korean.
_PARTS = {"\u5e74\u6708\ub144\uc6d4": "-", "\u65e5\uc77c\u79d2\ucd08": " "}
_PARTS |= {"\u6642\u65f6\uc2dc\u5206\ubd84": ":"}
_EASTERN = str.maketrans({sign: mark for signs, mark in _PARTS.items() for sign in signs})
_WIDE = re.compile(r"(?<=[-:]) +(?=\d)")
#: Before noon and after noon, in front of the clock.
_HALF = re.compile(
    "(?:(\uc624\uc804|\u4e0a\u5348|\u5348\u524d)|\uc624\ud6c4|\u4e0b\u5348|\u5348\u5f8c)"
    r" ?(\d[\d:]*\d)"
)
_DATE = re.compile(r"(?=.*\d{4})(\d{1,4})\. ?(\d{1,2})\. ?(\d{1,4})\.?(?![\d.])")  # 5. 1. 2024
_YEAR = re.compile(r"(?<=\d{4}) ?(?:\u0433\.|\u0433|\u0433\u043e\u0434\u0430|r\.|roku)(?=[, ]|$)")
_CLOCK = re.compile(
    r"(?<=[\w.]),? (?:at|um|klo|kl\.|\u00e0|a las|alle|\u0432|v|o|godz\.) (?=\d)|,? Uhr$"
)
_FINEST = re.compile(r"(?<=[:.]\d\d[.,]\d{6})\d+")  #: of a second: finer than microseconds
_NAMED = re.compile(rf" ({'|'.join(ZONES)})(?= \d{{4}}$| \(|$)")
_OFFSET = re.compile(
    r"(?<=\d)( [AP]M)? ?(?:UTC|GMT)?(?:(?<!\d)|(?<=:\d\d))([+-]\d{1,2})(?::?(\d\d))?"
    r"(?: \(.*)?( \d{4})?$"
)


def plain(text: str) -> str:
    """A time in numbers and English abbreviations of months, with its offset at the end.

    >>> plain("5. 1. 2024 um 9:30 Uhr"), plain("2024\u5e741\u67085\u65e59\u664230\u5206")
    ('5.1.2024 9:30', '2024-1-5 9:30')
    >>> plain("Fri Jan 05 09:30:00 GMT+01:00 2024"), plain("1/5/2024 21:00:00 -05:00")
    ('Fri Jan 05 09:30:00 2024 +0100', '1/5/2024 21:00:00 -0500')
    """
    if not text.isascii():
        eastern = text.translate(_EASTERN)
        if eastern != text:
            text = _WIDE.sub("", " ".join(eastern.split())).rstrip("-:")
        text = _HALF.sub(lambda found: f"{found[2]} {'AM' if found[1] else 'PM'}", text)
    text = _FINEST.sub("", _YEAR.sub("", text))
    text = _CLOCK.sub(" ", _DATE.sub(r"\1.\2.\3", text, count=1)).strip()
    text = _NAMED.sub(lambda found: f" {ZONES[found[1]]:+03d}00", text)
    return in_english(_OFFSET.sub(_offset_last, text))


def _offset_last(found: re.Match[str]) -> str:
    half, hours, minutes, year = found.groups(default="")
    return f"{half}{year} {int(hours):+03d}{minutes or '00'}"
