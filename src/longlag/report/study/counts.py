"""Counts as readers see them."""


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
