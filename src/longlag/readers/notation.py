"""How the numbers of a table are written: the marks before decimals and between thousands."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from longlag.readers.kinds import kind_of
from longlag.readers.signs import parted, sign_of
from longlag.readers.values import BLANKS, Values, are_accounts, with_sign_in_front

_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")  # 1,234 or 1.234.567
_BOTH = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*(?!\1)([.,])\d+")  # 1,234.5
_ONE = re.compile(r"[+-]?\d*([.,])\d*(?:[eE][+-]?\d+)?")  # 12,5
_INDIAN = re.compile(r"[+-]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")  # 12,34,567.8
_CLOCK = re.compile(r"(?:[0-2]?\d|3[01])\.[0-5]\d")  # or a day and a month
_SPACED = re.compile(rf"[+-]?\d{{1,3}}(?:([{BLANKS}'\u2019])\d{{3}})+(?:([.,])\d+)?")  # 1 234,5


class Notation(NamedTuple):
    """The marks of decimals and of thousands in the fields of rows; "" is no mark."""

    decimal: str
    thousands: str
    #: A number such as 1.200 in each column whose points, read as those of decimals, could as well
    #: stand between thousands, by the place of the column.
    doubtful: dict[int, str]


def notation(columns: Sequence[Sequence[str]], separator: str) -> Notation:
    """How the numbers in the fields of columns are written.

    Three digits behind a comma may be thousands or decimals. They are thousands if the comma also
    separates fields, if other numbers of the column are below a thousand and have no comma, or if
    another number of the table shows it. Otherwise they are decimals. Three digits behind a point
    are decimals unless another number of the table shows that they are thousands; they are doubtful
    where nothing in the table shows decimals, and other numbers of the column are below a thousand
    and have no point.
    """
    sure = {".": 0, ",": 0}  # numbers in which the mark can only be that of decimals
    clocks = 0  # of those with a point, those of columns that may hold clocks, such as 18.30
    thousands, doubtful = "", {".": 0, ",": 0}
    mixed = False  # doubtful numbers with commas beside short ones without
    pointed = dict[int, str]()
    for place, column in enumerate(columns):
        if sign_of(column):
            column = [parted(field)[1] for field in column]
        elif not are_accounts(column):
            continue
        commas = short = long = 0
        points = sure["."]
        point = ""  # a doubtful number with points
        for field in map(with_sign_in_front, column):
            if both := _BOTH.fullmatch(field):
                thousands = both[1]
                sure[both[2]] += 1
            elif spaced := _SPACED.fullmatch(field):
                if separator != " ":
                    thousands = spaced[1]
                    if spaced[2]:
                        sure[spaced[2]] += 1
            elif groups := _GROUPS.fullmatch(field):
                if field.count(groups[1]) > 1:
                    thousands = groups[1]
                doubtful[groups[1]] += 1
                commas += groups[1] == ","
                point = point or (field if groups[1] == "." else "")
            elif _INDIAN.fullmatch(field):
                thousands = ","
                sure["."] += "." in field
            elif one := _ONE.fullmatch(field):
                sure[one[1]] += len(field) > 1
            elif field.isdigit():
                short += len(field) <= 3
                long += len(field) > 3  # its thousands have no mark
        if all(_CLOCK.fullmatch(field.strip()) for field in column if field.strip()):
            clocks += sure["."] - points
        if point and short and not long and kind_of(column, Values()) == "number":
            pointed[place] = point
        mixed = mixed or (commas > 0 and short > 0)
    if sure[","]:  # where points may be those of clocks alone
        sure["."] -= clocks
    if sure[","] > sure["."] and thousands != ",":
        decimal = ","
    elif sure["."] or thousands in (",", ".") or not doubtful[","]:
        decimal = "," if thousands == "." and not sure["."] else "."
    else:  # nothing but commas before three digits
        decimal = "." if mixed or separator == "," else ","
    if decimal == "." and doubtful[","] and not thousands:
        thousands = ","
    if decimal == "," and doubtful["."] and not thousands:
        thousands = "."
    thousands = "" if thousands == decimal else thousands
    settled = decimal == "," or thousands or sure["."]
    return Notation(decimal, thousands, {} if settled else pointed)
