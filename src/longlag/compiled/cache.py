"""The folder of object code for later processes: reading a function takes a fiftieth of the time of
compiling it.

The code runs with the rights of the user who reads it. The folder and each file must therefore
belong to that user, and no other user may write to them; other folders and files are not used. Each
file begins with our mark and a checksum of the rest.
"""

import errno
import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from platformdirs import user_cache_path

from longlag.compiled.isolation import ObjectCode
from longlag.quoting import shortened

MOST = 600  #: files kept, of up to some 100 kB each; those not used for longest go first

_NAME = re.compile(r"[0-9a-f]{32}|new-[a-z0-9_]{8}")  #: the second until it is complete
_OLDER_NAME = re.compile(r"[0-9a-f]{32}(\.\d+)?")
_MARK = b"longlag\3"
_CHECKSUM = hashlib.sha256().digest_size
_LARGEST = 1 << 26  #: bytes of a file
_POSIX = hasattr(os, "geteuid")
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  #: opening a pipe must not wait for its writer
_ignored = 0  #: number of `ignored` blocks in force


class Contents(NamedTuple):
    """The contents of a folder of object code."""

    files: int
    bytes: int


def folder() -> Path | None:
    """The folder of object code, or None if the user has no home folder.

    It is `longlag/compiled` in NUMBA_CACHE_DIR if that is set, else in the user's caches.
    """
    above = _caches()
    return above and above / "longlag" / "compiled"


def _caches() -> Path | None:
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        with suppress(FileNotFoundError):  # the path is relative and the working folder is gone
            return Path(os.path.abspath(given))
        return None
    with suppress(RuntimeError):  # a user without a home folder; the path may also be relative
        caches = user_cache_path()
        return caches if caches.is_absolute() else None
    return None


def find(digest: str) -> ObjectCode | None:
    """The object code with this digest, or None if it is missing or damaged."""
    place = folder()
    if place is None or _ignored or not _ours(place):
        return None
    file = place / digest
    try:
        descriptor = os.open(file, os.O_RDONLY | _NO_LINK | _NO_WAIT)
        with open(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            regular = stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST
            if not (regular and _private(status) and opened.read(len(_MARK)) == _MARK):
                return None
            checksum, body = opened.read(_CHECKSUM), opened.read()
        if hashlib.sha256(body).digest() != checksum:
            return None
        kept = msgspec.msgpack.decode(body, type=ObjectCode)
    except (OSError, msgspec.MsgspecError):
        return None
    with suppress(OSError):  # in a read-only folder no file is removed for its age either
        os.utime(file)
    return kept if kept.digest == digest else None


def keep(code: ObjectCode) -> None:
    """Keep object code under its digest, if there is a safe and writable folder."""
    place = folder()
    if place is None or _ignored:
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
    except OSError as error:
        if os.environ.get("NUMBA_CACHE_DIR"):  # somebody asked for it
            _say_once(place, f"{error.strerror or 'it cannot be made'}; every process compiles")
        return
    try:
        if not _ours(place):
            return
        body = msgspec.msgpack.encode(code)
        # A new file with an unpredictable name and mode 0600, never an existing file.
        descriptor, scratch = tempfile.mkstemp(dir=place, prefix="new-")
        try:
            with open(descriptor, "wb") as opened:
                opened.write(_MARK + hashlib.sha256(body).digest() + body)
            os.replace(scratch, place / code.digest)
        except BaseException:
            os.unlink(scratch)
            raise
        _prune(place, MOST)
        _remove_older_formats(place.parent)
    except OSError:
        return


@contextmanager
def ignored() -> Iterator[None]:
    """Neither read nor write the folder in this block: every function is compiled again."""
    global _ignored
    _ignored += 1
    try:
        yield
    finally:
        _ignored -= 1


def contents() -> Contents:
    """The number and size of the files in the folder."""
    sizes = [file.lstat().st_size for file in _files(folder())]
    return Contents(len(sizes), sum(sizes))


def clear() -> Contents:
    """Remove all object code, including that of older versions; returns the previous contents.

    Raises `PermissionError` for a folder that is not the user's alone.
    """
    place = folder()
    if place is not None and os.path.lexists(place) and not _ours(place):
        raise PermissionError(errno.EPERM, "it is not a folder that you alone may write to")
    before = contents()
    for file in _files(place):
        file.unlink(missing_ok=True)
    if place is not None:
        _remove_older_formats(place.parent)
    return before


def _files(place: Path | None) -> list[Path]:
    """Our files in a folder, by name and mark, the least recently used first."""
    if place is None or not _ours(place):
        return []
    aged = []
    for file in place.iterdir():
        with suppress(FileNotFoundError):  # another process may have removed the file
            status = file.lstat()
            if _NAME.fullmatch(file.name) and stat.S_ISREG(status.st_mode) and _marked(file):
                aged.append((status.st_mtime, file))
    return [file for _, file in sorted(aged)]


def _marked(file: Path) -> bool:
    """Whether a file is ours: it has our mark, or is empty because its writer was killed."""
    with file.open("rb") as opened:
        return opened.read(len(_MARK)) in (_MARK, b"")


def _prune(place: Path, most: int) -> None:
    files = _files(place)
    for file in files[: max(0, len(files) - most)]:
        file.unlink(missing_ok=True)


def _remove_older_formats(ours: Path) -> None:
    """Remove the drivers of version 0.1.0, whose code can run the code of other drivers."""
    old = ours / "drivers"
    with suppress(OSError):
        status = old.lstat()  # of the folder itself, never of the target of a link
        if not stat.S_ISDIR(status.st_mode) or not _own(status):
            return
        for file in old.iterdir():
            if _OLDER_NAME.fullmatch(file.name):
                file.unlink(missing_ok=True)
        old.rmdir()


def _ours(place: Path) -> bool:
    """Whether a folder exists, is not a link, and only its user can write to it."""
    try:
        status = place.lstat()
    except OSError:
        return False
    if stat.S_ISDIR(status.st_mode) and _private(status):
        return True
    _say_once(place, "it must be a folder of yours that nobody else may write to")
    return False


def _private(status: os.stat_result) -> bool:
    """Whether a folder or file belongs to the user, and no other user may write to it."""
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return _own(status) and not (_POSIX and shared)


def _own(status: os.stat_result) -> bool:
    # Other systems have access lists, and the user's own folders are private.
    return not _POSIX or status.st_uid == os.geteuid()


@cache
def _say_once(place: Path, reason: str) -> None:
    name = shortened(repr(str(place)), 300)
    message = (
        f"longlag: compiled code is not kept in {name}: {reason}; remove it, or set "
        "NUMBA_CACHE_DIR to another place"
    )
    if sys.stderr is not None:
        with suppress(OSError):
            print(message, file=sys.stderr)
