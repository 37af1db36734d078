"""What `longlag` offers is listed, and what takes long to import waits for its first use."""

import subprocess
import sys

import longlag


def test_every_public_name_is_listed_and_there():
    assert set(longlag.__all__) <= set(dir(longlag))
    for name in longlag.__all__:
        assert getattr(longlag, name).__doc__
    names: dict[str, object] = {}
    exec("from longlag import *", names)
    assert set(longlag.__all__) <= set(names)
    assert {"LSTM", "LSTMRegressor", "Study", "Adding", "published", "InputError"} <= set(names)
    assert not {"Any", "TYPE_CHECKING", "import_module", "citations"} & set(longlag.__all__)


def test_the_estimators_are_imported_at_their_first_use():
    code = """
import sys, longlag
dir(longlag)
assert not {"longlag.estimators.regressor", "river", "sklearn", "narwhals"} & set(sys.modules)
longlag.LSTMRegressor
assert "longlag.estimators.regressor" in sys.modules
assert not {"sklearn", "narwhals"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_starts_without_what_draws_and_trains():
    code = """
import sys, longlag.cli
assert not {"matplotlib", "jinja2", "torch"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
