"""Predictions as comma-separated values, written while a stream is read."""

import csv
from collections import deque
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple, TextIO

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Answered, Groups
from longlag.forecasting.stream_view import StreamView
from longlag.writing import LineFeeds


class Prediction(NamedTuple):
    """What was predicted at a row."""

    row: int  #: its number
    time: str  #: "" if it has none
    texts: list[tuple[str, ...]]  #: of each head, as they are written
    came: tuple[str, ...]  #: targets of the row


class Due(NamedTuple):
    """What a prediction is for."""

    target: str  #: "" if it has not come
    row: int | str  #: "" if nobody knows
    time: str  #: "" if nobody knows


class PredictionWriter:
    """Writes a line for each row and each of the things predicted there.

    A line has the number and the time of the row, the target and the horizon if there are several,
    the prediction, and the number and the time of the row that it is for. With targets, it also has
    the target that was predicted. A line with a target waits until all targets of its row have
    come, that is for the farthest horizon; `finish` writes the lines whose targets did not come.
    Without targets, lines may wait as well: nobody can tell beforehand where in the data the next
    row of a group will be.
    """

    def __init__(
        self,
        stream: TextIO,
        evaluation: Evaluation | Groups,
        time: str | None,
        targets: bool,
        group: str | None = None,
        waits: bool = False,
    ):
        """`time` and `group` are names of columns; `waits` is about lines without targets.

        A column of the data that is called as one of ours gets what it holds behind its name.
        """
        self._stream, self._evaluation = stream, evaluation
        self._timed, self._targets, self._grouped = time is not None, targets, group is not None
        self._waits = targets or waits
        self._writer = csv.writer(LineFeeds(stream))
        self._held: dict[str, deque[Prediction]] = {}
        self._lines: list[tuple[int, list[str | int]]] = []
        question = evaluation.question
        self._several = len(question.targets) > 1, len(question.horizons) > 1
        self._heads = evaluation.series.heads
        self._of_head = [question.targets.index(head.target) for head in self._heads]
        several = zip(("column", "horizon"), self._several, strict=True)
        ours = [name for name, there in several if there]
        ours += [*evaluation.series.written, *(["target"] if targets else []), "target_row"]
        ours += ["target_time"] if self._timed else []
        given = [(time, "time")] if time is not None else []
        given += [(group, "group")] if group is not None else []
        theirs = [f"{name} ({kind})" if name in ("row", *ours) else name for name, kind in given]
        self._writer.writerow(["row", *theirs, *ours])

    def add(self, parts: Iterable[Answered]) -> None:
        """The answers given at the next rows."""
        for part in parts:
            self._add(part)
        # In the order of the rows that completed them, however the rows came.
        self._lines.sort(key=itemgetter(0))
        self._writer.writerows(line for _, line in self._lines)
        self._lines = []

    def _add(self, part: Answered) -> None:
        series, held = part.evaluation.series, self._held.setdefault(part.group, deque())
        heads = [list(zip(*columns, strict=True)) for columns in series.texts(part.answers)]
        came = zip(*series.target_texts(part.rows.target), strict=True)
        times = part.rows.times if self._timed and part.rows.times else [""] * len(part.numbers)
        for n, (row, time, targets) in enumerate(
            zip(part.numbers.tolist(), times, came, strict=True)
        ):
            held.append(Prediction(row, time, [head[n] for head in heads], targets))
            if not self._waits or len(held) > self._evaluation.question.horizon:
                self._write_first(part.group, part.evaluation, row)

    def add_next(self, group: str, evaluation: StreamView, last: int) -> bool:
        """The latest prediction of each row after the last one of a stream, of this number.

        Returns whether there is any.
        """
        written = False
        horizons, times = evaluation.question.horizons, evaluation.times
        said = evaluation.series.texts(evaluation.said)
        for k in range(1, horizons[-1] + 1):
            nearest = next(n for n, horizon in enumerate(horizons) if horizon >= k)
            back = horizons[nearest] - k
            time = times.before(back) if times else ""
            row = last - back if last > back else ""  # it stood in an earlier file
            for n in range(nearest, len(said), len(horizons)):
                texts = tuple(column[-1 - back] for column in said[n])
                due = Due("", last + k, times.after(k) if times else "")
                if texts[0]:
                    self._writer.writerow(self._line(row, time, group, n, texts, due))
                    written = True
        return written

    def flush(self) -> None:
        """Write out the lines so far, so that a reader of the file has them."""
        self._stream.flush()

    def finish(self) -> None:
        """Write the lines that wait."""
        for group, held in self._held.items():
            evaluation: StreamView
            if isinstance(self._evaluation, Groups):
                evaluation = self._evaluation.members[group]
            else:
                evaluation = self._evaluation
            while held:
                self._write_first(group, evaluation, held[0].row)
        self.add([])
        self.flush()

    def _write_first(self, group: str, evaluation: StreamView, row: int) -> None:
        """The lines of the first row of a group that is held, complete with a row."""
        said = self._held[group][0]
        for n, (target, texts) in enumerate(zip(self._of_head, said.texts, strict=True)):
            due = self._due(group, evaluation, n, target)
            self._lines.append((row, self._line(said.row, said.time, group, n, texts, due)))
        self._held[group].popleft()

    def _due(self, group: str, evaluation: StreamView, head: int, target: int) -> Due:
        """The target of the first row of a group that is held."""
        horizon, held, times = self._heads[head].horizon, self._held[group], evaluation.times
        if horizon < len(held):
            return Due(held[horizon].came[target], held[horizon].row, held[horizon].time)
        time = ""
        if times and self._timed:
            still = horizon - len(held) + 1
            time = times.after(still) if self._waits else times.after(horizon, held[0].time)
        return Due("", "" if self._grouped else held[0].row + horizon, time)

    def _line(
        self, row: int | str, time: str, group: str, head: int, texts: Sequence[str], due: Due
    ) -> list[str | int]:
        target, horizon = self._heads[head]
        return [
            row,
            *([time] if self._timed else []),
            *([group] if self._grouped else []),
            *([target] if self._several[0] else []),
            *([horizon] if self._several[1] else []),
            *texts,
            *([due.target] if self._targets else []),
            due.row,
            *([due.time] if self._timed else []),
        ]
