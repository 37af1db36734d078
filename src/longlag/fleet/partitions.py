"""A fleet in parts: each part is a file, which workers of an executor read, teach and write again.

A key belongs to the part that a hash of it says, so every key has one file. A call writes new files
for the parts that it teaches, and then, in one instant, the list of the files that count. So a call
that fails, or a process that dies, leaves all parts as they were before the call; and work that is
done twice writes the same bits to the same file.
"""

import os
import secrets
import zlib
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple, Self

import filelock
import msgspec
import numpy as np

from longlag.errors import InputError, check_whole
from longlag.executors import Versions, check_versions, result_of, versions
from longlag.fleet.fleet import Fleet
from longlag.fleet.keys import Key, checked_keys
from longlag.writing import write_whole

LIST, LOCK = "fleet.json", "fleet.lock"
MOST_PARTS = 100_000
_MIX = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class _Parts(msgspec.Struct, forbid_unknown_fields=True):
    """The list of the files that count."""

    parameters: dict[str, Any]  #: of the fleet
    files: list[str]  #: one a part, "" where it has no key yet
    features: int = 0  #: columns of X; 0 before the first rows


class _Rows(NamedTuple):
    """The rows of a call that belong to one part."""

    places: np.ndarray  #: (n,), in the call
    keys: list[Key]
    X: np.ndarray
    y: np.ndarray | None  #: None for answers alone


class _Work(NamedTuple):
    """What a worker does with one part."""

    parameters: dict[str, Any]  #: of the fleet
    source: str  #: the file of the part, "" if it has none yet
    target: str  #: the file that it is to have
    rows: _Rows
    versions: Versions


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


class PartitionedFleet:
    """A `Fleet` in a folder of files, whose parts learn on the workers of an executor.

    >>> import tempfile
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> folder, keys = tempfile.mkdtemp(), [f"shop {i}" for i in range(100)]
    >>> with ThreadPoolExecutor(2) as executor:
    ...     fleet = PartitionedFleet.split(Fleet(), folder, 4, executor)
    ...     before = fleet.learn_many(keys, np.ones((100, 2)), np.arange(100.0))
    >>> len(fleet.join())
    100

    The folder lies where this process and all workers see it under the same name. A part is an
    ordinary file of a fleet: `Fleet.load` reads it. Answers and networks have the bits of one
    `Fleet` in this process. Every call reads and writes each part that has rows, so give a call
    many rows. Calls of several processes for the same folder wait for each other.

    Args:
        folder: of a fleet that was split
        executor: an `Executor` of `concurrent.futures`, or a `DaskExecutor`

    Raises `InputError` for a folder without a fleet.
    """

    def __init__(self, folder: str | Path, executor: Executor):
        self.folder = Path(os.path.abspath(folder))
        self._executor = executor
        self._list()

    @classmethod
    def split(cls, fleet: Fleet, folder: str | Path, parts: int, executor: Executor) -> Self:
        """Divide a fleet, which may have no keys yet, into parts in a new folder.

        Raises `InputError` if the folder holds a fleet already, or cannot be written.
        """
        check_whole("parts", parts, 1, MOST_PARTS)
        place = Path(os.path.abspath(folder))
        if (place / LIST).exists():
            raise InputError(f"{folder} holds a fleet already: open it, or name another folder")
        found = _Parts(fleet.parameters, [""] * parts, len(fleet.features))
        if len(fleet):
            whole = fleet.state()
            part = parts_of(whole.keys, parts)
            for i in np.unique(part).tolist():
                rows = np.flatnonzero(part == i)
                mine = [whole.keys[row] for row in rows.tolist()]
                found.files[i] = f"part-{i:05}.safetensors"
                Fleet.from_state(whole._replace(keys=mine, records=whole.records[rows])).save(
                    place / found.files[i]
                )
        write_whole(place / LIST, msgspec.json.encode(found))
        return cls(folder, executor)

    @property
    def parts(self) -> int:
        """The number of parts."""
        return len(self._list().files)

    def join(self) -> Fleet:
        """All networks as one fleet in this process, the keys of a part after each other."""
        with self._alone():
            found = self._list()
            states = [Fleet.load(self.folder / name).state() for name in found.files if name]
        if not states:
            return Fleet(**found.parameters)
        keys = [key for state in states for key in state.keys]
        records = np.concatenate([state.records for state in states])
        return Fleet.from_state(states[0]._replace(keys=keys, records=records))

    def learn_many(self, keys: Any, X: Any, y: Any) -> np.ndarray:
        """`Fleet.learn_many` for arrays, each part on a worker; all parts learn, or none does.

        Raises `InputError` for other data, and `WorkersError` if the workers went away.
        """
        with self._alone():
            found = self._list()
            rows, ours = _rows(found, keys, X, y), versions()
            files, call = list(found.files), secrets.token_hex(8)
            for part in rows:
                files[part] = f"part-{part:05}-{call}.safetensors"
            work = [
                _Work(found.parameters, *self._paths(found.files[part], files[part]), mine, ours)
                for part, mine in rows.items()
            ]
            answers = self._answers(_learn, work)
            width = next(iter(rows.values())).X.shape[1]
            changed = msgspec.structs.replace(found, files=files, features=width)
            write_whole(self.folder / LIST, msgspec.json.encode(changed))
            counted = set(files)
            for file in self.folder.glob("part-*.safetensors"):
                if file.name not in counted:  # of earlier calls, also of those that failed
                    file.unlink(missing_ok=True)
        return answers

    def predict_many(self, keys: Any, X: Any) -> np.ndarray:
        """`Fleet.predict_many` for arrays, each part on a worker; NaN for unknown keys."""
        with self._alone():
            found = self._list()
            some = next(filter(None, found.files), "")
            if not some:
                raise InputError("the fleet has learned nothing yet: call learn_many first")
            ours = versions()
            # A part without keys has no file. The keys are unknown to any other part as well.
            work = [
                _Work(found.parameters, *self._paths(found.files[part] or some, ""), mine, ours)
                for part, mine in _rows(found, keys, X, None).items()
            ]
            return self._answers(_predict, work)

    def _list(self) -> _Parts:
        path = self.folder / LIST
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Parts)
        except FileNotFoundError:
            raise InputError(f"{self.folder} holds no fleet in parts: split one first") from None
        except (OSError, msgspec.DecodeError) as error:
            raise InputError(f"{path} cannot be read: {error}") from None

    def _paths(self, source: str, target: str) -> tuple[str, str]:
        return (
            str(self.folder / source) if source else "",
            str(self.folder / target) if target else "",
        )

    def _answers(self, call: Callable[[_Work], np.ndarray], work: list[_Work]) -> np.ndarray:
        """The answers of all parts, in the order of the rows."""
        calls = [self._executor.submit(call, each) for each in work]
        answers = np.concatenate([result_of(each) for each in calls])
        order = np.concatenate([each.rows.places for each in work])
        return answers[np.argsort(order)]

    def _alone(self) -> filelock.FileLock:
        """A lock for calls that read or write parts."""
        return filelock.FileLock(self.folder / LOCK)


