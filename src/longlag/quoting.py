"""Text from outside, made safe to show: names, labels, titles and paths are data.

A control character could move the cursor of a terminal, rename its window or forge a line, and a
name may be as long as a file. So whatever is shown goes through here, by way of `LonglagError` for
messages, of `longlag.report.style.console` for terminals, and of `longlag.report.style` for pages
and pictures.
"""

import math
from reprlib import Repr

QUOTED = 80  #: most characters of a quoted value
MESSAGE = 700  #: most characters of a message

_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = QUOTED


def printable(text: str, *, kept: str = "") -> str:
    r"""The text with a question mark for each character that cannot be printed, but for some.

    >>> printable("level\x1b[31m\n")
    'level?[31m?'
    """
    if text.translate(dict.fromkeys(map(ord, kept))).isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else "?" for c in text)


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def one_line(text: str, most: int = MESSAGE) -> str:
    """The text as one line that can be printed, its middle left out where it is too long."""
    return shortened(printable(text.replace("\n", " ")), most)


def shortened(text: str, most: int = QUOTED) -> str:
    """At most so many characters: the beginning and, as a remedy stands there, the end."""
    if len(text) <= most:
        return text
    end = (most - 3) // 3
    return f"{text[: most - 3 - end]}...{text[-end:]}"


def quoted(value: object) -> str:
    """A value as Python writes it, in at most `QUOTED` characters, whatever it is."""
    try:
        return shortened(_repr.repr(value))
    except ValueError:  # Python writes no whole numbers of more than some thousand digits
        if not isinstance(value, int):
            raise
        return f"a number of some {math.ceil(value.bit_length() * math.log10(2))} digits"
