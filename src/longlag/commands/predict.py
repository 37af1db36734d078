"""`longlag predict`: what a saved network says to more rows."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from longlag.commands.interrupts import Interrupts
from longlag.commands.new_file import creating
from longlag.commands.options import Data
from longlag.errors import InputError
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.resuming import SavedStream
from longlag.readers.open_source import open_source
from longlag.readers.sources import Columns, Reader


def predict(
    model: Path,
    data: Data,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Predictions of a model that `longlag learn` has saved, for more rows of its stream.

    Parameters
    ----------
    model
        the file of `longlag learn --save`
    data
        comma-separated values, or Parquet if the name ends in .parquet; "-" is standard input
    output
        write them to this file, not to standard output
    """
    saved = SavedStream.load(model)
    question = saved.evaluation.question
    with open_source(data) as source:
        target = question.target if question.target in source.names else None
        if target is None:
            _say(f"{source.name} has no column {question.target!r}: its last known value is kept.")
        timed = saved.time if saved.time in source.names else None
        reader = Reader(source, Columns(target, question.features, timed, question.classify))
        try:
            interrupted = _predict(saved, reader, output)
        except BrokenPipeError:  # who reads has read enough, such as `head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        if not reader.read and not interrupted:
            raise InputError(f"{source.name} has no rows below its first line")
        if source.cut:
            _say(f"{source.name} ends in the middle of a row, which was left out.")
    return 130 if interrupted else 0


def _predict(saved: SavedStream, reader: Reader, output: Path | None) -> bool:
    """Write the predictions; whether Ctrl-C has ended them."""
    with Interrupts() as interrupts, ExitStack() as files:
        writer = None
        for rows in interrupts.until_interrupted(reader):
            if writer is None:
                stream = files.enter_context(creating(output)) if output else sys.stdout
                time = reader.columns.time
                writer = PredictionWriter(stream, saved.evaluation, time, targets=False)
            writer.add(rows, saved.evaluation.step(rows, learning=False))
            writer.flush()
        return interrupts.interrupted


def _say(line: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(line))
