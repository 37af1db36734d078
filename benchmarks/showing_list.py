"""Errors and times of River's models over longlag's, on the list for showing.

    python benchmarks/showing_list.py --data FOLDER --out found.jsonl

The list is in docs/choosing-measured.md. The folder holds `elec2.csv`, `nyc_taxi.csv` and
`etth1.csv`. Every finished run is a line of the file `--out`, and a run that is there is not
repeated. longlag has its defaults: `LSTMClassifier` on Elec2, `longlag learn` on series. River's
forecasters are tried in several settings, and of each kind the best setting of a series counts,
chosen afterwards. River's regressors predict the same from the latest six numbers, those of a day
and a week before the target, hour and weekday.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from river.preprocessing import StandardScaler, TargetStandardScaler

sys.path[:0] = [str(Path(__file__).parent)]
import river_numbers  # noqa: E402
import river_track  # noqa: E402
from csv_columns import column  # noqa: E402
from forecast_track import error_of, forecasters, longlag  # noqa: E402
from wild_readings import errors, generated  # noqa: E402

LAGS = 6
#: Of River's regressors; others take hours on these series.
REGRESSORS = (
    "linear regression",
    "Hoeffding tree",
    "Hoeffding adaptive tree",
    "adaptive random forest",
)

Found = tuple[float, float]  # error, and microseconds a row


class Series(NamedTuple):
    """A series that is predicted some rows ahead."""

    y: np.ndarray
    clock: list[tuple[int, int]]  #: hour in half-hours, and weekday, of each row
    day: int  #: rows
    horizon: int

    @property
    def first(self) -> int:
        """The first row that counts: a week is left out."""
        return 7 * self.day


def told(series: Series, t: int) -> dict[str, float]:
    """What a regressor of River is told in row t; the earliest numbers repeat the first one."""
    y, h = series.y, series.horizon
    lags = {f"lag {k}": y[max(0, t - k)] for k in range(LAGS)}
    before = {
        f"season {s}": y[max(0, t + h - s * series.day)] for s in (1, 7) if s * series.day > h
    }
    half_hour, weekday = series.clock[min(t + h, len(y) - 1)]
    angles = {"hour": half_hour / 48, "weekday": weekday / 7}
    parts = {f"sine of {k}": np.sin(2 * np.pi * v) for k, v in angles.items()}
    return (
        lags | before | parts | {f"cosine of {k}": np.cos(2 * np.pi * v) for k, v in angles.items()}
    )


def regress(make: Callable[[], Any], series: Series) -> Found:
    """A regressor of River, which learns a target when it has come."""
    y, h = series.y.tolist(), series.horizon
    rows = [told(series, t) for t in range(len(y) - h)]
    model, answers = StandardScaler() | TargetStandardScaler(make()), np.zeros(len(rows))
    start = time.process_time()
    for t, row in enumerate(rows):
        if t >= h:
            model.learn_one(rows[t - h], y[t])
        answers[t] = model.predict_one(row)
    spent = time.process_time() - start
    missed = np.abs(answers - series.y[h:])[series.first - h :]
    return float(missed.mean()), 1e6 * spent / len(y)


def classes(path: Path) -> Iterator[tuple[str, str, Callable[[], Found]]]:
    """The runs on Elec2, under both protocols."""

    def wrong(run: Callable[[], tuple[float, float]], rows: int) -> Found:
        accuracy, seconds = run()
        return 1.0 - float(accuracy), 1e6 * seconds / rows

    alone = river_track.of_file("Elec2", path, "class")
    for rows in (alone, alone.told_last()):
        count = len(rows.y)
        for seed in (0, 1, 2):
            one = partial(river_track.longlag, rows, seed)
            two = partial(river_track.longlag, rows, seed, rate=river_track.TWO_RATES)
            yield rows.name, f"longlag: {seed}", partial(wrong, one, count)
            yield rows.name, f"longlag, two rates: {seed}", partial(wrong, two, count)
        slow = ("streaming random patches", "leveraging bagging")
        for name in (*river_track.RIVER, *(slow if rows is alone else ())):
            make = (river_track.RIVER | river_track.SLOW)[name]
            run = partial(lambda make, rows: river_track.one_by_one(make(), rows), make, rows)
            yield rows.name, name, partial(wrong, run, count)


def of_series(name: str, series: Series, ours: Callable[[int], Found]) -> Iterator[tuple]:
    """The runs on a series."""
    y, first, h = series.y, series.first, series.horizon
    for seed in (0, 1):
        yield name, f"longlag: {seed}", partial(ours, seed)
    for label, lag in (("last value", h), ("a day before", series.day), ("a week before", first)):
        missed = float(np.abs(y[first:] - y[first - lag : -lag]).mean())
        yield name, label, lambda missed=missed: (missed, 0.0)
    for setting, model in forecasters(series.day):
        kind = setting.split(",")[0].split("(")[0]
        yield name, f"{kind}: {setting}", partial(error_of, model, y, h, first)
    for kind in REGRESSORS:
        yield name, kind, partial(regress, river_numbers.RIVER[kind], series)


def made_up(seed: int, _: int) -> Found:
    """longlag on the generated series of a seed; the network has seed 0, whatever is asked for."""
    y, start = generated(seed), time.process_time()
    missed = errors(y, np.zeros((len(y), 0)), 0)
    spent = time.process_time() - start
    return float(missed[7 * 24 - 1 :].mean()), 1e6 * spent / len(y)


def numbers(folder: Path) -> Iterator[tuple[str, str, Callable[[], Found]]]:
    """The runs on series."""
    for file, target, clock, day in (
        ("nyc_taxi.csv", "value", "timestamp", 48),
        ("etth1.csv", "OT", "date", 24),
    ):
        path = folder / file
        y = column(path, target)
        with path.open(encoding="utf-8", newline="") as rows:
            times = [datetime.fromisoformat(row[clock]) for row in csv.DictReader(rows)]
        parts = [(2 * each.hour + each.minute // 30, each.weekday()) for each in times]
        for h in (1, day):
            series = Series(y, parts, day, h)
            ours = partial(longlag, path, target, clock, h, series.first)
            yield from of_series(f"{target} {h}", series, ours)
    for seed in (100, 101):
        y = generated(seed)
        parts = [(t % 24 * 2, t // 24 % 7) for t in range(len(y))]
        yield from of_series(f"generated {seed}", Series(y, parts, 24, 1), partial(made_up, seed))


def table(found: dict[tuple[str, str], Found]) -> None:
    """A line a contender: the sets on which it was run, its error and its time over longlag's."""
    runs: dict[str, dict[str, list[Found]]] = {}
    for (name, run), result in found.items():
        runs.setdefault(run.split(":")[0], {}).setdefault(name, []).append(result)
    ours = runs["longlag"]
    print("| | sets | error over longlag's | in which it is lower | time over longlag's |")
    print("|:--|--:|--:|:--|--:|")
    for kind, sets in runs.items():
        best = np.mean if kind.startswith("longlag") else min  # over seeds, or over settings
        missed, times = {}, []
        for name, results in sets.items():
            own, own_time = np.mean([error for error, _ in ours[name]]), least_time(ours[name])
            missed[name] = float(best([error for error, _ in results]) / own)
            if least_time(results) and own_time:
                times.append(least_time(results) / own_time)
        cost = f"{geometric_mean(times):.3g}" if times else ""
        lower = ", ".join(name for name, each in missed.items() if each < 1)
        ratio = geometric_mean(list(missed.values()))
        print(f"| {kind} | {len(missed)} | {ratio:.2f} | {lower} | {cost} |")


