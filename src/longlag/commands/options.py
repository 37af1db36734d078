"""Options that several commands have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token


def whole(_: type, tokens: Sequence[Token]) -> int:
    """A whole number; cyclopts itself would round."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f'unable to convert "{tokens[0].value}" into int') from None


StorePath = Annotated[
    Path | None,
    Parameter(
        name="--store", help="where results are kept (default: your data folder, or $LONGLAG_STORE)"
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="print JSON instead of a table")]
#: "-" alone is no option, but standard input
Data = Annotated[str, Parameter(allow_leading_hyphen=True)]
