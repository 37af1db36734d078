"""What a wild reading, a change of level and columns of noise do to the error of `longlag learn`.

    python benchmarks/wild_readings.py [--seeds 0 1 2] [--file taxi.csv --column value]

The series is an autoregression with a cycle of a day, or a column of a CSV file. Everything is one
row ahead and predicted before it is learned. `docs/choosing-measured.md` says
which seeds and which files are for choosing, and which only for showing.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from longlag import LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.readers.sources import Rows

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column  # noqa: E402

ROWS = 5000
AFTER = 1000  #: rows after the wild readings that are compared

#: First row of the wild readings, and these.
READINGS = {
    "99,999": (1000, [99_999.0]),
    "1e9": (1000, [1e9]),
    "-1e9": (1000, [-1e9]),
    "99,999 five times": (1000, [99_999.0] * 5),
    "five kinds in a row": (1000, [99_999.0, 1e9, -1e6, 5e5, -99_999.0]),
    "1e9 in row 11": (10, [1e9]),
    "99,999 in row 4": (3, [99_999.0]),
}
NOISE = (0, 10, 50, 200, 1000)
SPANS = ((1, 20), (20, 100), (100, 1000))  #: rows after a change of level


def generated(seed: int) -> np.ndarray:
    """The autoregression with a cycle, around 10."""
    generator = np.random.default_rng(seed)
    y, noise = np.zeros(ROWS), generator.normal(size=ROWS)
    for t in range(1, ROWS):
        y[t] = 0.8 * y[t - 1] + noise[t]
    return y + 10 + 5 * np.sin(np.arange(ROWS) / 12 * np.pi)


def errors(y: np.ndarray, X: np.ndarray, seed: int) -> np.ndarray:
    """The absolute error at each row but the first, as `longlag learn` has them."""
    names = tuple(map(str, range(X.shape[1])))
    evaluation = Evaluation(Question(("y",), names), LSTMRegressor(seed=seed))
    answers = evaluation.step(Rows(1, X, y, None))[:, 0]
    return np.abs(answers[:-1] - y[1:])


def wild(values: np.ndarray, first: int, readings: list[float]) -> np.ndarray:
    """A copy with wild readings put in."""
    found = values.copy()
    found[first : first + len(readings)] = readings
    return found


def ratio(spoiled: np.ndarray, clean: np.ndarray, start: int, stop: int) -> float:
    """Of the mean errors in rows start to stop."""
    rows = slice(start - 1, stop - 1)
    return float(np.nanmean(spoiled[rows]) / np.nanmean(clean[rows]))


def after_readings(y: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """Ratio of errors after wild targets, and after wild features beside one that tells."""
    generator = np.random.default_rng(1000 + seed)
    X = generator.normal(size=(len(y), 3))
    told = y + 2 * np.std(np.diff(y)) * np.append(0.0, X[:-1, 0])
    none = np.zeros((len(y), 0))
    clean, clean_told = errors(y, none, seed), errors(told, X, seed)
    found = {}
    for name, (first, readings) in READINGS.items():
        last = first + len(readings)
        features = X.copy()
        features[:, 0], features[:, 1] = (wild(X[:, i], first, readings) for i in range(2))
        found[name] = (
            ratio(errors(wild(y, first, readings), none, seed), clean, last, last + AFTER),
            ratio(errors(told, features, seed), clean_told, last, last + AFTER),
        )
    return found


def after_a_change(y: np.ndarray, seed: int) -> list[float]:
    """Ratio of errors after the level has moved by 990 deviations of a change."""
    moved, none = y.copy(), np.zeros((len(y), 0))
    moved[1000:] += 990 * np.std(np.diff(y))
    clean, found = errors(y, none, seed), errors(moved, none, seed)
    return [ratio(found, clean, 1000 + start, 1000 + stop) for start, stop in SPANS]


def beside_noise(y: np.ndarray, seed: int) -> list[float]:
    """Mean error with columns of noise beside the series, over that without."""
    generator = np.random.default_rng(2000 + seed)
    X = generator.normal(size=(len(y), max(NOISE)))
    means = [np.nanmean(errors(y, X[:, :count], seed)) for count in NOISE]
    return [float(mean / means[0]) for mean in means]


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--file")
    parser.add_argument("--column")
    given = parser.parse_args()
    series: Callable[[int], np.ndarray] = generated
    if given.file:
        values = column(given.file, given.column)[:ROWS]
        series = lambda seed: values  # noqa: E731
    found = [after_readings(series(seed), seed) for seed in given.seeds]
    print("| wild reading | error after a wild target | after wild features |\n|---|---|---|")
    for name in READINGS:
        targets, features = np.mean([each[name] for each in found], axis=0)
        print(f"| {name} | {targets:.3g} | {features:.3g} |")
    changes = np.mean([after_a_change(series(seed), seed) for seed in given.seeds], axis=0)
    print("\n| rows after a change of level | error |\n|---|---|")
    for (start, stop), value in zip(SPANS, changes, strict=True):
        print(f"| {start + 1} to {stop} | {value:.3g} |")
    noise = np.mean([beside_noise(series(seed), seed) for seed in given.seeds], axis=0)
    print("\n| columns of noise | error |\n|---|---|")
    for count, value in zip(NOISE, noise, strict=True):
        print(f"| {count:,} | {value:.3g} |")


if __name__ == "__main__":
    main()
