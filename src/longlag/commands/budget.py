"""A budget on the command line: a number for each trial, or a time for the whole run."""

import re

from longlag.errors import InputError
from longlag.quoting import quoted

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def parse_budget(text: str, usual: int, unit: str) -> tuple[int, float]:
    """What a trial may take, `usual` if the text is a time; and the seconds of the run.

    `unit` says what the number counts, such as "network steps". Raises `InputError`.
    """
    found = re.fullmatch(r"([0-9][0-9_]*\.?[0-9]*(?:[eE]\+?[0-9]+)?)\s*(s|min|h)?", text.strip())
    if not found or not 0 < float(found[1]) < 1e15:
        raise InputError(
            f"--budget must be a number of {unit} such as 2e7, or a time such as 90s, 10min "
            f"or 2h, got {quoted(text)}"
        )
    number, of_time = float(found[1]), found[2]
    if of_time:
        return usual, number * _SECONDS[of_time]
    return max(1, round(number)), float("inf")
