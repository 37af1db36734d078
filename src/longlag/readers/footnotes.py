"""Marks of footnotes behind numbers, such as 14.6* for an estimate, or 1,234[a] of a wiki."""

import re

_SIGNS = "*#\u2020\u2021\u00a7"  # asterisks, and what printers take for them
_OTHER = rf"[^\[\]{_SIGNS}]"
#: Behind a blank, other brackets hold units, as in 12 [V].
_REFERENCE = r"\[(?:\d{1,3}|[a-z]|(?:note|nb|n|fn) ?\d{1,3})\]"
_MARKED = re.compile(rf"(?P<text>{_OTHER}*(?!\s){_OTHER})(?:\s*[{_SIGNS}]+|(?:{_REFERENCE})+)\s*")


def without_footnote(text: str) -> str:
    """A text without the marks of footnotes behind it.

    >>> without_footnote("14.6*"), without_footnote("5 % **"), without_footnote("1,234[a][note 2]")
    ('14.6', '5 %', '1,234')
    >>> without_footnote("14.6"), without_footnote("*"), without_footnote("12 [V]")
    ('14.6', '*', '12 [V]')
    """
    found = _MARKED.fullmatch(text)
    return found["text"] if found else text
