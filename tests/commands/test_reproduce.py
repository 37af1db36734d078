"""Which trials `longlag reproduce` runs when several experiments are named."""

import pytest

from longlag.commands.reproduce import RunOptions, _plans
from longlag.errors import InputError
from longlag.experiments.files import published

EXPERIMENTS = [published("adding"), published("temporal-order")]


def test_experiments_without_such_a_row_are_left_out_and_named(capsys):
    kept, trials = _plans(EXPERIMENTS, RunOptions(T=(100,), trials=1))
    assert [each.name for each in kept] == ["adding"]
    assert {key.experiment for key, _ in trials} == {"adding"}
    assert "left out: temporal-order has no row with T=100" in capsys.readouterr().err


def test_experiments_without_such_a_reading_are_left_out():
    kept, _ = _plans(EXPERIMENTS, RunOptions(reading="linear-output-wide-init", trials=1))
    assert [each.name for each in kept] == ["adding"]


def test_all_are_kept_that_have_what_is_asked_for(capsys):
    kept, _ = _plans(EXPERIMENTS, RunOptions(reading="adam", trials=1))
    assert kept == EXPERIMENTS
    assert not capsys.readouterr().err


def test_what_none_of_them_has_is_refused():
    with pytest.raises(InputError, match="adding has no row with T=77"):
        _plans(EXPERIMENTS, RunOptions(T=(77,)))
