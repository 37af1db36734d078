"""Where a command reads and writes: an output never destroys an input, or another output."""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from longlag.errors import InputError
from longlag.report.style.console import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ".svg", ".png"
BESIDE_A_STORE = "-wal", "-shm", "-journal", ".lock"


def check_places(
    inputs: Mapping[str, Path | str | None], outputs: Mapping[str, Path | None]
) -> None:
    """Refuse an output that is an input or another output, under whatever name.

    Keys say what a place is, for messages. The input "-" is standard input. Standard output and
    standard error are outputs where they are files, and may be the same one. Raises `InputError`.
    """
    read = {name: path for name, path in inputs.items() if path is not None}
    written = {name: path for name, path in outputs.items() if path is not None}
    taken: dict[object, str] = {}
    for name, path in read.items():
        for place in _identities_of(sys.stdin) if path == "-" else _identities(path):
            taken.setdefault(place, name)
    standard = {}
    for name, stream in (("standard output", sys.stdout), ("standard error", sys.stderr)):
        places = _identities_of(stream)
        if not set(places) & set(standard):
            _take(taken, name, "as it stands", places)
            standard |= dict.fromkeys(places, name)
    for name, path in written.items():
        _take(taken, name, path, _identities(path))


def check_pictures(output: Path | None, inputs: Mapping[str, Path | str | None]) -> None:
    """`check_places` for a picture that is written as SVG and as PNG."""
    if output:
        if output.suffix not in ("", *KINDS):
            raise InputError(f"--output must end in .svg or .png, got {output}")
        if not output.name or output.name == ".." or output.is_dir():
            raise InputError(f"--output must name a picture, and {output} is a folder")
        check_places(inputs, as_files("--output", output.with_suffix("")))


def write_pictures(output: Path, figure: "Figure", what: str = "picture") -> None:
    """Write a figure to the two places that `check_pictures` has checked, and say where it is."""
    from longlag.report.style.plots import save  # with matplotlib, which takes long to import

    save(figure, output.with_suffix(""))
    say(f"The {what} is in {output.with_suffix('.svg')}, and beside it as PNG.")


def as_files(name: str, stem: Path) -> dict[str, Path]:
    """The files of a picture, as outputs."""
    return {f"{name} as {kind}": stem.with_name(stem.name + kind) for kind in KINDS}


def of_store(path: Path) -> dict[str, Path]:
    """The files of a store, as inputs: what SQLite keeps beside it, and its lock."""
    place = os.path.realpath(path)
    beside = {f"the {end} file of --store": Path(place + end) for end in BESIDE_A_STORE}
    return {"--store": path} | beside


def _take(taken: dict[object, str], name: str, path: Path | str, places: list[object]) -> None:
    for place in places:
        if place in taken:
            raise InputError(
                f"{name} and {taken[place]} are the same file, {path}: name another file to write "
                "to"
            )
    taken |= dict.fromkeys(places, name)


def _identities(path: Path | str) -> list[object]:
    """What tells a file from others: its place on the disk, and its path without links.

    None for devices and pipes, which can be read and written to by many.
    """
    try:
        status = os.stat(path)
    except OSError:
        return [os.path.realpath(path)]
    except ValueError:  # no path at all, as those will say who open it
        return []
    regular = stat.S_ISREG(status.st_mode)
    return [(status.st_dev, status.st_ino), os.path.realpath(path)] if regular else []


def _identities_of(stream: TextIO | None) -> list[object]:
    """The same for a standard stream: its place on the disk, if it is a file."""
    if stream is None:
        return []
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return []
    return [(status.st_dev, status.st_ino)] if stat.S_ISREG(status.st_mode) else []
