"""Predictions as comma-separated values, written while a stream is read."""

import csv
from collections.abc import Sequence
from typing import TextIO

import numpy as np

from longlag.forecasting.evaluation import Evaluation
from longlag.readers.sources import Rows


class PredictionWriter:
    """Writes a line for each row: its number, its time, and the prediction made there.

    With targets, a line also has the target that was predicted, `horizon` rows later, and is
    written once that row is there; `finish` writes the lines whose target did not come.
    """

    def __init__(self, stream: TextIO, evaluation: Evaluation, time: str | None, targets: bool):
        self._stream, self._evaluation = stream, evaluation
        self._timed, self._targets = time is not None, targets
        self._writer = csv.writer(stream, lineterminator="\n")
        self._held: list[list[str | int]] = []
        # The targets of the first rows were not predicted here.
        self._skip = evaluation.question.horizon
        question = evaluation.question
        self._writer.writerow(
            [
                "row",
                *([time] if self._timed else []),
                "prediction",
                *(["probability"] if question.classify else []),
                *(["target"] if targets else []),
            ]
        )

    def add(self, rows: Rows, answers: np.ndarray) -> None:
        """The answers given at these rows."""
        columns: list[Sequence[str | int]] = [range(rows.first, rows.first + len(rows.features))]
        if self._timed and rows.times is not None:
            columns.append(rows.times)
        if self._evaluation.question.classify:
            columns += self._classes(answers)
        else:
            columns.append(_listed(answers))
        lines = [list(line) for line in zip(*columns, strict=True)]
        if self._targets:
            lines = self._matched(lines, rows.target)
        self._writer.writerows(lines)

    def flush(self) -> None:
        """Let what is written be read."""
        self._stream.flush()

    def finish(self) -> None:
        """Write what is held back."""
        self._writer.writerows([*line, ""] for line in self._held)
        self._held = []
        self.flush()

    def _matched(self, lines: list, target: np.ndarray | list[str] | None) -> list:
        """The lines whose targets stand in these rows, each with its own."""
        texts = _listed(target) if isinstance(target, np.ndarray) else list(target or ())
        skipped = min(self._skip, len(texts))
        self._skip, texts = self._skip - skipped, texts[skipped:]
        self._held += lines
        ready, self._held = self._held[: len(texts)], self._held[len(texts) :]
        return [[*line, text] for line, text in zip(ready, texts, strict=True)]

    def _classes(self, shares: np.ndarray) -> tuple[list[str], list[str]]:
        """The most probable classes, and their probabilities; nothing where there is no answer."""
        names = list(self._evaluation.known.classes)
        best = shares.max(axis=1, initial=0.0).tolist()
        codes = shares.argmax(axis=1) if len(names) else np.zeros(len(shares), int)
        return (
            [names[code] if share else "" for code, share in zip(codes, best, strict=True)],
            [repr(share) if share else "" for share in best],
        )


def _listed(numbers: np.ndarray) -> list[str]:
    """Numbers with all their digits; nothing for NaN."""
    return ["" if number != number else repr(number) for number in numbers.ravel().tolist()]
