"""`longlag learn`: a network that learns from a file or a pipe, judged while it learns."""

from longlag.commands.learn_options import LearnOptions, check, columns_of
from longlag.commands.learn_results import show
from longlag.commands.learning import Learning
from longlag.commands.model_times import known_times
from longlag.commands.options import Data
from longlag.commands.reading import PLAIN, ReadingOptions, open_data
from longlag.errors import InputError
from longlag.fleet.groups_file import load
from longlag.quoting import counted
from longlag.readers.sorting import SortedReader
from longlag.readers.sources import Reader
from longlag.readers.times import check_form
from longlag.report.style.console import say

DEFAULTS = LearnOptions()


def _needed(horizon: int, grouped: bool) -> str:
    """How many rows there must be, if that is not plain."""
    row = f"row {2 * horizon + 1:,}{' of a group' if grouped else ''}"
    return f": the network learns from {row} on" if horizon > 1 or grouped else ""


def learn(data: Data, *, options: LearnOptions = DEFAULTS, reading: ReadingOptions = PLAIN) -> int:
    """Learn from a file or a pipe of your own, predicting each target before it is learned.

    Parameters
    ----------
    data
        a table of text, such as comma-separated values, or Parquet; "-" is standard input
    """
    check(data, options)
    saved = load(options.resume) if options.resume else None
    columns = columns_of(options, saved)
    wishes = reading.wishes()
    if saved:
        wishes = wishes.over(saved.reading)
    for option, given in (("--sort", reading.sort), ("--time-format", reading.time_format)):
        if given and not columns.time:
            raise InputError(f"{option} is about a column of times: name it with --time")
    with open_data(data, wishes, saved.form if saved else None) as source:
        reader = Reader(source, columns)
        if reading.time_format and columns.time:
            check_form(reading.time_format, reader.first_times(), columns.time)
        times = known_times(saved, wishes.time_format)
        if reading.sort:
            reader = SortedReader(source, columns, times)
        learning = Learning(reader, options, saved, wishes, times)
        if saved and not options.as_json:
            say(f"{options.resume} has learned {counted(saved.evaluation.learned_rows, 'row')}.")
        learning.run()
    evaluation = learning.evaluation
    taught = learning.passing.learned and evaluation and evaluation.taught
    if learning.problem and not taught:
        raise learning.problem
    if evaluation is None:
        if learning.interrupted:
            raise KeyboardInterrupt
        nothing = InputError(f"{learning.reader.source.name} has no rows to learn from")
        raise learning.problem or nothing
    show(evaluation, learning)
    if learning.problem:
        raise learning.problem
    if learning.interrupted:
        return 130
    horizon, rows = evaluation.question.horizon, evaluation.learned_rows
    if options.save and not learning.file.saved:
        needed = _needed(horizon, learning.group is not None)
        raise InputError(
            f"there is no model in {options.save}: of {counted(rows, 'row')}, no target "
            f"was learned that came {counted(horizon, 'row')} later{needed}"
        )
    return 0
