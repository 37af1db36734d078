"""`longlag predict`: the predictions of a saved network for more rows."""

import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.interrupts import Interrupts
from longlag.commands.model_times import known_times
from longlag.commands.new_file import creating
from longlag.commands.older_rows import OlderRows
from longlag.commands.options import Data
from longlag.commands.places import check_places
from longlag.commands.reading import PLAIN, ReadingOptions, open_data
from longlag.commands.slices import slices
from longlag.commands.standard_streams import Lines
from longlag.commands.unknown_groups import UnknownGroups
from longlag.errors import InputError
from longlag.fleet.groups_file import load
from longlag.forecasting.groups import Groups, answered
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.resuming import SavedStream
from longlag.quoting import quoted
from longlag.readers.sorting import SortedReader
from longlag.readers.sources import Columns, Reader, as_list, has_times
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
        _forecast(saved, output)
        return 0
    question = saved.evaluation.question
    wishes = reading.wishes().over(saved.reading)
    with open_data(data, wishes, saved.form) as source:
        target = question.targets[0] if len(question.targets) == 1 else as_list(question.targets)
        lacking = tuple(name for name in question.targets if name not in source.names)
        if lacking:
            says = "its last known value is kept"
            if question.horizon:
                says += f"; `longlag predict {model}` alone predicts the rows after the last one"
            say(f"{source.name} has no column {quoted(lacking[0])}: {says}.")
        timed = saved.time if has_times(source, saved.time) else None
        features = (*question.features, *question.categories)
        columns = Columns(
            target,
            features,
            timed,
            question.classify,
            (),
            question.categories,
            saved.group,
            lacking,
        )
        if reading.sort and timed is None:
            raise InputError(_without_times(source.name, saved.time))
        reader = Reader(source, columns)
        if reading.time_format and timed:
            check_form(reading.time_format, reader.first_times(), timed)
        times = known_times(saved, wishes.time_format) if timed else None
        if reading.sort:
            reader = SortedReader(source, columns, times)
        order = Order(times or Times([]))
        interrupted = _predict(saved, reader, order, output)
        if order.turned:
            row, text, form = order.turned
            say(
                f"The model has learned the times of {quoted(timed)} as {order.times.form}, and "
                f"{quoted(text)} in row {row:,} can only be {form}: write all times as the model "
                "has learned them."
            )
        if not reader.read and not interrupted:
            raise InputError(f"{source.name} has no rows below its first line")
        if source.cut:
            say(f"{source.name} ends in the middle of a row, which was left out.")
    return 130 if interrupted else 0


def _without_times(source: str, time: str | None) -> str:
    """Why rows cannot be sorted."""
    if time is None:
        return (
            "--sort needs times, and the model has learned none: leave it out, or learn with --time"
        )
    return (
        f"--sort needs the times of the model, {quoted(time)}, which {source} lacks: leave it out"
    )


def _forecast(saved: SavedStream, output: Path | None) -> None:
    """Write the predictions of the next rows, which were made when the last rows were learned."""
    evaluation = saved.evaluation
    if not evaluation.question.horizon:
        raise InputError(
            "a model of --horizon 0 predicts a row from its other columns: name the data"
        )
    streams = {"": evaluation}
    last = saved.passed.rows if saved.passed else evaluation.learned_rows
    if isinstance(evaluation, Groups):
        streams, last = evaluation.members, None  # nobody knows where the rows of a group stood
    times = [stream.times for stream in streams.values()]
    known = any(each and each.spacing for each in times)
    if saved.time and not known:
        why = "its rows keep no distance" if any(times) else "the model does not know them"
        say(f"The predictions have no times: {why}.")
    with ExitStack() as files:
        stream: Any = files.enter_context(creating(output)) if output else Lines(sys.stdout)
        timed = saved.time if known else None
        writer = PredictionWriter(stream, evaluation, timed, targets=False, group=saved.group)
        for group, each in streams.items():
            writer.add_next(group, each, each.learned_rows if last is None else last)
        writer.flush()


def _predict(saved: SavedStream, reader: Reader, order: Order, output: Path | None) -> bool:
    """Write the predictions, and note the times; returns whether Ctrl-C has ended the work."""
    with Interrupts() as interrupts, ExitStack() as files:
        writer = None
        older = OlderRows(saved.evaluation, reader.source.name, saved.passed)
        unknown = UnknownGroups(saved.evaluation, reader.source.name)
        blocks = slices(unknown.noticed(older.noticed(reader)))
        for rows in interrupts.until_interrupted(blocks):
            if writer is None:
                with suppress(KeyboardInterrupt), interrupts.at_once():
                    saved.evaluation.compile()
                if interrupts.interrupted:
                    break
                stream: Any = files.enter_context(creating(output)) if output else Lines(sys.stdout)
                time = reader.columns.time
                if older.remark:
                    say(older.remark)
                names = {"time": time, "group": saved.group}
                writer = PredictionWriter(stream, saved.evaluation, targets=False, **names)
            order.add(range(rows.first, rows.first + len(rows.features)), rows.times or [])
            writer.add(answered(saved.evaluation, rows, learning=False))
            writer.flush()
        if unknown.remark:
            say(unknown.remark)
        return interrupts.interrupted
