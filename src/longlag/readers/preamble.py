"""Where the table begins below a preamble of an instrument, if a line says so: [Data]."""

import re
from collections.abc import Sequence

from longlag.readers.records import Record

_MARK = re.compile(
    r"\W*(?:(?:end[ _-]?(?:of)?[ _-]?header|header[ _-]?end|begin[ _-]?(?:\w+[ _-])?data"
    r"|start[ _-]?of[ _-]?data)|(?P<word>data))\W*",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[^\t;|, ].*[\t;|, ]\s*[^\t;|, ]")
_ONE = re.compile(r"\s*[+-]?\d+,\d+\s*")  # a number with a decimal comma


def below_preamble(records: Sequence[Record]) -> Sequence[Record]:
    """The records below the last line such as [Data], DATA or ***End_of_Header***; all without one.

    Such a word alone may be the name of a single column, or a title: it counts if lines above it
    and several fields below it show that it is neither.
    """
    for n in range(len(records) - 3, -1, -1):
        found, below = _MARK.fullmatch(records[n].text), records[n + 1].text
        if not found or not _SEVERAL.search(below) or _ONE.fullmatch(below):
            continue
        if n > 0 or (not found["word"] and not records[n].text.strip().isalpha()):
            return records[n + 1 :]
    return records
