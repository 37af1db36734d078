"""Made the files of this folder, with version 0.1.0 (commit 1e9c80f) of longlag.

    python make.py FOLDER

In one process, with an empty compile cache: version 0.1.0 mixed up drivers that several left.
"""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp()

import numpy as np

from longlag import LSTMClassifier, LSTMRegressor
from longlag.experiments import study
from longlag.experiments.files import load
from longlag.experiments.plan import plan
from longlag.experiments.store import Store

HERE = Path(__file__).parent
study.SLICE = 0.0  # so that an interruption comes a few steps after it was asked for


class Disturbed(study.Study):
    """A study that is interrupted as soon as `when` says so of a trial in work, or of none."""

    def __init__(self, trials, store, when):
        super().__init__(trials, store, workers=1)
        self._when = when

    def _refill_or_share(self, worker, population):
        left = super()._refill_or_share(worker, population)
        if any(map(self._when, population.running())) or self._when(None):
            self.interrupt()
        return left


def digest(array):
    """SHA-256 of the numbers; what is not a number has many bit patterns, which count as one."""
    return hashlib.sha256(np.where(np.isnan(array), np.nan, array).tobytes()).hexdigest()


def expectation(record):
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


def make_store(folder):
    """Of each row, trial 0 is finished, trial 1 is interrupted half way, trial 2 is not begun."""
    trials = plan(load(HERE / "rows.toml"))
    trials += plan(load(HERE / "rows-float64.toml"), dtype="float64")
    undisturbed = study.Study(trials, workers=1).run()
    expected = [expectation(record) for record in undisturbed]
    lines = ",\n".join(map(json.dumps, expected))
    (folder / "trials.json").write_text(f"[\n{lines}\n]\n")
    half = {record.key: record.to_success / 2 for record in undisturbed}

    def half_way(running):
        return running and running.to_success >= half[running.key]

    def tested(running):
        return running and running.testing

    with Store(folder / "rows.longlag") as store:
        for key, conditions in trials:
            one = [(key, conditions)]
            if "Reber" in key.row:
                continue
            if key.trial == 0:
                study.Study(one, store, workers=1).run()
            elif key.trial == 1:
                Disturbed(one, store, tested if "solved" in key.row else half_way).run()
        # Trial 1 of the strict exam is left where that of the lax one is solved.
        reber = [each for each in trials if "Reber" in each[0].row]
        first = [each for each in reber if each[0].trial == 1]
        both = Disturbed(first, store, lambda running: running is None and len(both.done) == 1)
        both.run()
        Disturbed([each for each in reber if each[0].trial == 2][:1], store, half_way).run()


def make_models(folder):
    """Each has learned from 200 samples; then its answers to 10 more, before and while learning."""
    t = np.arange(210)
    X = np.column_stack([t % 7 / 7, t % 5 == 0]).astype(float)
    numbers = 3.0 + t % 7 * 2.0
    classes = np.where(t % 5 < 2, "low", "high")
    regressor, classifier = LSTMRegressor(cells=4), LSTMClassifier(cells=4, dtype="float64")
    regressor.learn_many(X[:200], numbers[:200])
    classifier.learn_many(X[:200], classes[:200])
    regressor.save(folder / "regressor.safetensors")
    classifier.save(folder / "classifier.safetensors")
    answers = {
        "X": X[200:].tolist(),
        "numbers": numbers[200:].tolist(),
        "classes": classes[200:].tolist(),
        "predict": regressor.predict(X[200:]).tolist(),
        "learn_many": regressor.learn_many(X[200:], numbers[200:]).tolist(),
        "predict_proba": classifier.predict_proba(X[200:]).tolist(),
        "learn_one": [],
    }
    for x, y in zip(X[200:], classes[200:], strict=True):
        sample = dict(enumerate(x.tolist()))
        answers["learn_one"].append(classifier.predict_proba_one(sample))
        classifier.learn_one(sample, str(y))
    (folder / "answers.json").write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    make_store(Path(sys.argv[1]))
    make_models(Path(sys.argv[1]))
