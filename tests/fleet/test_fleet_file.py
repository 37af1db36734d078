"""The file of a fleet: it goes on to the bit, in part or whole, and is not trusted."""

import json
import os
import signal
import subprocess
import sys
import time
from enum import IntEnum, StrEnum
from hashlib import blake2b

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from longlag import Fleet, InputError, LSTMRegressor

KEYS = ["north", "south", 3, "east"]


pytestmark = pytest.mark.usefixtures("lanes")


def rows(seed, count=12):
    generator = np.random.default_rng(seed)
    keys = [KEYS[i] for i in generator.integers(0, len(KEYS), count)]
    return [*KEYS, *keys], generator.normal(size=(count + 4, 2)), generator.normal(size=count + 4)


@pytest.fixture
def fleet():
    fleet = Fleet(cells=1, interval=0.9, rule="adam")
    fleet.learn_many(*rows(0))
    return fleet


@pytest.fixture
def path(fleet, tmp_path):
    fleet.save(tmp_path / "fleet.safetensors")
    return tmp_path / "fleet.safetensors"


def test_a_fleet_goes_on_with_the_same_bits(fleet, path, tmp_path):
    again = Fleet.load(path)
    assert repr(again) == repr(fleet)
    np.testing.assert_array_equal(again.learn_many(*rows(1)), fleet.learn_many(*rows(1)))
    fleet.save(tmp_path / "one")
    again.save(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("wanted", [["east"], [3, "north"], ["south", 3, "east"], []])
def test_some_keys_go_on_without_the_others(fleet, path, wanted):
    some = Fleet.load(path, keys=wanted)
    assert some.keys() == wanted
    X = np.ones((len(wanted), 2))
    np.testing.assert_array_equal(some.predict_many(wanted, X), fleet.predict_many(wanted, X))


class Place(StrEnum):
    NORTH = "north"


class Size(IntEnum):
    SMALL = 3


class Label(str):
    """A text that calls itself otherwise."""

    def __repr__(self):
        return "a label"


def test_a_digest_does_not_depend_on_the_characters_that_this_python_shows(fleet, tmp_path):
    """What `repr` writes differs: Python 3.12 shows characters that 3.11 writes as escapes."""
    fleet.learn_many(["süd"], np.ones((1, 2)), [1.0])
    fleet.save(tmp_path / "fleet")
    found = load_file(tmp_path / "fleet")
    record = found["records"][-1].tobytes()
    digest = blake2b(rb"'s\xfcd'" + record, digest_size=16).digest()
    assert found["digests"][-1].tobytes() == digest


def test_keys_of_derived_types_come_back_as_texts_and_numbers(fleet, tmp_path):
    fleet.learn_many([Place.NORTH, Size.SMALL, Label("new")], np.ones((3, 2)), np.ones(3))
    fleet.save(tmp_path / "derived")
    again = Fleet.load(tmp_path / "derived")
    assert list(map(repr, again.keys())) == ["'north'", "'south'", "3", "'east'", "'new'"]


def test_only_the_wanted_records_are_read(path):
    """A record that is damaged does not disturb those who do not read it."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1  # of the last key: records come last in the file
    path.write_bytes(data)
    assert Fleet.load(path, keys=["north"]).keys() == ["north"]
    with pytest.raises(InputError, match="damaged: the network of key 'east' has changed"):
        Fleet.load(path)


def test_forgotten_keys_are_not_in_the_file(fleet, tmp_path):
    fleet.forget(["south"])
    fleet.save(tmp_path / "fewer")
    assert Fleet.load(tmp_path / "fewer").keys() == ["north", 3, "east"]
    with pytest.raises(InputError, match="no key 'south'"):
        Fleet.load(tmp_path / "fewer", keys=["south"])


def test_a_file_that_was_changed_or_cut_is_refused(path):
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 200)):
        damaged = bytearray(whole)
        damaged[at] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(InputError):
            Fleet.load(path)
    for end in (0, 7, 100, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError):
            Fleet.load(path)


@pytest.mark.parametrize("field", ["format", "parameters", "features"])
def test_an_edited_header_is_refused(path, field):
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        text = file.metadata()["longlag-fleet"]
    header = json.loads(text)
    header[field] = {"format": 2, "parameters": {}, "features": ["a", "b", "c"]}[field]
    save_file(load_file(path), path, {"longlag-fleet": json.dumps(header)})
    with pytest.raises(InputError, match="not a saved model, or is damaged"):
        Fleet.load(path)


def test_files_of_other_models_are_told_apart(path, tmp_path):
    model = LSTMRegressor(cells=1)
    model.learn_many(*rows(0)[1:])
    model.save(tmp_path / "model")
    with pytest.raises(InputError, match=r"holds one network: LSTMRegressor\.load"):
        Fleet.load(tmp_path / "model")
    with pytest.raises(InputError, match=r"holds a fleet that Python has saved: Fleet\.load"):
        LSTMRegressor.load(path)
    with pytest.raises(InputError, match=r"is a folder: .*PartitionedFleet"):
        Fleet.load(tmp_path)
    with pytest.raises(InputError, match="cannot read"):
        Fleet.load(tmp_path / "nowhere")


KILLED = """
import sys
import numpy as np
from longlag import Fleet
fleet = Fleet.load(sys.argv[1])
print("ready", flush=True)
while True:
    fleet.save(sys.argv[1])
"""


def test_a_kill_while_saving_leaves_a_whole_file(path):
    before = Fleet.load(path).predict_many(KEYS, np.ones((4, 2)))
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, env=dict(os.environ)
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    np.testing.assert_array_equal(Fleet.load(path).predict_many(KEYS, np.ones((4, 2))), before)
