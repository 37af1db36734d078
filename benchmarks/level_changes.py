"""What a change of level by a factor does to the error of `longlag learn`, row by row after it.

    python benchmarks/level_changes.py --data FOLDER [--showing]

The series is multiplied from some row on, for good: by 3, and by 1/3. This is done at each of 40
rows of a series, of which 8,000 rows are taken; each time the stream goes on from where the clean
one stood. Errors are those one row ahead, and what is shown is how much larger they are than those
of the clean stream, scaled alike, in units of its mean error. The folder holds `etth1.csv`,
`machine_temperature.csv` and `nyc_taxi.csv`; `docs/choosing.md` says which are for choosing.
"""

import argparse
import copy
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Start
from longlag.forecasting.question import Question
from longlag.readers.sources import Rows
from longlag.readers.times import Times

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column, names  # noqa: E402
from wild_readings import generated  # noqa: E402

MOST, CHANGES, AFTER = 8000, 40, 420
FACTORS = (3.0, 1 / 3)
SPANS = ((3, 20), (20, 100), (100, AFTER))  #: rows after the change


class Series(NamedTuple):
    """A series, and its times as texts, if it has any."""

    y: np.ndarray
    times: list[str] | None = None

    def rows(self, y: np.ndarray, start: int, stop: int) -> Rows:
        """Rows of the series, with other numbers."""
        times = None if self.times is None else self.times[start:stop]
        return Rows(start + 1, np.zeros((stop - start, 0)), y[start:stop], times)

    def begin(self) -> Evaluation:
        """`longlag learn` before the first row."""
        question = Question(("y",), ())
        if self.times is None:
            return Start(question, {}).evaluation()
        found = Times(self.times[:200])
        return Start(question, {}, True, found.form, found.given, True).evaluation()


def series(data: Path, file: str, name: str) -> Series:
    """A column of a file, with the times of its first column."""
    lines, clock = (data / file).read_text("utf-8").splitlines(), names(data / file)[0]
    assert clock in ("date", "timestamp")
    return Series(
        column(data / file, name)[:MOST], [line.split(",")[0] for line in lines[1 : MOST + 1]]
    )


def excess(given: Series) -> tuple[float, dict[float, np.ndarray]]:
    """The mean error of the clean stream; by factor, how much larger errors are: (AFTER,)."""
    y, evaluation, done, clean, stood = given.y, given.begin(), 0, [], {}
    places = np.linspace(len(y) // 4, len(y) - AFTER - 30, CHANGES).astype(int).tolist()
    for place in (*places, len(y)):
        clean += evaluation.step(given.rows(y, done, place))[:, 0].tolist()
        stood[place], done = copy.deepcopy(evaluation), place
    errors = np.abs(np.array(clean)[:-1] - y[1:])
    mean, found = float(np.nanmean(errors)), {}
    for factor in FACTORS:
        larger = []
        for place in places:
            changed, stop = y.copy(), place + AFTER
            changed[place:] *= factor
            rows = given.rows(changed, place, stop)
            answers = copy.deepcopy(stood[place]).step(rows)[:, 0]
            scaled = np.abs(answers[:-1] - changed[place + 1 : stop]) / factor
            larger.append((scaled - errors[place : stop - 1]) / mean)
        found[factor] = np.append(np.nan, np.mean(larger, axis=0))
    return mean, found


def main() -> None:
    """Print a line for each series and factor."""
    parser = argparse.ArgumentParser(description="Errors after a change of level.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--showing", action="store_true", help="the second list")
    given = parser.parse_args()
    if given.showing:
        known = {
            "taxi": series(given.data, "nyc_taxi.csv", "value"),
            "OT": series(given.data, "etth1.csv", "OT"),
        }
    else:
        known = {
            "HUFL": series(given.data, "etth1.csv", "HUFL"),
            "machine temperature": series(given.data, "machine_temperature.csv", "value"),
            "generated, seed 0": Series(generated(0)),
            "generated, seed 1": Series(generated(1)),
        }
    spans = " | ".join(f"rows {start} to {stop - 1}" for start, stop in SPANS)
    print(f"| series | factor | {spans} | largest after 20 | at row |\n|---|---|{'---|' * 5}")
    for name, each in known.items():
        mean, found = excess(each)
        for factor, larger in found.items():
            cells = [f"{np.nanmean(larger[start:stop]):.2f}" for start, stop in SPANS]
            top = 20 + int(np.argmax(larger[20:]))
            cells += [f"{larger[top]:.2f}", str(top)]
            print(f"| {name} ({mean:.4g}) | {factor:.2g} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
