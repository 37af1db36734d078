"""`longlag look`: what a file would be taken for, and the command line that learns from it."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from longlag.commands.column import Column
from longlag.commands.first_rows import first_rows
from longlag.commands.json_output import print_json
from longlag.commands.options import Data, Json
from longlag.commands.places import check_places
from longlag.commands.proposal import Proposal, proposal
from longlag.commands.reading import PLAIN, ReadingOptions
from longlag.commands.time_columns import TimeColumns, time_columns
from longlag.quoting import counted, quoted
from longlag.readers.ends import HELD, left_out
from longlag.readers.hidden_numbers import hidden_numbers
from longlag.readers.lists import as_list
from longlag.readers.metadata import is_dated
from longlag.readers.open_source import open_source
from longlag.readers.periods import beginning
from longlag.readers.sources import Source
from longlag.readers.time_forms import ORIGINS
from longlag.report.study.counts import rough_percent
from longlag.report.style.console import results

SHOWN = 3  #: rows
SHOWN_COLUMNS = 1000
SHOWN_STRAY = 5  #: columns that hold numbers and texts, or numbers with footnotes
WIDE = 3  #: columns called as times, from which on a table may have its times there

SAID = {
    "number": "number",
    "category": "category",
    "time": "time",
    "text": "text, left out",
    "nothing": "nothing",
}


def look(
    data: Data,
    *,
    target: Annotated[
        str | None, Parameter(help="the column that the proposed command is to predict")
    ] = None,
    reading: ReadingOptions = PLAIN,
    as_json: Json = False,
) -> None:
    """What a file would be taken for, by its first rows: nothing is learned, and nothing written.

    Parameters
    ----------
    data
        a table of text, such as comma-separated values, or Parquet; "-" is standard input
    """
    check_places({"the data": data}, {})
    wishes = reading.wishes()
    with open_source(data, wishes) as source:
        columns, whole, problem = first_rows(source)
    times = time_columns(columns, wishes.time_format)
    proposed = proposal(columns, times, target)
    command = proposed.command(data, columns, reading) if proposed else None
    found = Findings(source, columns, whole, problem, times, proposed, command)
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)


class Findings(NamedTuple):
    """What the first rows of a source say."""

    source: Source
    columns: Sequence[Column]
    whole: bool  #: whether there are no more rows
    problem: str | None  #: what is wrong with the row below them
    times: TimeColumns | None
    proposed: Proposal | None
    command: str | None  #: the command line that learns from the source

    @property
    def rows(self) -> int:
        """The number of rows looked at."""
        return len(self.columns[0].texts) if self.columns else 0

    @property
    def groups(self) -> Sequence[Column]:
        """The columns that may tell several series apart."""
        return self.proposed.groups if self.proposed else ()


def _print(found: Findings) -> None:
    source, columns, out = found.source, found.columns, results()
    out.print(Text(f"{source.name} is read as: {source.form_text}."))
    out.print(_table(columns[:SHOWN_COLUMNS], found.rows))
    if more := len(columns[SHOWN_COLUMNS:]):
        out.print(Text(f"... and {more:,} more columns, which --json shows."))
    if more := len(source.names) - len(columns):
        out.print(Text(f"... and {more:,} columns behind them, which were not looked at."))
    for line in _lines(found):
        out.print(Text(line))
    if found.command:
        out.print(Text(f"To learn from it:\n  {found.command}"), soft_wrap=True)
    else:
        out.print(Text("There is nothing in it to learn."))


def _table(columns: Sequence[Column], rows: int) -> Table:
    """A line for each column."""
    table = Table(box=None, pad_edge=False)
    for heading in ("column", "kind", "missing", f"first of {counted(rows, 'row')} looked at"):
        table.add_column(heading, overflow="fold")
    for column in columns:
        kind = SAID[column.kind] + (" and text" if column.stray else "")
        kind += ", two values" if column.two_classes else ""
        kind += ", left out" if not column.name and column.kind in ("number", "category") else ""
        shown = _listed(column.texts[:SHOWN])
        cells = (column.name or "(no name)", kind, rough_percent(column.missing), shown)
        table.add_row(*(Text(cell[:200]) for cell in cells))
    return table


def _lines(found: Findings) -> list[str]:
    """What a person should know besides the columns."""
    source, times, groups = found.source, found.times, found.groups
    lines = [_times(times, groups)] if times else []
    lines += [source.doubt] if source.doubt else []
    lines += _remarks(found.columns[:SHOWN_COLUMNS])
    taken = times.columns if times else ()
    lines += _hidden([each for each in found.columns[:SHOWN_COLUMNS] if each not in taken])
    lines += _wide(source.names) if not times else []
    lines += [] if times else _unknown_times(found.columns[:SHOWN_COLUMNS])
    lines += [found.problem] if found.problem else []
    lines += source.remarks()
    if times and found.whole and 0 < len(times.without) <= HELD:
        count, text = len(times.without), next(filter(None, times.without), "")
        lines.append(left_out(source.name, count, "row", "without a time", text))
    if times and times.unread:
        lines.append(
            f"{len(times.unread):,} of {counted(len(times.texts), 'time')} cannot be read, such as "
            f"{quoted(times.unread[0])}: are these rows like the others?"
        )
    if times and not groups:
        lines += _gaps(times)
    return lines + (found.proposed.remarks if found.proposed else [])


def _listed(texts: Sequence[str]) -> str:
    """The values in a line, told apart also where they hold commas; "" if all are empty."""
    if not any(texts):
        return ""
    return ("; " if any("," in text for text in texts) else ", ").join(texts)


def _times(times: TimeColumns, groups: Sequence[Column]) -> str:
    """How times are written, and which way the rows run."""
    form, other = times.times.form, times.times.other
    how = f"written as {form}" if form else "in ISO 8601"
    if form in ORIGINS:
        how = f"as numbers of days ({form})"
    if any(beginning(text) for text in times.texts):
        how = "in quarters, months, halves or weeks of years"
    if times.counted:
        dated = times.columns[0].since_1970
        how = "as seconds since 1970, or parts of seconds" if dated else "as numbers"
    also = f", or {other} (--time-format)" if other else ""
    return f"Times: {times.names}, {how}{also}, {_way(times, groups)}."


def _way(times: TimeColumns, groups: Sequence[Column]) -> str:
    forth, back, steps = order = times.order_in(groups)
    if not times.times.dated and back:
        return "clocks without dates, so the rows have no order"
    if steps and order.still:
        return "the same in all rows"
    if not order.runs:
        return "in no order: --sort puts the rows in the order of time"
    against = forth if order.backwards else back
    but = f" but for {against:,} of {counted(steps, 'step')}" if against else ""
    series = " in each series" if groups else ""
    return f"running {'backwards' if order.backwards else 'forwards'}{series}{but}"


def _remarks(columns: Sequence[Column]) -> list[str]:
    lines = []
    names = Counter(column.name for column in columns if column.name)
    lines += [
        f"{count:,} columns are called {quoted(name)}: rename them to learn from them, or call all "
        "columns by their numbers (--names 0, and --rows for the line of the first row)."
        for name, count in names.items()
        if count > 1
    ]
    stray = [column for column in columns if column.stray]
    for column in stray[:SHOWN_STRAY]:
        count = len(column.given) - len(column.numbers)
        lines.append(
            f"{quoted(column.name)} holds numbers and texts, such as {quoted(column.stray[0])} "
            f"({count:,} of {len(column.given):,} values), where `learn` would end: see "
            "--missing, --categories, --exclude."
        )
    lines += _more(stray)
    marked = [column for column in columns if column.footnotes]
    for column in marked[:SHOWN_STRAY]:
        count = counted(len(column.footnotes), "number")
        lines.append(
            f"{quoted(column.name)} has {count} with the mark of a footnote, such as "
            f"{quoted(column.footnotes[0])}, read without it."
        )
    lines += _more(marked)
    for column in columns:
        name = quoted(column.name)
        if column.sign:
            lines.append(
                f"{name} holds numbers beside {quoted(column.sign)}, such as "
                f"{quoted(column.given[0])}, which `learn` takes for texts: take the sign out of "
                "the data to learn numbers."
            )
        if column.marks:
            lines.append(
                f"{name} holds numbers and {quoted(column.marks[0])}, and `learn` takes it for a "
                "category: name this by --missing to learn numbers."
            )
        if column.sentinel is not None:
            lines.append(f"{column.sentinel:g} in {name} may stand for a missing value: --missing.")
    return lines


def _more(columns: Sequence[Column]) -> list[str]:
    """The line for the columns beyond those that have a line each."""
    more = len(columns) - SHOWN_STRAY
    verb = "does" if more == 1 else "do"
    return [f"So {verb} {counted(more, 'more column')}."] if more > 0 else []


def _wide(names: Sequence[str]) -> list[str]:
    """The line for a table whose columns are times."""
    dated = [name for name in names if is_dated(name)]
    if len(dated) < WIDE or 2 * len(dated) < len(names):
        return []
    return [
        f"The names of {len(dated):,} columns are times, such as {quoted(dated[0])}, and `learn` "
        "takes the next row for the next time: turn the table, so that each time has a row."
    ]


def _hidden(columns: Sequence[Column]) -> list[str]:
    """The columns of texts, or of clocks, that may be numbers."""
    return [
        f"{quoted(column.name)} holds {hidden}, to learn from them."
        for column in columns
        if column.kind not in ("number", "nothing")
        if not column.sign and (hidden := hidden_numbers(column.given))
    ]


def _unknown_times(columns: Sequence[Column]) -> list[str]:
    """The first column whose texts look like times in a form that is not known."""
    return [
        f"{quoted(column.name)} may hold times in a form that is not known, such as "
        f"{quoted(column.given[0])}: write them in another form, or give --time and --time-format."
        for column in columns
        if column.name and column.looks_like_times
    ][:1]


def _gaps(times: TimeColumns) -> list[str]:
    gaps = times.gaps
    if gaps is None:
        return []
    return [
        f"Most rows are {_apart(gaps.usual, times)} apart; {gaps.longer:,} of "
        f"{counted(gaps.steps, 'step')} {'is' if gaps.longer == 1 else 'are'} longer, the longest "
        f"{_apart(gaps.longest, times)}: "
        "`learn` counts rows, so it takes each of them for one step."
    ]


def _apart(step: float, times: TimeColumns) -> str:
    """The time between two rows, as in 2 days, 3:00:00; where times are numbers, a number."""
    if times.counted:
        return f"{step:.15g}"
    return str(timedelta(seconds=step)).removesuffix(", 0:00:00")


def _as_json(found: Findings) -> dict[str, Any]:
    proposed, times = found.proposed, found.times
    return {
        "name": found.source.name,
        "read_as": found.source.form_text,
        "rows_looked_at": found.rows,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "missing": round(column.missing, 4),
                "texts_among_numbers": column.stray[:SHOWN],
                "first": list(column.texts[:SHOWN]),
            }
            for column in found.columns
        ],
        "time": times.names if times else None,
        "time_format": times.times.form if times else None,
        "target": proposed.target.name if proposed else None,
        "target_guessed": proposed.guessed if proposed else None,
        "group": as_list(each.name for each in found.groups) or None,
        "remarks": _lines(found),
        "command": found.command,
    }
