"""What version 0.1.0 stored is read: a finished trial, one that was interrupted, and a model."""

import shutil
from pathlib import Path

import pytest
from support import studies

from longlag import LSTMRegressor, Store, Study
from longlag.experiments.trial import Status, TrialKey

DATA = Path(__file__).with_name("data")


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "results.longlag"
    shutil.copy(DATA / "version-0.1.0.longlag", path)
    with Store(path) as opened:
        yield opened


def test_a_finished_trial_is_found_and_not_run_again(store):
    trials = studies.trials(studies.easy(), 1)
    study = Study(trials, store)
    assert study.found == 1
    (stored,), (run_now,) = study.run(), Study(trials).run()
    assert studies.bits(stored) == studies.bits(run_now)


def test_an_interrupted_trial_goes_on_and_ends_in_the_same_network(store):
    conditions = studies.endless(60_000)
    trials = [(TrialKey("endless", "only", "only", 0), conditions)]
    study = Study(trials, store)
    assert study.jobs[trials[0][0]].checkpoint is not None
    (resumed,), (undisturbed,) = study.run(), Study(trials).run()
    assert resumed.status == Status.CAP
    assert studies.bits(resumed) == studies.bits(undisturbed)


def test_a_model_goes_on_as_it_was():
    model = LSTMRegressor(cells=4)
    for t in range(100):
        model.learn_one({"phase": t % 5, "level": 0.5}, float(t % 5 == 0))
    loaded = LSTMRegressor.load(DATA / "version-0.1.0.safetensors")
    sample = {"phase": 0, "level": 0.5}
    assert loaded.predict_one(sample) == model.predict_one(sample)
    loaded.learn_one(sample, 1.0)
    model.learn_one(sample, 1.0)
    assert loaded.predict_one(sample) == model.predict_one(sample)
