"""Runs code of the user: its exceptions become one line that names the place, and no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from longlag.errors import InputError, LonglagError
from longlag.torch.surroundings import remember, surroundings

_NAME = "longlag_judged"  #: of the module that the code runs in


@contextmanager
def running(place: str, doing: str) -> Iterator[None]:
    """A context for code of the user, which lies in the file `place`. Raises `InputError`."""
    try:
        with redirect_stdout(sys.stderr), surroundings(place):  # standard output is for results
            yield
    except LonglagError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{_where(error, place)}: {doing}: {_said(error)}") from None


def definitions(path: Path) -> dict[str, Any]:
    """What the code of a file defines, by name. Raises `InputError`."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"there is no file {path}: longlag judge --example lstm > {path.name} writes one"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    module = ModuleType(_NAME)
    module.__file__ = str(path)
    remember(path, module)  # dataclasses look there for the names of annotations
    with running(str(path), "when it is read"):
        exec(compile(text, str(path), "exec"), vars(module))
    return vars(module)


def _said(error: BaseException) -> str:
    """The kind of an error, and what it says, if it does: how it says so is the user's code too."""
    text = ""
    with suppress(Exception):
        text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _where(error: BaseException, place: str) -> str:
    """The file, and the last of its lines that the error has come through."""
    if isinstance(error, SyntaxError) and error.filename == place:
        return f"{place}, line {error.lineno}"
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == place]
    return f"{place}, line {lines[-1]}" if lines else place
