"""What kernels come to, as arrays by name, in float64: interpreted, the same bits as compiled.

`interpreted` starts a process of its own under NUMBA_DISABLE_JIT=1. A case is a line of two words,
such as "task adding".
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, islice
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from longlag import LSTMClassifier, LSTMRegressor, Network, Store, cli
from longlag.compiled.interpreting import INTERPRETING
from longlag.engine.stream_network import StreamNetwork
from longlag.experiments.stop import Exam, ExamWhenReady, Recent, TrainingSet
from longlag.experiments.trial import Conditions, TrialRecord
from longlag.learners import learners, stream_cells
from longlag.learners.base import Learner
from longlag.learners.guessing import Guessing
from longlag.learners.lstm import LSTM
from longlag.learners.streams import StreamOptions
from longlag.rules import Adam
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks import tasks
from longlag.tasks.base import Task
from longlag.tasks.latch import Latch

sys.path[:0] = [str(Path(__file__).parents[1])]
from support import studies  # noqa: E402
from support.command_line import EXPERIMENT  # noqa: E402
from support.lane_sequences import first_sequences  # noqa: E402
from support.lanes import Lanes  # noqa: E402
from support.made_up_batch import RunningSum  # noqa: E402
from support.stream_networks import RULES, SMALL, samples  # noqa: E402

Outcome = dict[str, np.ndarray]

#: Tasks of a size at which an interpreter is done in a moment.
SHORT = {
    "continual-reber": {"length": 200},
    "latch": {"shortest": 20, "longest": 29},
    "noisy-patterning": {"length": 200},
    "parity": {"shortest": 20, "longest": 29},
    "tomita": {"shortest": 20, "longest": 29},
    "trace-conditioning": {"length": 200},
    "trace-patterning": {"length": 200},
    "trainable-latch": {"shortest": 20, "longest": 29},
}
TASKS = {name: kind(**SHORT.get(name, {})) for name, kind in tasks().items()}
LEARNERS = {
    name: kind(inputs=2, outputs=1)
    for name, kind in learners().items()
    if kind(inputs=2, outputs=1).kind == "online"
} | {
    "lstm-of-symbols": LSTM(
        *(3, 2), hidden=1, coding="symbol", forget_gates=True, peepholes=True, rule=Adam(0.01)
    )
}
LENGTHS = 3, 7, 5  #: of the sequences that a lane learns; each lane begins with another


def written(task: Task) -> Outcome:
    """The sequences of training and of a test."""
    return {
        f"{purpose.name} {i} {name}": array
        for purpose in (Purpose.TRAINING, Purpose.TESTING)
        for i, pair in enumerate(islice(task.sequences(1, purpose=purpose), 3))
        for name, array in zip(("x", "target"), pair, strict=True)
    }


def written_by_lanes(task: Task) -> Outcome:
    """The first sequence of several trials: interpreted, all of them are written at once."""
    pairs: list = [next(task.sequences(1, trial)) for trial in range(4)]
    if INTERPRETING:
        pairs = [(x, y[:, : task.outputs]) for x, y in first_sequences(task, seed=1)]
    return {
        f"{name} {trial}": array
        for trial, pair in enumerate(pairs)
        for name, array in zip(("x", "target"), pair, strict=True)
    }


def _shown(learner: Learner, lane: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The sequences of a lane, with targets at some steps: as many steps in every lane."""
    generator, found = np.random.default_rng(lane), []
    for i in range(len(LENGTHS)):
        length = LENGTHS[(lane + i) % len(LENGTHS)]
        target = generator.uniform(0.1, 0.9, (length, learner.outputs))
        target[generator.random(length) < 0.5] = np.nan
        target[-1] = 0.3
        x = generator.uniform(-1, 1, (length, learner.inputs))
        found.append((x if learner.coding == "real" else np.argmax(x, axis=1), target))
    return found


def learned(learner: Learner) -> Outcome:
    """Answers, and networks in the end, of lanes that begin their sequences at other steps.

    Interpreted they learn in lockstep, under masks; compiled, one after another.
    """
    shown = [_shown(learner, lane) for lane in range(len(LENGTHS))]
    if INTERPRETING:
        answers, columns = _learned_together(learner, shown)
    else:
        answers, columns = _learned_one_by_one(learner, shown)
    found = {f"answers {lane}": each for lane, each in enumerate(answers)}
    return found | {f"network {lane}": each for lane, each in enumerate(columns)}


def _learned_one_by_one(learner: Learner, shown: list) -> tuple[list, list]:
    networks = [Network(learner, seed=1, trial=lane) for lane in range(len(shown))]
    answers = [
        np.concatenate([network.learn(x, target) for x, target in pairs])
        for network, pairs in zip(networks, shown, strict=True)
    ]
    return answers, [network.column for network in networks]


def _learned_together(learner: Learner, shown: list) -> tuple[list, list]:
    starts = [learner.start(numpy_stream(1, k, Purpose.WEIGHTS)) for k in range(len(shown))]
    lanes, steps = Lanes(learner, starts), sum(LENGTHS)
    ends = np.zeros((steps, len(shown)), bool)
    for lane, pairs in enumerate(shown):
        ends[np.cumsum([len(x) for x, _ in pairs]) - 1, lane] = True
    begins = np.roll(ends, 1, axis=0)
    x, targets = (
        np.stack([np.concatenate([pair[i] for pair in pairs]) for pairs in shown], axis=-1)
        for i in range(2)
    )
    answers = []
    for t in range(steps):
        lanes.reset(begins[t])
        lanes.observe(x[t].reshape(-1, len(shown)))
        lanes.step(x[t].reshape(-1, len(shown)))
        answers.append(lanes.answer())
        lanes.learn(np.nan_to_num(targets[t]), ~np.isnan(targets[t, 0]))
        lanes.finish(ends[t])
    kept = lanes.S[: learner.layout.kept].T
    return list(np.moveaxis(answers, -1, 0)), list(kept)


