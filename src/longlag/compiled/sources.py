"""The sources of this package, as they were at import."""

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]

Stamp = tuple[int, int, int, int]


def stamps() -> dict[Path, Stamp]:
    """For every source file of this package, the numbers that change when it is written."""
    found = {}
    for file in _PACKAGE.rglob("*.py"):
        status = file.stat()
        found[file] = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return found


#: Noted before any other part of the package is imported.
_IMPORTED = stamps()


@cache
def digest() -> str | None:
    """A digest of all sources, or None if the running code may differ from the sources.

    The code may differ if there are no sources, or if a source has changed since import. Compiled
    code of the old source must not be found by a process that imports the new source.
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
