"""What tests of several folders share, and a folder for what is compiled.

What one test compiles serves the others, in every process of a run, and no later run.
"""

import os
import shutil
import tempfile

import pytest
from hypothesis import settings
from support import command_line

collect_ignore = ["data"]  # its programs are of the version that they are named after

settings.register_profile("untimed", deadline=None)  # a machine may have other work, too
settings.load_profile("untimed")


def pytest_configure(config):
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the processes of a run share the cores
    if hasattr(config, "workerinput") or "NUMBA_CACHE_DIR" in os.environ:
        return  # a worker has the folder of the process that started it
    folder = tempfile.mkdtemp(prefix="longlag-compiled-")
    os.environ["NUMBA_CACHE_DIR"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture
def longlag(capsys):
    """Run the command in this process; returns status, standard output and standard error."""
    from longlag import cli  # not before Numba knows the folder above

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main([str(each) for each in arguments])
        return end.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def file(tmp_path):
    """An experiment that is solved in a moment."""
    path = tmp_path / "small.toml"
    path.write_text(command_line.EXPERIMENT.format(average_below=0.1, cap=20_000))
    return path


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """No test sees the user's store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LONGLAG_STORE", str(tmp_path / "default" / "results.longlag"))
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def interpreted_drivers(monkeypatch):
    """Drivers run as Python: to compile one takes some twenty seconds for each size of a network.

    Both leave the same bits (tests/compiled/test_interpreting.py).
    """
    from longlag.compiled.driver import Driver
    from longlag.compiled.interpreting import interpreted

    monkeypatch.setattr(Driver, "bind", lambda self, *given: interpreted(self._function, given))


@pytest.fixture(scope="session")
def default_kernels(tmp_path_factory):
    """The kernels of an estimator with the default rule are on disk."""
    from support.stream_samples import compile_kernels

    compile_kernels(tmp_path_factory.getbasetemp().parent)
