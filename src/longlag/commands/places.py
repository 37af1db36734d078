"""Where a command reads and writes: an output never destroys an input, or another output."""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from longlag.errors import InputError

KINDS = ".svg", ".png"


def check_places(
    inputs: Mapping[str, Path | str | None], outputs: Mapping[str, Path | None]
) -> None:
    """Refuse an output that is an input or another output, under whatever name.

    Keys say what a place is, for messages. The input "-" is standard input, and standard output is
    an output where it is a file. Raises `InputError`.
    """
    read = {name: path for name, path in inputs.items() if path is not None}
    written = {name: path for name, path in outputs.items() if path is not None}
    taken: dict[object, str] = {}
    for name, path in read.items():
        number = 0 if path == "-" else None
        for place in _identities(path, number):
            taken.setdefault(place, name)
    standard: dict[str, Path | None] = {"standard output": None}
    for name, path in (standard | written).items():
        number = _standard_output() if path is None else None
        if path is None and number is None:
            continue
        places = _identities(path or "", number)
        for place in places:
            if place in taken:
                raise InputError(
                    f"{name} and {taken[place]} are the same file, {path or 'as it stands'}: "
                    "name another file to write to"
                )
        taken |= dict.fromkeys(places, name)


def check_pictures(output: Path | None, inputs: Mapping[str, Path | str | None]) -> None:
    """`check_places` for a picture that is written as SVG and as PNG."""
    if output:
        if not output.name or output.name == ".." or output.is_dir():
            raise InputError(f"--output must name a picture, and {output} is a folder")
        check_places(inputs, {f"--output as {kind}": output.with_suffix(kind) for kind in KINDS})


def _identities(path: Path | str, number: int | None) -> list[object]:
    """What tells a file from others: its place on the disk, and its path without links.

    None for devices and pipes, which can be read and written to by many.
    """
    try:
        status = os.stat(path) if number is None else os.fstat(number)
    except (OSError, ValueError):
        return [] if number is not None else [os.path.realpath(path)]
    if not stat.S_ISREG(status.st_mode):
        return []
    place = status.st_dev, status.st_ino
    return [place] if number is not None else [place, os.path.realpath(path)]


def _standard_output() -> int | None:
    try:
        return sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return None
