"""Texts that hide numbers in a notation that means one thing here and another thing there."""

import re
from collections.abc import Sequence

from longlag.quoting import quoted
from longlag.readers.durations import seconds_in

_BYTES = re.compile(r"\d[\d.,]* ?(?:[kKMGTP]i?[Bb]?|[Bb](?:ytes?)?)")
_CLOCK = re.compile(r"\d{1,3}:[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?")  # or minutes and seconds
_UNIT = re.compile(r"[\d.,\s-]+")


def hidden_numbers(given: Sequence[str]) -> str:
    """What the texts of a column may be, and what to do; "" for texts that hide no numbers.

    `given` are those of a column of texts, without the missing ones.

    >>> hidden_numbers(["512 MB", "1.5 GB"])
    "numbers beside several units, such as '512 MB' and '1.5 GB': write them in one unit"
    >>> hidden_numbers(["35:20", "34:10"])
    "clocks or durations, such as '35:20': write durations in seconds"
    >>> hidden_numbers(["45m", "30m"])
    "numbers beside 'm', such as '45m': leave the unit out"
    >>> hidden_numbers(["4G", "5G"]), hidden_numbers(["5 m", "A"])
    ('', '')
    """
    if not given:
        return ""
    if all(map(_CLOCK.fullmatch, given)):
        return f"clocks or durations, such as {quoted(given[0])}: write durations in seconds"
    if not all(map(_BYTES.fullmatch, given)) and any(seconds_in(text) is None for text in given):
        return ""
    units = [_UNIT.sub("", text) for text in given]
    other = next((text for text, unit in zip(given, units, strict=True) if unit != units[0]), "")
    if not other:
        alone = f"numbers beside {quoted(units[0])}, such as {quoted(given[0])}: leave the unit out"
        return alone if units[0] not in "kKMGTP" else ""  # 4G and 5G are names
    both = f"{quoted(given[0])} and {quoted(other)}"
    return f"numbers beside several units, such as {both}: write them in one unit"
