"""Errors after a stream has changed, beside those of a network that begins at the change.

Run it:  python benchmarks/stream_drift.py

Each stream has 10,000 rows of one kind and 10,000 of another. `longlag learn` with its defaults
predicts the next row, on the whole stream and on its second half alone.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROWS = 10_000
PARTS = ((3, 20), (21, 100), (101, 1000), (1001, ROWS))  #: rows after the change
DRAW = np.random.default_rng(5)


def autoregressive(coefficient: float, mean: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """y(t) - mean = coefficient (y(t-1) - mean) + noise."""
    y, x = np.empty(ROWS), 0.0
    for t, noise in enumerate(DRAW.normal(size=ROWS)):
        x = coefficient * x + noise
        y[t] = mean + scale * x
    return y


def seasonal(period: int) -> np.ndarray:
    """A sine of amplitude 10 with noise of deviation 1."""
    return 10 * np.sin(2 * np.pi * np.arange(ROWS) / period) + DRAW.normal(size=ROWS)


CHANGES = {
    "level: 10, then 30": (autoregressive(0.8, mean=10), autoregressive(0.8, mean=30)),
    "coefficient: 0.9, then -0.9": (autoregressive(0.9), autoregressive(-0.9)),
    "period: 24, then 30": (seasonal(24), seasonal(30)),
    "scale: 1, then 10": (autoregressive(0.8), autoregressive(0.8, scale=10)),
}


def errors(y: np.ndarray, folder: Path) -> dict[int, float]:
    """Absolute errors by the number of the row that is predicted, from 1 on."""
    data, predictions = folder / "y.csv", folder / "predictions.csv"
    data.write_text("y\n" + "".join(f"{value:.6f}\n" for value in y))
    command = [sys.executable, "-m", "longlag", "learn", data, "--target", "y"]
    subprocess.run(
        [*command, "--predictions", predictions, "--json"], check=True, capture_output=True
    )
    with predictions.open() as opened:
        return {
            int(row["target_row"]): abs(float(row["prediction"]) - float(row["target"]))
            for row in csv.DictReader(opened)
            if row["prediction"] and row["target"]
        }


def main() -> None:
    """Print a table of mean absolute errors, and of their ratios to those of a new network."""
    print("change", *(f"rows {first}-{last}" for first, last in PARTS), sep=" | ")
    for name, (before, after) in CHANGES.items():
        with tempfile.TemporaryDirectory() as folder:
            changed = errors(np.concatenate([before, after]), Path(folder))
            new = errors(after, Path(folder))
        cells = []
        for first, last in PARTS:
            rows = range(first, last + 1)
            ours = np.mean([changed[ROWS + row] for row in rows])
            cells.append(f"{ours:.2f} ({ours / np.mean([new[row] for row in rows]):.2f})")
        print(name, *cells, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
