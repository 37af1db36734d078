"""Runs code of the user: its exceptions become one line that names the place, and no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

import torch

from longlag.errors import InputError, LonglagError

_NAME = "longlag_judged"  #: of the module that the code runs in
#: Default type and device of new tensors, by the file whose code runs under them
_defaults: dict[str, tuple[torch.dtype, torch.device]] = {}


@contextmanager
def running(place: str, doing: str) -> Iterator[None]:
    """A context for code of the user, which lies in the file `place`. Raises `InputError`."""
    try:
        with redirect_stdout(sys.stderr), _own_settings(place):  # standard output is for results
            yield
    except LonglagError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{_where(error, place)}: {doing}: {_said(error)}") from None


@contextmanager
def _own_settings(place: str) -> Iterator[None]:
    """A context with the settings of PyTorch that the code of a file has made, which end with it.

    They are those of a process, which also runs other files: which of them would be chance.
    """
    threads, learns, before = torch.get_num_threads(), torch.is_grad_enabled(), _now()
    _change(_defaults.get(place, before))
    try:
        yield
    finally:
        if place in _defaults:
            _defaults[place] = _now()
            _change(before)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_grad_enabled(learns)


def _now() -> tuple[torch.dtype, torch.device]:
    return torch.get_default_dtype(), torch.get_default_device()


def _change(wanted: tuple[torch.dtype, torch.device]) -> None:
    (dtype, device), (_, present) = wanted, _now()
    torch.set_default_dtype(dtype)
    if device != present:
        torch.set_default_device(None if device.type == "cpu" else device)


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
    sys.modules[_NAME] = module  # where dataclasses look for the names of annotations
    beside = str(path.resolve().parent)
    if beside not in sys.path:
        sys.path.insert(0, beside)
    _defaults[str(path)] = _now()
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
