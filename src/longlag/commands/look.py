"""`longlag look`: what a file would be taken for, and the command line that learns from it."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich.table import Table
from rich.text import Text

from longlag.commands.options import Data, Json
from longlag.commands.places import check_places
from longlag.commands.reading import PLAIN, ReadingOptions
from longlag.readers.kinds import Kind, kind_of
from longlag.readers.open_source import open_source
from longlag.readers.sources import BadRow, Source
from longlag.readers.times import Times
from longlag.report.style.console import results

SHOWN = 3  #: rows
FIELDS = 200_000  #: to look at
#: Numbers that loggers write where they have none.
SENTINELS = frozenset({-99, -200, -999, -9999, -99999, 9999, 99999, 999999, 65535})

SAID = {
    "number": "number",
    "category": "category",
    "time": "time",
    "text": "text, left out",
    "nothing": "nothing",
}


@dataclass(frozen=True)
class Column:
    """What the first rows of a column say."""

    name: str
    kind: Kind
    texts: Sequence[str]
    missing: float  #: share of the first rows
    sentinel: float | None  #: a number that may stand for a missing value

    @classmethod
    def of(cls, source: Source, name: str, judged: Sequence[str], texts: Sequence[str]) -> "Column":
        """The column of this name; its kind is judged by as many rows as `learn` judges it by."""
        values = source.values
        absent = sum(map(values.missing, texts))
        numbers = [x for x in map(values.number, texts) if x is not None and x == x]
        ends = {min(numbers), max(numbers)} if numbers else set()
        sentinels = [x for x in ends & SENTINELS if 1 < numbers.count(x) < len(numbers)]
        return cls(
            name,
            kind_of(judged, values),
            texts,
            absent / len(texts) if texts else 0.0,
            sentinels[0] if sentinels else None,
        )


def look(data: Data, *, reading: ReadingOptions = PLAIN, as_json: Json = False) -> None:
    """What a file would be taken for, by its first rows: nothing is learned, and nothing written.

    Parameters
    ----------
    data
        a table of text, such as comma-separated values, or Parquet; "-" is standard input
    """
    check_places({"the data": data}, {})
    wishes = reading.wishes()
    with open_source(data, wishes) as source:
        judged = source.first_texts()
        texts, problem = _texts(source)
        shown = zip(source.names, judged, texts or judged, strict=True)
        columns = [Column.of(source, *each) for each in shown]
    time, times = _times(columns, wishes.time_format)
    command = _command(data, columns, time, times, reading)
    rows = len(columns[0].texts) if columns else 0
    if as_json:
        print(json.dumps(_as_json(source, columns, rows, time, times, command), indent=1))
        return
    out = results()
    taken = source.taken_for or "comma-separated values, names in line 1"
    out.print(Text(f"{source.name} is read as: {taken}."))
    table = Table(box=None, pad_edge=False)
    for heading in ("column", "kind", "missing", f"first of {rows} rows looked at"):
        table.add_column(heading, overflow="fold")
    for column in columns:
        shown = ", ".join(column.texts[:SHOWN])
        cells = (column.name or "(no name)", SAID[column.kind], f"{column.missing:.0%}", shown)
        table.add_row(*(Text(cell[:200]) for cell in cells))
    out.print(table)
    for line in [*_remarks(columns, time, times), *([problem] if problem else [])]:
        out.print(Text(line))
    if command:
        out.print(Text(f"To learn from it:\n  {command}"), soft_wrap=True)
    else:
        out.print(Text("There is nothing in it to learn."))


def _texts(source: Source) -> tuple[list[list[str]], str | None]:
    """The columns of some thousand rows, and what is wrong with the row below them."""
    texts: list[list[str]] = [[] for _ in source.names]
    most = max(1, FIELDS // max(1, len(source.names)))
    try:
        for block in source.blocks():
            for place, column in enumerate(texts):
                column += block.texts(place)
            if len(texts[0]) >= most:
                break
    except BadRow as bad:
        whole = min(map(len, texts))
        return [column[:whole] for column in texts], f"Row {whole + bad.index + 1}: {bad}."
    return texts, None


def _times(columns: Sequence[Column], form: str | None) -> tuple[str | None, Times | None]:
    """The column of times, or a date and the clock beside it; and how they are written."""
    for n, column in enumerate(columns):
        if column.kind != "time" or not column.name:
            continue
        name, texts = column.name, list(column.texts)
        after = columns[n + 1] if n + 1 < len(columns) else None
        if after and after.kind == "time" and after.name and len(set(texts)) < len(texts):
            joined = [" ".join(each) for each in zip(texts, after.texts, strict=True)]
            times = Times(joined, form)
            if all(times.instant(text) is not None for text in joined if text.strip()):
                return f"{name},{after.name}", times
        return name, Times(texts, form)
    return None, None


def _backwards(columns: Sequence[Column], time: str, times: Times) -> bool:
    """Whether most of the first rows are older than the row above them."""
    parts = [column.texts for name in time.split(",") for column in columns if column.name == name]
    found = [times.instant(" ".join(each)) for each in zip(*parts, strict=True)]
    instants = [instant for instant in found if instant is not None]
    steps = [b - a for a, b in pairwise(instants)]
    return 2 * sum(step < 0 for step in steps) > len(steps)


def _target(columns: Sequence[Column]) -> Column | None:
    """The last column of numbers, or else of categories: a place to begin."""
    for kind in ("number", "category"):
        found = [each for each in columns if each.kind == kind and each.name]
        if found:
            return found[-1]
    return None


def _command(
    data: str,
    columns: Sequence[Column],
    time: str | None,
    times: Times | None,
    reading: ReadingOptions,
) -> str | None:
    target = _target(columns)
    if target is None:
        return None
    words = ["longlag", "learn", data, "--target", target.name]
    words += ["--classify"] if target.kind == "category" else []
    if time and times:
        words += ["--time", time]
        words += ["--sort"] if reading.sort or _backwards(columns, time, times) else []
    sentinels = dict.fromkeys(f"{each.sentinel:g}" for each in columns if each.sentinel is not None)
    for text in dict.fromkeys([*reading.missing, *sentinels]):
        words += ["--missing", text]
    for name in ("separator", "decimal", "thousands", "encoding", "names", "rows", "time_format"):
        if (value := getattr(reading, name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _remarks(columns: Sequence[Column], time: str | None, times: Times | None) -> list[str]:
    lines = []
    if time and times:
        how = f"written as {times.form}" if times.form else "in ISO 8601"
        way = "backwards" if _backwards(columns, time, times) else "forwards"
        other = f", or {times.other} (--time-format)" if times.other else ""
        lines.append(f"Times: {time}, {how}{other}, running {way}.")
    lines += [
        f"{column.sentinel:g} in {column.name!r} may stand for a missing value: --missing."
        for column in columns
        if column.sentinel is not None
    ]
    return lines


def _as_json(
    source: Source,
    columns: Sequence[Column],
    rows: int,
    time: str | None,
    times: Times | None,
    command: str | None,
) -> dict[str, Any]:
    return {
        "name": source.name,
        "read_as": source.taken_for,
        "rows_looked_at": rows,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "missing": round(column.missing, 4),
                "first": list(column.texts[:SHOWN]),
            }
            for column in columns
        ],
        "time": time,
        "time_format": times.form if times else None,
        "command": command,
    }
