"""Files that appear whole or not at all, and the ends of lines in tables."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from longlag.errors import InputError
from longlag.quoting import quoted


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file beside its place and move it there once it is on the disk.

    A reader therefore never sees half of a file, and a crash leaves the old file. A link stays, and
    its target is replaced. The new file has the mode of the old one. A character device, or a pipe
    that somebody reads, is written to. One missing folder is made, but not two within each other.
    Raises `InputError` if the file cannot be written.
    """
    try:
        if not isinstance(path, str | os.PathLike):  # a number would be an open file
            raise TypeError("it is no path")
        before = _status(path)
        if before is None or stat.S_ISREG(before.st_mode):
            _replace(Path(os.path.realpath(path)), data, before)
        elif stat.S_ISCHR(before.st_mode) or stat.S_ISFIFO(before.st_mode):
            with open(path, "wb", opener=opened_at_once) as stream:
                stream.write(data)
        else:
            raise OSError("it is no file")
    except (OSError, ValueError, TypeError) as error:
        raise cannot_write(path, error) from error


class LineFeeds:
    """A stream for `csv` to write to, whose lines end with a line feed alone.

    Before Python 3.13, `csv` quotes a field for the characters of its own line end and no others.
    Readers take a bare carriage return for the end of a line, too, so both must be its line end.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, line: str) -> int:
        """Write a line that ends as `csv` ends it by default."""
        return self._stream.write(line.removesuffix("\r\n") + "\n")


def cannot_write(path: object, error: Exception) -> InputError:
    """The error for a file that cannot be written."""
    reason = getattr(error, "strerror", None) or error
    shown = path if isinstance(path, str | os.PathLike) else quoted(path)
    return InputError(f"cannot write {shown}: {reason}; name a file you may write")


def opened_at_once(path: str, flags: int) -> int:
    """An opener for `open` that fails if nobody reads a pipe, instead of waiting forever."""
    at_once = getattr(os, "O_NONBLOCK", 0)  # some systems have none
    descriptor = os.open(path, flags | at_once, 0o666)
    if at_once:
        os.set_blocking(descriptor, True)
    return descriptor


def _status(path: str | Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes, before: os.stat_result | None) -> None:
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".longlag-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            if before is not None and hasattr(os, "fchmod"):
                with suppress(OSError):  # most users may not change the owner of a file
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
