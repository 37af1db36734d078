"""Lines of metadata between the names and the rows, as offices of statistics and banks write them.

Such a line has a label where a row has its time: `Unit`, `Release date`, `Series ID`, `Stand vom`.
"""

import re
from collections.abc import Sequence

from longlag.readers.records import is_missing, is_time, is_value
from longlag.readers.times import Times

LEAST = 3  #: rows with a time below such lines
FEWEST = 2  #: lines of metadata: a single one may be a row without a time, such as a mean
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")


def is_dated(text: str) -> bool:
    """Whether a text alone is a year, a period, a date or a clock.

    >>> is_dated("1989"), is_dated("1989 Q1"), is_dated("1989 JAN"), is_dated("Unit"), is_dated("3")
    (True, True, True, False, False)
    """
    text = text.strip()
    if is_time(text) or _YEAR.fullmatch(text):
        return True
    return any(map(str.isdigit, text)) and Times([text]).clock(text) is not None


def metadata_lines(fields: Sequence[Sequence[str]]) -> int:
    """How many of these lines, all as wide as rows, stand above the rows; 0 if the first is a row.

    The first fields of the lines above are labels, all different or each with keys of its own, or
    empty; those of all rows are times. Some lines above look like rows otherwise: they have values,
    and a label.
    """
    end = len(fields)
    while end and is_dated(fields[end - 1][0]):
        end -= 1
    above = [line[0].strip() for line in fields[:end]]
    labels = list(filter(None, above))
    if end <= FEWEST or len(fields) - end < LEAST:
        return 0
    if len(set(labels)) < len(labels) and not are_grouped(fields[:end], fields[end:]):
        return 0
    if any(is_value(label) or is_missing(label) or is_dated(label) for label in labels):
        return 0
    valued = [label for line, label in zip(fields, above, strict=False) if any(map(is_value, line))]
    return end if valued and all(valued) else 0


def are_grouped(above: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> bool:
    """Whether each line above the rows holds a group, a key and a value: `station,name,Kew`.

    Some groups come again, but with other keys. Most rows have a value where the keys stand.
    """
    groups = [line[0].strip() for line in above]
    if len(set(groups)) == len(groups) or len(rows[0]) < 3:
        return False
    keys = [(line[0].strip(), line[1].strip()) for line in above]
    if len(set(keys)) < len(keys) or any(is_value(key) or is_missing(key) for _, key in keys):
        return False
    given = [row[1] for row in rows if not is_missing(row[1])]
    return 2 * sum(map(is_value, given)) > len(given)


def names_above(fields: Sequence[Sequence[str]]) -> int | None:
    """Which of the lines above the rows names all columns, maybe but the first.

    It is the last one, right above the rows, or the first that does.
    """
    for n in (len(fields) - 1, *range(len(fields) - FEWEST)):
        names = fields[n][0 if n == len(fields) - 1 else 1 :]
        plain = not any(is_value(name) or is_missing(name) for name in names)
        if plain and names and len(set(map(str.strip, names))) == len(names):
            return n
    return None
