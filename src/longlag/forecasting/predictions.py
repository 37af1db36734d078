"""Predictions as comma-separated values, written while a stream is read."""

import csv
from collections.abc import Sequence
from typing import TextIO

import numpy as np

from longlag.forecasting.evaluation import Evaluation
from longlag.readers.sources import Rows


class PredictionWriter:
    """Writes a line for each row: its number, its time, and the prediction made there.

    With targets, a line also has the target that was predicted. The line is written when the
    target has come, `horizon` rows later; `finish` writes the lines whose target did not come.
    """

    def __init__(self, stream: TextIO, evaluation: Evaluation, time: str | None, targets: bool):
        self._stream, self._series = stream, evaluation.series
        self._timed, self._targets = time is not None, targets
        self._writer = csv.writer(stream, lineterminator="\n")
        self._held: list[list[str | int]] = []
        # The targets of the first rows were not predicted here.
        self._skip = evaluation.question.horizon
        self._writer.writerow(
            [
                "row",
                *([time] if self._timed else []),
                *evaluation.series.written,
                *(["target"] if targets else []),
            ]
        )

    def add(self, rows: Rows, answers: np.ndarray) -> None:
        """The answers given at these rows."""
        columns: list[Sequence[str | int]] = [range(rows.first, rows.first + len(rows.features))]
        if self._timed and rows.times is not None:
            columns.append(rows.times)
        columns += self._series.texts(answers)
        lines = [list(line) for line in zip(*columns, strict=True)]
        if self._targets:
            lines = self._matched(lines, rows.target)
        self._writer.writerows(lines)

    def flush(self) -> None:
        """Write out the lines so far, so that a reader of the file has them."""
        self._stream.flush()

    def finish(self) -> None:
        """Write the lines that wait for a target."""
        self._writer.writerows([*line, ""] for line in self._held)
        self._held = []
        self.flush()

    def _matched(self, lines: list, targets: np.ndarray | list[str]) -> list:
        """The lines whose targets stand in these rows, each with its own."""
        texts = self._series.target_texts(targets)
        skipped = min(self._skip, len(texts))
        self._skip, texts = self._skip - skipped, texts[skipped:]
        self._held += lines
        ready, self._held = self._held[: len(texts)], self._held[len(texts) :]
        return [[*line, text] for line, text in zip(ready, texts, strict=True)]
