"""Marks of footnotes behind numbers, such as 14.6* for an estimate, or 1,234[a] of a wiki."""

import re

SIGNS = "*#\u2020\u2021\u00a7"  # asterisks, and what printers take for them
_OTHER = rf"[^\[\]{SIGNS}]"
#: Behind a blank, other brackets hold units, as in 12 [V].
_REFERENCE = r"\[(?:\d{1,3}|[a-z]|(?:note|nb|n|fn) ?\d{1,3})\]"
_MARKED = re.compile(rf"(?P<text>{_OTHER}*(?!\s){_OTHER})(?:\s*[{SIGNS}]+|(?:{_REFERENCE})+)\s*")
#: Letters that Eurostat writes behind a number, or behind the colon for none; b, d, n and s, which
#: it writes, too, may be factors, units and directions.
_FLAGGED = re.compile(r"(?P<text>[-+]?\d(?:[\d.,]*\d)?|:) [cefipruz]{1,2}")


def without_mark(text: str) -> str:
    """A text without the marks of footnotes behind it.

    >>> without_mark("14.6*"), without_mark("5 % **"), without_mark("1,234[a][note 2]")
    ('14.6', '5 %', '1,234')
    >>> without_mark("14.6"), without_mark("*"), without_mark("12 [V]")
    ('14.6', '*', '12 [V]')
    """
    found = _MARKED.fullmatch(text)
    return found["text"] if found else text


def without_footnote(text: str) -> str:
    """The same for a number, without the flags of an office of statistics, too.

    >>> without_footnote("101.2 p"), without_footnote(": c"), without_footnote("14.6*")
    ('101.2', ':', '14.6')
    """
    bare = without_mark(text)
    found = _FLAGGED.fullmatch(bare.strip())
    return found["text"] if found else bare
