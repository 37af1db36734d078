"""The classification track of River's benchmark: accuracy and time of longlag and River's models.

    python benchmarks/river_track.py --elec2 elec2.csv --weather weather.csv --out found.jsonl

Every model predicts each row and then learns it. Models and settings are those of River's own
benchmark (`benchmarks/config.py` of its repository). Each finished run is a line of the file
`--out`, and a run that is there is not repeated, so the command goes on where it was stopped. At
the end it prints the tables. Data sets other than the two files ship with River.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from river import datasets, dummy, ensemble, forest, linear_model, naive_bayes, neighbors, tree
from river.preprocessing import StandardScaler

from longlag import LSTMClassifier

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import samples  # noqa: E402

Run = Callable[[], tuple[float, float]]  # gives accuracy and seconds of the processor
TWO_RATES = (0.003, 0.01)  #: a network for each, mixed; chosen in docs/choosing-measured.md
SEED = 42  # of the models, as in River's benchmark


@dataclass(frozen=True)
class Rows:
    """A data set under one protocol."""

    name: str
    X: list[dict[str, float]]
    y: list[Any]

    def told_last(self) -> "Rows":
        """The same rows, whose features include the class of the row before, 0 or 1."""
        before = [0, *self.y[:-1]]
        told = [x | {"last class": float(y)} for x, y in zip(self.X, before, strict=True)]
        return Rows(f"{self.name} and last class", told, self.y)

    def shuffled(self) -> "Rows":
        """The same rows in an order that tells nothing."""
        order = np.random.default_rng(0).permutation(len(self.y))
        return Rows(self.name, [self.X[i] for i in order], [self.y[i] for i in order])


def of_file(name: str, path: Path, target: str) -> Rows:
    """Rows of a CSV file whose target is 0 or 1."""
    X = samples(path)
    return Rows(name, X, [int(x.pop(target)) for x in X])


def of_river(kind: type) -> Rows:
    """Rows of a data set that ships with River."""
    X, y = zip(*kind(), strict=True)
    return Rows(kind.__name__, [dict(x) for x in X], list(y))


def longlag(rows: Rows, seed: int, **parameters: Any) -> tuple[float, float]:
    """Accuracy, and seconds of the processor, of the whole stream in one call."""
    X = np.array([list(x.values()) for x in rows.X])
    model = LSTMClassifier(seed=seed, **parameters)
    model.compile()
    start = time.process_time()
    answers = model.learn_many(X, rows.y)
    seconds = time.process_time() - start
    return np.mean([a == y for a, y in zip(answers, rows.y, strict=True)]), seconds


def without_memory(rows: Rows, seed: int) -> tuple[float, float]:
    """The same network, cleared before every row."""
    model, right = LSTMClassifier(seed=seed), 0
    model.compile()
    start = time.process_time()
    for x, y in zip(rows.X, rows.y, strict=True):
        model.reset()
        right += model.predict_one(x) == y
        model.learn_one(x, y)
    return right / len(rows.y), time.process_time() - start


def one_by_one(model: Any, rows: Rows) -> tuple[float, float]:
    """Accuracy and seconds of a model of River; an answer that is missing is wrong."""
    right, start = 0, time.process_time()
    for x, y in zip(rows.X, rows.y, strict=True):
        right += model.predict_one(x) == y
        model.learn_one(x, y)
    return right / len(rows.y), time.process_time() - start


def several() -> list[Any]:
    """The models that Stacking combines."""
    return [
        StandardScaler() | linear_model.SoftmaxRegression(),
        naive_bayes.GaussianNB(),
        tree.HoeffdingTreeClassifier(),
        StandardScaler() | neighbors.KNNClassifier(),
    ]


RIVER: dict[str, Callable[[], Any]] = {
    "last class": dummy.NoChangeClassifier,
    "logistic (softmax) regression": lambda: StandardScaler() | linear_model.SoftmaxRegression(),
    "ALMA": lambda: StandardScaler() | linear_model.ALMAClassifier(),  # two classes only
    "naive Bayes": naive_bayes.GaussianNB,
    "k nearest neighbours": lambda: StandardScaler() | neighbors.KNNClassifier(),
    "Hoeffding tree": tree.HoeffdingTreeClassifier,
    "Hoeffding adaptive tree": lambda: tree.HoeffdingAdaptiveTreeClassifier(seed=SEED),
    "adaptive random forest": lambda: forest.ARFClassifier(seed=SEED),
    "Mondrian forest (AMF)": lambda: forest.AMFClassifier(seed=SEED),
}

#: Ensembles that take hours on a long stream; they come last.
SLOW: dict[str, Callable[[], Any]] = {
    "streaming random patches": lambda: ensemble.SRPClassifier(seed=SEED),
    "AdaBoost": lambda: ensemble.AdaBoostClassifier(tree.HoeffdingTreeClassifier(), seed=SEED),
    "leveraging bagging": lambda: ensemble.LeveragingBaggingClassifier(
        tree.HoeffdingTreeClassifier(), seed=SEED
    ),
    "stacking": lambda: ensemble.StackingClassifier(several(), forest.ARFClassifier(seed=SEED)),
}


def quick(rows: Rows, seeds: list[int]) -> Iterator[tuple[str, Run]]:
    """The runs of longlag and of the quicker models on a data set, by name."""
    for seed in seeds:
        yield f"longlag {seed}", lambda seed=seed: longlag(rows, seed)
        yield f"longlag, two rates {seed}", lambda seed=seed: longlag(rows, seed, rate=TWO_RATES)
        yield f"longlag, no memory {seed}", lambda seed=seed: without_memory(rows, seed)
        yield f"longlag, shuffled rows {seed}", lambda seed=seed: longlag(rows.shuffled(), seed)
    for name, make in RIVER.items():
        if name != "ALMA" or set(rows.y) <= {0, 1}:
            yield name, lambda make=make: one_by_one(make(), rows)


def slow(rows: Rows) -> Iterator[tuple[str, Run]]:
    """The runs of the slow models."""
    for name, make in SLOW.items():
        yield name, lambda make=make: one_by_one(make(), rows)


def table(found: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Accuracy and microseconds of the processor a row; a line a model, a column a data set."""
    sets = list(dict.fromkeys(name for name, _ in found))
    models = list(dict.fromkeys(name.rstrip("0123456789 ") for _, name in found))
    for key in ("accuracy", "microseconds"):
        print(f"\n| {key} | {' | '.join(sets)} |\n|---{'|---' * len(sets)}|")
        for model in models:
            cells = []
            for one in sets:
                lines = [
                    line
                    for (name, run), line in found.items()
                    if name == one and run.rstrip("0123456789 ") == model
                ]
                if key == "accuracy":
                    cells.append(", ".join(f"{line[key]:.3f}" for line in lines))
                else:
                    cells.append(
                        f"{np.median([line[key] for line in lines]):,.1f}" if lines else ""
                    )
            print(f"| {model} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elec2", type=Path, help="Elec2 (Harries 1999) as CSV, target `class`")
    parser.add_argument("--weather", type=Path, help="NOAA weather as CSV, target `target`")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of longlag")
    parser.add_argument("--rows", type=int, help="the first of each data set, such as for times")
    parser.add_argument("--out", type=Path, required=True, help="file of the finished runs")
    given = parser.parse_args()
    sets = [of_river(kind) for kind in (datasets.Phishing, datasets.Bananas)]
    sets.append(of_river(datasets.ImageSegments))
    for name, path, target in (
        ("Elec2", given.elec2, "class"),
        ("weather", given.weather, "target"),
    ):
        if path:
            alone = of_file(name, path, target)
            sets += [alone, alone.told_last()]
    sets = [Rows(each.name, each.X[: given.rows], each.y[: given.rows]) for each in sets]
    found = {}
    if given.out.exists():
        lines = [json.loads(line) for line in given.out.read_text().splitlines()]
        found = {(line["set"], line["model"]): line for line in lines}
    planned = [(rows, *run) for rows in sets for run in quick(rows, given.seeds)]
    planned += [(rows, *run) for rows in sets for run in slow(rows)]
    for rows, name, run in planned:
        if (rows.name, name) not in found:
            accuracy, seconds = run()
            line = {
                "set": rows.name,
                "model": name,
                "rows": len(rows.y),
                "accuracy": float(accuracy),
                "microseconds": 1e6 * seconds / len(rows.y),
            }
            found[rows.name, name] = line
            with given.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
    table(found)


if __name__ == "__main__":
    main()
