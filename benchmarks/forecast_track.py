"""Forecasts of longlag and of River's forecasters, one and many rows ahead: mean absolute error.

    python benchmarks/forecast_track.py --taxi nyc_taxi.csv --etth1 etth1.csv

River's models are tried in several settings, and the best setting counts, chosen afterwards.
longlag runs as `longlag learn` with its defaults, told the column of times.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from river import linear_model, optim, preprocessing, time_series

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column, names  # noqa: E402


def longlag(
    path: Path, target: str, clock: str, horizon: int, first: int, seed: int
) -> tuple[float, float]:
    """Mean absolute error of `longlag learn` for rows from `first` on; microseconds a row."""
    others = set(names(path)) - {target, clock}
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "predictions.csv"
        command = [sys.executable, "-m", "longlag.cli", "learn", path, "--target", target, "--json"]
        command += ["--time", clock, "--horizon", str(horizon), "--seed", str(seed)]
        command += ["--predictions", written]
        if others:
            command += ["--exclude", ",".join(others)]
        found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        predictions = column(written, "prediction")
    y = column(path, target)
    errors = np.abs(predictions[first - horizon : len(y) - horizon] - y[first:])
    return float(errors.mean()), 1e6 * found["seconds"] / len(y)


def forecasters(season: int) -> Iterator[tuple[str, Any]]:
    """River's forecasters in several settings."""
    for alpha, gamma in itertools.product((0.1, 0.3, 0.7), (0.1, 0.6)):
        yield (
            f"Holt-Winters, alpha {alpha}, beta 0.01, gamma {gamma}",
            time_series.HoltWinters(alpha=alpha, beta=0.01, gamma=gamma, seasonality=season),
        )
    orders = ((6, 0, 0, 0), (1, 1, 0, 0), (6, 1, 0, 0), (6, 0, 0, 1), (6, 0, 1, 0), (1, 1, 1, 0))
    for rate, (p, d, q, sd) in itertools.product((0.01, 0.001), orders):
        linear = linear_model.LinearRegression(optim.SGD(rate))
        yield (
            f"SNARIMAX({p}, {d}, {q})(2, {sd}, {q}), rate {rate}",
            time_series.SNARIMAX(
                p=p,
                d=d,
                q=q,
                m=season,
                sp=2,
                sd=sd,
                sq=q,
                # Without a scale for its target, the linear model diverges.
                regressor=preprocessing.TargetStandardScaler(
                    preprocessing.StandardScaler() | linear
                ),
            ),
        )


def error_of(model: Any, y: np.ndarray, horizon: int, first: int) -> tuple[float, float]:
    """Mean absolute error of forecasts for rows from `first` on; microseconds a row."""
    errors, waiting, start = [], {}, time.perf_counter()
    for t, target in enumerate(y.tolist()):
        if t in waiting:
            errors.append(abs(waiting.pop(t) - target))
        model.learn_one(target)
        if first <= t + horizon < len(y):
            waiting[t + horizon] = model.forecast(horizon)[-1]
    seconds = time.perf_counter() - start
    return float(np.mean(errors)), 1e6 * seconds / len(y)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--taxi", type=Path, help="nyc_taxi.csv of Numenta's benchmark")
    parser.add_argument("--etth1", type=Path, help="ETTh1.csv")
    parser.add_argument("--target", default="OT", help="the column of ETTh1 (default: OT)")
    given = parser.parse_args()
    for path, target, clock, season in (
        (given.taxi, "value", "timestamp", 48),
        (given.etth1, given.target, "date", 24),
    ):
        if not path:
            continue
        y, first = column(path, target), 7 * season
        for horizon in (1, season):
            print(f"\n{path.name}, {target}, {horizon} rows ahead\n")
            print("| | MAE | µs a row |\n|---|---|---|")
            for seed in (0, 1):
                error, microseconds = longlag(path, target, clock, horizon, first, seed)
                print(f"| longlag learn, seed {seed} | {error:.4g} | {microseconds:,.0f} |")
            back = {"last value": horizon, "a day before": season, "a week before": 7 * season}
            for name, lag in back.items():
                print(f"| {name} | {np.abs(y[first:] - y[first - lag : -lag]).mean():.4g} | |")
            for name, model in forecasters(season):
                error, microseconds = error_of(model, y, horizon, first)
                print(f"| {name} | {error:.4g} | {microseconds:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
