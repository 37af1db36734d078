"""`longlag predict`: what a saved network says to more rows."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from longlag.commands.options import Data
from longlag.commands.stream_files import creating, load_stream
from longlag.errors import InputError
from longlag.streams.interrupts import Interrupts
from longlag.streams.opening import open_source
from longlag.streams.predictions import PredictionWriter
from longlag.streams.sources import Reader


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
    saved = load_stream(model)
    source = open_source(data)
    question = saved.evaluation.question
    known = question.target in source.names
    timed = saved.time if saved.time in source.names else None
    reader = Reader(source, saved.columns(timed, target=known))
    say = Console(stderr=True, highlight=False, soft_wrap=True).print
    if not known:
        say(Text(f"{source.name} has no column {question.target!r}: its last known value is kept."))
    try:
        with Interrupts() as interrupts, ExitStack() as files:
            stream = files.enter_context(creating(output)) if output else sys.stdout
            writer = PredictionWriter(stream, saved.evaluation, timed, targets=False)
            for rows in interrupts.until_interrupted(reader):
                writer.add(rows, saved.evaluation.step(rows, learning=False))
                stream.flush()
    except BrokenPipeError:  # who reads has read enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if not reader.read:
        raise InputError(f"{source.name} has no rows below its first line")
    if source.cut:
        say(Text(f"{source.name} ends in the middle of a row, which was left out."))
    return 130 if interrupts.heard else 0
