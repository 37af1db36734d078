"""The names of columns, from one or several lines that hold them."""

from collections import Counter
from collections.abc import Sequence

from longlag.errors import InputError
from longlag.quoting import counted, quoted
from longlag.readers.heading import Line, name_in, numeric_columns, whole_rows
from longlag.readers.metadata import is_dated
from longlag.readers.records import is_time
from longlag.readers.time_forms import DATE_NAMES

TIME = "time"  #: name of a first column of times that has none
_TIME_NAMES = {*DATE_NAMES, "t", TIME, "zeit"}  #: of a first column that has times


def joined_names(lines: Sequence[Line], names: Line, width: int) -> tuple[Line, int]:
    """The names in several lines, if the last one repeats some or lacks some; and the first line.

    A merged cell of a workbook stands for the cells to its right, too. A line with a single text is
    a title. Where the line right above the last one names all columns, and the last one only some
    of numbers, these have two names: Sales EUR.
    """
    own = [name_in(each) for each in names.fields]
    counts = Counter(own)
    doubled = {name for name, count in counts.items() if name and count > 1}
    # Names in a comment have no place among the lines.
    place = next((n for n, line in enumerate(lines) if line.record == names.record), 0)
    above: list[list[str]] = []
    for line in reversed(lines[:place]):
        cells = [name_in(each) for each in line.fields]
        if len(cells) != len(own) or len(own) != width or len(set(filter(None, cells))) < 2:
            break
        if not above and "" in own and "" not in cells and len(set(cells)) == width:
            numeric = numeric_columns(lines[place + 1 :], width)
            if all(n in numeric for n, name in enumerate(own) if name):
                both = [" ".join(filter(None, each)) for each in zip(cells, own, strict=True)]
                return Line(names.record, both), line.record.line
        above.insert(0, _spread(cells))
        heads = zip(*above, own, strict=True)
        found = [
            " ".join(dict.fromkeys(filter(None, head))) if not name or name in doubled else name
            for head, name in zip(heads, own, strict=True)
        ]
        better = bool(doubled) or found.count("") < own.count("")
        if better and len(set(filter(None, found))) == len(found) - found.count(""):
            return Line(names.record, found), line.record.line
    return names, names.record.line


def _spread(cells: Sequence[str]) -> list[str]:
    """Each empty cell filled with what stands to its left."""
    found = [""]
    for cell in cells:
        found.append(cell or found[-1])
    return found[1:]


def columns_of(fields: Sequence[str], width: int, rows: Sequence[Line]) -> tuple[list[str], bool]:
    """Names of the columns, and whether rows begin with a name of their own."""
    names = [name_in(each) for each in fields]
    while len(names) > width and not names[-1]:
        names.pop()
    if len(names) != width - 1 or not rows:
        return _with_time(names, whole_rows(rows, width)), False
    whole = whole_rows(rows, width)
    if whole and not any(each[-1].strip() for each in whole):
        return [*names, ""], False  # a separator at the end of each row
    if whole and names[0].lower() in _TIME_NAMES and all(is_time(each[0]) for each in whole):
        raise InputError(
            f"has {counted(len(names), 'name')} above rows of {width} fields that begin with a "
            f"time, as {quoted(names[0])} says: put numbers with commas in quotation marks, or "
            "name all columns"
        )
    return names, bool(whole)


def _with_time(names: list[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The names; a first column of times that has none is called so, as pandas leaves its index."""
    if names[:1] != [""] or TIME in names or not rows:
        return names
    dated = all(is_dated(row[0]) and not row[0].strip().isdecimal() for row in rows)
    return [TIME, *names[1:]] if dated else names