def least_time(results: list[Found]) -> float:
    """Of some runs, the first of which may compile; 0 for what takes none."""
    return min(microseconds for _, microseconds in results)


def geometric_mean(ratios: list[float]) -> float:
    """Of some ratios."""
    return float(np.exp(np.mean(np.log(ratios))))


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description="River's models over longlag, for showing.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="file of the finished runs")
    given = parser.parse_args()
    found: dict[tuple[str, str], Found] = {}
    if given.out.exists():
        lines = [json.loads(line) for line in given.out.read_text("utf-8").splitlines()]
        found = {
            (line["set"], line["run"]): (line["error"], line["microseconds"]) for line in lines
        }
    planned = [*numbers(given.data), *classes(given.data / "elec2.csv")]
    slow = ["adaptive random forest", "Mondrian forest (AMF)", *river_track.SLOW]
    for name, run, compute in sorted(planned, key=lambda each: each[1] in slow):
        if (name, run) in found:
            continue
        error, microseconds = compute()
        found[name, run] = error, microseconds
        line = {"set": name, "run": run, "error": error, "microseconds": microseconds}
        with given.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{name}, {run}: {error:.4g}, {microseconds:,.1f} µs", file=sys.stderr, flush=True)
    table(found)


if __name__ == "__main__":
    main()
