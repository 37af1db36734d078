"""The store gives back what it was given, and says in one line what is wrong with a file."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from longlag.errors import InputError, StoreError
from longlag.experiments import store as store_module
from longlag.experiments.stop import Recent
from longlag.experiments.store import Store, default_path
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.learners.rules import Adam
from longlag.tasks.adding import Adding, AddingModern

CONDITIONS = Conditions(
    task=Adding(T=100),
    learner=LSTM(inputs=2, outputs=1, input_gate_biases=(-3.0, -6.0)),
    stop=Recent(),
    cap=1000,
    test=10,
    dtype="float32",
    seed=1,
)


def key(trial=0, experiment="adding"):
    return TrialKey(experiment, "T=100", "as-printed", trial)


def record(trial=0, experiment="adding", conditions=CONDITIONS):
    return TrialRecord(
        key=key(trial, experiment),
        conditions=conditions,
        status=Status.SOLVED,
        sequences=74_000 + trial,
        steps=7_770_000,
        seconds=1.25,
        wrong=1,
        tested=10,
        test_error=0.0087,
        curve=np.array([[100.0, 0.2, 0.9], [200.0, 0.1, 0.5]]),
        column=np.linspace(-1, 1, 150, dtype=np.float32),
    )


def same(a, b):
    """Equal to the bit, arrays and numbers that are not numbers included."""
    plain = [repr(replace(each, curve=np.empty(0), column=np.empty(0))) for each in (a, b)]
    return plain[0] == plain[1] and all(
        x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
        for x, y in ((a.curve, b.curve), (a.column, b.column))
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.longlag"


@contextmanager
def refused(message):
    """One line that names what is wrong."""
    with pytest.raises(StoreError) as caught:
        yield
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


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


numbers = st.floats(allow_nan=True, allow_infinity=True)
names = st.text(st.characters(codec="utf-8"), max_size=20)
rates = st.floats(0, 1e6, allow_subnormal=True)

trial_records = st.builds(
    TrialRecord,
    key=st.builds(TrialKey, names, names, names, st.integers(0, 2**40)),
    conditions=st.builds(
        Conditions,
        task=st.builds(Adding, T=st.integers(22, 10**9)) | st.just(AddingModern(T=7)),
        learner=st.builds(
            LSTM,
            inputs=st.just(2),
            outputs=st.just(1),
            weight_range=st.floats(0, 1000),
            input_gate_biases=st.tuples(st.floats(-9, 9), st.floats(-9, 9)) | st.just(()),
            rule=st.builds(Adam, rate=rates),
        ),
        stop=st.builds(
            Recent, window=st.integers(1, 99), average_below=st.floats(1e-300, float("inf"))
        ),
        cap=st.integers(1, 10**12),
        test=st.integers(1, 10**9),
        dtype=st.sampled_from(["float32", "float64"]),
        seed=st.integers(0, 2**63 - 1),
    ),
    status=st.sampled_from([Status.SOLVED, Status.CAP, Status.DIVERGED]),
    sequences=st.integers(0, 2**70),
    steps=st.integers(0, 2**70),
    seconds=numbers,
    wrong=st.none() | st.integers(0, 2**40),
    tested=st.integers(0, 2**40),
    test_error=st.none() | numbers,
    curve=arrays(np.float64, st.tuples(st.integers(0, 5), st.just(3))),
    column=arrays(st.sampled_from([np.float32, np.float64]), array_shapes(max_dims=1, min_side=0)),
)


@settings(max_examples=60, deadline=None)  # each example opens and syncs a file
@given(trial=trial_records, state=st.binary())
def test_records_and_checkpoints_survive_the_round_trip(tmp_path_factory, trial, state):
    path = tmp_path_factory.mktemp("store") / "results.longlag"
    with Store(path) as store:
        store.save_checkpoints([(trial.key, trial.conditions, state)])
        assert store.checkpoint(trial.key, trial.conditions) == state
        store.save(trial)
        assert store.checkpoint(trial.key, trial.conditions) is None
    with Store(path, read_only=True) as store:
        (read,) = store.records()
        assert same(read, trial)
        found = store.find(trial.key, trial.conditions)
        assert found is not None
        assert same(found, trial)
        assert store.experiments() == [trial.key.experiment]


def test_find_goes_by_conditions_and_trial_number(path):
    with Store(path) as store:
        store.save(record(3))
        assert store.find(key(4), CONDITIONS) is None
        assert store.find(key(3), replace(CONDITIONS, seed=2)) is None
        # A copy of the experiment under another name need not run again.
        found = store.find(key(3, "mine"), CONDITIONS)
        assert found is not None
        assert found.key == key(3, "mine")


def test_records_come_in_the_order_of_saving_and_a_second_replaces_the_first(path):
    with Store(path) as store:
        for trial in (record(5), record(2, "mine"), record(1)):
            store.save(trial)
        assert [each.key.trial for each in store.records()] == [5, 2, 1]
        assert [each.key.trial for each in store.records("adding")] == [5, 1]
        assert store.experiments() == ["adding", "mine"]
        store.save(replace(record(5), seconds=9.0))
        assert [each.seconds for each in store.records("adding")] == [1.25, 9.0]


def test_an_interrupted_trial_is_not_a_result(path):
    with Store(path) as store, pytest.raises(InputError, match="save a checkpoint of it instead"):
        store.save(replace(record(), status=Status.INTERRUPTED))


def test_checkpoints_are_replaced_together_or_not_at_all(path):
    with Store(path) as store:
        store.save_checkpoints([(key(0), CONDITIONS, b"a"), (key(1), CONDITIONS, b"b")])
        store.save_checkpoints([(key(1), CONDITIONS, b"c")])
        unreadable: list = [(key(0), CONDITIONS, b"d"), (key(1), CONDITIONS, object())]
        with pytest.raises(StoreError):
            store.save_checkpoints(unreadable)
        assert store.checkpoint(key(0), CONDITIONS) == b"a"
        assert store.checkpoint(key(1), CONDITIONS) == b"c"
        assert store.checkpoint(key(1), replace(CONDITIONS, cap=5)) is None


def test_a_checkpoint_of_another_engine_is_refused(path, monkeypatch):
    with Store(path) as store:
        store.save_checkpoints([(key(4), CONDITIONS, b"a")])
        monkeypatch.setattr(store_module, "ENGINE", store_module.ENGINE + 1)
        with refused("trial 4 of adding, T=100, as-printed in"):
            store.checkpoint(key(4), CONDITIONS)
        with refused("finish it with the longlag that began it, or use another store"):
            store.checkpoint(key(4), CONDITIONS)
        assert store.checkpoint(key(4), replace(CONDITIONS, seed=9)) is None


def test_threads_may_save_at_once(path):
    with Store(path) as store:
        threads = [
            threading.Thread(target=lambda n=n: [store.save(record(n + i)) for i in range(5)])
            for n in range(0, 40, 5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(each.key.trial for each in store.records()) == list(range(40))


def test_one_process_writes_and_others_read(path):
    script = (
        "import sys; from longlag.errors import StoreError; "
        "from longlag.experiments.store import Store\n"
        "try: print(len(Store(sys.argv[1], read_only=len(sys.argv) > 2).records()))\n"
        "except StoreError as error: print(error)"
    )

    def elsewhere(*arguments):
        command = [sys.executable, "-c", script, str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with Store(path) as store:
        store.save(record())
        assert elsewhere("read only") == "1"
        assert elsewhere() == (
            f"{path} is in use by another longlag process: "
            "wait for it, stop it, or use another store"
        )
        store.save(record(1))
    with Store(path) as store:
        assert len(store.records()) == 2


def test_a_killed_process_loses_nothing_it_saved(path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); import test_store as t\n"
        "with t.Store(sys.argv[1]) as store:\n"
        "    for trial in range(100_000):\n"
        "        store.save_checkpoints([(t.key(trial), t.CONDITIONS, b'state')])\n"
        "        store.save(t.record(trial)); print(trial, flush=True)"
    )
    command = [sys.executable, "-c", script, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 20:
                process.kill()
                break
    with Store(path) as store:  # the lock of the dead is free
        read = store.records()
        assert len(read) > 20
        assert all(same(each, record(trial)) for trial, each in enumerate(read))


def test_a_reader_sees_what_is_saved_while_it_reads_and_writes_nothing(path):
    with Store(path) as writer, Store(path, read_only=True) as reader:
        assert reader.records() == []
        writer.save(record())
        assert len(reader.records()) == 1
        with refused("not writable"):
            reader.save(record(1))
    assert [each.name for each in path.parent.iterdir() if "-" in each.name] == []


def test_closing_frees_the_store_and_may_be_repeated(path):
    store = Store(path)
    thread = threading.Thread(target=store.close)
    thread.start()
    thread.join()
    store.close()
    with Store(path):
        pass
    with refused("Cannot operate on a closed database"):
        store.records()


def test_a_new_store_makes_its_folders(tmp_path):
    with Store(tmp_path / "a b" / "c?d#" / "results.longlag") as store:
        store.save(record())
    assert (tmp_path / "a b" / "c?d#" / "results.longlag").is_file()


def test_an_empty_file_becomes_a_store(path):
    path.touch()
    with refused("is empty: run an experiment first"), Store(path, read_only=True):
        pass
    with Store(path) as store:
        store.save(record())
        assert len(store.records()) == 1


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


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A store of eight records and a checkpoint."""
    path = tmp_path_factory.mktemp("store") / "results.longlag"
    with Store(path) as store:
        for trial in range(8):
            store.save(record(trial))
        store.save_checkpoints([(key(9), CONDITIONS, b"state")])
    return path


@settings(max_examples=200, deadline=None)
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


def test_where_results_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("LONGLAG_STORE", str(tmp_path / "mine"))
    assert default_path() == tmp_path / "mine"
    monkeypatch.delenv("LONGLAG_STORE")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_path() == tmp_path / ".local/share/longlag/results.longlag"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_path() == tmp_path / "data/longlag/results.longlag"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_path() == tmp_path / "Library/Application Support/longlag/results.longlag"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert default_path() == tmp_path / "local/longlag/results.longlag"