def ended(conditions: Conditions) -> Outcome:
    """How the trials of a study end."""
    return _outcome(studies.run(conditions, 4, workers=1))


def _outcome(records: list[TrialRecord]) -> Outcome:
    return {
        f"{record.key.trial} {i}": np.frombuffer(part)
        if isinstance(part, bytes)
        else np.array(str(part))
        for record in records
        for i, part in enumerate(studies.bits(record))
    }


def stored() -> Outcome:
    """What the command stores of an experiment of two sequences."""
    replaced = {"test = 20": "test = 1", "window = 200": "window = 3", "= 100\n": "= 1\n"}
    text = EXPERIMENT.format(average_below=0.1, cap=2)
    for old, new in replaced.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    with tempfile.TemporaryDirectory() as folder:
        file, store = Path(folder) / "small.toml", Path(folder) / "small.longlag"
        file.write_text(text)
        options = {"--dtype": "float64", "--workers": "1", "--store": str(store)}
        with pytest.raises(SystemExit) as end:
            cli.main(["run", str(file), *chain(*options.items())])
        assert end.value.code == 0
        with Store(store) as opened:
            records = opened.records()
    assert records
    return _outcome(records)


def streamed(learner: Any) -> Outcome:
    """What a network on a stream answers and knows."""
    network = StreamNetwork(learner, dtype="float64")
    X, Y = samples(learner, seed=1, n=8)
    answers = network.learn_many(X, Y)
    return {"answers": answers, "peek": network.predict_one(X[0]), **network.arrays()}


def estimated() -> Outcome:
    """Answers of both estimators: numbers, of which one is missing, and classes."""
    X = np.random.default_rng(1).normal(size=(6, 2))
    X[2, 1] = np.nan
    regressor, classifier = (
        kind(cells=2, seed=1, dtype="float64") for kind in (LSTMRegressor, LSTMClassifier)
    )
    return {
        "numbers": regressor.learn_many(X, [0.5, 1.0, np.nan, 2.0, 2.0, 0.1]),
        "next number": regressor.predict(X[:2]),
        "classes": np.array(classifier.learn_many(X, list("abbaca")), str),
        "shares": classifier.predict_proba(X[:2]),
    }


_EASY = replace(studies.easy(dtype="float64"), test=2)
_UNIT = Guessing(1, 1, hidden=0, biased=("outputs",), squashing="tanh")
STUDIES = {
    "solved": replace(_EASY, stop=Recent(3, wrong_below=3, average_below=inf)),
    "at-its-cap": replace(studies.endless(3, dtype="float64"), test=2),
    "exams": replace(_EASY, cap=4, stop=Exam(2, 3, wrong_below=3, average_below=0.4)),
    "search": Conditions(
        *(Latch(20, 24, target_2=-1.0), _UNIT, TrainingSet(2)),
        *(40, 5, "float64", 8),
    ),
    "batch": Conditions(
        *(Latch(20, 24, target_2=-1.0), RunningSum(), ExamWhenReady(2, 2)),
        *(12, 5, "float64", 8),
    ),
}
STREAMS = {
    rule: replace(SMALL, hidden=2, peepholes=True, output="logistic", rule=RULES[rule])
    for rule in RULES
} | {"softmax": replace(SMALL, output="softmax", rule=RULES["adam"])}
CELLS = StreamOptions(5, 1, True, False, inputs=2, output="linear", rule=RULES["adam"])
STREAMS |= {f"{cell}-cells": kind.for_stream(cell, CELLS) for cell, kind in stream_cells().items()}

CASES: dict[str, Callable[[], Outcome]] = (
    {f"task {name}": lambda task=task: written(task) for name, task in TASKS.items()}
    | {
        f"lanes {name}": lambda task=task: written_by_lanes(task)
        for name, task in TASKS.items()
        if task.kernel().branch_free
    }
    | {f"learner {name}": lambda each=each: learned(each) for name, each in LEARNERS.items()}
    | {f"study {name}": lambda each=each: ended(each) for name, each in STUDIES.items()}
    | {f"stream {name}": lambda each=each: streamed(each) for name, each in STREAMS.items()}
    | {"command run": stored, "estimators both": estimated}
)


def interpreted(cases: Sequence[str], folder: Path) -> dict[str, Outcome]:
    """What the cases come to in a process that compiles nothing."""
    done = subprocess.run(
        [sys.executable, __file__, str(folder), *cases],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "NUMBA_CACHE_DIR": str(folder / "compiled")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"status {done.returncode} of {cases}: {done.stderr}"
    assert not (folder / "compiled").exists()
    return {case: dict(np.load(folder / f"{case}.npz")) for case in cases}


def _main(folder: str, *cases: str) -> None:
    assert INTERPRETING
    for case in cases:
        np.savez(Path(folder) / f"{case}.npz", **CASES[case]())


if __name__ == "__main__":
    _main(*sys.argv[1:])
