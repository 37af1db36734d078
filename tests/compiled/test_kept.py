"""Compiled drivers are found again on disk, and only where they are the same."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from numba import njit

from longlag.compiled import kept
from longlag.compiled.kept import folder, keep
from longlag.rules import Adam, GradientDescent


@pytest.fixture(autouse=True)
def empty(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))


def adder(number, of=None):
    """A function made at run time; `of` is what it says that it was made of."""

    @njit
    def add(x):
        return x + number

    return keep(add, of or ("add", number))


def found(function, *arguments):
    """The result, and whether the code came from disk."""
    result = function(*arguments)
    return result, sum(function.stats.cache_hits.values()) == len(function.signatures)


def test_a_function_is_compiled_once():
    assert found(adder(3), 1) == (4, False)
    assert found(adder(3), 1) == (4, True)
    assert len(list(folder().iterdir())) == 1


def test_what_it_was_made_of_decides():
    assert found(adder(3), 1) == (4, False)
    assert found(adder(4), 1) == (5, False)


def test_the_types_of_the_arguments_decide():
    assert found(adder(3), 1) == (4, False)
    assert found(adder(3), 1.5) == (4.5, False)


def test_the_sources_decide(monkeypatch):
    assert found(adder(3), 1) == (4, False)
    monkeypatch.setattr(kept, "_sources", lambda: -1)
    assert found(adder(3), 1) == (4, False)


def test_a_damaged_file_is_replaced():
    adder(3)(1)
    (file,) = folder().iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"nothing of ours"):
        file.write_bytes(damaged)
        assert found(adder(3), 1) == (4, False)
        assert found(adder(3), 1) == (4, True)


def test_a_folder_that_cannot_be_made_is_no_obstacle(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert found(adder(3), 1) == (4, False)
    assert found(adder(3), 1) == (4, False)


@dataclass(frozen=True)
class Foreign:
    """Of a module whose imports nobody looks at."""

    number: int = 3


@pytest.mark.parametrize("of", [("add", Foreign), ("add", (Foreign(),)), frozenset({Foreign()})])
def test_nothing_foreign_is_kept(of):
    assert found(adder(3, of), 1) == (4, False)
    assert not folder().exists()


def test_descriptions_are_the_same_in_every_process():
    assert kept._text(frozenset({"b", "a", "c"})) == "{'a', 'b', 'c'}"
    assert kept._text((Adam, 1, 2.5, None)) == "(longlag.rules.Adam, 1, 2.5, None)"
    assert kept._text(GradientDescent(0.5)) == ("longlag.rules.GradientDescent(0.5, 'half')")


def test_the_oldest_files_go(monkeypatch):
    monkeypatch.setattr(kept, "_MOST", 2)
    for number in range(4):
        adder(number)(1)
        for age, file in enumerate(sorted(folder().iterdir(), key=lambda f: f.stat().st_mtime)):
            os.utime(file, (age, age))  # in this order, however coarse the clock
    assert len(list(folder().iterdir())) == 2
    assert found(adder(3), 1) == (4, True)
    assert found(adder(0), 1) == (1, False)


SEQUENCES = """
from longlag.tasks import adding, base
next(adding.Adding(T=30).sequences(seed=1))
(compiled,) = base._compiled.values()
print(*(sum(each.stats.cache_hits.values()) for each in compiled))
"""


def test_what_one_process_compiled_another_finds():
    def run():
        process = subprocess.run(
            [sys.executable, "-c", SEQUENCES], capture_output=True, text=True, check=True
        )
        return process.stdout.split()

    assert run() == ["0", "0"]
    assert run() == ["1", "1"]
