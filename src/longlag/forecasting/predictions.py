"""Predictions as comma-separated values, written while a stream is read."""

import csv
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, TextIO

import numpy as np

from longlag.forecasting.evaluation import Evaluation
from longlag.readers.sources import Rows


class Said(NamedTuple):
    """What was predicted at a row."""

    row: int  #: its number
    time: str  #: "" if it has none
    texts: list[tuple[str, ...]]  #: of each head, as they are written
    came: tuple[str, ...]  #: targets of the row


class Due(NamedTuple):
    """What a prediction is for."""

    target: str  #: "" if it has not come
    row: int
    time: str  #: "" if nobody knows


class PredictionWriter:
    """Writes a line for each row and each of the things predicted there.

    A line has the number and the time of the row, the target and the horizon if there are several,
    the prediction, and the number and the time of the row that it is for. With targets, it also has
    the target that was predicted. The line is written when the targets of its row have come, that
    is after the farthest horizon; `finish` writes the lines whose targets did not come.
    """

    def __init__(self, stream: TextIO, evaluation: Evaluation, time: str | None, targets: bool):
        self._stream, self._evaluation = stream, evaluation
        self._timed, self._targets = time is not None, targets
        self._writer = csv.writer(stream, lineterminator="\n")
        self._held: deque[Said] = deque()
        question = evaluation.question
        self._several = len(question.targets) > 1, len(question.horizons) > 1
        self._heads = evaluation.series.heads
        self._of_head = [question.targets.index(head.target) for head in self._heads]
        self._writer.writerow(
            [
                "row",
                *([time] if self._timed else []),
                *(["column"] if self._several[0] else []),
                *(["horizon"] if self._several[1] else []),
                *evaluation.series.written,
                *(["target"] if targets else []),
                "target_row",
                *(["target_time"] if self._timed else []),
            ]
        )

    def add(self, rows: Rows, answers: np.ndarray) -> None:
        """The answers given at these rows."""
        series = self._evaluation.series
        heads = [list(zip(*columns, strict=True)) for columns in series.texts(answers)]
        came = zip(*series.target_texts(rows.target), strict=True)
        times = rows.times if self._timed and rows.times else [""] * len(rows.features)
        for n, (time, targets) in enumerate(zip(times, came, strict=True)):
            said = Said(rows.first + n, time, [head[n] for head in heads], targets)
            self._held.append(said)
            if not self._targets or len(self._held) > self._evaluation.question.horizon:
                self._write_first()

    def add_next(self, last: int) -> None:
        """The latest prediction of each row after row number `last`, where the model stands."""
        horizons, times = self._evaluation.question.horizons, self._evaluation.times
        said = self._evaluation.series.texts(self._evaluation.pending.answers)
        for k in range(1, horizons[-1] + 1):
            nearest = next(n for n, horizon in enumerate(horizons) if horizon >= k)
            back = horizons[nearest] - k
            time = times.after(-back) if times else ""
            for n in range(nearest, len(said), len(horizons)):
                texts = tuple(column[-1 - back] for column in said[n])
                due = Due("", last + k, times.after(k) if times else "")
                if texts[0]:
                    self._write(last - back, time, n, texts, due)

    def flush(self) -> None:
        """Write out the lines so far, so that a reader of the file has them."""
        self._stream.flush()

    def finish(self) -> None:
        """Write the lines that wait for a target."""
        while self._held:
            self._write_first()
        self.flush()

    def _write_first(self) -> None:
        """The lines of the first row that is held, and of no other row any more."""
        said = self._held[0]
        for n, (target, texts) in enumerate(zip(self._of_head, said.texts, strict=True)):
            self._write(said.row, said.time, n, texts, self._due(n, target))
        self._held.popleft()

    def _due(self, head: int, target: int) -> Due:
        """The target of the first row that is held."""
        horizon, times = self._heads[head].horizon, self._evaluation.times
        said = self._held[0]
        if self._targets and horizon < len(self._held):
            there = self._held[horizon]
            return Due(there.came[target], there.row, there.time)
        time = ""
        if times and self._timed:
            still = horizon - len(self._held) + 1
            time = times.after(still) if self._targets else times.after(horizon, said.time)
        return Due("", said.row + horizon, time)

    def _write(self, row: int, time: str, head: int, texts: Sequence[str], due: Due) -> None:
        target, horizon = self._heads[head]
        self._writer.writerow(
            [
                row,
                *([time] if self._timed else []),
                *([target] if self._several[0] else []),
                *([horizon] if self._several[1] else []),
                *texts,
                *([due.target] if self._targets else []),
                due.row,
                *([due.time] if self._timed else []),
            ]
        )
