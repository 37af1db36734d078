"""HTML pages from templates; inserted values are always text, never markup."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from longlag.quoting import printable


def templates() -> Environment:
    """The environment of all templates in the folder `report`."""
    return Environment(
        loader=PackageLoader("longlag", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return printable(value, kept="\n") if plain else value
