"""Which character separates the fields of a table.

It cuts most lines into the same number of fields. Of several such separators, it is the one whose
fields look most like numbers and times.
"""

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from longlag.readers.lines import Line, cut, fits, has_values, is_comment
from longlag.readers.records import Record, is_missing, is_value
from longlag.readers.signs import parted

CANDIDATES = "\t;|, "  #: characters that are rare within fields come first
JUDGED = 1000  #: fields of a line by which separators and decimals are told
NOTES = 10  #: rows for each line of another width below them that does not count


class _Merit(NamedTuple):
    """How well a separator cuts a table: of two, the greater one is better."""

    quoted_whole: bool = False  #: most lines are not cut within quotation marks
    alike: float = 0.0  #: share of the lines that have as many fields as most
    named: int = 0  #: how well the line above the rows fits them: 0 to 2
    values: float = 0.0  #: share of the fields that are values, in most of these lines


def separator_of(table: Sequence[Record], wanted: str | None) -> tuple[str, int]:
    """The separator, and the number of fields that it cuts most lines into."""
    best, most = (",", 1), _Merit()
    for separator in wanted or CANDIDATES:
        marks = " \t" if separator == " " else separator
        if not any(mark in record.text for record in table for mark in marks):
            continue
        lines = [cut(record.text, separator) for record in table]
        counts = Counter(len(fields) for fields in lines if len(fields) > 1)
        if not counts:
            continue
        width = max(counts, key=lambda each: (counts[each], each))
        if separator == " " and best == ("\t", width) and most.alike == 1.0:
            continue  # tabs are blanks, too: no field holds any other
        if _are_values_alone(table, lines, width):
            continue
        merit = _merit(lines, width)
        if merit > most:
            best, most = (separator, width), merit
    return (wanted, 1) if wanted and not most.alike else best


def _merit(lines: Sequence[Sequence[str]], width: int) -> _Merit:
    """How well lines are cut of which most have this many fields."""
    fitting = [fields for fields in lines if len(fields) == width]
    begin = next(n for n, fields in enumerate(lines) if len(fields) == width)
    below = next(n for n, fields in enumerate(reversed(lines)) if len(fields) == width)
    notes = min(below, len(fitting) // NOTES)
    alike = round(len(fitting) / (len(lines) - begin - notes), 1)
    if len(fitting) == 1 and len(lines) > 2:
        alike = min(alike, 0.3)  # a single line that can be cut is not enough to cut a text
    judged = [
        sum(map(_is_given_or_missing, fields[:JUDGED])) / min(width, JUDGED)
        for fields in fitting[1:] or fitting  # the first has the names, probably
    ]
    values = round(median(judged), 2)  # which a total below the rows does not change
    # The first such line has the names, unless it has values (years may be names), or no line
    # below it has any: then the names above it must fit, too.
    no_names = has_values(lines[begin], True) or not any(judged)
    above = lines[begin - 1] if begin and no_names else lines[begin]
    named = fits(above, width) + (len(above) == width)
    quoted_whole = 2 * sum(map(_quotes_whole, fitting)) > len(fitting)
    return _Merit(quoted_whole, alike, named, values)


def _are_values_alone(table: Sequence[Record], lines: Sequence[Sequence[str]], width: int) -> bool:
    """Whether rows of a single column stand above notes, or below a title, which alone are cut."""
    alone = [is_value(record.text) for record in table]
    whole = [len(fields) == width for fields in lines]
    cut_values = any(one and each for one, each in zip(alone, whole, strict=True))
    return sum(alone[: whole.index(True)] if cut_values else alone) > sum(whole)


def _quotes_whole(fields: Sequence[str]) -> bool:
    """Whether no quotation marks are apart, as if the cuts went through quoted texts."""
    return not any(field.count('"') % 2 for field in fields)


def _is_given_or_missing(field: str) -> bool:
    """Whether a field is a value, also with a unit beside it, or none."""
    return is_value(field) or is_missing(field) or bool(parted(field)[0])


def decimals_alone(lines: Sequence[Line]) -> bool:
    """Whether a name stands above numbers with decimal commas, not two columns."""
    head, *rows = lines
    return (
        len(head.fields) == 1
        and not is_value(head.fields[0])
        and all(re.fullmatch(r"\s*[+-]?\d+(,\d+)?\s*", line.record.text) for line in rows)
    )


def are_rows_in_marks(table: Sequence[Record]) -> bool:
    """Whether each line is one quoted field that can be cut further: names above rows."""
    inner = [record.text.strip()[1:-1] for record in table if record.text.strip()[:1] == '"']
    if len(inner) < max(2, len(table)):
        return False
    for separator in CANDIDATES[:4]:
        head, *rows = [cut(text, separator) for text in inner]
        widths = {len(head), *map(len, rows)}
        if len(widths) == 1 and len(head) > 2 and not any(map(is_value, head)):
            return all(any(map(is_value, row)) for row in rows)
    return False


def texts_alone(table: Sequence[Record], commented: bool) -> bool:
    """Whether most rows of a single column are texts: then they may begin like a comment.

    Without other rows, all lines that are `commented` are rows.
    """
    plain = [each.text for each in table if not is_comment(each.text)]
    given = [text for text in plain[1:] if not is_missing(text)]  # the first may be the name
    if not given:
        return bool(plain) and commented
    return 2 * sum(map(is_value, given)) < len(given)
