"""The store gives back what it was given, whoever else uses it, and after a kill."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from support.trials import CONDITIONS, key, record, refused, same

from longlag.errors import InputError, StoreError
from longlag.experiments import store as store_module
from longlag.experiments.stop import Recent
from longlag.experiments.store import Store, default_path
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.rules import Adam
from longlag.tasks.adding import Adding, AddingModern


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.longlag"


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


@settings(max_examples=60)  # each example opens and syncs a file
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
        # A copy of the experiment under another name need not run again, and is shown, too.
        found = store.find(key(3, "mine"), CONDITIONS)
        assert found is not None
        assert found.key == key(3, "mine")
        (kept,) = store.records("mine")
        assert same(kept, found)
    with Store(path, read_only=True) as store:
        assert store.find(key(3, "third"), CONDITIONS) is not None
        assert store.experiments() == ["adding", "mine"]


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
        "import sys; sys.path.insert(0, sys.argv[2]); from support import trials as t\n"
        "from longlag.experiments.store import Store\n"
        "with Store(sys.argv[1]) as store:\n"
        "    for trial in range(100_000):\n"
        "        store.save_checkpoints([(t.key(trial), t.CONDITIONS, b'state')])\n"
        "        store.save(t.record(trial)); print(trial, flush=True)"
    )
    command = [sys.executable, "-c", script, str(path), str(Path(__file__).parents[1])]
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
    with refused("is empty: run a study first"), Store(path, read_only=True):
        pass
    with Store(path) as store:
        store.save(record())
        assert len(store.records()) == 1


def test_where_results_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("LONGLAG_STORE", str(tmp_path / "mine"))
    assert default_path() == tmp_path / "mine"
    monkeypatch.delenv("LONGLAG_STORE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_path().relative_to(tmp_path).parts[-2:] == ("longlag", "results.longlag")
    if sys.platform == "linux":
        assert default_path() == tmp_path / ".local/share/longlag/results.longlag"
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert default_path() == tmp_path / "data/longlag/results.longlag"


@pytest.mark.parametrize("newer", [False, True])
def test_without_a_home_a_store_must_be_named(newer, monkeypatch):
    def where(name, appauthor):
        if newer:  # platformdirs 4.14
            raise RuntimeError("could not determine the home directory")
        return Path("~") / ".local" / "share" / name

    monkeypatch.delenv("LONGLAG_STORE", raising=False)
    monkeypatch.setattr(store_module, "user_data_path", where)
    with refused("there is no home folder to keep results in: name a file with --store"):
        default_path()
