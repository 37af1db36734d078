"""Short runs of every kind of driver, each with a digest of all that came of it.

In a process of its own (`digests` starts one): all drivers are made first, in the order given, then
all runs are made. A run is a line of words, such as "lanes adding lstm 4 float32".
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from longlag.compiled.driver import Driver
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.estimators.scaling import new_scale
from longlag.experiments import study
from longlag.experiments.conditions import build
from longlag.experiments.population import Population
from longlag.experiments.settings import settings_of
from longlag.experiments.stop import TrainingSet
from longlag.experiments.trial import Conditions, TrialKey
from longlag.learners import learners
from longlag.network import Network

sys.path[:0] = [str(Path(__file__).parents[1])]
from support import guard_pages, stream_networks, studies  # noqa: E402


class Outcome(NamedTuple):
    """What a process printed."""

    digests: dict[str, str]  #: by run
    compiled: int  #: drivers that were compiled, not found on disk


def digests(runs: Sequence[str], folder: Path, *, guard: str = "", **environment: str) -> Outcome:
    """Make the runs in a process of its own that keeps compiled code in `folder`."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", __file__, guard, *runs],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"status {done.returncode} of {runs}: {done.stderr}"
    return Outcome(**json.loads(done.stdout))


def fitting(task: str, learner: str) -> bool:
    """Whether a learner can be put to a task."""
    try:
        conditions(task, learner, "float32")
    except InputError:
        return False
    return True


def conditions(task: str, learner: str, dtype: str) -> Conditions:
    """A trial that is examined often, passes with one right answer of 20, and is tested."""
    path = resources.files("longlag.experiments") / "matrix.toml"
    settings = tomllib.loads(path.read_text())
    kind = learners()[learner].kind
    exam = {"sequences": 20, "wrong_below": 20}
    stops = {
        "online": {"type": "exam", "every": 10} | exam,
        "search": {"type": "training-set", "sequences": 1},
        "batch": {"type": "exam-when-ready", "set": 2} | exam,
    }
    searches = kind == "search"
    built = build(
        {
            "task": {"type": task} | settings["tasks"].get(task, {}),
            "learner": {"type": learner} | next(iter(settings_of(learner).settings.values())),
            "stop": stops[kind],
            "cap": 100 if searches else 20,
            "test": 4,
            "dtype": dtype,
            "seed": 1,
        }
    )
    long = task == "continual-reber"  # a sequence is a stream of some thousand symbols
    return replace(built, cap=2, test=1) if long and not searches else built


def mixed(easy: Conditions, count: int) -> list[tuple[TrialKey, Conditions]]:
    """As many trials, every other one of which never passes."""
    hard = TrainingSet(100) if isinstance(easy.stop, TrainingSet) else None
    stop = hard or replace(easy.stop, wrong_below=1, average_below=1e-9)
    kinds = easy, replace(easy, stop=stop)
    return [(TrialKey("made-up", "only", "only", i), kinds[i % 2]) for i in range(count)]


def lanes(task: str, learner: str, width: str, dtype: str) -> Callable:
    """Trials in lanes, more of them than there are."""
    easy = conditions(task, learner, dtype)
    Population(easy, int(width))

    def run():
        trials = mixed(easy, int(width) + 2)
        return map(studies.bits, study.Study(trials, workers=1, lanes=int(width)).run(every=0.001))

    return run


def narrowing(task: str, learner: str, dtype: str) -> Callable:
    """Trials that move from 16 lanes to 8 and on to 4 while they learn."""
    easy = conditions(task, learner, dtype)
    populations = [Population(easy, width) for width in (16, 8, 4)]

    def run():
        jobs = [study.Job(key, each) for key, each in mixed(replace(easy, cap=10**6), 4)]
        for population in populations:
            for job in jobs:
                population.load(job)
            population._advance(population.arrays, 20)
            jobs = population.unload(len(jobs))
        return (job.checkpoint for job in jobs)

    return run


def stream(rule: str, dtype: str, cells: str) -> Callable:
    """A network of its own, on a stream with gaps in the targets."""
    learner = replace(
        stream_networks.SMALL, rule=stream_networks.RULES[rule], blocks=int(cells), peepholes=True
    )
    StreamNetwork(learner, dtype=dtype).advance([0.0] * learner.inputs)

    def run():
        network = StreamNetwork(learner, dtype=dtype)
        X, Y = stream_networks.samples(learner, seed=0)
        yield network.learn_many(X, Y).tobytes()
        for x, y in zip(X, Y, strict=True):
            yield network.predict_one(x).tobytes()
            yield network.learn_one(x, y).tobytes()
            yield network.advance(x).tobytes()
        yield {name: array.tobytes() for name, array in network.arrays().items()}

    return run


def network(learner: str, dtype: str) -> Callable:
    """A network that is fed sequences of the adding problem."""
    easy = conditions("adding", learner, dtype)
    fed = Network(easy.learner, seed=1, dtype=dtype)

    def run():
        for x, target in islice(easy.task.sequences(seed=1), 5):
            yield fed.predict(x).tobytes()
            if easy.learner.kind == "online":
                yield fed.learn(x, target).tobytes()
            yield {name: array.tobytes() for name, array in fed.record(x).items()}
        yield fed.column.tobytes()

    return run


def sequences(task: str) -> Callable:
    """What a task generates, without a learner."""
    easy = conditions(task, "lstm", "float32").task
    next(easy.sequences(seed=0))
    return lambda: ([each.tobytes() for each in pair] for pair in islice(easy.sequences(seed=1), 3))


def scale(layout: str) -> Callable:
    """Columns to standardise: in C's order, in Fortran's, or with gaps."""
    X = np.arange(60.0).reshape(10, 6) ** 2
    rows = {"C": X, "F": np.asfortranarray(X), "gaps": X[::2, ::2]}[layout]
    new_scale(True, 2).standardise(np.zeros((2, 2)), 2)
    return lambda: [new_scale(True, rows.shape[1]).standardise(rows, len(rows)).tobytes()]


KINDS = {each.__name__: each for each in (lanes, narrowing, stream, network, sequences, scale)}


def _main(guard: str, *runs: str) -> None:
    limit = 60 * (2 + len(runs))  # seconds; what runs another's functions may never end
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    compiled, compile_ = [], Driver._compile

    def count(self, signature):
        compiled.append(signature)
        return compile_(self, signature)

    Driver._compile = count
    if guard:
        guard_pages.install(guard)
    made = {}
    for each in runs:
        kind, *words = each.split()
        made[each] = KINDS[kind](*words)
    found = {each: _digest(run()) for each, run in made.items()}
    print(json.dumps({"digests": found, "compiled": len(compiled)}))


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256(repr(list(parts)).encode()).hexdigest()


if __name__ == "__main__":
    _main(*sys.argv[1:])
