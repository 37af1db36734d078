"""Counts and shares as readers see them."""

from typing import Literal


def count(number: float | None) -> str:
    """A number of sequences for the reader: whole, with separators; a dash where there is none.

    >>> count(853000), count(None)
    ('853,000', '-')
    """
    return "-" if number is None else f"{number:,.0f}"


def few(number: float | None) -> str:
    """A small count or a mean of small counts: one decimal unless whole.

    >>> few(0.3), few(1), few(None)
    ('0.3', '1', '-')
    """
    if number is None:
        return "-"
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def percent(share: float, decimals: int = 1) -> str:
    """A share with so many decimals, with more where it would pass for all.

    >>> percent(0.123456), percent(0.99997), percent(1.0)
    ('12.3%', '99.997%', '100.0%')
    """
    return below_one(share, decimals, "%")


def rough_percent(share: float) -> str:
    """A share in whole percents, of which 0% and 100% are none and all.

    >>> rough_percent(0.001), rough_percent(0.25), rough_percent(0.999)
    ('<1%', '25%', '>99%')
    """
    if 0.0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1.0 else f"{share:.0%}"


def below_one(value: float, digits: int, form: Literal["g", "%"]) -> str:
    """A value with so many digits, with more where one below 1 would pass for 1.

    >>> below_one(0.123456, 4, "g"), below_one(0.99997, 4, "g")
    ('0.1235', '0.99997')
    """
    while value < 1.0 and f"{value:.{digits}{form}}" == f"{1.0:.{digits}{form}}":
        digits += 1
    return f"{value:.{digits}{form}}"
