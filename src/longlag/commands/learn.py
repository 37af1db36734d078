"""`longlag learn`: a network that learns from a file or a pipe, judged while it learns."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from longlag.commands.interrupts import Interrupts
from longlag.commands.new_file import creating
from longlag.commands.options import Data, Json, rows_or_auto, whole
from longlag.commands.places import check_places
from longlag.commands.reading import PLAIN, ReadingOptions, open_data
from longlag.commands.slices import slices
from longlag.errors import InputError, check_whole
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.forecasting.passed import Passing
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.resuming import SavedStream
from longlag.quoting import quoted
from longlag.readers.form import Wishes
from longlag.readers.sorting import SortedReader
from longlag.readers.sources import Columns, Reader, Rows
from longlag.readers.time_order import Order
from longlag.report.style.console import progress, results, say

OF_A_NEW_MODEL = ("cells", "cell", "rate", "seed")  #: options that are parameters of its network

MANY = 100  #: classes that are remarked on
CHECKPOINT = 10.0  #: seconds between two times that the model is saved while it learns


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """What to predict, with which network, and what to keep."""

    target: Annotated[str | None, Parameter(help="the column to predict")] = None
    features: Annotated[
        str | None,
        Parameter(help="columns to predict from, as a,b,c (default: all others)"),
    ] = None
    exclude: Annotated[str | None, Parameter(help="columns not to predict from, as a,b,c")] = None
    categories: Annotated[
        str | None,
        Parameter(help="columns that are categories, whatever they hold (default: those of texts)"),
    ] = None
    time: Annotated[str | None, Parameter(help="the column of times, which is no feature")] = None
    horizon: Annotated[
        int | None, Parameter(converter=whole, help="rows ahead to predict (default: 1)")
    ] = None
    classify: Annotated[bool, Parameter(negative=(), help="the target is a class")] = False
    cells: Annotated[
        int | None, Parameter(converter=whole, help="cells of the network (default: 32)")
    ] = None
    cell: Annotated[str | None, Parameter(help="kind of these cells (default: memory)")] = None
    rate: Annotated[float | None, Parameter(help="learning rate")] = None
    seed: Annotated[
        int | None, Parameter(converter=whole, help="seed of the network (default: 0)")
    ] = None
    save: Annotated[Path | None, Parameter(help="keep the model in this file")] = None
    resume: Annotated[Path | None, Parameter(help="go on with the model of this file")] = None
    skip: Annotated[
        int | None,
        Parameter(
            converter=rows_or_auto,
            help="pass over this many rows, learned before (default: auto, those that the model "
            "of --resume has learned, if this file begins with them)",
        ),
    ] = None
    predictions: Annotated[Path | None, Parameter(help="write all predictions, as CSV")] = None
    report: Annotated[Path | None, Parameter(help="write a page with pictures, as HTML")] = None
    as_json: Json = False


DEFAULTS = LearnOptions()


def learn(data: Data, *, options: LearnOptions = DEFAULTS, reading: ReadingOptions = PLAIN) -> int:
    """Learn from a file or a pipe of your own, predicting each target before it is learned.

    Parameters
    ----------
    data
        a table of text, such as comma-separated values, or Parquet; "-" is standard input
    """
    _check(data, options)
    saved = SavedStream.load(options.resume) if options.resume else None
    columns = _columns(options, saved)
    wishes = reading.wishes()
    if saved:
        wishes = wishes.over(saved.reading)
    if reading.sort and not columns.time:
        raise InputError("--sort puts rows in the order of a column: name it with --time")
    with open_data(data, wishes, saved.form if saved else None) as source:
        if reading.sort:
            reader = SortedReader(source, columns, wishes.time_format)
        else:
            reader = Reader(source, columns)
        learning = _Learning(reader, options, saved, wishes)
        if saved and not options.as_json:
            say(f"{options.resume} has learned {saved.evaluation.pending.rows:,} rows.")
        learning.run()
    evaluation = learning.evaluation
    taught = learning.learned and evaluation and evaluation.pending.taught
    if learning.problem and not taught:
        raise learning.problem
    if evaluation is None:
        if learning.interrupted:
            raise KeyboardInterrupt
        nothing = InputError(f"{learning.reader.source.name} has no rows to learn from")
        raise learning.problem or nothing
    _show(evaluation, learning, options)
    if learning.problem:
        raise learning.problem
    return 130 if learning.interrupted else 0


class _Learning:
    """One run of the command."""

    def __init__(
        self, reader: Reader, options: LearnOptions, saved: SavedStream | None, wishes: Wishes
    ):
        self.reader, self.options, self.wishes = reader, options, wishes
        self.evaluation = saved.evaluation if saved else None
        self.timed = options.time or (saved.time if saved else None)
        self.order = Order(wishes.time_format)
        name, learned = reader.source.name, saved.passed if saved else None
        self.passing = Passing(name, options.skip, learned)
        self._passed = learned
        self.problem: InputError | None = None  #: why the data were not read to their end
        self.interrupted = False
        self.seconds = 0.0
        self.kept = 0  #: rows of the data that are learned and saved, with those skipped

    @property
    def learned(self) -> int:
        """Rows of the data that were learned in this run."""
        return self.passing.learned

    def run(self) -> None:
        """Learn, to the end of the data, to Ctrl-C, or to what cannot be read or written."""
        from longlag.report.stream.terminal import StreamDisplay

        start = checkpoint = time.monotonic()
        writer, compiled = None, False
        with (
            StreamDisplay(progress()) as display,
            Interrupts() as interrupts,
            ExitStack() as files,
        ):
            for rows in interrupts.until_interrupted(self._rows()):
                evaluation = self.evaluation or self._begin()
                if not compiled:
                    with suppress(KeyboardInterrupt), interrupts.at_once():
                        evaluation.model.compile()
                    if interrupts.interrupted:
                        break
                    compiled = True
                self.evaluation = evaluation
                if writer is None and self.options.predictions:
                    stream = files.enter_context(creating(self.options.predictions))
                    writer = PredictionWriter(stream, evaluation, self.timed, targets=True)
                try:
                    answers = evaluation.step(rows)
                except InputError as error:  # of rows that were not taken: what was, is saved
                    self.problem = error
                    break
                self.passing.so_far.add(rows)
                if rows.times:
                    self.order.add(rows.first, rows.times)
                if writer:
                    writer.add(rows, answers)
                display(evaluation)
                if time.monotonic() - checkpoint > CHECKPOINT:
                    self._save()
                    checkpoint = time.monotonic()
            self.interrupted = interrupts.interrupted
            if writer:
                writer.finish()
            self._save()
        self.seconds = time.monotonic() - start

    def _rows(self) -> Iterator[Rows]:
        """The rows to learn from; keeps what ends them before their time."""
        try:
            yield from slices(self.passing.rest(self.reader))
        except InputError as error:
            self.problem = error

    def _begin(self) -> Evaluation:
        """A new model, for the features that the data turned out to have."""
        options = self.options
        question = Question(
            self.reader.columns.target or "",
            self.reader.features or (),
            1 if options.horizon is None else options.horizon,
            options.classify,
            self.reader.categories,
        )
        given = {name: getattr(options, name) for name in OF_A_NEW_MODEL}
        parameters = {name: value for name, value in given.items() if value is not None}
        return Evaluation(question, question.kind.estimator(**parameters))

    def _save(self) -> None:
        if self.options.save and self.evaluation and self.evaluation.pending.taught:
            if self.learned:  # else the model still stands where the last file left it
                self._passed = self.passing.so_far.state()
            self.kept = self._passed.rows if self._passed else 0
            question = self.evaluation.question
            needed = [*question.features, *question.categories] or [question.target]
            form = self.reader.source.expected(needed)
            saved = SavedStream(self.evaluation, self.timed, self._passed, self.wishes, form)
            saved.save(self.options.save)


def _check(data: str, options: LearnOptions) -> None:
    """Refuse at once what could only be refused after some or all of the work."""
    if options.skip is not None:
        check_whole("--skip", options.skip, 0)
    written = {"--predictions": options.predictions, "--report": options.report}
    check_places({"the data": data}, {"--save": options.save} | written)
    check_places({"--resume": options.resume}, written)  # --save may replace what it resumes
    for path in (options.save, options.predictions, options.report):
        if path and (path.is_dir() or not path.parent.is_dir()):
            raise InputError(f"cannot write {path}: name a file in a folder that is there")


def _columns(options: LearnOptions, saved: SavedStream | None) -> Columns:
    """What the options say, or the saved model; raises `InputError` where these differ."""
    features, exclude = _listed(options.features), _listed(options.exclude) or ()
    categories = _listed(options.categories)
    if features is not None:
        if options.target in features:
            raise InputError(
                f"--features must not name the target {quoted(options.target)}: its last known "
                "value is "
                "a feature anyway"
            )
        if len(set(features)) < len(features):
            raise InputError(
                f"--features must be different columns, got {quoted(options.features)}"
            )
    if saved is None:
        if options.target is None:
            raise InputError("name the column to predict: --target NAME")
        if features is not None and categories is not None:
            features = tuple(dict.fromkeys([*features, *categories]))
        return Columns(
            options.target, features, options.time, options.classify, exclude, categories
        )
    question = saved.evaluation.question
    before = (*question.features, *question.categories)
    for name, given, known in (
        ("--target", options.target, question.target),
        ("--features", features and sorted(features), sorted(before)),
        ("--horizon", options.horizon, question.horizon),
        ("--classify", options.classify or None, question.classify),
    ):
        if given is not None and given != known:
            raise InputError(
                f"{name} is another than that of {options.resume}, {quoted(known)}: leave it "
                "out, or "
                "begin a new model"
            )
    for name in (*OF_A_NEW_MODEL, "exclude", "categories"):
        if getattr(options, name) is not None:
            raise InputError(f"--{name} is that of a new model: leave it out with --resume")
    time = options.time or saved.time
    return Columns(question.target, before, time, question.classify, categories=question.categories)


def _listed(names: str | None) -> tuple[str, ...] | None:
    """The names in a list with commas, None if there is no list."""
    return None if names is None else tuple(name.strip() for name in names.split(","))


def _show(evaluation: Evaluation, learning: _Learning, options: LearnOptions) -> None:
    from longlag.report.stream.terminal import remarks, score_table

    if options.as_json:
        print(json.dumps(_as_json(evaluation, learning), indent=1))
    else:
        out = results()
        out.print(score_table(evaluation))
        out.print(Text(f"\n{remarks(evaluation)}"))
    for line in _remarks(learning):
        say(line)
    if options.report:
        from longlag.report.provenance import provenance
        from longlag.report.stream.page import write_stream_page

        write_stream_page(options.report, evaluation, provenance())
        say(f"The page is in {options.report}.")


def _remarks(learning: _Learning) -> list[str]:
    """What a person should know besides the scores."""
    options, reader = learning.options, learning.reader
    lines = []
    if skipped := learning.passing.skipped:
        new = "" if learning.learned else ", and there are no others"
        lines.append(
            f"The first {skipped:,} rows of {reader.source.name} were passed over: they were "
            f"learned before{new}."
        )
    classes = learning.evaluation.series.classes if learning.evaluation else []
    if len(classes) > MANY:
        lines.append(
            f"The target has {len(classes):,} classes, and each row costs a time that grows with "
            "them: is it a name or a number for each row?"
        )
    if reader.left_out:
        names = ", ".join(f"{quoted(name)} ({why})" for name, why in reader.left_out.items())
        lines.append(f"Left out: {names}.")
    if reader.categories and learning.evaluation:
        names = ", ".join(map(quoted, reader.categories))
        count = len(learning.evaluation.categories.values)
        lines.append(f"Taken as categories, with {count} inputs: {names}.")
    if reader.source.cut:
        lines.append(f"{reader.source.name} ends in the middle of a row, which was left out.")
    if learning.timed and (said := learning.order.remark(quoted(learning.timed))):
        lines.append(said)
    if options.save:
        lines.append(
            f"The model is in {options.save}."
            if learning.kept
            else "Nothing was learned that could be saved."
        )
    if learning.interrupted:
        how = "nothing was saved"
        if options.save and learning.kept:
            how = f"to go on: --resume {options.save} --skip {learning.kept}"
        lines.append(f"Interrupted after row {learning.passing.so_far.rows:,}; {how}.")
    return lines


def _as_json(evaluation: Evaluation, learning: _Learning) -> dict[str, Any]:
    question, series = evaluation.question, evaluation.series
    scores = zip(series.predictors, series.table(), strict=True)
    return {
        "target": question.target,
        "features": list(question.features),
        "categories": list(question.categories),
        "horizon": question.horizon,
        "classes": series.classes if question.classify else None,
        "rows": evaluation.rows,
        "judged": series.judged,
        "missing_features": evaluation.missing_features,
        "missing_targets": evaluation.missing_targets,
        "skipped": learning.passing.skipped,
        "cut": learning.reader.source.cut,
        "interrupted": learning.interrupted,
        "seconds": round(learning.seconds, 3),
        "scores": [{"predictor": name, **row} for name, row in scores],
    }
