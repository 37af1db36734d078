"""Columns of the CSV files that several benchmarks read."""

import csv
from pathlib import Path

import numpy as np


def names(path: str | Path) -> list[str]:
    """The names of the columns."""
    with open(path, encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def column(path: str | Path, name: str) -> np.ndarray:
    """The numbers (rows,) of a column, NaN in empty fields."""
    with open(path, encoding="utf-8", newline="") as file:
        return np.array([float(row[name] or "nan") for row in csv.DictReader(file)])


def samples(path: str | Path) -> list[dict[str, float]]:
    """All rows of a file of numbers alone, by the names of their columns."""
    with open(path, encoding="utf-8", newline="") as file:
        return [{name: float(text) for name, text in row.items()} for row in csv.DictReader(file)]
