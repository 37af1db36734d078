"""The share of the targets that `longlag learn --interval` holds, near and far ahead.

    python -m pip install "longlag[river]" statsmodels
    python benchmarks/intervals.py --data FOLDER [--showing]

The first table is of the rows after the first 1,000, for several shares; the second is of 0.9 in
pieces of 300 rows and two horizons, each of which begins anew, with the mean interval score. The
folder holds `etth1.csv` and `machine_temperature.csv` of the list for choosing of
docs/choosing-measured.md; with `--showing` the first table is of the second list, of
`nyc_taxi.csv` and `etth1.csv`.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from longlag.forecasting.intervals import Bounds

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column  # noqa: E402
from wild_readings import generated  # noqa: E402

SHARES = (0.5, 0.8, 0.9, 0.95)
LEFT_OUT, PIECE = 1000, 300


class Series(NamedTuple):
    """A file with times, its target, and the rows ahead that are asked for."""

    name: str
    path: Path
    time: str
    target: str
    horizons: tuple[int, ...]


def written(folder: Path, name: str, times: np.ndarray, y: np.ndarray) -> Path:
    """A file of times and numbers; a number that is missing is an empty field."""
    path = folder / f"{name}.csv"
    rows = (f"{t},{'' if np.isnan(v) else repr(float(v))}" for t, v in zip(times, y, strict=True))
    path.write_text("\n".join(["t,y", *rows, ""]), encoding="utf-8")
    return path


def for_choosing(data: Path, folder: Path) -> list[Series]:
    """The series of the first list that are long enough and have times."""
    from statsmodels.datasets import co2

    weeks = co2.load_pandas().data["co2"]
    found = [
        Series("HUFL", data / "etth1.csv", "date", "HUFL", (1, 24)),
        Series("machine", data / "machine_temperature.csv", "timestamp", "value", (1, 12, 288)),
    ]
    hours = np.datetime64("2020-01-01T00:00") + np.arange(5000).astype("timedelta64[h]")
    for seed in (0, 1):
        path = written(folder, f"generated {seed}", hours, generated(seed))
        found.append(Series(f"generated {seed}", path, "t", "y", (1, 24)))
    path = written(folder, "co2", weeks.index.strftime("%Y-%m-%d"), weeks.to_numpy())
    return [*found, Series("carbon dioxide", path, "t", "y", (1, 52))]


def for_showing(data: Path) -> list[Series]:
    """The series of the second list."""
    return [
        Series("taxi", data / "nyc_taxi.csv", "timestamp", "value", (1, 48)),
        Series("OT", data / "etth1.csv", "date", "OT", (1, 24)),
    ]


def predictions(series: Series, horizon: int, folder: Path) -> np.ndarray:
    """What `longlag learn` answers in each row, of the target alone and its times."""
    path = folder / "predictions.csv"
    narrow = written(folder, "narrow", *both(series))
    command = [sys.executable, "-m", "longlag.cli", "learn", narrow, "--target", "y", "--time", "t"]
    command += ["--horizon", str(horizon), "--predictions", path]
    subprocess.run(command, capture_output=True, check=True)
    return column(path, "prediction")


def both(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """The times, as texts, and the numbers of a file."""
    lines = series.path.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index(series.time)
    return np.array([line.split(",")[place] for line in lines[1:]]), column(
        series.path, series.target
    )


def held(level: float, horizon: int, answers: np.ndarray, y: np.ndarray, first: int) -> np.ndarray:
    """Whether each target was held, and the interval score, from row `first` on: (rows, 2)."""
    ends = Bounds(level, horizon).step(answers, y)
    due = np.append(y[horizon:], np.full(horizon, np.nan))
    low, high = ends[first:].T
    due = due[first:]
    score = high - low + 2 / (1 - level) * (np.maximum(low - due, 0) + np.maximum(due - high, 0))
    found = np.column_stack([(low <= due) & (due <= high), score])
    return found[~np.isnan(score)]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="The share that intervals hold.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--showing", action="store_true", help="the second list")
    given = parser.parse_args()
    pieces = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = for_showing(given.data) if given.showing else for_choosing(given.data, folder)
        print(f"| rows ahead | {' | '.join(map(str, SHARES))} |\n|---|{'---|' * len(SHARES)}")
        for series in known:
            _, y = both(series)
            for h in series.horizons:
                answers = predictions(series, h, folder)
                shares = [held(level, h, answers, y, LEFT_OUT)[:, 0].mean() for level in SHARES]
                cells = " | ".join(f"{share:.3f}" for share in shares)
                print(f"| {series.name} {h} | {cells} |", flush=True)
                length = PIECE + 2 * h
                starts = range(0, len(y) - length + 1, length)
                parts = [
                    held(0.9, h, answers[s : s + length], y[s : s + length], 0) for s in starts
                ]
                share, score = np.concatenate(parts).mean(axis=0)
                pieces.append(f"| {series.name} {h} | {share:.3f} ({score:.3g}) |")
    if not given.showing:
        print("\n| rows ahead, in pieces | 0.9 |\n|---|---|", *pieces, sep="\n")


if __name__ == "__main__":
    main()
