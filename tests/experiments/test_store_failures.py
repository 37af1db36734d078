"""What a user reads where a file is no store, damaged or cannot be written; nothing is lost."""

import io
import json
import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.trials import CONDITIONS, key, record, refused, same

from longlag.errors import StoreError
from longlag.experiments.records import checksum
from longlag.experiments.store import Store
from longlag.tasks.adding import Adding


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.longlag"


@contextmanager
def ordinary_user():
    """Permissions do not bind the superuser, as whom tests may run."""
    if os.name != "posix":
        pytest.skip("POSIX permissions")
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)  # nobody
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that every user reaches, unlike that of tmp_path."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)
        Path(folder).chmod(0o777)


def test_paths_that_hold_no_store(tmp_path, path):
    with refused("is a folder: name a file in it"):
        Store(tmp_path)
    with refused("there is no store"):
        Store(path, read_only=True)
    path.write_text("some notes of mine, in plain text\n")
    with refused("is not a longlag store: use another file name"):
        Store(path)
    assert path.read_text() == "some notes of mine, in plain text\n"
    with refused("cannot be opened for writing"):
        Store(path / "below a file")
    with refused("cannot be opened for writing"):
        Store("null\0byte")


def test_another_application_s_database_is_left_alone(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with refused("is not a longlag store: use another file name"):
            Store(path, read_only=read_only)
    assert path.read_bytes() == before


def test_a_newer_store_is_refused(path):
    with Store(path) as store:
        store.save(record())
        store._connection.execute("PRAGMA user_version = 2")
    with refused("was written by a newer longlag (format 2, this one knows 1): update longlag"):
        Store(path)


def test_a_full_disk_loses_nothing_stored(path):
    with Store(path) as store:
        store.save(record())
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        large = replace(record(1), column=np.zeros(100_000))
        with refused("the disk is full: free some space and run the same command again"):
            store.save(large)
        assert same(store.records()[0], record())
        store._connection.execute("PRAGMA max_page_count = 1000000")
        store.save(large)
        assert len(store.records()) == 2


def test_a_read_only_file(open_folder):
    path = open_folder / "results.longlag"
    with ordinary_user():
        with Store(path) as store:
            store.save(record())
        path.chmod(0o444)
        with refused("not writable"):
            Store(path)
        with Store(path, read_only=True) as store:
            assert same(store.records()[0], record())
        path.chmod(0)
        with refused("cannot be read: Permission denied"):
            Store(path, read_only=True)


def test_a_read_only_folder(open_folder):
    path = open_folder / "results.longlag"
    with ordinary_user(), Store(path) as store:
        store.save(record())
    (open_folder / "results.longlag.lock").unlink(missing_ok=True)
    open_folder.chmod(0o555)
    with ordinary_user():
        with refused("cannot be opened for writing (Permission denied)"):
            Store(path)
        with refused("cannot be opened for writing (Permission denied)"):
            Store(open_folder / "below" / "results.longlag")
        with Store(path, read_only=True) as store:
            assert same(store.records()[0], record())


def flip(path, offset, bit):
    content = bytearray(path.read_bytes())
    content[offset % len(content)] ^= 1 << bit
    path.write_bytes(content)


def test_a_damaged_record_is_named_hides_no_other_and_is_replaced(path):
    damaged = replace(record(1), column=np.full(150, 0.123))
    with Store(path) as store:
        for each in (record(0), damaged, record(2)):
            store.save(each)
    # Numbers within a record: SQLite itself does not notice.
    flip(path, path.read_bytes().index(damaged.column.tobytes()) + 40, 3)
    with Store(path) as store:
        with refused("trial 1 of adding, T=100, as-printed in"):
            store.records()
        assert store.find(key(1), CONDITIONS) is None
        assert store.find(key(2), CONDITIONS) is not None
        store.save(record(1))
        assert sorted(each.key.trial for each in store.records()) == [0, 1, 2]


def test_a_damaged_checkpoint_counts_as_none(path):
    with Store(path) as store:
        store.save_checkpoints([(key(), CONDITIONS, b"the state of a network")])
    flip(path, path.read_bytes().index(b"the state of a network"), 0)
    with Store(path) as store:
        assert store.checkpoint(key(), CONDITIONS) is None


def test_a_record_of_a_task_that_is_gone_is_named(path):
    class Gone(Adding):
        name = "gone"

    with Store(path) as store:
        store.save(record(2, conditions=replace(CONDITIONS, task=Gone(T=100))))
        with refused("cannot be read: task.type: unknown task 'gone'"):
            store.records()


@pytest.mark.parametrize(
    ("column", "content"),
    [("conditions", "{}"), ("conditions", "[" * 100_000), ("curve", b"PK"), ("network", None)],
    ids=["no task", "nested", "another format", "nothing"],
)
def test_a_record_of_another_program_is_named_and_hides_no_other(path, column, content):
    with Store(path) as store:
        store.save(record(0))
        store.save(record(1))
    if content == b"PK":
        file = io.BytesIO()
        np.savez(file, curve=np.zeros((1, 3)))
        content = file.getvalue()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE trials SET {column} = ? WHERE trial = 1", (content,))
        (row,) = connection.execute("SELECT * FROM trials WHERE trial = 1")
        connection.execute("UPDATE trials SET checksum = ? WHERE trial = 1", (checksum(row[:-1]),))
    with Store(path, read_only=True) as store:
        (sound,), (damaged,) = store.sound_records()
        assert sound.key.trial == 0
        assert "trial 1 of adding, T=100, as-printed in" in str(damaged)
        assert [isinstance(said, str) for _, said in store.examine()] == [False, True]


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A store of eight records and a checkpoint."""
    path = tmp_path_factory.mktemp("store") / "results.longlag"
    with Store(path) as store:
        for trial in range(8):
            store.save(record(trial))
        store.save_checkpoints([(key(9), CONDITIONS, b"state")])
    return path


@settings(max_examples=200)
@given(where=st.integers(0, 2**20), bit=st.integers(0, 7), cut=st.booleans())
def test_damage_anywhere_gives_the_truth_or_one_line(several, tmp_path_factory, where, bit, cut):
    content = several.read_bytes()
    path = tmp_path_factory.mktemp("store") / "results.longlag"
    path.write_bytes(content[: where % len(content)] if cut else content)
    if not cut:
        flip(path, where, bit)
    read, message = None, "one line"
    try:
        with Store(path, read_only=True) as store:
            store.experiments()
            assert store.checkpoint(key(9), CONDITIONS) in (b"state", None)
            found = store.find(key(0), CONDITIONS)
            assert found is None or same(found, record(0))
            read = store.records()
    except StoreError as error:
        message = str(error)
    assert len(message.splitlines()) == 1
    if read is not None:
        assert len(read) == 8
        assert all(same(each, record(trial)) for trial, each in enumerate(read))


def test_a_damaged_record_does_not_hide_the_sound_ones(path, longlag):
    damaged = replace(record(1), column=np.full(150, 0.123))
    with Store(path) as store:
        for each in (record(0), damaged, record(2)):
            store.save(each)
    flip(path, path.read_bytes().index(damaged.column.tobytes()) + 40, 3)
    with Store(path, read_only=True) as store:
        sound, reasons = store.sound_records()
        assert [each.key.trial for each in sound] == [0, 2]
        assert [str(each) for each in reasons] == [
            f"trial 1 of {damaged.key.experiment}, {damaged.key.row}, {damaged.key.reading} in "
            f"{path} is damaged: run it again to replace it"
        ]
    status, out, err = longlag("results", "--json", "--store", path)
    assert status == 0
    assert [each["trial"] for each in json.loads(out)["trials"]] == [0, 2]
    assert err.count("\n") == 1
    assert "1 of 3 trials are left out, as they are damaged; the first: trial 1 of" in err


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_the_lock_holds_through_links(path, tmp_path):
    link, folder, second = tmp_path / "link", tmp_path / "folder", tmp_path / "second"
    link.symlink_to(path)
    folder.symlink_to(path.parent)
    for there in (link, folder / path.name):
        with Store(there), pytest.raises(StoreError, match="in use by another longlag process"):
            Store(path)
        with Store(path), pytest.raises(StoreError, match="in use by another longlag process"):
            Store(there)
    os.link(path, second)
    for name in (path, second):
        with pytest.raises(StoreError, match="has another name, a hard link"):
            Store(name)
    second.unlink()
    with Store(path):
        pass
