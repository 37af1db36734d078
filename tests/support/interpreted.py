"""What kernels come to, as arrays by name: the same, to the bit, compiled and interpreted.

Run as a program under NUMBA_DISABLE_JIT=1 it writes what they come to interpreted into a file:
`python -m support.interpreted FILE`.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from math import inf

import numpy as np

from longlag import Network
from longlag.compiled.interpreting import INTERPRETING
from longlag.estimators.scaling import RunningScale
from longlag.experiments.stop import Exam, Recent, TrainingSet
from longlag.experiments.trial import Conditions
from longlag.learners import learners
from longlag.learners.base import Learner
from longlag.learners.guessing import Guessing
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.units import StreamNetwork
from longlag.rules import Adam
from longlag.simd.banks import aligned_zeros, bank
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks import tasks
from longlag.tasks.base import Task
from longlag.tasks.latch import Latch
from support import studies
from support.lane_sequences import first_sequences
from support.stream_networks import QUICK, RULES, SMALL, samples

Outcome = dict[str, np.ndarray]

#: Tasks of a size at which an interpreter is done in a moment.
SHORT = {
    "continual-reber": {"length": 200},
    "latch": {"shortest": 20, "longest": 29},
    "parity": {"shortest": 20, "longest": 29},
    "tomita": {"shortest": 20, "longest": 29},
    "trainable-latch": {"shortest": 20, "longest": 29},
}
TASKS = {name: kind(**SHORT.get(name, {})) for name, kind in tasks().items()}
LEARNERS = {
    name: kind(inputs=2, outputs=1)
    for name, kind in learners().items()
    if kind(inputs=2, outputs=1).kind == "online"
} | {
    "lstm of symbols": LSTM(
        *(3, 2), hidden=1, coding="symbol", forget_gates=True, peepholes=True, rule=Adam(0.01)
    )
}
LENGTHS = (
    3,
    7,
    5,
)  #: of the sequences that each lane learns, each from another on


def written(task: Task) -> Outcome:
    """The sequences of training and of a test, as one lane alone writes them."""
    return {
        f"{purpose.name} {i} {name}": array
        for purpose in (Purpose.TRAINING, Purpose.TESTING)
        for i, pair in enumerate(islice(task.sequences(1, purpose=purpose), 3))
        for name, array in zip(("x", "target"), pair, strict=True)
    }


def written_together(task: Task) -> Outcome:
    """The first sequence of several trials, as all lanes at once write them."""
    return {
        f"trial {k} {name}": array
        for k, (x, y) in enumerate(first_sequences(task, seed=1))
        for name, array in (("x", x), ("target", y[:, : task.outputs]))
    }


def written_one_by_one(task: Task) -> Outcome:
    """What `written_together` comes to, one lane alone after another."""
    return {
        f"trial {k} {name}": array
        for k in range(4)
        for name, array in zip(("x", "target"), next(task.sequences(1, k)), strict=True)
    }


def _sequences(learner: Learner, lane: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """What a lane learns: inputs, and targets at some steps, of as many steps in every lane."""
    generator, found = np.random.default_rng(lane), []
    for i in range(len(LENGTHS)):
        length = LENGTHS[(lane + i) % len(LENGTHS)]
        target = generator.uniform(0.1, 0.9, (length, learner.outputs))
        target[generator.random(length) < 0.5] = np.nan
        target[-1] = 0.3
        x = generator.uniform(-1, 1, (length, learner.inputs))
        found.append((x if learner.coding == "real" else np.argmax(x, axis=1), target))
    return found


def learned_alone(learner: Learner) -> Outcome:
    """Answers, and the network in the end, of each lane alone."""
    found = {}
    for lane in range(len(LENGTHS)):
        network = Network(learner, seed=1, trial=lane)
        answers = [network.learn(x, target) for x, target in _sequences(learner, lane)]
        found |= {f"answers {lane}": np.concatenate(answers), f"network {lane}": network.column}
    return found


def learned_together(learner: Learner) -> Outcome:
    """The same, from lanes in lockstep, by the functions of its kernel."""
    lanes, layout = len(LENGTHS), learner.layout
    reset, step, answer, learn, finish = learner.kernel(lanes)
    S = aligned_zeros((layout.rows, lanes), np.float64)
    for lane in range(lanes):
        S[:, lane] = learner.start(numpy_stream(1, lane, Purpose.WEIGHTS))
    shown = [_sequences(learner, lane) for lane in range(lanes)]
    begins, ends = np.zeros((2, sum(LENGTHS), lanes), bool)
    for lane, sequences in enumerate(shown):
        last = np.cumsum([len(x) for x, _ in sequences]) - 1
        ends[last, lane] = begins[np.append(0, last[:-1] + 1), lane] = True
    x, targets = (
        np.stack([np.concatenate([pair[i] for pair in each]) for each in shown], axis=-1)
        for i in range(2)
    )
    network, answers = bank(S, 0, lanes), []
    for t in range(sum(LENGTHS)):
        reset(network, begins[t])
        step(network, bank(x[t].astype(np.float64).reshape(-1, lanes), 0, lanes), 0)
        answer(network)
        answers.append(layout.view(S, "outputs").copy())
        learn(network, bank(np.nan_to_num(targets[t]), 0, lanes), 0, ~np.isnan(targets[t, 0]))
        finish(network, ends[t])
    found = {f"answers {k}": np.array(answers)[..., k] for k in range(lanes)}
    return found | {f"network {k}": S[: layout.kept, k].copy() for k in range(lanes)}


def ended(conditions: Conditions) -> Outcome:
    """How the trials of a study end."""
    found = {}
    for record in studies.run(conditions, 4, workers=1):
        numbers = (
            *(record.sequences, record.steps, record.guesses or 0),
            *(record.wrong or 0, record.tested, record.test_error or 0.0),
        )
        found |= {
            f"{name} {record.key.trial}": np.asarray(value)
            for name, value in (
                ("status", record.status.value),
                ("numbers", numbers),
                ("curve", record.curve),
                ("column", record.column),
            )
        }
    return found


def streamed(learner: LSTM) -> Outcome:
    """What a network on a stream answers and knows."""
    network = StreamNetwork(learner, dtype="float64")
    X, Y = samples(learner, seed=1, n=8)
    answers = network.learn_many(X, Y)
    return {"answers": answers, "peek": network.predict_one(X[0]), **network.arrays()}


def scaled() -> Outcome:
    """A column of numbers, one missing, one constant column."""
    rows = np.array([[1.0, 2.0], [3.0, 2.0], [np.nan, 2.0], [0.1, 2.0]])
    names = "scaled", "means", "deviations"
    return dict(zip(names, RunningScale(2).standardise_targets(rows), strict=True))


_EASY = replace(studies.easy(dtype="float64"), test=3)
_UNIT = Guessing(1, 1, hidden=0, biased=("outputs",), squashing="tanh")
_STREAM = replace(SMALL, hidden=2, peepholes=True, output="logistic")
STUDIES = {
    "solved": replace(_EASY, stop=Recent(3, wrong_below=3, average_below=inf)),
    "at its cap": studies.endless(4, dtype="float64"),
    "exams": replace(_EASY, cap=4, stop=Exam(2, 3, wrong_below=3, average_below=0.4)),
    "search": Conditions(
        *(Latch(20, 24, target_2=-1.0), _UNIT, TrainingSet(2)),
        *(40, 5, "float64", 8),
    ),
}

#: What both processes do.
CASES: dict[str, Callable[[], Outcome]] = (
    {f"task {name}": lambda task=task: written(task) for name, task in TASKS.items()}
    | {f"learner {name}": lambda each=each: learned_alone(each) for name, each in LEARNERS.items()}
    | {f"study {name}": lambda each=each: ended(each) for name, each in STUDIES.items()}
    | {
        f"stream {rule}": lambda rule=rule: streamed(replace(_STREAM, rule=RULES[rule]))
        for rule in QUICK
    }
    | {"stream softmax": lambda: streamed(replace(SMALL, output="softmax", rule=RULES["adam"]))}
    | {"scaling": scaled}
)
#: What the interpreter does in lanes, and what comes to the same.
IN_LANES: dict[str, tuple[Callable[[], Outcome], Callable[[], Outcome]]] = {
    f"task {name}": (
        lambda task=task: written_together(task),
        lambda task=task: written_one_by_one(task),
    )
    for name, task in TASKS.items()
    if task.kernel().branch_free
} | {
    f"learner {name}": (
        lambda each=each: learned_together(each),
        lambda each=each: learned_alone(each),
    )
    for name, each in LEARNERS.items()
}


def main(path: str) -> None:
    """Write all outcomes to a file."""
    assert INTERPRETING
    outcomes = {f"{case}/{name}": array for case in CASES for name, array in CASES[case]().items()}
    for case, (together, _) in IN_LANES.items():
        outcomes |= {f"{case}/lanes/{name}": array for name, array in together().items()}
    np.savez(path, **outcomes)


if __name__ == "__main__":
    main(sys.argv[1])
