"""A fleet in parts: each part is a file, which workers of an executor read, teach and write again.

A key belongs to the part that a hash of it says, so every key has one file. A call writes new files
for the parts that it changes, and then, in one instant, the list of the files that count. So a call
that fails, or a process that dies, leaves all parts as they were before the call; and work that is
done twice writes the same bits to the same file.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import filelock
import msgspec
import numpy as np

from longlag.errors import InputError, check_whole
from longlag.estimators.categories import Name
from longlag.executors import check_executor, results_of, versions
from longlag.fleet import part_work, saving
from longlag.fleet.fleet import Fleet, answers_in_kind, arranged_targets
from longlag.fleet.keyed import Scores
from longlag.fleet.keys import Key, as_key, checked_keys
from longlag.fleet.part_files import LIST, MOST_PARTS, Parts, parts_of, read_list, write_list
from longlag.fleet.part_work import NOTHING, PartRows, Work, by_part, in_order, rows_of
from longlag.fleet.samples import first_features, samples_of, targets_of
from longlag.fleet.saving import Parameters, parameters_of
from longlag.quoting import quoted

LOCK = "fleet.lock"

T = TypeVar("T")


class PartitionedFleet:
    """A `Fleet` in a folder of files, whose parts learn on the workers of an executor.

    >>> import tempfile
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> folder, keys = tempfile.mkdtemp(), [f"shop {i}" for i in range(100)]
    >>> with ThreadPoolExecutor(2) as executor:
    ...     fleet = PartitionedFleet.split(Fleet(), folder, 4, executor)
    ...     before = fleet.learn_many(keys, np.ones((100, 2)), np.arange(100.0))
    >>> len(fleet)
    100

    The folder lies where this process and all workers see it under the same name. A part is an
    ordinary file of a fleet: `Fleet.load` reads it. Answers and networks have the bits of one
    `Fleet` in this process. Every call reads and writes each part that has rows, so give a call
    many rows. Calls of several processes for the same folder wait for each other.

    Args:
        folder: of a fleet that was split
        executor: an `Executor` of `concurrent.futures`, or a `DaskExecutor`

    Raises `InputError` for a folder without a fleet, and for what is no executor.
    """

    citation = Fleet.citation

    def __init__(self, folder: str | Path, executor: Executor):
        check_executor(executor)
        self.folder = _absolute(folder)
        self._executor = executor
        self._list()

    @classmethod
    def split(cls, fleet: Fleet, folder: str | Path, parts: int, executor: Executor) -> Self:
        """Divide a fleet, which may have no keys yet, into parts in a new folder.

        Raises `InputError` if the folder holds a fleet already, or cannot be written.
        """
        check_whole("parts", parts, 1, MOST_PARTS)
        check_executor(executor)
        place = _absolute(folder)
        if (place / LIST).exists():
            raise InputError(f"{folder} holds a fleet already: open it, or name another folder")
        if not isinstance(fleet, Fleet):
            raise InputError(f"fleets in parts predict numbers, got {quoted(fleet)}: keep it whole")
        found = Parts(Parameters(**fleet.parameters), [""] * parts)
        if fleet.features:
            whole = fleet.state()
            found.features, found.targets = fleet.features, fleet.targets
            found.begun = whole.begun
            part = parts_of(whole.keys, parts)
            for i in np.unique(part).tolist():
                rows = np.flatnonzero(part == i)
                mine = [whole.keys[row] for row in rows.tolist()]
                found.files[i] = f"part-{i:05}.safetensors"
                Fleet.from_state(whole._replace(keys=mine, records=whole.records[rows])).save(
                    place / found.files[i]
                )
        write_list(place, found)
        return cls(folder, executor)

    @property
    def parts(self) -> int:
        """The number of parts."""
        return len(self._list().files)

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the fleet."""
        return parameters_of(self._list().parameters, Fleet.saved_as)

    @property
    def features(self) -> list[Name]:
        """See `Fleet.features`."""
        return self._list().features

    @property
    def targets(self) -> list[Name]:
        """See `Fleet.targets`."""
        return self._list().targets

    # Keys, in the order of `join`: those of a part after each other.

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, value: object) -> bool:
        key = as_key(value)
        if key is None:
            return False
        with self._alone():
            found = self._list()
            name = found.files[int(parts_of([key], len(found.files))[0])]
            return bool(name) and key in saving.keys_of(self.folder / name)

    def keys(self) -> list[Key]:
        """All keys, those of a part after each other."""
        with self._alone():
            files = [self.folder / name for name in self._list().files if name]
            return [key for file in files for key in saving.keys_of(file)]

    def forget(self, keys: Any) -> None:
        """`Fleet.forget`, each part on a worker; all keys are forgotten, or none is."""
        names = checked_keys(keys)
        with self._alone():
            found = self._list()
            places = by_part(found, names)
            rows = {i: NOTHING._replace(keys=[names[n] for n in at]) for i, at in places.items()}
            self._change(part_work.forget, found, rows)

    def add_features(self, names: Sequence[Name]) -> None:
        """`Fleet.add_features`; the files of parts get them when they are written next."""
        with self._alone():
            found = self._list()
            wide = found.fleet()
            wide.add_features(names)
            begun = found.begun or len(found.features)
            found = msgspec.structs.replace(found, features=wide.features, begun=begun)
            write_list(self.folder, found)

    def join(self) -> Fleet:
        """All networks as one fleet in this process, the keys of a part after each other."""
        with self._alone():
            found = self._list()
            files = [str(self.folder / name) for name in found.files if name]
            states = [found.part(path).state() for path in files]
        if not states:
            return found.fleet()
        keys = [key for state in states for key in state.keys]
        records = np.concatenate([state.records for state in states])
        return Fleet.from_state(states[0]._replace(keys=keys, records=records))

    # Rows.

    def learn_many(self, keys: Any, X: Any, y: Any) -> Any:
        """`Fleet.learn_many`, each part on a worker; all parts learn, or none does.

        Raises `InputError` for other data, and `WorkersError` if the workers went away.
        """
        names = checked_keys(keys)
        samples = samples_of(X, len(names))
        with self._alone():
            found = self._list()
            targets, labels = targets_of(y, len(names), named=bool(found.targets))
            if not found.features:
                features = first_features(samples)
                found = msgspec.structs.replace(found, features=features, targets=labels)
            targets = arranged_targets(targets, labels, found.targets)
            rows = rows_of(found, names, samples, targets)
            parts = self._change(part_work.learn, found, rows)
        return answers_in_kind(X, in_order(found, rows, parts), found.targets)

    def predict_many(self, keys: Any, X: Any) -> Any:
        """`Fleet.predict_many`, each part on a worker; NaN for unknown keys."""
        names = checked_keys(keys)
        samples = samples_of(X, len(names))
        with self._alone():
            found = self._begun()
            rows = rows_of(found, names, samples, np.zeros((len(names), 0)))
            work = [self._work(found, part, mine) for part, mine in rows.items()]
            parts = results_of(self._executor, part_work.predict, work)
        return answers_in_kind(X, in_order(found, rows, parts), found.targets)

    def scores(self) -> Scores:
        """`Fleet.scores`, each part on a worker; in the order of `keys`."""
        found = self._of_parts(part_work.scores)
        columns = list(zip(*found, strict=True))
        keys = [key for some in columns[0] for key in some]
        return Scores(keys, *(np.concatenate(each) for each in columns[1:]))

    def diverged(self) -> list[Key]:
        """`Fleet.diverged`, each part on a worker."""
        return [key for some in self._of_parts(part_work.diverged) for key in some]

    # Files.

    def _list(self) -> Parts:
        return read_list(self.folder)

    def _begun(self) -> Parts:
        """The list; raises `InputError` before the first rows."""
        found = self._list()
        if not found.features:
            raise InputError("the fleet has learned nothing yet: call learn_many first")
        return found

    def _work(self, found: Parts, part: int, rows: PartRows, target: str = "") -> Work:
        names = found.files[part], target
        source, into = (str(self.folder / name) if name else "" for name in names)
        return Work(found, source, into, versions(), rows)

    def _of_parts(self, call: Callable[[Work], T]) -> list[T]:
        """What a call says of each part that has a file, or of a fleet without keys."""
        with self._alone():
            found = self._begun()
            there = [part for part, name in enumerate(found.files) if name] or [0]
            work = [self._work(found, part, NOTHING) for part in there]
            return results_of(self._executor, call, work)

    def _change(
        self, call: Callable[[Work], T], found: Parts, rows: dict[int, PartRows]
    ) -> list[T]:
        """Let a call change the parts of some rows and write them, and count the new files."""
        files, mark = list(found.files), secrets.token_hex(8)
        for part in rows:
            files[part] = f"part-{part:05}-{mark}.safetensors"
        work = [self._work(found, part, mine, files[part]) for part, mine in rows.items()]
        results = results_of(self._executor, call, work)
        if rows:
            write_list(self.folder, msgspec.structs.replace(found, files=files))
            counted = set(files)
            for file in self.folder.glob("part-*.safetensors"):
                if file.name not in counted:  # of earlier calls, also of those that failed
                    file.unlink(missing_ok=True)
        return results

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


def _absolute(folder: Any) -> Path:
    """The absolute path of a folder; raises `InputError` for what is no path."""
    if not isinstance(folder, str | Path):
        raise InputError(f"folder must be a path, got {quoted(folder)}")
    return Path(os.path.abspath(folder))
