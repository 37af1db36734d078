"""Sources in words, from their BibTeX entries."""

import re
from dataclasses import dataclass

from longlag.citations import entries
from longlag.registry import look_up


@dataclass(frozen=True)
class Reference:
    """A source as a report prints it."""

    text: str  #: authors, year, title, journal
    doi: str | None = None


def reference(key: str) -> Reference:
    """The source of that key of `longlag.citation`, or an `InputError` with a suggestion.

    >>> reference("hochreiter1996").text
    'Hochreiter, Sepp; Schmidhuber, Jürgen (1996): LSTM can Solve Hard Long Time Lag Problems. Advances in Neural Information Processing Systems 9.'
    """  # noqa: E501
    entry = look_up("citation", key, entries())
    fields = {name: _plain(value) for name, value in re.findall(r"(\w+)\s*= \{(.*)\}", entry)}
    where = fields.get("journal") or fields.get("booktitle") or ""
    volume = f" {fields['volume']}" if "volume" in fields else ""
    text = f"{fields['author'].replace(' and ', '; ')} ({fields['year']}): {fields['title']}."
    return Reference(f"{text} {where}{volume}.".strip(), fields.get("doi"))


def known_reference(key: str) -> Reference | None:
    """The source of that key; None for a key of the user's own."""
    return reference(key) if key in entries() else None


def _plain(latex: str) -> str:
    for code, letter in (('{\\"u}', "ü"), ('{\\"o}', "ö"), ('{\\"a}', "ä"), ("--", "\N{EN DASH}")):
        latex = latex.replace(code, letter)
    return latex.replace("{", "").replace("}", "").replace("\\", "")
