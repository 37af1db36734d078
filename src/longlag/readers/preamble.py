"""Where the table begins below a preamble of an instrument, if a line says so: [Data], TOA5."""

import re
from collections.abc import Sequence
from itertools import takewhile

import msgspec

from longlag.readers.form import Wishes
from longlag.readers.lines import cut
from longlag.readers.records import Record, is_value

_MARK = re.compile(
    r"\W*(?:end[ _-]?(?:of)?[ _-]?header|header[ _-]?end|begin[ _-]?(?:\w+[ _-])?data"
    r"|start[ _-]?of[ _-]?data|data)\W*|\*+end\*+",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[^\t;|, ].*[\t;|, ]\s*[^\t;|, ]")
_ONE = re.compile(r"\s*[+-]?\d+,\d+\s*")  # a number with a decimal comma


def below_preamble(records: Sequence[Record]) -> Sequence[Record]:
    """The records below the last line such as [Data] or ***End_of_Header***; all without one.

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


def of_loggers(records: Sequence[Record], wishes: Wishes) -> Wishes:
    """Where names and rows are in files of Campbell loggers, which say so in their first line.

    Below the names of TOA5 stand units and how values were taken, unless someone took them out:
    lines that begin with no value, as a row does with its time.
    """
    found = re.match(r'"?(TOA5|TOACI1)"?,', records[0].text)
    if not found or wishes.names is not None or wishes.rows is not None:
        return wishes
    names = records[0].line + 1
    below = [each for each in records if each.line > names][: 2 if found[1] == "TOA5" else 0]
    skipped = list(takewhile(lambda each: not is_value(cut(each.text, ",")[0]), below))
    rows = skipped[-1].line + 1 if skipped else names + 1
    return msgspec.structs.replace(wishes, names=names, rows=rows)
