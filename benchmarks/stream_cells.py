"""Memory cells, rotating cells and mixtures of them, as `longlag learn` has them.

    python -m pip install "longlag[river]" statsmodels
    python benchmarks/stream_cells.py --data FOLDER

Everything is of the list for choosing of docs/choosing-measured.md; the folder holds `etth1.csv`,
`machine_temperature.csv` and `weather.csv` of it. Numbers are the mean absolute error of `longlag
learn` without times, one row ahead and farther; classes are the share of wrong answers; the lag and
the bits are those of stream_defaults.py. Every network has 32 cells and the defaults; of a mixture,
some rotate, and the others are memory cells in blocks of two.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from longlag import LSTMClassifier, LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.forecasting.numbers import NumberSeries
from longlag.learners.rotating.learner import HOLD
from longlag.learners.streams import opposite, spread
from longlag.readers.sources import Rows

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column, names  # noqa: E402
from stream_defaults import bits, geometric_mean, lag, real_data, share_missed  # noqa: E402
from wild_readings import generated  # noqa: E402

CELLS, SEEDS = 32, (0, 1)
#: Rotating cells of 32; None for cells that feed each other.
MIXTURES = {"memory": None, "8 rotate": 8, "16 rotate": 16, "24 rotate": 24, "rotating": 32}


def model(kind: type, rotating: int | None, **parameters: Any) -> Any:
    """An estimator of which so many cells rotate."""
    if rotating is None:
        return kind(**parameters)
    made = kind(cell="mixed", **parameters)
    blocks = (CELLS - rotating) // 2
    biases = spread(rotating, *HOLD) + spread(blocks)
    fields = {"input_gate_biases": biases, "forget_gate_biases": opposite(biases)}
    build = made._learner
    made._learner = lambda inputs: replace(build(inputs), cells=rotating, blocks=blocks, **fields)
    return made


def numbers(folder: Path) -> dict[str, np.ndarray]:
    """The series for choosing that are predicted from nothing but their past."""
    found, _ = real_data()
    single = {name: np.append(X[0, 0], y) for name, (X, y) in found.items() if X.shape[1] == 1}
    return single | {
        "HUFL": column(folder / "etth1.csv", "HUFL"),
        "machine": column(folder / "machine_temperature.csv", "value"),
        "generated 0": generated(0),
        "generated 1": generated(1),
    }


#: Rows ahead, besides one.
FAR = {
    "sunspots": (11,),
    "co2": (52,),
    "elnino": (12,),
    "airline": (12,),
    "water": (24,),
    "HUFL": (24,),
    "machine": (12, 288),
    "generated 0": (24,),
    "generated 1": (24,),
}


def over_last_value(y: np.ndarray, horizon: int, rotating: int | None, seed: int) -> float:
    """The mean absolute error of `longlag learn` over that of the last value."""
    made = model(LSTMRegressor, rotating, seed=seed)
    made.rate = NumberSeries.model(horizon).rate
    evaluation = Evaluation(Question(("y",), (), (horizon,)), made)
    evaluation.step(Rows(1, np.zeros((len(y), 0)), y, None))
    ours, last, *_ = (row["MAE"] for row in evaluation.tables()[0])
    return ours / last


def main() -> None:
    """Print a line for each mixture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=list(MIXTURES), choices=MIXTURES)
    given = parser.parse_args()
    known, (_, classes) = numbers(given.data), real_data()
    weather = given.data / "weather.csv"
    *features, target = names(weather)
    rows = [column(weather, name) for name in features]
    classes |= {"weather": (np.column_stack(rows), column(weather, target).astype(int))}
    print("| cells | 1 row ahead | farther | classes | lag, by seed | bits | each |")
    print("|:--|--:|--:|--:|--:|--:|:--|")
    for name in given.only:
        rotating, near, far, wrong = MIXTURES[name], {}, {}, {}
        for key, y in known.items():
            for h in (1, *FAR[key]):
                seeds = SEEDS if h < 100 else SEEDS[:1]
                error = np.mean([over_last_value(y, h, rotating, seed) for seed in seeds])
                (near if h == 1 else far)[f"{key} {h}"] = error
        for key, (X, y) in classes.items():
            answers = [model(LSTMClassifier, rotating, seed=s).learn_many(X, y) for s in SEEDS]
            wrong[key] = np.mean([answer != y for answer in answers])
        lags = [share_missed(model(LSTMRegressor, rotating, seed=s), *lag(s), 250) for s in SEEDS]
        recalled = [
            share_missed(model(LSTMRegressor, rotating, seed=s), *bits(s), 2000) for s in SEEDS
        ]
        each = ", ".join(f"{key} {value:.3f}" for key, value in (near | far | wrong).items())
        print(
            f"| {name} | {geometric_mean(near):.3f} | {geometric_mean(far):.3f} | "
            f"{np.mean(list(wrong.values())):.3f} | {', '.join(f'{x:.3f}' for x in lags)} | "
            f"{np.mean(recalled):.3f} | {each} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
