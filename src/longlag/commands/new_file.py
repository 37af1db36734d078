"""Text files that a command writes while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from longlag.errors import InputError


@contextmanager
def creating(path: Path) -> Iterator[TextIO]:
    """A new text file; raises `InputError` if it cannot be written, now or later."""
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; name a file you may write"
        ) from error
