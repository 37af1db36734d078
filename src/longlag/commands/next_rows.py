"""The predictions of the rows that come next, of which nothing is known yet."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from longlag.commands.new_file import creating
from longlag.commands.standard_streams import Lines
from longlag.errors import InputError
from longlag.forecasting.groups import Groups
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.resuming import SavedStream
from longlag.quoting import counted, quoted
from longlag.report.style.console import say


def write_next_rows(saved: SavedStream, output: Path | None) -> None:
    """Write them to a file, or to standard output.

    They were made when the last rows were learned. Raises `InputError` for a model that needs data.
    """
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
    known = any(times)
    if saved.time and not any(each and each.regular for each in times):
        why = "its rows keep no distance" if known else "the model does not know those of its rows"
        say(f"The targets have no times: {why}.")
    with ExitStack() as files:
        stream: Any = files.enter_context(creating(output)) if output else Lines(sys.stdout)
        timed = saved.time if known else None
        writer = PredictionWriter(stream, evaluation, timed, targets=False, group=saved.group)
        without = [
            group
            for group, each in streams.items()
            if not writer.add_next(group, each, each.learned_rows if last is None else last)
        ]
        writer.flush()
    if without:
        say(_nothing_said(without, len(streams)))


def _nothing_said(groups: Sequence[str], streams: int) -> str:
    """One line on the series without a prediction."""
    if streams == 1:
        return "There is no prediction: the model has learned from too few rows."
    count = f"{len(groups):,} of {counted(streams, 'group')}"
    return (
        f"There is no prediction for {count}, first {quoted(groups[0])}: the model has learned "
        "from too few of their rows."
    )
