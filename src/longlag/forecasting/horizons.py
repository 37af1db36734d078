"""The horizons of `longlag learn`, as people write them: 24, 1-24 or 1,6,24."""

import re
from collections.abc import Sequence

from longlag.errors import InputError
from longlag.quoting import quoted

FARTHEST = 100_000  #: rows ahead


def horizons_of(text: str) -> tuple[int, ...]:
    """The horizons in a text, growing; raises `InputError` for what is none.

    >>> horizons_of("1-3,6")
    (1, 2, 3, 6)
    """
    found: set[int] = set()
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(-?\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*", part)
        if not ends:
            raise InputError(
                "--horizon must be a whole number of rows, or several, as 1-24 or 1,6,24, got "
                f"{quoted(text)}"
            )
        first = int(ends[1])
        last = int(ends[2] or first)
        if not 0 <= first <= last <= FARTHEST:
            raise InputError(
                f"--horizon must be from 0 to {FARTHEST:,} rows, the nearest first, got "
                f"{quoted(text)}"
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def as_text(horizons: Sequence[int]) -> str:
    """Horizons as `horizons_of` reads them.

    >>> as_text([1, 2, 3]), as_text([1, 6, 24]), as_text([5])
    ('1-3', '1,6,24', '5')
    """
    first, last = horizons[0], horizons[-1]
    if len(horizons) > 1 and last - first + 1 == len(horizons):
        return f"{first}-{last}"
    return ",".join(map(str, horizons))
