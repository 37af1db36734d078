"""Text files that a command writes while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from longlag.writing import cannot_write, opened_at_once


@contextmanager
def creating(path: Path) -> Iterator[TextIO]:
    """A new text file; raises `InputError` if it cannot be written, now or later."""
    try:
        with open(path, "w", encoding="utf-8", newline="", opener=opened_at_once) as stream:
            yield stream
    except BrokenPipeError:  # who reads has read enough
        raise
    except OSError as error:
        raise cannot_write(path, error) from error
