"""Where the table begins below a preamble of an instrument, if a line says so: [Data]."""

import re
from collections.abc import Sequence

from longlag.readers.heading import cut
from longlag.readers.records import Record, is_value

_MARK = re.compile(
    r"\W*(?:end[ _-]?(?:of)?[ _-]?header|header[ _-]?end|begin[ _-]?(?:\w+[ _-])?data"
    r"|start[ _-]?of[ _-]?data|data)\W*",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[^\t;|, ].*[\t;|, ]\s*[^\t;|, ]")
_ONE = re.compile(r"\s*[+-]?\d+,\d+\s*")  # a number with a decimal comma


def below_preamble(records: Sequence[Record]) -> Sequence[Record]:
    """The records below the last line such as [Data], DATA or ***End_of_Header***; all without one.

    Such a line may also stand between rows: it counts if none of the lines above it is a row, and
    several fields are below it, maybe below the number of the rows. A plain word may be the name of
    a single column or a title, too: it counts if there are lines above it.
    """
    for n in range(len(records) - 3, -1, -1):
        if not _MARK.fullmatch(records[n].text):
            continue
        plain = records[n].text.strip().isalpha()
        first = n + 1 + (not plain and records[n + 1].text.strip().isdecimal())
        below = records[first].text
        if not _SEVERAL.search(below) or _ONE.fullmatch(below):
            continue
        if (n > 0 or not plain) and not any(_is_row(each.text, below) for each in records[:n]):
            return records[first:]
    return records


def _is_row(text: str, below: str) -> bool:
    """Whether a line begins with a value, and has as many fields as a line of the table."""
    separator = next((mark for mark in "\t;|," if mark in below), " ")
    fields = cut(text, separator)
    return len(fields) == len(cut(below, separator)) and is_value(fields[0])
