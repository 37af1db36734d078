"""The picture of docs/streams.md: the sales of one of several stores, and what was predicted.

    python benchmarks/groups.py docs/groups

The sales are made up: a level and a week for each store, and on some days a promotion that sells
half as much again. The promotion of a day is known beforehand, so that a row is predicted from its
own columns before its sales come: what `longlag learn --group store --horizon 0 --interval 0.9`
does. The picture is the first one on the page of its `--report`.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console

from longlag.forecasting.groups import Groups, Start
from longlag.forecasting.question import Question
from longlag.readers.open_source import open_source
from longlag.readers.sources import Columns, Reader
from longlag.report.stream.figures import latest
from longlag.report.stream.page import drawn
from longlag.report.stream.terminal import score_table
from longlag.report.style.plots import save

STORES, DAYS, SEED = 8, 400, 1


def sales() -> str:
    """The rows of all stores, day after day, as comma-separated values."""
    rng = np.random.default_rng(SEED)
    levels = rng.lognormal(4.0, 1.0, STORES)
    weeks = rng.uniform(0.6, 1.4, (STORES, 7))
    lines = ["day,store,promotion,sales"]
    for day in range(DAYS):
        date = np.datetime64("2024-01-01") + day
        promoted = rng.random(STORES) < 0.15
        noise = rng.lognormal(0.0, 0.1, STORES)
        sold = levels * weeks[:, day % 7] * (1.0 + 0.5 * promoted) * noise
        lines += [f"{date},store {n + 1},{promoted[n]:d},{sold[n]:.1f}" for n in range(STORES)]
    return "\n".join([*lines, ""])


def learned(path: Path) -> Groups:
    """The streams of all stores after all rows of a file."""
    with open_source(str(path)) as source:
        reader = Reader(source, Columns("sales", time="day", group="store"))
        question = Question(("sales",), reader.features, (0,), interval=0.9)
        groups = Groups(Start(question, {}, timed=True, calendar=True), shared=True)
        for rows in reader:
            groups.step(rows)
    return groups


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        path.write_text(sales(), "utf-8")
        groups = learned(path)
    Console(highlight=False).print(score_table(groups))
    if len(sys.argv) > 1:
        save(latest(drawn(groups)[1]), sys.argv[1])


if __name__ == "__main__":
    main()
