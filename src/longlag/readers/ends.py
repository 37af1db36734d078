"""What stands at the end of a table and is no row: totals, and notes below it."""

import re
from collections.abc import Sequence

from longlag.errors import InputError
from longlag.quoting import counted, quoted
from longlag.readers.records import fields_of, is_missing, is_value

HELD = 20  #: more rows without a time at the end are no totals, but rows

#: Words for totals and means, in the languages whose reports are most frequent.
_TOTAL = re.compile(
    r"\b(?:(?:grand|sub)?[ -]?totals?|sums?|mean|average|avg|median|min|max|minimum|maximum|std"
    r"|summe|gesamt|insgesamt|mittel(?:wert)?|durchschnitt|somme|totaux|moyenne|suma|promedio"
    r"|media|somma|totale|soma|m\u00e9dia|totaal|gemiddelde|razem|\u0438\u0442\u043e\u0433\u043e)\b",
    re.IGNORECASE,
)


def may_be_time(text: str) -> bool:
    """Whether a text among times may be one: it has a digit, and no word for a total.

    >>> may_be_time("2024-03-01"), may_be_time("Total"), may_be_time("Total 2024"), may_be_time("")
    (True, False, False, False)
    """
    return any(map(str.isdigit, text)) and not _TOTAL.search(text)


def is_note(line: str, separator: str, width: int) -> bool:
    """Whether a line is a text where rows have this many fields: a note, a source, a title.

    It is a single text, or prose with commas in it.

    >>> is_note("Source: A", ",", 3), is_note("Made by hand, Jan 5, 2024", ",", 4)
    (True, True)
    >>> is_note("a,1", ",", 3), is_note("a b, 1", ",", 3), is_note("a b c, 1, 2", ",", 3)
    (False, False, False)
    """
    if width < 2:
        return False
    if separator in line and '"' not in line:
        return separator == "," and _is_prose(line.split(","), width)
    try:
        fields = fields_of(line, separator)
    except InputError:
        return False
    alone = len(fields) == 1 and line.count('"') % 2 == 0
    return alone and not is_value(fields[0]) and not is_missing(fields[0])


def _is_prose(parts: Sequence[str], width: int) -> bool:
    """Whether these are parts of a sentence, and fewer than the fields of a row."""
    first, *others = parts
    if len(parts) >= width or not all(part.startswith(" ") for part in others):
        return False
    words = len(first.split())
    return not is_value(first) and (words > 2 or (words == 2 and not any(map(is_value, others))))


def left_out(name: str, count: int, what: str, such: str, example: str) -> str:
    """The line that says how many rows or lines at the end are left out, with an example."""
    such += f", such as {quoted(example)}" if example else ""
    left = "it is" if count == 1 else "they are"
    return f"{name} ends with {counted(count, what)} {such}: {left} left out."
