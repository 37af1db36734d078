"""The command where something is in the way: stores, permissions, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.command_line import EXPERIMENT, assert_refused, in_subprocess

from longlag import __version__
from longlag.commands import show
from longlag.experiments.store import Store
from longlag.report.style import console

pytestmark = pytest.mark.usefixtures("own_folder")


def foreign(path):
    path.write_text("some notes of mine, in plain text\n")


def damaged(path):
    with Store(path):
        pass
    with path.open("r+b") as store:
        store.seek(100)
        store.write(b"\xff" * 4000)


STORES = {
    "of another kind": (foreign, "is not a longlag store: use another file name"),
    "damaged": (damaged, "is damaged"),
    "a folder": (Path.mkdir, "is a folder: name a file in it"),
}


@pytest.mark.parametrize(("make", "message"), STORES.values(), ids=STORES)
def test_stores_that_are_refused(make, message, longlag, file, tmp_path):
    path = tmp_path / "given"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    for command in ("results", "report"):
        assert_refused(longlag(command, "--store", path), message)
    status, out, err = longlag("run", file, "--store", path)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]
    if before is not None:
        assert path.read_bytes() == before


def test_a_store_that_cannot_be_made(longlag, file, tmp_path):
    foreign(tmp_path / "notes")
    below = tmp_path / "notes" / "results.longlag"
    status, out, err = longlag("run", file, "--store", below)
    assert (status, out) == (2, "")
    assert "cannot be opened for writing" in err.splitlines()[-1]
    assert_refused(longlag("results", "--store", below), "there are no results in")


def test_a_store_in_use(longlag, file, tmp_path):
    path = tmp_path / "busy.longlag"
    with Store(path):
        status, out, err = longlag("run", file, "--store", path)
    assert (status, out) == (2, "")
    assert "is in use by another longlag process" in err.splitlines()[-1]
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_read_only_store(file, tmp_path):
    with Store(tmp_path / "mine.longlag"):
        pass
    (tmp_path / "mine.longlag").chmod(0o444)
    tmp_path.chmod(0o555)
    superuser = os.geteuid() == 0
    options = {"user": 65534} if superuser else {}  # nobody: permissions do not bind the superuser
    try:
        if superuser and not all(os.stat(each).st_mode & 0o005 == 5 for each in tmp_path.parents):
            pytest.skip("nobody cannot reach the folder of this test")
        status, out, err = in_subprocess(
            "run", file, "--store", tmp_path / "mine.longlag", **options
        )
    finally:
        tmp_path.chmod(0o755)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert "writ" in err.splitlines()[-1]


def test_bad_input_in_a_process_of_its_own(tmp_path):
    assert_refused(in_subprocess("reproduce", "addng"), "did you mean adding")
    assert_refused(in_subprocess("results", "--store", tmp_path), "is a folder")
    assert in_subprocess("--version") == (0, f"{__version__}\n", "")


def test_the_version_is_said_without_an_import_of_the_package():
    code = (
        "import sys, longlag_command\n"
        "sys.argv[1:] = ['--version']\n"
        "longlag_command.main()\n"
        "assert 'longlag' not in sys.modules"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == f"{__version__}\n"


def test_the_package_runs_as_the_command():
    command = [sys.executable, "-m", "longlag", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == (f"{__version__}\n", "")


#: The command with progress at every look, so that a test can tell when it is at work.
TALKATIVE = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a parent ignores it
import {console.__name__} as console
console.FIRST_LINE = 0.0
from longlag.cli import main
main(sys.argv[1:])
"""


def test_ctrl_c_keeps_what_is_there_and_the_same_command_resumes(longlag, tmp_path):
    # A second of training, interrupted at the first sight of it.
    cap = 150_000
    path = tmp_path / "long.toml"
    path.write_text(EXPERIMENT.format(average_below=1e-9, cap=cap))
    command = ["run", path, "--store", tmp_path / "long.longlag", "--json"]
    with subprocess.Popen(
        [sys.executable, "-c", TALKATIVE, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        watch = threading.Timer(120, process.kill)  # rather than wait for ever
        watch.start()
        for line in process.stderr:
            if "running" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, out = process.stderr.read(), process.stdout.read()
        watch.cancel()
    assert process.returncode == 130
    assert "trials unfinished; the same command resumes them" in rest.splitlines()[-1]
    assert "Traceback" not in rest
    interrupted = json.loads(out)["trials"]
    (row,) = json.loads(out)["rows"]
    assert (row["finished"], row["verdict"]) == (False, "open")
    assert row["interrupted"] > 0
    assert "interrupted" in [each["status"] for each in interrupted]
    assert any(0 < each["sequences"] < cap for each in interrupted)

    with Store(tmp_path / "long.longlag") as store:
        assert store._rows("SELECT count(*) FROM checkpoints", ()) != [(0,)]
    status, out, _ = longlag(*command)
    assert status == 0
    resumed = json.loads(out)["trials"]
    assert [each["status"] for each in resumed] == ["cap"] * 3
    status, out, _ = longlag(*command[:-2], tmp_path / "other.longlag", "--json")
    assert status == 0
    for a, b in zip(resumed, json.loads(out)["trials"], strict=True):
        assert a | {"seconds": None} == b | {"seconds": None}


def test_interrupting_anything_else_is_said(longlag, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(show, "catalogue", interrupted)
    assert longlag("list") == (130, "", "longlag: interrupted\n")
