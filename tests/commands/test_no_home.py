"""A user who can write to no home, and not to the folder of the package, as in many a container."""

import os
import shutil
import subprocess
import sys

import pytest

#: Another user than the one that owns everything here, who may read all of it.
ANOTHER = [
    "setpriv",
    *("--reuid=12345", "--regid=12345", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]

EXPERIMENT = """
[experiment]
title = "Guess weights until a short latch problem is solved"
trials = 1
test = 2

[task]
type = "latch"
shortest = 3
longest = 4

[learner]
type = "guessing"

[stop]
type = "training-set"
sequences = 2

[[rows]]
name = "short"
cap = 50
"""


HOMES = pytest.mark.parametrize("home", [None, "/nonexistent"])


@pytest.fixture(params=[None])
def home(request):
    """The value of HOME; the user has no entry in passwd either."""
    return request.param


@pytest.fixture
def python(home, tmp_path):
    """Run Python as that user; returns status, standard output and standard error."""
    if not shutil.which("setpriv") or subprocess.run([*ANOTHER, "true"], check=False).returncode:
        pytest.skip("needs root and setpriv, to be another user")
    places = ("HOME", "NUMBA_CACHE_DIR", "LONGLAG_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in places}
    if home:
        environment["HOME"] = home

    def run(*arguments):
        done = subprocess.run(
            [*ANOTHER, sys.executable, *map(str, arguments)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def longlag(python):
    return lambda *arguments: python("-m", "longlag.cli", *arguments)


def test_the_user_cannot_write_anywhere(python, tmp_path):
    status, _, err = python("-c", f"open({str(tmp_path / 'file')!r}, 'w')")
    assert status
    assert "PermissionError" in err


@HOMES
def test_what_needs_no_folder(python, longlag):
    assert python("-c", "import longlag") == (0, "", "")
    status, out, err = longlag("--version")
    assert (status, err) == (0, "")
    assert out.strip()
    status, out, err = longlag("list")
    assert (status, err) == (0, "")
    assert "adding" in out


def test_a_study_compiles_for_itself(longlag, tmp_path):
    experiment, folder = tmp_path / "tiny.toml", tmp_path / "writable"
    experiment.write_text(EXPERIMENT)
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    status, out, err = longlag(
        "run", experiment, "--store", folder / "store.longlag", "--workers", 1
    )
    assert status == 0, err
    assert "short" in out
    assert "Traceback" not in err
    assert "compiled" not in err  # nothing is said about a cache that nobody asked for
    assert {each.name for each in folder.iterdir()} <= {"store.longlag", "store.longlag.lock"}


@HOMES
def test_a_store_without_a_place(longlag, home, tmp_path):
    (tmp_path / "tiny.toml").write_text(EXPERIMENT)
    status, out, err = longlag("run", "tiny.toml")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    expected = {
        None: "there is no home folder to keep results in: name a file with --store",
        "/nonexistent": "/nonexistent/.local/share/longlag/results.longlag",
    }
    assert expected[home] in err


def test_the_cache_says_that_it_has_no_place(longlag):
    status, out, err = longlag("cache")
    assert (status, err) == (0, "")
    assert out.startswith("Nothing is kept: there is no home folder")
