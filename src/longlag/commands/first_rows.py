"""What the first rows of a table say about its columns."""

from typing import NamedTuple

from longlag.commands.column import Column
from longlag.readers.sources import BadRow, Source

FIELDS = 200_000  #: to look at
COLUMNS = 100_000  #: to look at; a network has room for fewer


class FirstRows(NamedTuple):
    """Some thousand rows of a table."""

    columns: list[Column]
    whole: bool  #: whether there are no more rows
    problem: str | None  #: what is wrong with the row below them


def first_rows(source: Source) -> FirstRows:
    """The columns of some thousand rows."""
    judged = source.first_texts()[:COLUMNS]
    texts: list[list[str]] = [[] for _ in judged]
    most, whole, problem = max(1, FIELDS // max(1, len(source.names))), True, None
    try:
        for block in source.blocks():
            for column, more in zip(texts, block.table(COLUMNS), strict=True):
                column += more
            if len(texts[0]) >= most:
                whole = False
                break
    except BadRow as bad:
        problem = f"Row {len(texts[0]) + bad.index + 1}: {bad}."
    columns = [
        Column(name, found or first, first, source.values_of(name))
        for name, found, first in zip(source.names[:COLUMNS], texts, judged, strict=True)
    ]
    return FirstRows(columns, whole and not problem, problem)