def _rows(found: _Parts, keys: Any, X: Any, y: Any) -> dict[int, _Rows]:
    """The rows of each part that has any; raises `InputError` for other data."""
    names, samples = checked_keys(keys), _array("X", X)
    if not names or samples.ndim != 2 or len(samples) != len(names):
        raise InputError(
            f"keys, at least one, and X must be of equal length, got {len(names)} keys and X of "
            f"shape {samples.shape}"
        )
    if found.features and samples.shape[1] != found.features:
        raise InputError(
            f"X has {samples.shape[1]} features, but the fleet is expecting {found.features}: "
            "those of its first rows"
        )
    targets = None if y is None else _array("y", y)
    if targets is not None and targets.shape[:1] != (len(names),):
        raise InputError(f"y must have one target a row, got shape {targets.shape}")
    part, rows = parts_of(names, len(found.files)), {}
    order = np.argsort(part, kind="stable")  # the rows of a key stay in the order of time
    for places in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        mine = [names[place] for place in places.tolist()]
        rows[int(part[places[0]])] = _Rows(
            places, mine, samples[places], None if targets is None else targets[places]
        )
    return rows


def _array(name: str, values: Any) -> np.ndarray:
    """An array; raises `InputError` for rows of different lengths."""
    try:
        return np.asarray(values)
    except ValueError:
        raise InputError(f"{name} must have rows of one length: it is ragged") from None


def _learn(work: _Work) -> np.ndarray:
    """Teach a part its rows, and write it to its new file; twice gives the same file."""
    check_versions(work.versions)
    fleet = Fleet.load(work.source) if work.source else Fleet(**work.parameters)
    answers = fleet.learn_many(work.rows.keys, work.rows.X, work.rows.y)
    fleet.save(work.target)
    return answers


def _predict(work: _Work) -> np.ndarray:
    """The answers of a part to its rows."""
    check_versions(work.versions)
    return Fleet.load(work.source).predict_many(work.rows.keys, work.rows.X)
