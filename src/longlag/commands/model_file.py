"""The file in which a model is kept while it learns, with its place in the stream."""

import time
from pathlib import Path

from longlag.fleet.groups_file import save
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.forecasting.learned_rows import Passed, Passing
from longlag.forecasting.resuming import SavedStream
from longlag.readers.form import Wishes
from longlag.readers.sources import Source

CHECKPOINT = 10.0  #: seconds between two times that the model is saved while it learns, at least
SHARE = 0.1  #: of the time may go into saving: a model of many groups takes long to write


class ModelFile:
    """Saves the model every `CHECKPOINT` seconds, or less often if it is large, and at the end."""

    def __init__(
        self,
        path: Path | None,
        timed: str | None,
        passed: Passed | None,
        wishes: Wishes,
        group: str | None,
    ):
        """Without a path nothing is saved. `passed` are the rows that the model learned before."""
        self.path = path
        self.saved = False
        self.rows = 0  #: of the data that are learned and saved, with those skipped
        self._timed, self._passed, self._wishes, self._group = timed, passed, wishes, group
        self._checked, self._wait = time.monotonic(), CHECKPOINT

    def save(
        self,
        evaluation: Evaluation | Groups | None,
        passing: Passing,
        source: Source,
        *,
        now: bool = True,
    ) -> None:
        """Save the model, if it has learned anything; unless `now`, only if it is time to."""
        start = time.monotonic()
        if not now and start - self._checked <= self._wait:
            return
        if self.path and evaluation and evaluation.taught:
            if passing.learned:  # else the model still stands where the last file left it
                self._passed = passing.so_far.state()
            self.rows = self._passed.rows if self._passed else 0
            question = evaluation.question
            needed = [*question.features, *question.categories] or [*question.targets]
            saved = SavedStream(
                evaluation,
                time=self._timed,
                passed=self._passed,
                reading=self._wishes,
                form=source.expected(needed),
                group=self._group,
            )
            save(self.path, saved)
            self.saved = True
        self._checked = time.monotonic()
        self._wait = max(CHECKPOINT, (1.0 - SHARE) / SHARE * (self._checked - start))
