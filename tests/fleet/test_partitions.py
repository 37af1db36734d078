"""A fleet in parts answers and learns as one fleet, wherever its parts are and whatever fails.

All drivers run interpreted, as in test_fleet.py.
"""

import json
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from longlag import Fleet, FleetClassifier, InputError, PartitionedFleet, WorkersError, parts_of
from longlag.estimators.saving import BLANK, checksum
from longlag.executors import versions
from longlag.fleet import partitions

KEYS = [*(f"shop {i}" for i in range(9)), 3, "3"]


@pytest.fixture(autouse=True)
def lanes(lanes, monkeypatch):
    """Drivers run as Python, also in new processes."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def rows(count, seed):
    generator = np.random.default_rng(seed)
    keys = [KEYS[i] for i in generator.integers(len(KEYS), size=count)]
    return keys, generator.normal(size=(count, 2)), generator.normal(size=count)


def fleet():
    return Fleet(cells=2, interval=0.9)


def records(fleet):
    state = fleet.state()
    return {key: state.records[i].tobytes() for i, key in enumerate(state.keys)}


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.parametrize(
    "pool",
    [
        ThreadPoolExecutor,
        pytest.param(
            partial(ProcessPoolExecutor, mp_context=get_context("spawn")), marks=pytest.mark.slow
        ),
    ],
    ids=["threads", "processes"],
)
def test_parts_have_the_bits_of_one_fleet(pool, tmp_path):
    whole = fleet()
    with pool(2) as executor:
        parts = PartitionedFleet.split(fleet(), tmp_path / "fleet", 3, executor)
        for seed in range(2):
            keys, X, y = rows(8, seed)
            assert parts.learn_many(keys, X, y).tobytes() == whole.learn_many(keys, X, y).tobytes()
        again = PartitionedFleet(tmp_path / "fleet", executor)
        keys, X, _ = rows(8, 2)
        assert again.predict_many(keys, X).tobytes() == whole.predict_many(keys, X).tobytes()
    assert again.parts == 3
    assert records(again.join()) == records(whole)


def test_a_part_is_a_file_of_a_fleet_and_no_other_files_stay(tmp_path, threads):
    parts = PartitionedFleet.split(fleet(), tmp_path, 3, threads)
    for seed in range(3):
        parts.learn_many(*rows(8, seed))
    files = list(tmp_path.glob("part-*"))
    assert 0 < len(files) <= 3
    for file in files:
        part = int(file.name.split("-")[1])
        assert set(parts_of(Fleet.load(file).keys(), 3).tolist()) == {part}


def test_a_fleet_that_has_learned_is_split_and_joined(tmp_path, threads):
    whole = fleet()
    whole.learn_many(*rows(8, 1))
    parts = PartitionedFleet.split(whole, tmp_path / "new", 4, threads)
    assert records(parts.join()) == records(whole)
    more = rows(6, 2)
    assert parts.learn_many(*more).tobytes() == whole.learn_many(*more).tobytes()


def test_keys_without_a_network_are_answered_nan(tmp_path, threads):
    parts = PartitionedFleet.split(fleet(), tmp_path, 50, threads)
    with pytest.raises(InputError, match="learned nothing yet"):
        parts.predict_many(["new"], [[1, 2]])
    assert len(parts.join()) == 0
    parts.learn_many(["old"], [[1, 2]], [3])
    found = parts.predict_many(["new", "old", "newer"], [[1, 2]] * 3)
    assert np.isnan(found).all(axis=1).tolist() == [True, False, True]


def test_all_parts_learn_or_none_does(tmp_path, threads):
    parts = PartitionedFleet.split(fleet(), tmp_path, 3, threads)
    keys, X, y = rows(8, 1)
    parts.learn_many(keys, X, y)
    before, bad = records(parts.join()), y.copy()
    bad[-1] = np.inf
    with pytest.raises(InputError, match="inf"):
        parts.learn_many(keys, X, bad)
    assert records(parts.join()) == before
    parts.learn_many(keys, X, y)
    whole = fleet()
    for _ in range(2):
        whole.learn_many(keys, X, y)
    assert records(parts.join()) == records(whole)


class Twice(Executor):
    """Workers that are lost after every call, which is then done again."""

    def submit(self, fn, /, *args, **kwargs):
        fn(*args, **kwargs)
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_work_that_is_done_again_is_done_once(tmp_path):
    parts, whole = PartitionedFleet.split(fleet(), tmp_path, 3, Twice()), fleet()
    for seed in range(2):
        parts.learn_many(*rows(8, seed))
        whole.learn_many(*rows(8, seed))
    assert records(parts.join()) == records(whole)


def test_a_key_has_the_same_part_on_every_machine():
    assert parts_of(["shop 1", "Ö", 3, "3", -1], 1000).tolist() == [841, 237, 952, 967, 640]


def test_the_keys_of_a_part_fall_evenly_into_other_parts():
    keys = [f"sensor {i}" for i in range(64_000)]
    mine = [key for key, part in zip(keys, parts_of(keys, 64).tolist(), strict=True) if part == 5]
    counts = np.bincount(parts_of(mine, 16), minlength=16)
    # Some 1,000 keys are expected in one of 64 parts, with a spread of 31, and 62 in each of its 16
    # parts, with a spread of 8: five of these spreads come by chance once in 10^5 runs.
    assert abs(len(mine) - 1000) < 155
    assert np.abs(counts - 62).max() < 40


@pytest.mark.parametrize(
    ("keys", "X", "y", "message"),
    [
        (["a"], [1.0, 2.0], [1], "X must be a 2-D array"),
        (["a", "b"], [[1.0, 2.0]], [1], "keys and X must be of equal length, got 2 and 1"),
        (["a"], [[1.0, 2.0]], [1, 2], r"y must have shape \(1,\), one target a row"),
        (["a"], [[1.0, 2.0]], [[1, 2]], "has learned one target a row, got several"),
        (["a"], [["x", "y"]], [1], "numbers, got texts in column 0"),
        (["a"], [[1.0]], [1], "X has 1 features, but the fleet is expecting 2"),
        (["a", "b"], [[1.0, 2.0], [3.0]], [1, 2], "X must have rows of one length"),
        (["a", "b"], [[1.0, 2.0], [3.0, 4.0]], [[1], [2, 3]], "y must hold one target a sample"),
        ([1.5], [[1.0, 2.0]], [1], "a key is a text or a whole number"),
    ],
)
def test_rows_of_other_forms_are_refused(tmp_path, threads, keys, X, y, message):
    parts = PartitionedFleet.split(fleet(), tmp_path, 3, threads)
    parts.learn_many(["known"], [[1.0, 2.0]], [3.0])
    with pytest.raises(InputError, match=message):
        parts.learn_many(keys, X, y)


def test_folders_are_checked(tmp_path, threads):
    with pytest.raises(InputError, match="holds no fleet in parts: split one first"):
        PartitionedFleet(tmp_path, threads)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"is a file: name the folder .* Fleet\.load"):
        PartitionedFleet(tmp_path / "file", threads)
    for wrong in (None, 5, b"here"):
        with pytest.raises(InputError, match="folder must be a path"):
            PartitionedFleet.split(fleet(), wrong, 2, threads)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="parts must be"):
        PartitionedFleet.split(fleet(), tmp_path, 0, threads)
    PartitionedFleet.split(fleet(), tmp_path, 2, threads)
    with pytest.raises(InputError, match="holds a fleet already"):
        PartitionedFleet.split(fleet(), tmp_path, 2, threads)
    with pytest.raises(InputError, match="in parts predict numbers, got <FleetClassifier"):
        PartitionedFleet.split(FleetClassifier(), tmp_path / "new", 2, threads)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"files": []}, "the number of its parts must be"),
        ({"files": ["part-00000.safetensors", "../part-00001.safetensors"]}, "part 1 cannot have"),
        ({"files": ["part-00001.safetensors", ""]}, "part 0 cannot have the file"),
        ({"files": [1, 2]}, "Expected `str`"),
        ({"features": ["a", "a"]}, "its features must be different"),
        ({"features": []}, "it must have features"),
        ({"features": [], "files": ["", ""], "targets": ["a"]}, "it must have features"),
        ({"parameters": {}}, "missing required field"),
        ({"cells": 0}, "cells must be"),
        ({"dtype": "float16"}, "dtype must be"),
        ({"begun": 3}, "begun must be"),
        ({"new": 1}, "unknown field"),
    ],
)
def test_every_value_of_the_list_of_parts_is_checked(tmp_path, threads, change, said):
    parts = PartitionedFleet.split(fleet(), tmp_path, 2, threads)
    parts.learn_many(KEYS, np.ones((len(KEYS), 2)), np.ones(len(KEYS)))
    found = json.loads((tmp_path / partitions.LIST).read_text())
    for name, value in change.items():
        (found["parameters"] if name in found["parameters"] else found)[name] = value
    del found["checksum"]  # the last one
    text = json.dumps(found | {"checksum": BLANK}, separators=(",", ":"))
    text = text.replace(BLANK, checksum(text, {}))
    (tmp_path / partitions.LIST).write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        PartitionedFleet(tmp_path, threads)
    assert "\n" not in str(caught.value)
    for text in ("{", "\x00", '{"files": "\\ud800"}'):
        (tmp_path / partitions.LIST).write_text(text)
        with pytest.raises(InputError, match="cannot be read"):
            PartitionedFleet(tmp_path, threads)


def test_a_lock_that_cannot_be_had_is_one_line(tmp_path, threads):
    parts = PartitionedFleet.split(fleet(), tmp_path, 2, threads)
    (tmp_path / partitions.LOCK).mkdir()
    with pytest.raises(InputError, match=r"cannot be locked: .*; the folder of a fleet") as caught:
        parts.learn_many(*rows(3, 0))
    assert "\n" not in str(caught.value)


def test_frames_and_several_targets_have_the_bits_of_one_fleet(tmp_path, threads):
    keys, X, y = rows(8, 0)
    parts, whole = PartitionedFleet.split(fleet(), tmp_path, 3, threads), fleet()
    frame, targets = pd.DataFrame(X, columns=["b", "a"]), pd.DataFrame({"y": y, "z": -y})
    found, expected = (each.learn_many(keys, frame, targets) for each in (parts, whole))
    pd.testing.assert_frame_equal(found, expected)
    # One of the targets keeps its name, too.
    found, expected = (each.learn_many(keys, frame, targets[["z"]]) for each in (parts, whole))
    pd.testing.assert_frame_equal(found, expected)
    # Columns go by their names, whatever their order.
    found, expected = (each.predict_many(keys, frame[["a", "b"]]) for each in (parts, whole))
    pd.testing.assert_frame_equal(found, expected)
    for each in (parts, whole):
        with pytest.raises(
            InputError, match="X has no names of columns, but features are known by"
        ):
            each.predict_many(keys, X)
    joined = parts.join()
    assert (joined.features, joined.targets) == (whole.features, whole.targets)
    assert records(joined) == records(whole)


def test_workers_of_other_versions_are_refused(tmp_path, threads, monkeypatch):
    parts = PartitionedFleet.split(fleet(), tmp_path, 2, threads)
    old = versions()._replace(numpy="1.0")
    monkeypatch.setattr(partitions, "versions", lambda: old)
    with pytest.raises(WorkersError, match=r"NumPy 1\.0: install the same versions"):
        parts.learn_many(["a"], [[1.0]], [1])


def test_a_list_that_has_changed_is_refused(tmp_path, threads):
    PartitionedFleet.split(fleet(), tmp_path, 2, threads)
    text = (tmp_path / partitions.LIST).read_text()
    (tmp_path / partitions.LIST).write_text(text.replace('"seed":0', '"seed":1'))
    with pytest.raises(InputError, match="its checksum is not that of what it holds"):
        PartitionedFleet(tmp_path, threads)


def test_a_file_of_another_fleet_is_refused(tmp_path, threads):
    parts = PartitionedFleet.split(fleet(), tmp_path, 1, threads)
    parts.learn_many(*rows(8, 0))
    (file,) = tmp_path.glob("part-*")
    other = Fleet(cells=2, interval=0.9, seed=5)
    other.learn_many(*rows(8, 0))
    other.save(file)
    with pytest.raises(InputError, match="is no part of this fleet"):
        parts.learn_many(*rows(8, 1))


def same(parts, whole):
    """Whether all that a fleet in parts says is what a fleet says, up to the order of the keys."""
    assert sorted(parts.keys(), key=repr) == sorted(whole.keys(), key=repr)
    assert len(parts) == len(whole)
    assert (parts.features, parts.targets) == (whole.features, whole.targets)
    assert parts.parameters == whole.parameters
    assert sorted(parts.diverged(), key=repr) == sorted(whole.diverged(), key=repr)
    ours, theirs = (zip(*each.scores(), strict=True) for each in (parts, whole))
    assert {key: str(rest) for key, *rest in ours} == {key: str(rest) for key, *rest in theirs}
    assert records(parts.join()) == records(whole)


def test_features_that_are_added_have_the_bits_of_one_fleet(tmp_path, threads):
    """Keys that begin later begin alike, whether their part has a file or not."""
    parts, whole = PartitionedFleet.split(fleet(), tmp_path / "one", 12, threads), fleet()
    for each in (parts, whole):
        each.learn_many(KEYS[:3], np.ones((3, 2)), [1.0, 2.0, 3.0])
        each.add_features(["more"])
    same(parts, whole)
    again = PartitionedFleet.split(whole, tmp_path / "two", 12, threads)
    X = np.random.default_rng(0).normal(size=(len(KEYS), 3))
    expected = whole.learn_many(KEYS, X, X[:, 0])
    for each in (parts, again):
        np.testing.assert_array_equal(each.learn_many(KEYS, X, X[:, 0]), expected)
        same(each, whole)
    with pytest.raises(InputError, match="must be new"):
        parts.add_features(["more"])


def test_keys_are_counted_and_forgotten_as_in_one_fleet(tmp_path, threads):
    parts, whole = PartitionedFleet.split(fleet(), tmp_path, 5, threads), fleet()
    assert (len(parts), parts.keys(), "shop 1" in parts) == (0, [], False)
    for each in (parts, whole):
        with pytest.raises(InputError, match="learned nothing yet"):
            each.scores()
        each.learn_many(KEYS, np.ones((len(KEYS), 2)), np.arange(float(len(KEYS))))
    same(parts, whole)
    before = parts.join()
    with pytest.raises(InputError, match="the fleet has no key 'new'"):
        parts.forget([*KEYS[:4], "new"])
    same(parts, before)
    assert [value in parts for value in (3, np.int64(3), 3.0, True, [3])] == [
        True,
        True,
        *[False] * 3,
    ]
    for gone in (KEYS[:4], [], KEYS[4:]):
        for each in (parts, whole):
            each.forget(gone)
        same(parts, whole)
    assert ("shop 1" in parts, 3 in parts, None in parts) == (False, False, False)
    assert parts.learn_many([], np.zeros((0, 2)), []).shape == (0, 3)
    found = [each.predict_many(["shop 1"], [[1, 2]]) for each in (parts, whole)]
    np.testing.assert_array_equal(*found)
    for each in (parts, whole):
        each.learn_many(["shop 1"], [[1, 2]], [3])
    same(parts, whole)


def test_executors_that_run_nothing_are_one_line(tmp_path):
    for wrong in (None, 4):
        with pytest.raises(InputError, match="executor must be one of concurrent"):
            PartitionedFleet.split(fleet(), tmp_path, 2, wrong)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        parts = PartitionedFleet.split(fleet(), tmp_path, 2, pool)
        parts.learn_many(*rows(8, 0))
    with pytest.raises(WorkersError, match=r"takes no more calls \(.*\): what"):
        parts.learn_many(*rows(8, 1))


class Dropping(Executor):
    """An executor that is shut down while calls wait."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_calls_that_an_executor_drops_are_one_line(tmp_path):
    parts = PartitionedFleet.split(fleet(), tmp_path, 2, Dropping())
    with pytest.raises(WorkersError, match="has dropped its calls"):
        parts.learn_many(*rows(8, 0))
