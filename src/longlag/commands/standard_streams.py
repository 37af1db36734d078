"""Standard input, output and error as a command finds them: closed, full, ASCII, or given up."""

import os
import sys
from contextlib import suppress
from typing import TextIO

from longlag.errors import LonglagError
from longlag.quoting import printable


def prepare() -> None:
    """Replace what is closed; write what the encoding lacks as an escape.

    Raises `LonglagError` where results could not be written at all.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # the next file would be opened under this number, and be taken for it
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open to the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        raise LonglagError("standard output is closed: send it to a file, or to /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def give_up() -> None:
    """Drop what cannot be written, so that Python does not try it once more when it ends."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Lines:
    """Standard output for lines of data, without the control characters on a terminal."""

    def __init__(self, stream: TextIO):
        self._stream, self._shown = stream, stream.isatty()

    def write(self, text: str) -> int:
        """Write text."""
        return self._stream.write(printable(text, kept="\n") if self._shown else text)

    def flush(self) -> None:
        """Let what is written be read."""
        self._stream.flush()
