"""Saved models: they go on to the bit, are replaced whole or not at all, and are not trusted."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from support.stream_samples import classes, compile_kernels, numbers

from longlag import InputError, LSTMClassifier, LSTMRegressor
from longlag.estimators.saving import read

KINDS = {LSTMRegressor: numbers, LSTMClassifier: classes}
load = LSTMClassifier.load


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@pytest.fixture
def saved(tmp_path):
    """The path of a saved classifier of two features."""
    model = LSTMClassifier(cells=3)
    model.learn_many(*classes(0, features=2))
    path = tmp_path / "model.safetensors"
    model.save(path)
    return path


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), cut=st.integers(1, 39), scaling=st.booleans())
def test_a_stream_that_is_cut_goes_on_with_the_same_bits(tmp_path, seed, cut, scaling):
    for kind, make in KINDS.items():
        X, y = make(seed)
        X = X if scaling else np.tanh(X)
        whole, first = kind(cells=3, scaling=scaling), kind(cells=3, scaling=scaling)
        expected = whole.learn_many(X, y)
        answers = list(first.learn_many(X[:cut], y[:cut]))
        first.save(tmp_path / "first.safetensors")
        second = kind.load(tmp_path / "first.safetensors")
        answers += list(second.learn_many(X[cut:], y[cut:]))
        assert answers == expected.tolist()
        whole.save(tmp_path / "whole")
        second.save(tmp_path / "second")
        assert (tmp_path / "whole").read_bytes() == (tmp_path / "second").read_bytes()


def test_all_that_is_not_numbers_comes_back(tmp_path):
    model = LSTMClassifier(cells=4, block_size=2, peepholes=True, rate=0.01)
    for y in (True, "text", 3):
        model.learn_one({"a": 1.0, 7: 2.0}, y)
    model.save(tmp_path / "model", notes={"target": "price"})
    other = LSTMClassifier.load(str(tmp_path / "model"))
    assert other.get_params() == model.get_params()
    assert other.features_ == [7, "a"]
    assert list(other.predict_proba_one({})) == [True, "text", 3]
    assert read(tmp_path / "model").notes == {"target": "price"}


def test_what_was_set_after_learning_began_is_not_saved(tmp_path):
    model = LSTMRegressor(cells=4).fit([[1.0], [2.0]], [1.0, 2.0]).set_params(cells=8)
    model.save(tmp_path / "model")
    assert LSTMRegressor.load(tmp_path / "model").cells == 4


# Replaced whole, or not at all.


def test_a_kill_while_saving_leaves_the_old_file(tmp_path):
    path = tmp_path / "model"
    LSTMRegressor(cells=3).fit([[1.0], [2.0]], [1.0, 2.0]).save(path)
    before = path.read_bytes()
    code = """
