"""A budget on the command line: a number for each trial, or a time for the whole run."""

import math
import re
import time
from collections.abc import Callable

from longlag.errors import InputError
from longlag.experiments.study import Study
from longlag.quoting import quoted
from longlag.report.style.console import say

_BUDGET = re.compile(r"([0-9]+(?:_[0-9]+)*\.?[0-9]*(?:[eE]\+?[0-9]+)?)\s*(s|min|h)?")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def parse_budget(text: str, usual: int, unit: str) -> tuple[int, float]:
    """What a trial may take, `usual` if the text is a time; and the seconds of the run.

    `unit` says what the number counts, such as "network steps". Raises `InputError`.
    """
    found = _BUDGET.fullmatch(text.strip())
    if not found or not 0 < float(found[1]) < 1e15:
        raise InputError(
            f"--budget must be a number of {unit} such as 2e7, or a time such as 90s, 10min "
            f"or 2h, got {quoted(text)}"
        )
    number, of_time = float(found[1]), found[2]
    if of_time:
        return usual, number * _SECONDS[of_time]
    return max(1, round(number)), math.inf


def after(seconds: float) -> Callable[[], bool]:
    """over(): whether so many seconds have passed since this call."""
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


def until(over: Callable[[], bool], display: Callable[[Study], None]) -> Callable[[Study], None]:
    """`progress` for a study: shows it, and ends it once its time is over."""

    def look(study: Study) -> None:
        display(study)
        if over():
            study.interrupt()

    return look


def say_unfinished(unfinished: int, of: str, *, stored: bool) -> None:
    """Say how many are unfinished, if any are, and what runs them; `of` is such as "20 cells"."""
    if unfinished:
        same = "the same command without --stored" if stored else "the same command"
        say(f"{unfinished} of {of} are unfinished; {same} runs them.")


def exit_status(unfinished: int, seconds: float, *, stored: bool) -> int:
    """That of Ctrl-C if something is unfinished which neither a time nor `--stored` explains."""
    return 130 if unfinished and not stored and seconds == math.inf else 0
