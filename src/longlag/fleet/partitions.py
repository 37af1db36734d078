"""A fleet in parts: each part is a file, which workers of an executor read, teach and write again.

A key belongs to the part that a hash of it says, so every key has one file. A call writes new files
for the parts that it teaches, and then, in one instant, the list of the files that count. So a call
that fails, or a process that dies, leaves all parts as they were before the call; and work that is
done twice writes the same bits to the same file.
"""

import os
import re
import secrets
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import filelock
import msgspec
import numpy as np

from longlag.errors import InputError, check_whole
from longlag.estimators.categories import Name
from longlag.estimators.tables import Table
from longlag.executors import Versions, check_versions, result_of, versions
from longlag.fleet.fleet import Fleet, answers_in_kind, arranged_targets
from longlag.fleet.keys import Key, checked_keys
from longlag.fleet.samples import arranged, first_features, samples_of, targets_of
from longlag.fleet.saving import Parameters, parameters_of
from longlag.quoting import quoted
from longlag.writing import write_whole

LIST, LOCK = "fleet.json", "fleet.lock"
MOST_PARTS = 100_000
_MIX = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class _Parts(msgspec.Struct, forbid_unknown_fields=True):
    """The list of the files that count."""

    parameters: Parameters  #: of the fleet
    files: list[str]  #: one a part, "" where it has no key yet
    features: list[Name] = []  #: none before the first rows
    targets: list[Name] = []  #: if there are several

    def fleet(self) -> Fleet:
        """A fleet before its first key."""
        fleet = Fleet(**parameters_of(self.parameters, Fleet.saved_as))
        if self.features:
            fleet.begin(self.features, self.targets)
        return fleet


class _Rows(NamedTuple):
    """The rows of a call that belong to one part."""

    places: np.ndarray  #: (n,), in the call
    keys: list[Key]
    X: np.ndarray  #: (n, features)
    y: np.ndarray  #: (n, targets); empty for answers alone


class _Work(NamedTuple):
    """What a worker does with one part."""

    parts: _Parts  #: the list of all parts
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
        if not isinstance(fleet, Fleet):
            raise InputError(f"fleets in parts predict numbers, got {quoted(fleet)}: keep it whole")
        names = fleet.features, fleet.targets
        found = _Parts(Parameters(**fleet.parameters), [""] * parts, *names)
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
            return found.fleet()
        keys = [key for state in states for key in state.keys]
        records = np.concatenate([state.records for state in states])
        return Fleet.from_state(states[0]._replace(keys=keys, records=records))

    def learn_many(self, keys: Any, X: Any, y: Any) -> Any:
        """`Fleet.learn_many`, each part on a worker; all parts learn, or none does.

        Raises `InputError` for other data, and `WorkersError` if the workers went away.
        """
        names = checked_keys(keys)
        samples, (targets, labels) = _samples(X, names), targets_of(y, len(names))
        with self._alone():
            found = self._list()
            if not found.features:
                features = first_features(samples)
                found = msgspec.structs.replace(found, features=features, targets=labels)
            targets = arranged_targets(targets, labels, found.targets)
            rows = _rows(found, names, samples, targets)
            files, call, ours = list(found.files), secrets.token_hex(8), versions()
            for part in rows:
                files[part] = f"part-{part:05}-{call}.safetensors"
            work = [
                _Work(found, *self._paths(found.files[part], files[part]), mine, ours)
                for part, mine in rows.items()
            ]
            answers = self._answers(_learn, work)
            changed = msgspec.structs.replace(found, files=files)
            write_whole(self.folder / LIST, msgspec.json.encode(changed))
            counted = set(files)
            for file in self.folder.glob("part-*.safetensors"):
                if file.name not in counted:  # of earlier calls, also of those that failed
                    file.unlink(missing_ok=True)
        return answers_in_kind(X, answers, found.targets)

    def predict_many(self, keys: Any, X: Any) -> Any:
        """`Fleet.predict_many`, each part on a worker; NaN for unknown keys."""
        names = checked_keys(keys)
        samples = _samples(X, names)
        with self._alone():
            found = self._list()
            some = next(filter(None, found.files), "")
            if not some:
                raise InputError("the fleet has learned nothing yet: call learn_many first")
            ours = versions()
            # A part without keys has no file. The keys are unknown to any other part as well.
            work = [
                _Work(found, *self._paths(found.files[part] or some, ""), mine, ours)
                for part, mine in _rows(found, names, samples, np.zeros((len(names), 0))).items()
            ]
            answers = self._answers(_predict, work)
        return answers_in_kind(X, answers, found.targets)

    def _list(self) -> _Parts:
        path = self.folder / LIST
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_Parts)
        except FileNotFoundError:
            raise InputError(f"{self.folder} holds no fleet in parts: split one first") from None
        except (OSError, UnicodeError, msgspec.MsgspecError) as error:
            raise InputError(f"{path} cannot be read: {error}") from None
        try:
            _check(found)
        except InputError as error:
            raise InputError(f"{path} is damaged: {error}") from None
        return found

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

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A lock for calls that read or write parts."""
        lock = filelock.FileLock(self.folder / LOCK)
        try:
            lock.acquire()
        except OSError as error:
            raise InputError(
                f"{self.folder / LOCK} cannot be locked: {error.strerror or error}; the folder of "
                "a fleet in parts must be one that this process may write to"
            ) from None
        try:
            yield
        finally:
            lock.release()


def _check(found: _Parts) -> None:
    """Raise `InputError` for a list that no call has written."""
    check_whole("the number of its parts", len(found.files), 1, MOST_PARTS)
    for part, name in enumerate(found.files):
        if name and not re.fullmatch(rf"part-{part:05}(-[0-9a-f]{{16}})?\.safetensors", name):
            raise InputError(f"part {part} cannot have the file {quoted(name)}")
    for what in ("features", "targets"):
        names = getattr(found, what)
        if len(set(names)) < len(names):
            raise InputError(f"its {what} must be different, got {quoted(names)}")
    if len(found.targets) == 1 or (not found.features and (found.targets or any(found.files))):
        raise InputError("it must have features if it has targets or files, and several targets")
    Fleet(**parameters_of(found.parameters, Fleet.saved_as))


def _samples(X: Any, keys: list[Key]) -> Table:
    """The samples of some keys; raises `InputError` without any."""
    if not keys:
        raise InputError("keys must be at least one, got none: a call needs rows")
    return samples_of(X, len(keys))


def _rows(found: _Parts, keys: list[Key], samples: Table, y: np.ndarray) -> dict[int, _Rows]:
    """The rows of each part that has any; raises `InputError` for other features."""
    X = arranged(samples, found.features)
    part, rows = parts_of(keys, len(found.files)), {}
    order = np.argsort(part, kind="stable")  # the rows of a key stay in the order of time
    for places in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        mine = [keys[place] for place in places.tolist()]
        rows[int(part[places[0]])] = _Rows(places, mine, X[places], y[places])
    return rows


def _learn(work: _Work) -> np.ndarray:
    """Teach a part its rows, and write it to its new file; twice gives the same file."""
    check_versions(work.versions)
    fleet = Fleet.load(work.source) if work.source else work.parts.fleet()
    samples = Table(None, work.rows.X, {})
    answers = fleet.learn_checked(work.rows.keys, samples, work.rows.y, work.parts.targets)
    fleet.save(work.target)
    return answers


def _predict(work: _Work) -> np.ndarray:
    """The answers of a part to its rows."""
    check_versions(work.versions)
    return Fleet.load(work.source).predict_checked(work.rows.keys, Table(None, work.rows.X, {}))
