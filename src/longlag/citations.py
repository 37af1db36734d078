"""BibTeX entries of the tasks, learners, update rules and experiments that were used."""

import re
from functools import cache
from importlib import resources
from typing import Any

from longlag.errors import InputError
from longlag.experiments.files import catalogue
from longlag.learners import learners
from longlag.registry import look_up
from longlag.rules import rules
from longlag.tasks import tasks


def citation(*used: object) -> str:
    """The BibTeX entries of everything used, each once, in the order of use.

    Each of `used` is a BibTeX key, the name of a task, learner, update rule or published
    experiment, or an object with an attribute `citation`. Raises `InputError` for an unknown name.

    >>> print(citation("hochreiter1996"))
    @inproceedings{hochreiter1996,
      author    = {Hochreiter, Sepp and Schmidhuber, J{\\"u}rgen},
      title     = {{LSTM} can Solve Hard Long Time Lag Problems},
      booktitle = {Advances in Neural Information Processing Systems 9},
      pages     = {473--479},
      year      = {1996}
    }
    """
    keys = [key for thing in used for key in _keys(thing)]
    return "\n\n".join(look_up("citation", key, entries()) for key in dict.fromkeys(keys))


@cache
def entries() -> dict[str, str]:
    """Every entry of the library, by key."""
    text = resources.files("longlag").joinpath("citations.bib").read_text(encoding="utf-8")
    found = re.finditer(r"^@\w+\{(\w+),$.*?^\}$", text, re.DOTALL | re.MULTILINE)
    return {entry[1]: entry[0] for entry in found}


def _keys(thing: Any) -> tuple[str, ...]:
    if not isinstance(thing, str):
        if hasattr(thing, "citation"):
            if isinstance(thing, type):
                return thing.citation
            # Using a learner means using its options and its update rule too.
            options = getattr(thing, "cites_options", ())
            rule = getattr(getattr(thing, "rule", None), "citation", ())
            return (*thing.citation, *options, *rule)
        raise InputError(
            f"citation needs a name, a task, a learner or an experiment, got {type(thing).__name__}"
        )
    things: dict[str, Any] = tasks() | learners() | rules() | catalogue()
    known = {name: each.citation for name, each in things.items()}
    return look_up("citation", thing, known | {key: (key,) for key in entries()})
