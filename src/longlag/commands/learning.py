"""One run of `longlag learn`: rows are predicted, learned and written down, until the data end."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from longlag.commands import group_cost
from longlag.commands.interrupts import Interrupts
from longlag.commands.learn_options import OF_A_NEW_MODEL, LearnOptions
from longlag.commands.model_file import ModelFile
from longlag.commands.new_file import creating
from longlag.commands.older_rows import OlderRows
from longlag.commands.slices import slices
from longlag.commands.unusual_numbers import UnusualNumbers
from longlag.errors import InputError
from longlag.fleet.choosing import fleet_groups, why_no_fleet
from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Answered, Groups, Start, answered
from longlag.forecasting.horizons import horizons_of
from longlag.forecasting.learned_rows import Passing
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.question import Question
from longlag.forecasting.resuming import SavedStream
from longlag.forecasting.target_times import TargetTimes
from longlag.readers.form import Wishes
from longlag.readers.sources import Reader, Rows
from longlag.readers.time_order import Order
from longlag.readers.times import Times
from longlag.report.style.console import progress, say


class Learning:
    """A model, the data that it learns from, and how far it has come in them."""

    def __init__(
        self,
        reader: Reader,
        options: LearnOptions,
        saved: SavedStream | None,
        wishes: Wishes,
        times: Times | None,
    ):
        """`times` says how times are written; with None, the first rows tell."""
        self.reader, self.options = reader, options
        self.evaluation = saved.evaluation if saved else None
        self.timed = options.time or (saved.time if saved else None)
        self.group = options.group or (saved.group if saved else None)
        self.orders: dict[str, Order] = {}
        self._times = times
        learned = saved.passed if saved else None
        self.passing = Passing(reader.source.name, options.skip, learned)
        self.file = ModelFile(options.save, self.timed, learned, wishes, self.group)
        self.older = OlderRows(self.evaluation, reader.source.name)
        self.unusual = UnusualNumbers(reader)
        self.problem: InputError | None = None  #: why the data were not read to their end
        self.interrupted = False
        self.seconds = 0.0

    @property
    def finished(self) -> bool:
        """Whether the data were read to their end, and all of their rows learned."""
        return not (self.interrupted or self.problem)

    def run(self) -> None:
        """Learn until the data end, until Ctrl-C, or until a row cannot be read or learned."""
        from longlag.report.stream.terminal import StreamDisplay

        start = time.monotonic()
        evaluation, writer = None, None
        with (
            StreamDisplay(progress()) as display,
            Interrupts() as interrupts,
            ExitStack() as files,
        ):
            for rows in interrupts.until_interrupted(self._rows()):
                if evaluation is None:
                    evaluation = self._compiled(interrupts)
                    if evaluation is None:
                        break
                    self.evaluation = evaluation
                    if path := self.options.predictions:
                        stream = files.enter_context(creating(path))
                        writer = PredictionWriter(
                            stream, evaluation, self.timed, targets=True, group=self.group
                        )
                try:
                    parts = answered(evaluation, rows)
                except InputError as error:  # these rows were not learned; the model is saved
                    self.problem = error
                    break
                self.passing.so_far.add(rows)
                self.unusual.add(rows)
                for part in parts if self.timed else ():
                    self._note_times(part)
                if writer:
                    writer.add(parts)
                display(evaluation, self.reader.share(self.passing.so_far.rows))
                self.file.save(evaluation, self.passing, self.reader.source, now=False)
            self.interrupted = interrupts.interrupted
            if writer:
                writer.finish()
            self.file.save(self.evaluation, self.passing, self.reader.source)
        self.seconds = time.monotonic() - start

    def _compiled(self, interrupts: Interrupts) -> Evaluation | Groups | None:
        """The model, a new one if there is none, ready to learn; None if Ctrl-C came meanwhile."""
        evaluation = self.evaluation or self._begin()
        if not interrupts.completes(evaluation.compile):
            return None
        if self.timed and isinstance(evaluation, Evaluation):
            self._tell_times(evaluation)
        return evaluation

    def _rows(self) -> Iterator[Rows]:
        """The rows to learn from; keeps the error that ends the rows too early."""
        try:
            yield from slices(self.older.noticed(self.passing.rest(self.reader)))
        except InputError as error:
            self.problem = error

    def _tell_times(self, evaluation: Evaluation) -> None:
        """Let a stream keep its latest times, and the errors by their hours for the page."""
        times = self._written()
        if evaluation.times is None:  # a model of an earlier version
            evaluation.times = TargetTimes(times)
        if self.options.report:
            evaluation.by_clock = ErrorsByClock(times, len(evaluation.series.predictors))

    def _written(self) -> Times:
        """How times are written."""
        if self._times is None:
            self._times = self.reader.times()
        return self._times

    def _note_times(self, part: Answered) -> None:
        """Whether the rows of each series run forwards in time."""
        if part.group not in self.orders:
            self.orders[part.group] = Order(self._written())
        self.orders[part.group].add(part.numbers.tolist(), part.rows.times or [])

    def _begin(self) -> Evaluation | Groups:
        """A new model for the features of the data."""
        options = self.options
        question = Question(
            targets=tuple(self.reader.targets),
            features=self.reader.features or (),
            horizons=(1,) if options.horizon is None else horizons_of(options.horizon),
            classify=options.classify,
            categories=self.reader.categories,
            interval=options.interval,
        )
        given = {name: getattr(options, name) for name in OF_A_NEW_MODEL}
        parameters = {name: value for name, value in given.items() if value is not None}
        start = Start(question, parameters)
        if self.timed:
            times = self._written()
            start = Start(
                question,
                parameters,
                timed=True,
                form=times.form,
                given=times.given,
                calendar=not options.no_calendar,
            )
        if not self.group:
            return start.evaluation()
        if cost := group_cost.remark(question):
            say(cost)
        if options.per_group:
            why = why_no_fleet(question)
            if why is None:
                return fleet_groups(start)
            say(why)
        return Groups(start, shared=not options.per_group)
