"""What a person sees while models of users are trained on the ladder of lags."""

import time
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.text import Text

from longlag.experiments.judged import Judgement
from longlag.experiments.population import Job
from longlag.quoting import counted
from longlag.report.study.progress import duration
from longlag.report.style.console import LiveDisplay, say

FIRST_LINE = 15.0  #: seconds before the first line without a terminal: a network takes many


class JudgeDisplay(LiveDisplay):
    """One line. Call it after every trial that begins or ends."""

    def __init__(self, console: Console, seconds: float):
        """`seconds` are those that the work may take, or infinity."""
        super().__init__(console, first_line=FIRST_LINE)
        self._seconds, self._start = seconds, time.monotonic()

    def __call__(self, judgements: Sequence[Judgement], running: Collection[Job]) -> None:
        """Show where the models stand."""
        now = time.monotonic()
        if self._console.is_terminal:
            self._live.update(Text(self._text(judgements, running, now), overflow="ellipsis"))
        elif self._pace.due():
            say(self._text(judgements, running, now))

    def _text(self, judgements: Sequence[Judgement], running: Collection[Job], now: float) -> str:
        done = sum(len(each.records) for each in judgements)
        rows = dict.fromkeys(job.key.row for job in running)
        limit = "" if self._seconds == float("inf") else f" of {duration(self._seconds)}"
        where = "; ".join(rows)
        if not rows:
            left = any(not each.finished for each in judgements)
            where = "stopped" if left else "nothing left to run"
        elif now - self._start > self._seconds:
            where = f"the time is over, the last batches end: {where}"
        return f"{where}: {counted(done, 'network')} done, {duration(now - self._start)}{limit}"
