"""The digest of the sources is that of the code in memory, or there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import longlag
from longlag.compiled import sources


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package; returns what imports it: the digest of its sources from then on."""
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "one.py").write_text("x = 1")
    monkeypatch.setattr(sources, "_PACKAGE", tmp_path)

    def imported():
        monkeypatch.setattr(sources, "_IMPORTED", sources.stamps())
        return sources.digest.__wrapped__()

    return tmp_path, imported


CHANGES = {
    "changed": lambda folder: (folder / "tasks" / "one.py").write_text("x = 2"),
    "added": lambda folder: (folder / "tasks" / "two.py").write_text(""),
    "moved": lambda folder: (folder / "tasks" / "one.py").rename(folder / "one.py"),
    "removed": lambda folder: (folder / "tasks" / "one.py").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_source_decides(package, change):
    folder, imported = package
    (folder / "another.py").write_text("")
    before = imported()
    assert before == imported()
    change(folder)
    assert sources.digest.__wrapped__() is None, "the code in memory is that of before"
    assert imported() not in (before, None)


def test_without_sources_there_is_no_digest(package):
    folder, imported = package
    (folder / "tasks" / "one.py").unlink()
    assert imported() is None


SCRIPT = """
from longlag.compiled import key
from longlag.tasks import adding

known = key.digest(("x",), (), "")
{change}
key.sources.digest.cache_clear()
print(known, key.digest(("x",), (), ""))
"""


def test_a_source_that_changes_after_the_import(tmp_path):
    """As when a newer version is installed while a process runs."""
    shutil.copytree(Path(longlag.__file__).parent, tmp_path / "longlag")
    with_change = SCRIPT.format(change='open(adding.__file__, "a").write("# another")')

    def run(script):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    before, again = run(SCRIPT.format(change=""))
    assert before == again
    assert run(with_change) == [before, "None"]
    after, again = run(SCRIPT.format(change=""))
    assert after == again not in (before, "None")
