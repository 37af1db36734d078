"""Does truncation cost anything? The rates, the figures and the picture of docs/truncation.md.

Run it:  python benchmarks/truncation.py rates                        chooses a rate for every row
         longlag reproduce truncation                                 trains the networks
         python benchmarks/truncation.py [docs/truncation]            tables; saves the figure

Rates are chosen on another seed than the one that the tables show. A row takes the rate with which
most networks solve the task, and among those of as many the one with the lowest mean; where none
does, the one with the smallest error at the end.
"""

import statistics
import sys
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from longlag import LSTM, Adding, Conditions, Recent, Store, Study, published
from longlag.experiments.plan import current
from longlag.experiments.population import Job, Population
from longlag.experiments.store import default_path
from longlag.experiments.trial import Status, TrialKey, TrialRecord
from longlag.report.style.plots import BLUE, FAINT, GREEN, VERMILION, logarithmic, save, style

GRID = {"descent": (0.1, 0.2, 0.5, 1.0), "Adam": (0.001, 0.003, 0.01)}
CHOSEN_ON, TRIALS = 2, 4  # seed, networks for each rate
EXPERIMENT = published("truncation")
CREDITS = ("truncated", "full", "one-step")
COLOURS = dict(zip(CREDITS, (BLUE, VERMILION, GREEN), strict=True))


def parts(row: str) -> tuple[str, str, str]:
    """Task, rule and credit of a row."""
    task, rule, credit = row.split(", ", 2)
    return task, rule, credit


def try_rates(store: Store) -> None:
    """Print what each rate of the grid does in each row, the chosen one marked."""
    trials = []
    for row in EXPERIMENT.rows:
        for rate in GRID[parts(row.name)[1]]:
            change = {"learner.rule.rate": rate}
            cell = EXPERIMENT.conditions(row.name, seed=CHOSEN_ON, overrides=change)
            key = "truncation-rates", row.name, str(rate)
            trials += [(TrialKey(*key, i), cell) for i in range(TRIALS)]
    records = Study(trials, store, workers=1).run(every=1.0)
    for row, of_row in groupby(records, key=lambda record: record.key.row):
        cells = [list(each) for _, each in groupby(of_row, key=lambda record: record.key.reading)]
        best = min(cells, key=merit)
        for cell in cells:
            solved, mean, error = merit(cell)
            mark = "*" if cell is best else " "
            rate = cell[0].key.reading
            print(f"{mark} {row:45} {rate:6} {-solved}/{TRIALS} {mean:12,.0f} {error:.4f}")


def merit(records: Sequence[TrialRecord]) -> tuple[int, float, float]:
    """What is small where a rate is good."""
    solved = [record.sequences for record in records if record.status is Status.SOLVED]
    errors = [float(record.curve[-1, 1]) for record in records]
    return -len(solved), statistics.mean(solved) if solved else np.inf, statistics.mean(errors)


def step_costs(rounds: int = 7) -> dict[str, tuple[float, int]]:
    """For each credit, ns of processor time per step of the network of adding T=100, and bytes.

    As a study has them: sixteen networks side by side, with full credit four. They take turns.
    """
    runs, times = {}, {credit: [] for credit in CREDITS}
    for credit in CREDITS:
        longest = {"depth": 110} if credit == "full" else {}
        learner = LSTM(2, 1, output="linear", credit=credit, **longest)
        runs[credit] = learner, training(learner, min(16, learner.most_lanes))
    for _ in range(rounds):
        for credit, (_, run) in runs.items():
            times[credit].append(run())
    return {
        credit: (min(times[credit]), learner.layout.bytes("float32"))
        for credit, (learner, _) in runs.items()
    }


