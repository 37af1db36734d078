"""The store: one SQLite file with finished trials and checkpoints of unfinished trials.

Every finished trial is one transaction, so a crash, a kill or a full disk loses at most the trial
in progress. One process writes at a time, while any number of processes read. Each record has a
checksum, because SQLite detects damage to its own pages, but not to the numbers in them.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
from platformdirs import user_data_path

from longlag.errors import InputError, StoreError
from longlag.experiments import records
from longlag.experiments.conditions import ENGINE, build, to_fingerprint
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.quoting import quoted

_APPLICATION = 0x6C6C6167  # "llag" in the header of the file
_SCHEMA = 1  # version of the tables below

_TABLES = """
CREATE TABLE trials (
    experiment TEXT, row TEXT, reading TEXT, trial INTEGER, fingerprint TEXT,
    conditions TEXT, outcome TEXT,   -- JSON
    curve BLOB, network BLOB,        -- arrays in the format of numpy.save
    checksum TEXT,                   -- SHA-256 of all of the above
    PRIMARY KEY (experiment, row, reading, trial, fingerprint)
);
CREATE INDEX trials_by_fingerprint ON trials (fingerprint, trial);
CREATE TABLE checkpoints (
    experiment TEXT, row TEXT, reading TEXT, trial INTEGER, fingerprint TEXT,
    engine INTEGER, state BLOB, checksum TEXT,
    PRIMARY KEY (fingerprint, trial)
);
"""

#: UnicodeDecodeError comes from an SQLite message that quotes damaged text.
_SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def default_path() -> Path:
    """The default path of the store: LONGLAG_STORE, or a file in the user's data folder.

    Raises `StoreError` if the user has neither.
    """
    given = os.environ.get("LONGLAG_STORE")
    if given:
        return Path(given)
    with suppress(RuntimeError):  # a user without a home folder; the path may also be relative
        data = user_data_path("longlag", appauthor=False)
        if data.is_absolute():
            return data / "results.longlag"
    raise StoreError(
        "there is no home folder to keep results in: name a file with --store or LONGLAG_STORE"
    )


class Store:
    """A store, open until `close` or the end of a `with` block. Any thread may call its methods.

    A store open for writing creates the file and its folder, and no other process can write. With
    `read_only` the file must exist, and another process may write. Every method may raise
    `StoreError`, one line; earlier contents of the store are then unchanged.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False):
        if not isinstance(path, str | os.PathLike):
            raise InputError(f"a store is a file, got {quoted(path)}: name it, such as 'x.longlag'")
        self.path = self._place = Path(path)
        self._mutex = threading.Lock()
        # The same store has the same lock, whichever link leads to it.
        with suppress(OSError, ValueError):
            self._place = Path(os.path.realpath(self.path))
        if os.path.isdir(self.path):
            raise StoreError(f"{self.path} is a folder: name a file in it, such as results.longlag")
        self._lock = None if read_only else self._acquire()
        try:
            self._connection = self._open(read_only)
        except BaseException:
            self._release()
            raise

    def save(self, record: TrialRecord) -> None:
        """Store a finished trial, replace its earlier record, and delete its checkpoint."""
        if record.status is Status.INTERRUPTED:
            raise InputError("an interrupted trial is not over: save a checkpoint of it instead")
        fingerprint = to_fingerprint(record.conditions, ENGINE)
        row = records.to_row(record, fingerprint)
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO trials VALUES (?,?,?,?,?,?,?,?,?,?)",
                (*row, records.checksum(row)),
            )
            connection.execute(
                "DELETE FROM checkpoints WHERE fingerprint = ? AND trial = ?",
                (fingerprint, record.key.trial),
            )

    def find(self, key: TrialKey, conditions: Conditions) -> TrialRecord | None:
        """The record of this trial, or None, whatever the name under which it was stored.

        A store that is open for writing keeps the record of another name under this one, too, so
        that what is shown by name has it. For a damaged record the result is None, so that the
        trial is run again and replaces it.
        """
        query = "SELECT * FROM trials WHERE fingerprint = ? AND trial = ?"
        rows = self._rows(query, (to_fingerprint(conditions, ENGINE), key.trial))
        for row in sorted(rows, key=lambda row: row[:4] != _name(key)):
            record = self._sound(row, key, conditions)
            if record:
                if row[:4] != _name(key) and self._lock is not None:
                    self.save(record)
                return record
        return None

    def records(self, experiment: str | None = None) -> list[TrialRecord]:
        """All finished trials, or those of one experiment, in the order in which they were saved.

        Raises a `StoreError` that names the first damaged record, if there is one.
        """
        sound, damaged = self.sound_records(experiment)
        if damaged:
            raise damaged[0]
        return sound

    def sound_records(
        self, experiment: str | None = None
    ) -> tuple[list[TrialRecord], list[StoreError]]:
        """What `records` returns, without those that are damaged; and what is wrong with those."""
        query = "SELECT * FROM trials WHERE ?1 IS NULL OR experiment = ?1 ORDER BY rowid"
        sound, damaged = [], []
        built: dict[str, Conditions] = {}
        for row in self._rows(query, (experiment,)):
            try:
                sound.append(self._rebuilt(row, built))
            except StoreError as error:
                damaged.append(error)
        return sound, damaged

    def examine(self) -> list[tuple[TrialKey, TrialRecord | str]]:
        """All finished trials, in the order in which they were saved, with every record checked.

        If this version cannot compute a record again, a reason takes the place of the record.
        """
        return [
            self._examined(row) for row in self._rows("SELECT * FROM trials ORDER BY rowid", ())
        ]

    def experiments(self) -> list[str]:
        """The names of the experiments that have finished trials, sorted."""
        query = "SELECT DISTINCT experiment FROM trials ORDER BY experiment"
        return [name for (name,) in self._rows(query, ())]

    def save_checkpoints(self, checkpoints: Iterable[tuple[TrialKey, Conditions, bytes]]) -> None:
        """Store the states of unfinished trials, all or none, and replace earlier states."""
        rows = [
            (*_name(key), to_fingerprint(conditions, ENGINE), ENGINE, state)
            for key, conditions, state in checkpoints
        ]
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO checkpoints VALUES (?,?,?,?,?,?,?,?)",
                [(*row, records.checksum(row)) for row in rows],
            )

    def checkpoint(self, key: TrialKey, conditions: Conditions) -> bytes | None:
        """The last state of this trial, or None if there is none or it is damaged.

        A state from another version of the engine is refused, because a trial that continued from
        it would not have the bits of an uninterrupted trial.
        """
        query = "SELECT * FROM checkpoints WHERE fingerprint = ? AND trial = ?"
        for row in self._rows(query, (to_fingerprint(conditions, ENGINE), key.trial)):
            return row[6] if records.intact(row) else None
        query = (
            "SELECT fingerprint, engine FROM checkpoints "
            "WHERE experiment = ? AND row = ? AND reading = ? AND trial = ?"
        )
        for fingerprint, engine in self._rows(query, _name(key)):
            if engine != ENGINE and fingerprint == to_fingerprint(conditions, engine):
                raise StoreError(
                    f"{_describe(key)} in {self.path} was begun by version {engine} of the engine, "
                    f"this is version {ENGINE}: finish it with the longlag that began it, "
                    "or use another store"
                )
        return None

    def begun(self, experiment: str) -> set[tuple[str, int]]:
        """The unfinished trials of an experiment: the fingerprint of the conditions, the number."""
        query = "SELECT fingerprint, trial FROM checkpoints WHERE experiment = ?"
        return set(self._rows(query, (experiment,)))

    def close(self) -> None:
        """Close the file and let other processes write; closing twice does nothing."""
        with self._mutex:
            self._connection.close()
            self._release()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def _acquire(self) -> filelock.FileLock:
        name = self._place.with_name(self._place.name + ".lock")
        # Any thread may close the store, so the lock must not belong to the opening thread.
        lock = filelock.FileLock(name, timeout=0, thread_local=False)
        try:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            several = self._place.exists() and self._place.stat().st_nlink > 1
        except filelock.Timeout:
            raise StoreError(
                f"{self.path} is in use by another longlag process: wait for it, stop it, "
                "or use another store"
            ) from None
        except (OSError, ValueError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StoreError(
                f"{self.path} cannot be opened for writing ({reason}): use another store"
            ) from None
        if several:  # SQLite keeps a log beside each name: two writers would not see each other
            lock.release()
            raise StoreError(
                f"{self.path} has another name, a hard link, under which it could be written to at "
                "the same time: copy it, and use the copy"
            )
        return lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def _open(self, read_only: bool) -> sqlite3.Connection:
        exists = os.path.exists(self.path)  # unlike Path.exists, no error where access is denied
        if read_only and not exists:
            raise StoreError(
                f"there is no store {self.path}: correct the name, or run a study first"
            )
        if exists and not os.path.isfile(self.path):
            raise StoreError(f"{self.path} is a device or a pipe: name a file")
        try:
            header = _first_bytes(self.path) if exists else b""
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error.strerror or error}") from None
        if header and header != b"SQLite format 3\0":
            raise StoreError(f"{self.path} is not a longlag store: use another file name")
        connection = None
        try:
            # isolation_level None: this file begins and ends transactions itself.
            connection = sqlite3.connect(
                f"{self._place.absolute().as_uri()}?{self._mode(read_only)}",
                uri=True,
                timeout=30,
                isolation_level=None,
                check_same_thread=False,
            )
            # Damaged text must reach the checksum instead of failing earlier.
            connection.text_factory = lambda text: text.decode(errors="replace")
            self._identify(connection, read_only)
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, _SQLITE_ERRORS):
                raise self._explained(error) from None
            raise
        return connection

    def _mode(self, read_only: bool) -> str:
        """The access mode of the file, in the terms of SQLite's file names."""
        if not read_only:
            return "mode=rwc"
        # Readers and a writer share an index file beside the store. The index is not needed if the
        # folder is not writable and no writer left a log.
        folder = self._place.parent
        effective = os.access in os.supports_effective_ids
        writable = os.access(folder, os.W_OK, effective_ids=effective)
        log = self._place.with_name(self._place.name + "-wal")
        return "mode=rw" if writable or os.path.exists(log) else "mode=ro&immutable=1"

    def _identify(self, connection: sqlite3.Connection, read_only: bool) -> None:
        """Make sure that the file is a store of this version, or turn an empty one into it."""

        def number(question: str) -> Any:
            return connection.execute(question).fetchone()[0]

        application = number("PRAGMA application_id")
        empty = application == 0 and number("SELECT count(*) FROM sqlite_schema") == 0
        if application != _APPLICATION and not empty:
            raise StoreError(f"{self.path} is not a longlag store: use another file name")
        if empty and read_only:
            raise StoreError(f"the store {self.path} is empty: run a study first")
        version = number("PRAGMA user_version")
        if version < _SCHEMA and not empty:
            raise self._damaged(f"its format {version} is unknown")
        if version > _SCHEMA:
            raise StoreError(
                f"{self.path} was written by a newer longlag (format {version}, this one knows "
                f"{_SCHEMA}): update longlag, or use another store"
            )
        damage = number("PRAGMA quick_check(1)")
        if damage != "ok":
            raise self._damaged(damage.splitlines()[-1])
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            return
        connection.execute("PRAGMA journal_mode = WAL")
        if empty:
            connection.executescript(
                f"BEGIN; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA};"
                f"{_TABLES} COMMIT;"
            )
        else:
            # An unwritable file must fail now, not after the first trial.
            connection.executescript(f"BEGIN; PRAGMA user_version = {_SCHEMA}; ROLLBACK;")

    def _rows(self, query: str, values: tuple) -> list[tuple]:
        with self._mutex:
            try:
                return self._connection.execute(query, values).fetchall()
            except _SQLITE_ERRORS as error:
                raise self._explained(error) from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._mutex:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    # SQLite ends some failed transactions, such as on a full disk, by itself.
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except _SQLITE_ERRORS as error:
                raise self._explained(error) from None

    def _explained(self, error: Exception) -> StoreError:
        """An error of SQLite, in words for the user."""
        code = getattr(error, "sqlite_errorname", "") or ""
        if code.startswith("SQLITE_FULL"):
            reason = "the disk is full: free some space and run the same command again"
        elif code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
            reason = "the file or its folder is not writable: mend its permissions, or use another"
        elif code.startswith("SQLITE_BUSY"):
            reason = "another program holds it: close that program"
        elif code.startswith("SQLITE_IOERR"):
            reason = f"the disk reports an error ({error}): check the disk, or use another store"
        elif isinstance(error, sqlite3.ProgrammingError):
            reason = f"{error}"
        else:
            return self._damaged(str(error))
        return StoreError(f"store {self.path}: {reason}")

    def _damaged(self, reason: str) -> StoreError:
        return StoreError(
            f"{self.path} is damaged ({reason}): restore a copy of it, or use another store"
        )

    @staticmethod
    def _sound(row: tuple, key: TrialKey, conditions: Conditions) -> TrialRecord | None:
        """The record in a row, under this key; None if it is damaged."""
        if records.intact(row):
            with suppress(*records.ODD):
                return replace(records.from_row(row, conditions), key=key)
        return None

    def _examined(self, row: tuple) -> tuple[TrialKey, TrialRecord | str]:
        key, fingerprint = TrialKey(*row[:4]), row[4]
        if not records.intact(row):
            return key, "its record is damaged"
        try:
            conditions = build(json.loads(row[5]))
            if fingerprint != to_fingerprint(conditions, ENGINE):
                return (
                    key,
                    "its fingerprint is not that of its conditions under version "
                    f"{ENGINE} of the arithmetic, which is ours: another version computed it, or "
                    "it was changed",
                )
        except InputError as error:
            return key, f"its conditions are unknown: {error}"
        except records.ODD as error:
            return key, f"its conditions are unknown: {records.reason(error)}"
        try:
            return key, records.from_row(row, conditions)
        except records.ODD as error:
            return key, f"its record is none that this version can read: {records.reason(error)}"

    def _rebuilt(self, row: tuple, built: dict[str, Conditions]) -> TrialRecord:
        """The record of a row; `built` are conditions by their text, and gets those of the row."""
        key = TrialKey(*row[:4])
        if not records.intact(row):
            raise StoreError(
                f"{_describe(key)} in {self.path} is damaged: run it again to replace it"
            )
        try:
            if row[5] not in built:
                built[row[5]] = build(json.loads(row[5]))
            return records.from_row(row, built[row[5]])
        except (InputError, *records.ODD) as error:
            raise StoreError(
                f"{_describe(key)} in {self.path} cannot be read: {records.reason(error)}"
            ) from None


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _name(key: TrialKey) -> tuple:
    return key.experiment, key.row, key.reading, key.trial


def _describe(key: TrialKey) -> str:
    return f"trial {key.trial} of {key.experiment}, {key.row}, {key.reading}"
