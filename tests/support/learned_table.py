"""A small table to learn from: time, feature, a city, a number and a class."""

import csv
import io

import numpy as np

ROWS = 120
#: Options of `longlag learn` for it.
SMALL = ("--target", "price", "--time", "ts", "--exclude", "city,kind", "--cells", 2)


def lines():
    """The header and the rows."""
    rng = np.random.default_rng(3)
    yield "ts,x,city,price,kind"
    for t in range(ROWS):
        price = np.sin(t / 5) + 0.1 * rng.normal()
        kind = "up" if price > 0.5 else "down" if price < -0.5 else "flat"
        x = "" if t == 50 else f"{rng.normal():.4f}"
        yield f"{t},{x},Rome,{'NA' if t == 60 else f'{price:.4f}'},{kind}"


def with_dates(text):
    """The lines of the table with an hour for every number of its first column."""
    yield text[0]
    for line in text[1:]:
        t, rest = line.split(",", 1)
        yield f"2026-11-{1 + int(t) // 24:02} {int(t) % 24:02}:00,{rest}"


def table(path):
    """The rows of a file of comma-separated values, by their columns."""
    return list(csv.DictReader(io.StringIO(path.read_text())))
