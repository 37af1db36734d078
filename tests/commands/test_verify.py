"""`longlag verify` tells stored trials that hold from those that do not, and writes nothing."""

import json
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from support import studies
from support.command_line import assert_refused

from longlag.errors import StoreError
from longlag.experiments import records as record_rows
from longlag.experiments.conditions import ENGINE
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey
from longlag.report.study.progress import Display

pytestmark = pytest.mark.usefixtures("own_folder")

EASY = studies.easy()


@pytest.fixture(scope="module")
def records():
    """Three trials of one row, and one of another seed under the same names."""
    name = TrialKey("easy", "[only]", "only", 0)
    first = [(replace(name, trial=i), EASY) for i in range(3)]
    return [
        *Study(first, workers=1).run(every=0.001),
        *Study([(name, replace(EASY, seed=4))], workers=1).run(every=0.001),
    ]


@pytest.fixture
def path(tmp_path, records):
    """A store of these trials."""
    with Store(tmp_path / "results.longlag") as store:
        for record in records:
            store.save(record)
    return tmp_path / "results.longlag"


def rewrite(path, trial, **columns):
    """Change columns of the record of a trial of the first seed, and make its checksum fit."""
    with sqlite3.connect(path) as connection:
        cursor = connection.execute("SELECT rowid, * FROM trials WHERE trial = ?", (trial,))
        names = [name for name, *_ in cursor.description[1:]]
        rowid, *values = cursor.fetchone()
        row = dict(zip(names, values, strict=True)) | columns
        row["checksum"] = record_rows.checksum(tuple(row.values())[:-1])
        places = ", ".join(f"{name} = ?" for name in names)
        connection.execute(f"UPDATE trials SET {places} WHERE rowid = ?", (*row.values(), rowid))
    connection.close()


def test_a_sound_store_is_equal_and_stays_as_it_is(longlag, path):
    before = path.read_bytes()
    status, out, err = longlag("verify", path)
    assert status == 0
    assert "4 trials compared, 4 equal to the bit, 0 different; 0 that cannot" in out
    assert "[only]" in out
    assert "running 4 of 4 stored trials again: " in err
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, path.name + ".lock"]


def test_a_network_of_which_one_bit_was_changed_is_found(longlag, path, records):
    column = records[1].column.copy()
    column[7] = np.nextafter(column[7], np.float32(2))
    rewrite(path, 1, network=record_rows._pack(column))
    status, out, _ = longlag("verify", path)
    assert status == 1
    assert "different: easy, [only], only, trial 1: network" in out
    assert "4 trials compared, 3 equal to the bit, 1 different; 0 that cannot" in out
    status, out, _ = longlag("verify", path, "--json", "--workers", 1)
    assert status == 1
    trials = json.loads(out)
    assert [(each["trial"], each["seed"], each["result"]) for each in trials] == [
        (0, 3, "equal"),
        (1, 3, "different"),
        (2, 3, "equal"),
        (0, 4, "equal"),
    ]
    assert trials[1]["differences"] == ["network"]


def test_a_sample_is_run_alone(longlag, path):
    status, out, err = longlag("verify", path, "--sample", 2)
    assert status == 0
    assert "running 2 of 4 stored trials again: " in err
    assert "2 trials compared, 2 equal to the bit" in out
    assert_refused(longlag("verify", path, "--sample", 0), "--sample must be at least 1, got 0")


@pytest.fixture
def doubtful(path):
    """The store with three records that cannot be run again, and one that can."""
    rewrite(path, 0, fingerprint="0" * 64)
    unknown = {"task": {"type": "adding", "T": 24}, "learner": {"type": "mine"}}
    rewrite(path, 1, conditions=json.dumps(unknown))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE trials SET curve = x'00' WHERE trial = 2")
    connection.close()
    return path


def test_what_cannot_be_run_again_is_said_and_why(longlag, doubtful):
    status, out, err = longlag("verify", doubtful)
    assert status == 1
    assert "running 1 of 4 stored trials again: " in err
    said = " ".join(out.split())
    for trial, reason in enumerate(
        (
            "its fingerprint is not that of its conditions under version "
            f"{ENGINE} of the arithmetic, which is ours: another version computed it",
            "its conditions are unknown: learner.type: unknown learner 'mine'",
            "its record is damaged",
        )
    ):
        assert f"not run again: easy, [only], only, trial {trial}: {reason}" in said
    assert "1 trial compared, 1 equal to the bit, 0 different; 3 that cannot" in said
    _, out, _ = longlag("verify", doubtful, "--json")
    equal, *refused = json.loads(out)
    assert (equal["seed"], equal["result"], equal["reason"]) == (4, "equal", None)
    assert [each["result"] for each in refused] == ["refused"] * 3
    assert all(each["reason"] for each in refused)


def test_a_store_of_which_nothing_can_be_run_again_is_refused(longlag, doubtful):
    with sqlite3.connect(doubtful) as connection:
        connection.execute("DELETE FROM trials WHERE rowid = 4")
    connection.close()
    assert_refused(longlag("verify", doubtful), "none of the 3 trials in")


def test_stores_that_there_are_not(longlag, tmp_path):
    assert_refused(longlag("verify"), "there is no store")
    assert_refused(longlag("verify", tmp_path / "nothing"), "there is no store")
    assert_refused(longlag("verify", tmp_path), "is a folder")
    (tmp_path / "text").write_text("of some sort, and longer than a header")
    assert_refused(longlag("verify", tmp_path / "text"), "is not a longlag store")
    Store(tmp_path / "empty").close()
    assert_refused(longlag("verify", tmp_path / "empty"), "there are no finished trials in")


def test_ctrl_c_shows_what_was_compared(longlag, path, records, monkeypatch):
    endless = replace(records[0], conditions=studies.endless(10**9), status=Status.CAP)
    with Store(path) as store:
        store.save(endless)

    pressed = []

    def press(_, study):
        if len(study.done) == 4 and not pressed:
            pressed.append(True)
            raise KeyboardInterrupt

    monkeypatch.setattr(Display, "__call__", press)
    status, out, err = longlag("verify", path)
    assert status == 130
    assert "4 trials compared, 4 equal to the bit, 0 different" in out
    assert "1 of 5 trials were not compared" in err


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"outcome": "[]"}, "its record is none that this version can read"),
        ({"outcome": '{"status": "bogus"}'}, "its record is none that this version can read"),
        ({"outcome": "{"}, "its record is none that this version can read"),
        ({"network": b"junk"}, "its record is none that this version can read"),
        ({"curve": None}, "its record is none that this version can read"),
        ({"conditions": "["}, "its conditions are unknown"),
        ({"conditions": "[1]"}, "its conditions are unknown"),
        ({"conditions": '{"task": 3}'}, "its conditions are unknown"),
    ],
)
def test_an_odd_record_with_a_right_checksum_is_refused(path, columns, reason):
    rewrite(path, 1, **columns)
    with Store(path, read_only=True) as store:
        found = dict(store.examine())
        assert sum(isinstance(each, str) for each in found.values()) == 1
        (refused,) = (each for each in found.values() if isinstance(each, str))
        assert refused.startswith(reason)
        with pytest.raises(StoreError, match="cannot be read"):
            store.records()
