"""The first lines of a table: cut at ends of lines outside quotation marks, and into fields."""

import csv
import io
import re
from typing import NamedTuple

from longlag.errors import InputError
from longlag.readers.footnotes import without_footnote
from longlag.readers.signs import is_currency, parted
from longlag.readers.values import MISSING, TRUTH, with_sign_in_front

FIRST = 100  #: lines to judge a table by
LINES = 50  #: of a record; a quotation mark that is not closed by then stands alone
WIDE = 1 << 16  #: characters to judge a wide table by; it may have fewer lines in them

_NUMBER = re.compile(
    r"[+\-\u2212]?(?:\d{1,3}(?:[\u00a0\u202f\u2009 ]\d{3})+(?:[.,]\d*)?"
    r"|\d(?:[\d.,'\u2019]*\d)?\.?|[.,]\d+)"
    r"(?:[eE][+-]?\d+)?%?"
)
_LIMIT = re.compile(r"[<>\u2264\u2265~] ?(?=\d)")  # of detection: <0.5
_FACTORED = re.compile(r"[$\u20ac\u00a3]?[+-]?\d+[.,]\d+ ?(?:[KMB]|[KMGT]iB?)")  # 5K may be a name
_REST = r"[\w.:+\- /()]*"  # of a time: fractions, halves of days and zones, but no separator
PERIOD = re.compile(r"(?:1[5-9]|2[01])\d\d(?:[-M](?:0[1-9]|1[0-2])|[- ]?[QT][1-4])")  #: 2024-Q1
_TIME = re.compile(
    rf"\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}(?:[T ,]{_REST})?"
    rf"|\d{{8}}T\d{{2}}{_REST}"
    rf"|\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:,\d+)?)?{_REST}"
    rf"|\d{{1,2}}[- /][A-Za-z]{{3,9}}[- /]\d{{2,4}}(?:,?{_REST})"
    rf"|[A-Za-z]{{3,9}} \d{{1,2}},? \d{{4}}(?:,?{_REST})"
    rf"|{PERIOD.pattern}"
)


class Record(NamedTuple):
    """One line, or several lines with a quoted field across them."""

    line: int  #: number of its first line, from 1
    start: int  #: place in the text
    text: str


def first_records(text: str, whole: bool, below: int = 0) -> list[Record]:
    """The records in the first lines, without blank lines.

    They are those up to the line `below`, whatever there is in them, and the first ones behind it.
    They do not depend on how much of the text is there. Unless `whole`, the last line is not
    complete.
    """
    most = FIRST + below
    lines = text.split("\n", most)
    complete = len(lines) - (len(lines) > most or not whole)
    found, n, start = [], 0, 0
    while n < complete:
        stop = n + 1
        while stop < complete and sum(each.count('"') for each in lines[n:stop]) % 2:
            stop += 1
            if stop - n > LINES:
                stop = n + 1
                break
        if stop == complete and sum(each.count('"') for each in lines[n:stop]) % 2:
            stop = n + 1
        record = "\n".join(lines[n:stop])
        if n > below and start + len(record) > WIDE and len(found) > 2:
            break
        if record.strip():
            found.append(Record(n + 1, start, record))
        start += len(record) + 1
        n = stop
    return found


def fields_of(text: str, separator: str) -> list[str]:
    """The fields of a record; raises `InputError` for one that is too long."""
    if separator == " ":
        text = text.strip().replace("\t", " ")
    lines = io.StringIO(text, newline="")
    try:
        return next(csv.reader(lines, delimiter=separator, skipinitialspace=True), [""])
    except csv.Error as error:
        raise InputError(f"{error}: correct it") from None


def is_value(text: str) -> bool:
    """Whether a field looks like a number in any notation, a price, a time or a truth value."""
    text = with_sign_in_front(without_footnote(_LIMIT.sub("", text.strip(), count=1)))
    if _is_number(text) or _TIME.fullmatch(text) or text.lower() in TRUTH:
        return True
    if text[-1:].isalpha() and _FACTORED.fullmatch(text):
        return True
    if "$" not in text and text.isascii():
        return False
    sign, number = parted(text)  # 5 cm may be a name, $5 is a price
    return not sign.isalpha() and is_currency(sign) and _is_number(number)


def _is_number(text: str) -> bool:
    """Whether a text is one number, and not several with one mark between them and in them."""
    several = text.count(".") > 1 and text.count(",") > 1
    return not several and _NUMBER.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """Whether a field looks like a time, and not like a number."""
    return bool(_TIME.fullmatch(text.strip()) and not _NUMBER.fullmatch(text.strip()))


def is_missing(text: str) -> bool:
    """Whether a field holds one of the usual texts for a missing value."""
    return text.strip().lower() in MISSING
