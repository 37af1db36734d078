"""The sources of this package, as they were when it was imported."""

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]

Stamp = tuple[int, int, int, int]


def stamps() -> dict[Path, Stamp]:
    """Of every source of this package what changes when somebody writes to it."""
    found = {}
    for file in _PACKAGE.rglob("*.py"):
        status = file.stat()
        found[file] = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return found


#: Noted before any other part of the package is imported.
_IMPORTED = stamps()


@cache
def digest() -> str | None:
    """A digest of all sources; None where the code that runs may be another than theirs.

    That is so where there are none, and where one has changed since the package was imported: what
    was compiled from the code in memory must not be found by those who import the new sources.
    """
    total = hashlib.sha256()
    for file in sorted(_IMPORTED):
        try:
            content = file.read_bytes()
        except OSError:
            return None
        name = file.relative_to(_PACKAGE).as_posix()
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest() if _IMPORTED and stamps() == _IMPORTED else None
