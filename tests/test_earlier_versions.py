"""What version 0.1.0 stored and saved: today's code goes on from there, and computes the same.

`data/version-0.1.0/make.py` made the files, with that version.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from longlag import LSTMClassifier, LSTMRegressor, Store, Study
from longlag.experiments.files import load_experiment
from longlag.experiments.plan import plan

DATA = Path(__file__).parent / "data" / "version-0.1.0"
PRECISIONS = {"rows": "float32", "rows-float64": "float64"}
EXPECTED = json.loads((DATA / "trials.json").read_text())
ANSWERS = json.loads((DATA / "answers.json").read_text())


def kind(experiment, row):
    """Rows of one kind share a driver, and may hand trials on."""
    return experiment, row.split(",")[0]


#: To compile a driver takes some ten seconds, so the others are run as slow tests.
BY_DEFAULT = {
    ("rows", "adam"),
    ("rows", "embedded Reber"),
    ("rows", "guessing"),
}
KINDS = [
    pytest.param(each, marks=[] if each in BY_DEFAULT else pytest.mark.slow, id=", ".join(each))
    for each in sorted({kind(trial["experiment"], trial["row"]) for trial in EXPECTED})
]


def planned():
    return [
        trial
        for name, dtype in PRECISIONS.items()
        for trial in plan(load_experiment(DATA / f"{name}.toml"), dtype=dtype)
    ]


def digest(array):
    """SHA-256 of the numbers; what is not a number has many bit patterns, which count as one."""
    return hashlib.sha256(np.where(np.isnan(array), np.nan, array).tobytes()).hexdigest()


def outcome(record):
    """As `EXPECTED` has it."""
    plain = ("sequences", "guesses", "steps", "wrong", "tested", "test_error")
    return {
        "experiment": record.key.experiment,
        "row": record.key.row,
        "reading": record.key.reading,
        "trial": record.key.trial,
        "status": str(record.status),
        **{name: getattr(record, name) for name in plain},
        "curve": digest(record.curve),
        "column": digest(record.column),
    }


@pytest.fixture
def store(tmp_path):
    """A copy of the store, to be written to."""
    shutil.copy(DATA / "rows.longlag", tmp_path)
    with Store(tmp_path / "rows.longlag") as store:
        yield store


def test_the_store_holds_finished_trials_and_interrupted_ones(store):
    study = Study(planned(), store)
    begun = [job for job in study.jobs.values() if job.checkpoint]
    assert (study.total, study.found, len(begun)) == (len(EXPECTED), 14, 15)
    assert all(outcome(record) in EXPECTED for record in study.done)


@pytest.mark.parametrize("which", KINDS)
def test_trials_end_in_the_same_bits(store, which):
    trials = [trial for trial in planned() if kind(trial[0].experiment, trial[0].row) == which]
    expected = [each for each in EXPECTED if kind(each["experiment"], each["row"]) == which]
    resumed = Study(trials, store, workers=1)
    assert 0 < len(resumed.jobs) < len(expected)
    assert [outcome(record) for record in resumed.run()] == expected
    assert [outcome(record) for record in Study(trials, workers=1).run()] == expected


# A kernel of streams may sum in another order than that of version 0.1.0. Each of the ten steps
# then rounds differently, by 6e-8 in float32 and 1e-16 in float64, in sums of some ten terms of a
# size from 1 to 10. A wrong weight, state or scale makes differences above 1e-3.
CLOSE = {"float32": 1e-4, "float64": 1e-12}


def test_a_saved_regressor_answers_the_same():
    model = LSTMRegressor.load(DATA / "regressor.safetensors")
    X, y = np.array(ANSWERS["X"]), np.array(ANSWERS["numbers"])
    close = CLOSE[model.dtype]
    assert model.predict(X) == pytest.approx(ANSWERS["predict"], abs=close)
    assert model.learn_many(X, y) == pytest.approx(ANSWERS["learn_many"], abs=close)


def test_a_saved_classifier_answers_the_same():
    model = LSTMClassifier.load(DATA / "classifier.safetensors")
    close = CLOSE[model.dtype]
    X = np.array(ANSWERS["X"])
    assert model.predict_proba(X) == pytest.approx(np.array(ANSWERS["predict_proba"]), abs=close)
    for x, y, answer in zip(X, ANSWERS["classes"], ANSWERS["learn_one"], strict=True):
        sample = dict(enumerate(x.tolist()))
        assert model.predict_proba_one(sample) == pytest.approx(answer, abs=close)
        model.learn_one(sample, y)
