"""`longlag predict`: the predictions of a saved network for more rows."""

import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.interrupts import Interrupts
from longlag.commands.model_times import known_times
from longlag.commands.new_file import creating
from longlag.commands.next_rows import write_next_rows
from longlag.commands.older_rows import OlderRows
from longlag.commands.options import Data
from longlag.commands.places import check_places
from longlag.commands.reading import PLAIN, ReadingOptions, open_data
from longlag.commands.slices import slices
from longlag.commands.standard_streams import Lines
from longlag.commands.unknown_groups import UnknownGroups
from longlag.commands.unknown_values import UnknownValues
from longlag.errors import InputError
from longlag.fleet.groups_file import load
from longlag.forecasting.groups import answered
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.resuming import SavedStream
from longlag.quoting import counted, quoted
from longlag.readers.lists import as_list
from longlag.readers.sorting import SortedReader
from longlag.readers.sources import Columns, Reader, Source, has_times
from longlag.readers.time_order import Order
from longlag.readers.times import Times, check_form
from longlag.report.style.console import say


def predict(
    model: Path,
    data: Data | None = None,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    reading: ReadingOptions = PLAIN,
) -> int:
    """Predictions of a model that `longlag learn` has saved: of the rows that come next.

    Without data, the next rows after those that the model has learned, up to its farthest horizon.
    With data, a line for each of more rows of its stream.

    Parameters
    ----------
    model
        the file of `longlag learn --save`
    data
        more rows, as a table of text, such as comma-separated values, or Parquet; "-" is standard
        input
    output
        write them to this file, not to standard output
    """
    read = {"the model": model} | ({} if data is None else {"the data": data})
    check_places(read, {"--output": output})
    saved = load(model)
    if data is None:
        if reading != PLAIN:
            raise InputError("options for the form of data need data: name them after the model")
        write_next_rows(saved, output)
        return 0
    with open_data(data, reading.wishes().over(saved.reading), saved.form) as source:
        reader, order = _opened(saved, source, reading)
        if lacking := reader.columns.lacking:
            says = "its last known value is kept"
            if saved.evaluation.question.horizon:
                alone = f"longlag predict {shlex.quote(str(model))}"
                says += f"; `{alone}` alone predicts the rows after the last one"
            say(f"{source.name} has no column {quoted(lacking[0])}: {says}.")
        calendar = saved.evaluation.calendar
        if saved.time and not reader.columns.time and calendar and calendar.parts:
            say(
                f"{source.name} has no column {quoted(saved.time)}: the model has learned from "
                "times, too, and takes these for unknown."
            )
        interrupted = _predict(saved, reader, order, output)
        if not reader.read and not interrupted:
            raise InputError(f"{source.name} has no rows below its first line")
        for line in _remarks(reader, order):
            say(line)
    return 130 if interrupted else 0


def _opened(saved: SavedStream, source: Source, reading: ReadingOptions) -> tuple[Reader, Order]:
    """The rows of a source as the model takes them, and the order of their times."""
    question = saved.evaluation.question
    timed = saved.time if has_times(source, saved.time) else None
    columns = Columns(
        question.targets[0] if len(question.targets) == 1 else as_list(question.targets),
        features=(*question.features, *question.categories),
        time=timed,
        classes=question.classify,
        categories=question.categories,
        group=saved.group,
        lacking=tuple(name for name in question.targets if name not in source.names),
    )
    if reading.sort and timed is None:
        raise InputError(_without_times(source.name, saved.time))
    reader = Reader(source, columns)
    if reading.time_format and timed:
        check_form(reading.time_format, reader.first_times(), timed)
    form = reading.time_format or saved.reading.time_format
    times = known_times(saved, form) if timed else None
    if reading.sort:
        reader = SortedReader(source, columns, times)
    return reader, Order(times or Times([]))


def _without_times(source: str, time: str | None) -> str:
    """Why rows cannot be sorted."""
    if time is None:
        return (
            "--sort needs times, and the model has learned none: leave it out, or learn with --time"
        )
    return (
        f"--sort needs the times of the model, {quoted(time)}, which {source} lacks: leave it out"
    )


def _predict(saved: SavedStream, reader: Reader, order: Order, output: Path | None) -> bool:
    """Write the predictions, and note the times; returns whether Ctrl-C has ended the work."""
    with Interrupts() as interrupts, ExitStack() as files:
        writer = None
        older = OlderRows(saved.evaluation, reader.source.name, saved.passed)
        unknown = UnknownGroups(saved.evaluation, reader.source.name)
        values = UnknownValues(saved.evaluation, reader.source.name, reader.categories)
        blocks = slices(values.noticed(unknown.noticed(older.noticed(reader))))
        for rows in interrupts.until_interrupted(blocks):
            if writer is None:
                if not interrupts.completes(saved.evaluation.compile):
                    break
                writer = _writer(saved, reader, output, files)
                if older.remark:
                    say(older.remark)
            order.add(range(rows.first, rows.first + len(rows.features)), rows.times or [])
            writer.add(answered(saved.evaluation, rows, learning=False))
            writer.flush()
        for line in [*([unknown.remark] if unknown.remark else []), *values.remarks]:
            say(line)
        return interrupts.interrupted


def _writer(
    saved: SavedStream, reader: Reader, output: Path | None, files: ExitStack
) -> PredictionWriter:
    """A writer to the output that finishes when the files are closed."""
    stream: Any = files.enter_context(creating(output)) if output else Lines(sys.stdout)
    # Lines of a pipe may be read while more of it is to come.
    waits = reader.source.file is not None and saved.group is not None
    names = {"time": reader.columns.time, "group": saved.group}
    writer = PredictionWriter(stream, saved.evaluation, targets=False, waits=waits, **names)
    files.callback(writer.finish)  # also where a row cannot be read
    return writer


def _remarks(reader: Reader, order: Order) -> list[str]:
    """What a person should know of the predictions."""
    lines = reader.remarks()
    if order.turned:
        row, text, form = order.turned
        lines.append(
            f"The model has learned the times of {quoted(reader.columns.time)} as "
            f"{order.times.form}, and {quoted(text)} in row {row:,} can only be {form}: write all "
            "times as the model has learned them."
        )
    elif order.unread:
        written = order.times.form or "ISO 8601, or as numbers"
        unread = f"{order.rows - order.read:,} of {counted(order.rows, 'time')}"
        lines.append(
            f"The model has learned the times of {quoted(reader.columns.time)} as {written}, and "
            f"{unread} cannot be read so, first {quoted(order.example)} in row {order.unread:,}: "
            "the model takes them for unknown."
        )
    return lines