def training(learner: LSTM, lanes: int) -> Any:
    """A measurement of networks that train without end."""
    never = Recent(wrong_below=1, average_below=1e-300)
    endless = Conditions(Adding(100), learner, never, 10**12, test=1, dtype="float32", seed=1)
    population = Population(endless, lanes)
    for trial in range(lanes):
        population.load(Job(TrialKey("cost", learner.credit, "", trial), endless))
    population.advance(0.2)

    def run() -> float:
        steps, start = population.arrays.lanes["steps"].sum(), time.thread_time()
        population.advance(0.5)
        taken = time.thread_time() - start
        return taken * 1e9 / float(population.arrays.lanes["steps"].sum() - steps)

    return run


def table(records: Sequence[TrialRecord]) -> str:
    """One line for each row of the experiment, in Markdown."""
    lines = [
        "| task | rule | credit | rate | solved | mean | median | range | wrong | bytes |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row, of_row in groupby(records, key=lambda record: record.key.row):
        trials = list(of_row)
        task, rule, credit = parts(row)
        conditions_ = trials[0].conditions
        learner: Any = conditions_.learner
        solved = [record for record in trials if record.status is Status.SOLVED]
        sequences = [record.sequences for record in solved]
        cells = [task, rule, credit, f"{learner.rule.rate:g}"]
        if len(solved) == len(trials):
            cells.append(f"{len(solved)} of {len(trials)}")
        else:
            cells.append(f"{len(solved)} of {len(trials)} by {conditions_.cap:,}")
        if solved:
            star = "*" if len(solved) < len(trials) else ""
            wrong = statistics.mean(record.wrong or 0 for record in solved)
            cells += [
                f"{statistics.mean(sequences):,.0f}{star}",
                f"{statistics.median(sequences):,.0f}",
                f"{min(sequences):,} to {max(sequences):,}",
                f"{wrong:.1f} of {solved[0].tested:,}",
            ]
        else:
            cells += ["-"] * 4
        cells.append(f"{learner.layout.bytes('float32'):,}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def figure(records: Sequence[TrialRecord]) -> Figure:
    """Sequences to success of every network; those that reached the cap stand at the right edge."""
    tasks = list(dict.fromkeys(parts(record.key.row)[0] for record in records))
    with style():
        drawn = Figure(figsize=(6.6, 5.6), layout="constrained")
        axes = drawn.subplots(len(tasks), 1)
        for axis, task in zip(axes, tasks, strict=True):
            mine = [record for record in records if parts(record.key.row)[0] == task]
            labels = [
                (rule, credit)
                for rule in GRID
                for credit in CREDITS
                if any(parts(record.key.row) == (task, rule, credit) for record in mine)
            ]
            for height, (rule, credit) in enumerate(reversed(labels)):
                for record in mine:
                    if parts(record.key.row) != (task, rule, credit):
                        continue
                    over = record.status is Status.SOLVED
                    shift = (record.key.trial % 5 - 2) * 0.09
                    look = {"color": COLOURS[credit], "alpha": 0.75, "markersize": 3.5}
                    axis.plot(record.sequences, height + shift, "o" if over else "x", **look)
            axis.set_yticks(range(len(labels)), [", ".join(each) for each in reversed(labels)])
            logarithmic(axis, "x")
            axis.set_title(task, loc="left")
            axis.grid(axis="x", color=FAINT, linewidth=0.4, alpha=0.35)
        axes[-1].set_xlabel("training sequences to success; crosses: not solved by then")
        return drawn


def main() -> None:
    with Store(default_path()) as store:
        if sys.argv[1:] == ["rates"]:
            try_rates(store)
            return
        records = [
            record
            for record in current(EXPERIMENT, store.records())
            if record.conditions.seed != CHOSEN_ON
        ]
        order = {row.name: i for i, row in enumerate(EXPERIMENT.rows)}
        records.sort(key=lambda record: (order[record.key.row], record.key.trial))
        print(table(records))
        for credit, (ns, size) in step_costs().items():
            print(f"{credit}: {ns:.1f} ns per step, {size:,} bytes")
        if len(sys.argv) > 1:
            save(figure(records), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
