"""Outputs never destroy inputs, nor one another; devices, pipes, links and modes stay."""

import os
import shlex
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.command_line import assert_refused, in_subprocess

from longlag.commands.places import check_places
from longlag.errors import InputError
from longlag.writing import write_whole

TEXT = "x,y\n1,2\n3,4\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with data, a model that is none, and other names for both."""
    monkeypatch.chdir(tmp_path)
    for name in ("data.csv", "model"):
        Path(name).write_text(TEXT)
    os.symlink("data.csv", "link.csv")
    os.link("data.csv", "second.csv")
    os.symlink(".", "folder")
    os.symlink("new", "dangling")


@pytest.mark.parametrize(
    "arguments",
    [
        "learn data.csv --target y --predictions data.csv",
        "learn data.csv --target y --save data.csv",
        "learn data.csv --target y --report ./folder/./data.csv",
        "learn data.csv --target y --save link.csv",
        "learn link.csv --target y --save data.csv",
        "learn data.csv --target y --predictions second.csv",
        "learn data.csv --target y --save folder/folder/data.csv",
        "learn data.csv --target y --save new --report folder/new",
        "learn data.csv --target y --save dangling --predictions new",
        "learn data.csv --resume model --predictions model",
        "learn data.csv --resume model --report folder/model",
        "predict model data.csv -o model",
        "predict model data.csv -o data.csv",
        "predict model link.csv -o second.csv",
        "report data.csv -o data.csv --store model",
        "report data.csv -o folder/model --store model",
        "report -o model-wal --store model",
        "report -o model-shm --store model",
        "report -o folder/model.lock --store model",
        "matrix -o kept.svg --store kept.svg",
        "errorflow data.toml -o model.svg --store model.png",
        "matrix -o model.png --store model.svg",
        "ladder -o model.png --store model.svg",
    ],
)
def test_the_same_file_is_refused_before_anything_is_read(arguments, longlag):
    before = sorted(os.listdir())
    assert_refused(longlag(*arguments.split()), "are the same file")
    assert Path("data.csv").read_text() == Path("model").read_text() == TEXT
    assert sorted(os.listdir()) == before


def test_standard_streams_that_are_files(longlag):
    with open("data.csv") as data:
        result = in_subprocess("learn", "-", "--target", "y", "--save", "link.csv", stdin=data)
    assert_refused(result, "--save and the data are the same file")
    assert Path("data.csv").read_text() == TEXT


@pytest.mark.parametrize("option", ["--predictions", "--save", "--report"])
def test_standard_error_that_is_an_output(option):
    arguments = ["learn", "data.csv", "--target", "y", option, "log"]
    command = shlex.join([sys.executable, "-m", "longlag.cli", *arguments])
    done = subprocess.run(["bash", "-c", f"{command} 2>> log"], check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"{option} and standard error are the same file, log" in Path("log").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("learn", "data.csv", "--target", "y"),
        ("look", "data.csv"),
        ("show", "data.toml"),
        ("run", "data.toml"),
        ("results", "--store", "data.csv"),
        ("verify", "data.csv"),
        ("reproduce", "adding", "--store", "data.csv"),
    ],
)
def test_results_are_not_written_into_what_is_read(longlag, monkeypatch, arguments):
    os.link("data.csv", "data.toml")
    with open("data.csv", "a") as data:
        monkeypatch.setattr(sys, "stdout", data)
        status, _, err = longlag(*arguments)
    assert status == 2
    assert "standard output and " in err
    assert "are the same file" in err
    assert Path("data.csv").read_text() == TEXT


def test_output_and_messages_may_be_one_file(monkeypatch):
    with open("log", "w") as log:
        monkeypatch.setattr(sys, "stdout", log)
        monkeypatch.setattr(sys, "stderr", log)
        check_places({"the data": "data.csv"}, {"--save": Path("new")})
        with pytest.raises(InputError, match="--save and standard output are the same file"):
            check_places({}, {"--save": Path("log")})


def test_what_may_be_named_twice():
    check_places({"the data": "-", "the model": "model"}, {"a": Path("/dev/null")})
    check_places({}, {"a": Path("/dev/null"), "b": Path("/dev/null"), "c": None})
    with pytest.raises(InputError, match="b and a are the same file"):
        check_places({}, {"a": Path("new"), "b": Path("new")})


def test_a_file_that_is_replaced_keeps_its_mode():
    os.chmod("model", 0o600)
    write_whole("model", b"new")
    assert stat.S_IMODE(os.stat("model").st_mode) == 0o600
    assert Path("model").read_bytes() == b"new"


def test_links_stay_and_what_they_lead_to_is_written():
    write_whole("link.csv", b"new")
    write_whole("dangling", b"newer")
    assert os.readlink("link.csv") == "data.csv"
    assert Path("data.csv").read_bytes() == b"new"
    assert os.readlink("dangling") == "new"
    assert Path("new").read_bytes() == b"newer"
    assert Path("second.csv").read_text() == TEXT  # a name of the old file


def test_a_device_is_written_to():
    try:
        os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except OSError:
        pytest.skip("needs root, to make a device")
    write_whole("null", b"data")
    assert stat.S_ISCHR(os.stat("null").st_mode)
    write_whole(os.devnull, b"data")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_pipe_is_written_to_or_refused():
    os.mkfifo("pipe")
    with pytest.raises(InputError, match="cannot write pipe"):
        write_whole("pipe", b"data")
    found = []
    reader = threading.Thread(target=lambda: found.append(Path("pipe").read_bytes()), daemon=True)
    reader.start()
    while not found:
        try:
            write_whole("pipe", b"data" * 50_000)
        except InputError:  # the reader is not there yet
            continue
        reader.join(60)
    assert found == [b"data" * 50_000]
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


@pytest.mark.parametrize(
    "place", ["", "a\0b", "\udcff" * 300, ".", "no/such/folder", None, 1, 2**70]
)
def test_places_that_are_none(place):
    with pytest.raises(InputError, match="cannot write"):
        write_whole(place, b"data")
    assert not [name for name in os.listdir("..") if name.startswith(".longlag-")]


def test_a_name_of_the_longest_kind():
    name = "n" * 255
    write_whole(name, b"data")
    assert Path(name).read_bytes() == b"data"


@pytest.mark.parametrize("command", ["errorflow", "matrix", "ladder"])
@pytest.mark.parametrize("place", [".", "..", "/"])
def test_a_picture_is_no_folder(longlag, command, place):
    status, out, err = longlag(command, "--output", place)
    assert (status, out) == (2, "")
    assert "--output must name a picture" in err


@pytest.mark.parametrize("command", ["errorflow", "matrix"])
def test_a_picture_does_not_replace_the_default_store(longlag, monkeypatch, command):
    monkeypatch.setenv("LONGLAG_STORE", "kept.svg")
    Path("kept.svg").write_bytes(b"a store")
    status, _, err = longlag(command, "--output", "kept")
    assert status == 2
    assert "--store are the same file" in err
    assert Path("kept.svg").read_bytes() == b"a store"
