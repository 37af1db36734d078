"""What `longlag` offers is listed, and what takes long to import waits for its first use."""

import subprocess
import sys

import pytest

import longlag
from longlag.learners import learners
from longlag.registry import summaries
from longlag.tasks import tasks


def test_every_public_name_is_listed_and_there():
    assert set(longlag.__all__) <= set(dir(longlag))
    for name in longlag.__all__:
        assert getattr(longlag, name).__doc__
    names: dict[str, object] = {}
    exec("from longlag import *", names)
    assert set(longlag.__all__) <= set(names)
    assert {"LSTM", "LSTMRegressor", "Study", "Adding", "published", "InputError"} <= set(names)
    assert not {"Any", "TYPE_CHECKING", "import_module", "citations"} & set(longlag.__all__)
    own = {name for name in dir(longlag) if not name.startswith("__")}
    assert own == set(longlag.__all__)


def test_every_public_name_is_imported_at_its_first_use():
    code = """
import sys, longlag
dir(longlag)
assert not {"numpy", "numba", "river", "sklearn", "narwhals"} & set(sys.modules)
longlag.LSTMRegressor
assert "longlag.estimators.regressor" in sys.modules
assert longlag.tasks.tasks()["adding"] is longlag.Adding
assert not hasattr(longlag, "no_such_module") and not hasattr(longlag, "__wrapped__")
assert not {"sklearn", "narwhals"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_starts_without_what_draws_and_trains():
    code = """
import sys, longlag.cli
from importlib import import_module
for module in longlag.cli.COMMANDS.values():
    import_module(f"longlag.commands.{module}")
assert not {"matplotlib", "jinja2", "torch"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "arguments", [["list"], ["show", "adding"], ["look", "series.csv"]], ids=lambda each: each[0]
)
def test_what_computes_nothing_starts_without_a_compiler(arguments, tmp_path):
    tmp_path.joinpath("series.csv").write_text("day,level\n2024-01-01,3\n2024-01-02,4\n")
    code = """
import sys
from longlag.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code == 0, end.code
assert "longlag" in sys.modules
assert not {"numba", "scipy"} & set(sys.modules)
"""
    command = [sys.executable, "-c", code, *arguments]
    assert subprocess.run(command, check=True, cwd=tmp_path, capture_output=True).stdout


@pytest.mark.parametrize(("package", "found"), [("tasks", tasks), ("learners", learners)])
def test_the_list_of_the_sources_is_that_of_the_registry(package, found):
    lines = {name: (each.__doc__ or "").splitlines()[0] for name, each in found().items()}
    assert summaries(package) == lines
    assert all(lines.values())