import os, signal, sys
from longlag import LSTMRegressor
model = LSTMRegressor.load(sys.argv[1])
model.learn_one({0: 9.0}, 9.0)
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
model.save(sys.argv[1])
"""
    child = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert child.returncode == -9
    assert path.read_bytes() == before


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_error_while_saving_leaves_the_old_file_alone(saved, monkeypatch, step):
    def fail(*_):
        raise OSError(28, "No space left on device")

    before, model = saved.read_bytes(), load(saved)
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(InputError, match=r"cannot write .*: No space left on device"):
        model.save(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_folder_that_is_not_there(saved):
    with pytest.raises(InputError, match=r"cannot write .*: No such file or directory"):
        load(saved).save(saved.parent / "missing" / "folder" / "model")
    with pytest.raises(InputError, match=r"cannot read .*missing: No such file or directory"):
        load(saved.parent / "missing")
    with pytest.raises(InputError, match=r"cannot read|not a saved model|is a folder"):
        load(saved.parent)


# Not trusted.


def changed(path, header=None, tensors=None, text=None):
    """Write the file again with parts of its header and tensors changed; None takes one away.

    It becomes one of the first format, which had no checksum.
    """
    arrays = load_file(path)
    with safe_open(path, framework="numpy") as file:
        found = json.loads(file.metadata()["longlag"])
    del found["checksum"]
    found["format"] = 1
    for key, value in (header or {}).items():
        inner = found
        *parents, last = key.split(".")
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    arrays |= tensors or {}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    save_file(arrays, path, {"longlag": text if text is not None else json.dumps(found)})


def test_the_changes_themselves_do_no_harm(saved):
    changed(saved)
    load(saved)


def test_what_version_0_1_0_saved_of_adam(tmp_path):
    model = LSTMRegressor(cells=2, rule="adam")
    model.stream_of(["a"])
    model.save(tmp_path / "model")
    shares = np.float32([1 - 0.9**5, 1 - 0.999**5])
    changed(tmp_path / "model", tensors={"network.running": None, "network.corrections": shares})
    found = LSTMRegressor.load(tmp_path / "model").state().tensors["network.running"]
    np.testing.assert_array_equal(found, 1 - shares.astype(np.float64))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"format": 3}, "its checksum is not that of what it holds"),
        ({"format": 4}, "its format is 4, this version of longlag reads up to 3"),
        ({"format": -1}, "its format is -1"),
        ({"format": "1"}, "Expected `int`"),
        ({"estimator": "os.system"}, "Invalid enum value 'os.system'"),
        ({"surplus": 1}, "unknown field `surplus`"),
        ({"parameters.cells": 10**9}, "cells must be"),
        ({"parameters.cells": 99_999}, "must have shape"),
        ({"parameters.cells": -1}, "cells must be"),
        ({"parameters.rule": "adam"}, "missing .*second_moments"),
        ({"parameters.rate": 1e99}, "rate must be"),
        ({"parameters.dtype": "float64"}, "network must be of float64, got float32"),
        ({"parameters.dtype": "object"}, "dtype must be one of .*, got .object"),
        ({"features": []}, "at least one feature"),
        ({"features": ["a", "a"]}, "features must be different"),
        ({"features": list(range(50_000))}, "must be float64 of shape"),
        ({"features": [{}]}, "Expected `str | int`|Expected `int | str`"),
        ({"classes": ["a", "a", "b"]}, "classes must be different"),
        ({"classes": []}, "each of 0 classes, got 2 and 3"),
        ({"outputs": 10**12}, "an output for each of 3 classes"),
        ({"outputs": 0}, "an output for each of 3 classes"),
        ({"outputs": 2}, "an output for each of 3 classes"),
        ({"classes": [f"c{i}" for i in range(100_000)]}, "each of 100000 classes, got 2 and 3"),
    ],
)
def test_a_header_that_lies_is_refused_in_one_line(saved, header, message):
    changed(saved, header)
    with pytest.raises(InputError, match=message) as refused:
        load(saved)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(saved))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("network.weights", np.float32([np.nan]), "must have shape"),
        ("network.weights", None, r"missing \['weights'\]"),
        ("network.states", np.float32([0, np.inf, 0]), r"states must be finite.*, got inf"),
        ("network.states", np.float64([0, 0, 0]), "states must be an array of float32"),
        ("network.states", np.int8([0, 0, 0]), "states must be of type F32 or F64, got I8"),
        ("network.surplus", np.float32([0]), r"unknown \['surplus'\]"),
        ("surplus", np.float32([0]), r"unknown \['surplus'\]"),
        ("scale.inputs", None, "scale.inputs is missing"),
        ("scale.inputs", np.zeros((3, 1)), r"of shape \(9, 2\), got float64 \(3, 1\)"),
        ("scale.inputs", np.full((3, 2), -1.0), "only its means negative"),
        ("scale.inputs", np.full((3, 2), np.nan), "must be finite"),
    ],
)
def test_tensors_that_lie_are_refused_in_one_line(saved, name, array, message):
    changed(saved, tensors={name: array})
    with pytest.raises(InputError, match=message) as refused:
        load(saved)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "[" * 100_000])
def test_a_header_that_is_no_header(saved, text):
    changed(saved, text=text)
    with pytest.raises(InputError, match=r"is not a saved model, or is damaged"):
        load(saved)


def test_a_flipped_bit_is_refused(saved):
    whole, flipped = saved.read_bytes(), 0
    for place in range(0, 8 * len(whole), 61):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        saved.write_bytes(data)
        with pytest.raises(InputError, match=r"is not a saved model, or is damaged"):
            load(saved)
        flipped += 1
    assert flipped > 200


@pytest.mark.parametrize(
    "notes",
    [{"a": float("nan")}, {"a": [float("inf")]}, {"a": "\udcff"}, [1], {"a": object()}],
)
def test_notes_that_json_cannot_hold(saved, notes):
    model, before = load(saved), saved.read_bytes()
    with pytest.raises(InputError, match="notes must be a dict of JSON values"):
        model.save(saved, notes)
    assert saved.read_bytes() == before


@pytest.mark.parametrize("place", ["", "a\0b", None])
def test_places_that_are_none(saved, place):
    with pytest.raises(InputError, match="cannot write"):
        load(saved).save(place)
    with pytest.raises(InputError, match=r"cannot read|damaged"):
        load(place)


def test_files_of_other_kinds(saved):
    whole = saved.read_bytes()
    save_file({"a": np.zeros(3)}, saved)
    with pytest.raises(InputError, match="it has no header of longlag"):
        load(saved)
    for data in (b"", b"text", whole[:-1], whole[:40], b"\xff" * 64, whole[:8] + b"x" + whole[9:]):
        saved.write_bytes(data)
        with pytest.raises(InputError, match=r"is not a saved model, or is damaged") as refused:
            load(saved)
        assert "\n" not in str(refused.value)


def test_the_other_kind_of_estimator(saved):
    with pytest.raises(InputError, match=r"no LSTMRegressor: read it with LSTMClassifier.load"):
        LSTMRegressor.load(saved)
