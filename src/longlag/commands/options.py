"""Options that several commands have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token

from longlag.quoting import shortened


def whole(_: type, tokens: Sequence[Token]) -> int:
    """A whole number; cyclopts itself would round."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        raise ValueError(f'it must be a whole number, got "{shortened(text)}"') from None


def wholes(_: type, tokens: Sequence[Token]) -> tuple[int, ...]:
    """Whole numbers; see `whole`."""
    return tuple(whole(int, [token]) for token in tokens)


def rows_or_auto(_: type, tokens: Sequence[Token]) -> int | None:
    """A number of rows, None for "auto"."""
    return None if tokens[0].value == "auto" else whole(int, tokens)


SEVERAL = 1  #: `consume_multiple` of an option that takes several values: at least one

StorePath = Annotated[
    Path | None,
    Parameter(
        name="--store", help="where results are kept (default: your data folder, or $LONGLAG_STORE)"
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="print JSON instead of a table")]
Stored = Annotated[
    bool,
    Parameter(
        name="--stored",
        negative=(),
        help="run nothing: show what the store has, while another command runs, too",
    ),
]
#: "-" alone is no option, but standard input
Data = Annotated[str, Parameter(allow_leading_hyphen=True)]
