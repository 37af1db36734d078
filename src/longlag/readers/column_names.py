"""The names of columns, from one or several lines that hold them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from longlag.errors import InputError
from longlag.quoting import counted
from longlag.readers.lines import Line, is_comment, name_in, numeric_columns, whole_rows
from longlag.readers.metadata import is_dated
from longlag.readers.records import Record, is_value
from longlag.readers.time_forms import DATE_NAMES

TIME = "time"  #: name of a first column of times that has none
NUMBERED = re.compile(  #: a comment that names a column by its number
    r"\s*[#%]+\s*(?:[a-z]+\s*)?\(?(?P<number>\d{1,3})\s*[=:)]\s*(?P<name>\S.*)", re.IGNORECASE
)
MOST = 0.9  #: of the rows, which hold times where a column has them
_TIME_NAMES = {*DATE_NAMES, "t", TIME, "zeit"}  #: of a column of times that was cut
_DIGITS = re.compile(r"(?:1[5-9]|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?")


def joined_names(lines: Sequence[Line], names: Line, width: int) -> tuple[Line, int]:
    """The names in several lines, if the last one repeats some or lacks some; and the first line.

    A merged cell of a workbook stands for the cells to its right, too. A line with a single text is
    a title; an empty one counts for nothing below one with all names. Where the
    line right above the last one names all columns, and the last one only some of numbers, these
    have two names: Sales EUR; if the last one has types, the line above it has the names alone.
    """
    own = [name_in(each) for each in names.fields]
    counts = Counter(own)
    doubled = {name for name, count in counts.items() if name and count > 1}
    # Names in a comment have no place among the lines.
    place = next((n for n, line in enumerate(lines) if line.record == names.record), 0)
    above: list[list[str]] = []
    best = names, names.record.line
    empty = False  # whether a line without texts is right below
    for line in reversed(lines[:place]):
        cells = [name_in(each) for each in line.fields]
        if len(cells) != len(own) or len(own) != width or (empty and not all(cells[1:])):
            break
        empty = not any(cells)
        if empty:
            continue
        if len(list(filter(None, cells))) < 2:
            break
        all_named = not above and "" not in cells and len(set(cells)) == width
        if all_named and are_types(own, cells):
            return line, line.record.line
        if all_named and "" in own:
            numeric = numeric_columns(lines[place + 1 :], width)
            if all(n in numeric for n, name in enumerate(own) if name):
                pairs = zip(cells, own, strict=True)
                both = [" ".join(dict.fromkeys(filter(None, each))) for each in pairs]
                return Line(names.record, both), line.record.line
        above.insert(0, _spread(cells))
        heads = zip(*above, own, strict=True)
        found = [
            " ".join(dict.fromkeys(filter(None, head))) if not name or name in doubled else name
            for head, name in zip(heads, own, strict=True)
        ]
        better = bool(doubled) or found.count("") < own.count("")
        alone = len(set(filter(None, found))) == len(found) - found.count("")
        if better and alone and (best[0] is names or all(found[1:])):
            best = Line(names.record, found), line.record.line
            if all(found[1:]):
                break
    return best


def are_types(fields: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a line below names has types or units: some texts twice, and some of the names.

    >>> are_types(["H", "Date", "String", "String"], ["H", "Date", "Region", "Zone"])
    True
    >>> are_types(["time", "a", "b"], ["time", "x", "y"])
    False
    """
    own = [name for name in map(name_in, fields) if name]
    alike = len(fields) == len(names) and any(
        name_in(a) == b != "" for a, b in zip(fields, names, strict=True)
    )
    return alike and len(set(own)) < len(own) and not any(map(is_value, own))


def numbered(above: Sequence[Record], width: int) -> tuple[list[str], int, int] | None:
    """The names in comments that number the columns, and the first and last line of these.

    So `# 1: depth` and `# name 0 = t090C: Temperature` name the first column.
    """
    comments = [each for each in above if is_comment(each.text)]
    for n in range(len(comments) - width + 1):
        found = [NUMBERED.fullmatch(each.text) for each in comments[n : n + width]]
        names = [each["name"].rstrip() for each in found if each]
        numbers = [int(each["number"]) for each in found if each]
        start = numbers[0] if numbers else 2
        if start < 2 <= width == len(set(names)) and numbers == [*range(start, start + width)]:
            return names, comments[n].line, comments[n + width - 1].line
    return None


def _spread(cells: Sequence[str]) -> list[str]:
    """Each empty cell filled with what stands to its left, unless a cell repeats that itself."""
    if any(left and left == right for left, right in pairwise(cells)):
        return list(cells)
    found = [""]
    for cell in cells:
        found.append(cell or found[-1])
    return found[1:]


def columns_of(
    fields: Sequence[str], width: int, rows: Sequence[Line], separator: str
) -> tuple[list[str], bool]:
    """Names of the columns, and whether rows begin with a name of their own.

    Raises `InputError` for rows that have a field more because one of their fields was cut.
    """
    names = [name_in(each) for each in fields]
    while len(names) > width and not names[-1]:
        names.pop()
    if len(names) != width - 1 or not rows:
        return _with_time(names, whole_rows(rows, width)), False
    whole = whole_rows(rows, width)
    if whole and not any(each[-1].strip() for each in whole):
        return [*names, ""], False  # a separator at the end of each row
    first = _mostly(is_dated(row[0]) and not row[0].isdecimal() for row in whole)
    compact = separator == " " and _mostly(_is_dated(row[0]) for row in whole)
    cut_time = not _are_counted(whole) and any(
        _mostly(_are_date_and_clock(*row[n - 1 : n + 1]) for row in whole) for n in range(1, width)
    )
    named = names[0].lower() in _TIME_NAMES
    if (first or compact) and separator != "," and not cut_time and not named:
        return [TIME, *names], False  # a program has written it without a name, as an index
    if first or cut_time:
        raise InputError(
            f"has {counted(len(names), 'name')} above rows of {width} fields, some of them "
            "times: put fields that hold the separator in quotation marks, or name all columns"
        )
    return names, bool(whole)


def _are_date_and_clock(date: str, clock: str) -> bool:
    return ":" in clock and ":" not in date and is_dated(date) and is_dated(clock)


def _are_counted(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the names of rows are 1, 2, 3 and so on, as R gives them."""
    return [row[0].strip() for row in rows] == [str(n) for n in range(1, len(rows) + 1)]


def _mostly(answers: Iterable[bool]) -> bool:
    """Whether nearly all are true: a note below the rows may have as many words as they have."""
    given = list(answers)
    return 0 < sum(given) >= MOST * len(given)


def _is_dated(text: str) -> bool:
    """Whether a text is a date, also one of 6 or 8 digits."""
    text = text.strip()
    return _DIGITS.fullmatch(text) is not None if text.isdecimal() else is_dated(text)


def _with_time(names: list[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The names; a first column of times that has none is called so, as pandas leaves its index."""
    if names[:1] != [""] or TIME in names or not rows:
        return names
    dated = all(_is_dated(row[0]) for row in rows)
    return [TIME, *names[1:]] if dated else names
