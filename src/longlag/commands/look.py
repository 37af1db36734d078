"""`longlag look`: what a file would be taken for, and the command line that learns from it."""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from longlag.commands.first_rows import Column, TimeColumns, first_rows, time_columns
from longlag.commands.options import Data, Json
from longlag.commands.places import check_places
from longlag.commands.reading import PLAIN, ReadingOptions
from longlag.quoting import counted, quoted
from longlag.readers.open_source import open_source
from longlag.readers.sources import Source, as_list
from longlag.report.style.console import results

SHOWN = 3  #: rows
SHOWN_COLUMNS = 1000
FEW, SHORT = 3, 40  #: texts in a column of numbers that may be missing values, and characters

SAID = {
    "number": "number",
    "category": "category",
    "time": "time",
    "text": "text, left out",
    "nothing": "nothing",
}


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
        columns, problem = first_rows(source)
    times = time_columns(columns, wishes.time_format)
    command = _command(data, columns, times, reading)
    rows = len(columns[0].texts) if columns else 0
    if as_json:
        print(json.dumps(_as_json(source, columns, rows, times, command), indent=1))
        return
    out = results()
    out.print(Text(f"{source.name} is read as: {source.form_text}."))
    table = Table(box=None, pad_edge=False)
    for heading in ("column", "kind", "missing", f"first of {counted(rows, 'row')} looked at"):
        table.add_column(heading, overflow="fold")
    for column in columns[:SHOWN_COLUMNS]:
        shown = ", ".join(column.texts[:SHOWN])
        kind = SAID[column.kind] + (" and text" if column.stray else "")
        cells = (column.name or "(no name)", kind, f"{column.missing:.0%}", shown)
        table.add_row(*(Text(cell[:200]) for cell in cells))
    out.print(table)
    if more := len(columns[SHOWN_COLUMNS:]):
        out.print(Text(f"... and {more:,} more columns, which --json shows."))
    if more := len(source.names) - len(columns):
        out.print(Text(f"... and {more:,} columns behind them, which were not looked at."))
    for line in [*_remarks(columns[:SHOWN_COLUMNS], times), *([problem] if problem else [])]:
        out.print(Text(line))
    if command:
        out.print(Text(f"To learn from it:\n  {command}"), soft_wrap=True)
    else:
        out.print(Text("There is nothing in it to learn."))


def _target(columns: Sequence[Column]) -> Column | None:
    """A place to begin: the last column of numbers that do not only count, or of categories."""
    named = [each for each in reversed(columns) if each.name]
    numbers = [each for each in named if each.kind == "number"]
    for column in numbers:
        if not column.stray and not column.counts and len(set(column.numbers)) > 1:
            return column
    categories = (each for each in named if each.kind == "category")
    return next(categories, numbers[0] if numbers else None)


def _command(
    data: str, columns: Sequence[Column], times: TimeColumns | None, reading: ReadingOptions
) -> str | None:
    """The command line that learns from the data."""
    target = _target(columns)
    if target is None:
        return None
    place = f"./{data}" if data.startswith("-") and data != "-" else data
    words = ["longlag", "learn", place, *_option("--target", target.name)]
    words += ["--classify"] if target.kind == "category" or target.two_classes else []
    if times:
        words += _option("--time", times.names)
        words += ["--sort"] if reading.sort or times.backwards else []
    missing, excluded = list(reading.missing), []
    for column in columns:
        if column.sentinel is not None:
            missing.append(f"{column.sentinel:g}")
        if len(column.stray) <= FEW and max(map(len, column.stray), default=0) <= SHORT:
            missing += column.stray
        elif column is not target and column.name:
            excluded.append(column.name)
    for text in dict.fromkeys(missing):
        words += _option("--missing", text)
    if excluded:
        words += _option("--exclude", as_list(excluded))
    for name in ("separator", "decimal", "thousands", "encoding", "names", "rows", "time_format"):
        if (value := getattr(reading, name)) is not None:
            words += _option(f"--{name.replace('_', '-')}", str(value))
    return shlex.join(words)


def _option(name: str, value: str) -> list[str]:
    """The words of an option; a value that looks like an option stands in the same word."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _remarks(columns: Sequence[Column], times: TimeColumns | None) -> list[str]:
    lines = []
    if times:
        form, other = times.times.form, times.times.other
        how = f"written as {form}" if form else "in ISO 8601"
        way = "backwards" if times.backwards else "forwards"
        also = f", or {other} (--time-format)" if other else ""
        lines.append(f"Times: {times.names}, {how}{also}, running {way}.")
    for column in columns:
        name = quoted(column.name)
        if column.stray:
            count = len(column.given) - len(column.numbers)
            lines.append(
                f"{name} holds numbers and texts, such as {quoted(column.stray[0])} "
                f"({count:,} of {len(column.given):,} values), where `learn` would end: see "
                "--missing, --categories, --exclude."
            )
        if column.sentinel is not None:
            lines.append(f"{column.sentinel:g} in {name} may stand for a missing value: --missing.")
    return lines


def _as_json(
    source: Source,
    columns: Sequence[Column],
    rows: int,
    times: TimeColumns | None,
    command: str | None,
) -> dict[str, Any]:
    return {
        "name": source.name,
        "read_as": source.form_text,
        "rows_looked_at": rows,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "missing": round(column.missing, 4),
                "texts_among_numbers": column.stray[:SHOWN],
                "first": list(column.texts[:SHOWN]),
            }
            for column in columns
        ],
        "time": times.names if times else None,
        "time_format": times.times.form if times else None,
        "command": command,
    }
