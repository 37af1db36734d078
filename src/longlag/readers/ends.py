"""What stands at the end of a table and is no row: totals, and notes below it."""

import re

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


def is_note(line: str, separator: str) -> bool:
    """Whether a line is a single text where rows have several fields: a note, a source, a title."""
    if separator in line and '"' not in line:
        return False
    try:
        fields = fields_of(line, separator)
    except InputError:
        return False
    alone = len(fields) == 1 and line.count('"') % 2 == 0
    return alone and not is_value(fields[0]) and not is_missing(fields[0])


def left_out(name: str, count: int, what: str, such: str, example: str) -> str:
    """The line that says how many rows or lines at the end are left out, with an example."""
    such += f", such as {quoted(example)}" if example else ""
    left = "it is" if count == 1 else "they are"
    return f"{name} ends with {counted(count, what)} {such}: {left} left out."
