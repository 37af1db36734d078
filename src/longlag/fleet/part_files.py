"""The list of the files of a fleet in parts, and which part a key belongs to."""

import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from longlag.errors import InputError, check_whole
from longlag.estimators.categories import Name
from longlag.estimators.saving import BLANK, check_seal, sealed
from longlag.fleet.fleet import Fleet
from longlag.fleet.keys import checked_keys
from longlag.fleet.saving import Parameters, parameters_of
from longlag.quoting import quoted
from longlag.writing import write_whole

LIST = "fleet.json"
MOST_PARTS = 100_000
_MIX = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Parts(msgspec.Struct, forbid_unknown_fields=True):
    """The files that count, and what their networks have in common."""

    parameters: Parameters  #: of the fleet
    files: list[str]  #: one a part, "" where it has no key yet
    features: list[Name] = []  #: none before the first rows
    begun: int = 0  #: features that the networks began with; 0 for all of them
    targets: list[Name] = []  #: if there are several
    checksum: str = BLANK  #: the last one

    def fleet(self) -> Fleet:
        """A fleet before its first key, whose networks will begin as those of all parts."""
        fleet = Fleet(**parameters_of(self.parameters, Fleet.saved_as))
        if self.features:
            begun = self.begun or len(self.features)
            fleet.begin(self.features[:begun], self.targets)
            self.widen(fleet)
        return fleet

    def part(self, path: str) -> Fleet:
        """The fleet in the file of a part, or one before its first key if there is no file."""
        if not path:
            return self.fleet()
        fleet, parameters = Fleet.load(path), parameters_of(self.parameters, Fleet.saved_as)
        same = fleet.parameters == parameters and fleet.targets == self.targets
        if not same or fleet.features != self.features[: len(fleet.features)]:
            raise InputError(f"{path} is no part of this fleet: its networks are others")
        self.widen(fleet)
        return fleet

    def widen(self, fleet: Fleet) -> None:
        """Let a fleet have the features that were added since it was written."""
        if more := self.features[len(fleet.features) :]:
            fleet.add_features(more)


def parts_of(keys: Any, parts: int) -> np.ndarray:
    """The part (n,), from 0 to parts - 1, that each of the keys (n,) belongs to, on any machine.

    The keys of one of 64 parts fall evenly into 160 others: a machine may divide its share again.

    >>> parts_of(["shop 1", "shop 2", "shop 3", 3], 4).tolist()
    [0, 0, 1, 3]
    """
    check_whole("parts", parts, 1, MOST_PARTS)
    # `ascii`, as the characters that `repr` shows differ between versions of Python.
    found = (zlib.crc32(ascii(key).encode()) for key in checked_keys(keys))
    mixed = np.fromiter(found, np.uint64) + np.uint64(parts * _MIX[0] % 2**64)
    # The last step of SplitMix64 (Steele, Lea & Flood 2014): a checksum alone has remainders that
    # depend on each other for other numbers of parts.
    for shift, factor in ((30, _MIX[1]), (27, _MIX[2])):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(parts)).astype(np.int64)


def write_list(folder: Path, parts: Parts) -> None:
    """Replace the list in one instant; raises `InputError` if it cannot be written."""
    text = sealed(msgspec.structs.replace(parts, checksum=BLANK), {})
    write_whole(folder / LIST, text.encode())


def read_list(folder: Path) -> Parts:
    """The list in a folder; raises `InputError` for what `write_list` did not write."""
    path = folder / LIST
    try:
        text = path.read_text("utf-8")
        found = msgspec.json.decode(text, type=Parts)
    except FileNotFoundError:
        raise InputError(f"{folder} holds no fleet in parts: split one first") from None
    except NotADirectoryError:
        raise InputError(
            f"{folder} is a file: name the folder of a fleet in parts; Fleet.load reads a fleet "
            "in one file"
        ) from None
    except (OSError, UnicodeError, msgspec.MsgspecError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    try:
        check_seal(text, {})
        _check(found)
    except InputError as error:
        raise InputError(f"{path} is damaged: {error}") from None
    return found


def _check(found: Parts) -> None:
    """Raise `InputError` for a list that no call has written."""
    check_whole("the number of its parts", len(found.files), 1, MOST_PARTS)
    for part, name in enumerate(found.files):
        if name and not re.fullmatch(rf"part-{part:05}(-[0-9a-f]{{16}})?\.safetensors", name):
            raise InputError(f"part {part} cannot have the file {quoted(name)}")
    for what in ("features", "targets"):
        names = getattr(found, what)
        if len(set(names)) < len(names):
            raise InputError(f"its {what} must be different, got {quoted(names)}")
    if not found.features and (found.targets or any(found.files)):
        raise InputError("it must have features if it has targets or files")
    check_whole("begun", found.begun, 0, len(found.features))
    Fleet(**parameters_of(found.parameters, Fleet.saved_as))
