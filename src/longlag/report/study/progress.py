"""What a person sees while a study runs."""

import math
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from longlag.experiments.experiment import Experiment
from longlag.experiments.population import Running
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialRecord
from longlag.report.study.counts import count
from longlag.report.style.console import LiveDisplay


class Cell(NamedTuple):
    """One row under one reading."""

    experiment: str
    row: str
    reading: str


class Display(LiveDisplay):
    """A table of trials, sequences, speed, error and time left: `progress` for `Study.run`."""

    def __init__(self, console: Console, experiments: Sequence[Experiment]):
        super().__init__(console, per_second=8)
        self._expected = {
            (experiment.name, row.name): row.published.to_success
            for experiment in experiments
            for row in experiment.rows
            if row.published and row.published.to_success
        }
        self._spinner = Spinner("dots", "compiling the networks (once, a few seconds) ...")
        self._start, self._said = time.monotonic(), ""
        self._steps: deque[tuple[float, int]] = deque(maxlen=50)

    def __call__(self, study: Study) -> None:
        """Show where the study stands."""
        running = study.running()
        now = time.monotonic()
        new = study.done[study.found :]
        steps = sum(each.steps for each in running) + sum(each.steps for each in new)
        self._steps.append((now, steps))
        if self._console.is_terminal:
            self._live.update(self._table(study, running) if running or new else self._spinner)
        elif self._pace.due():
            line = self._line(study, running)
            if line != self._said:  # while networks compile, the line stays the same
                self._console.print(line)
            self._said = line

    def _speed(self) -> float:
        """Network steps per second, over the latest calls."""
        (then, before), (now, after) = self._steps[0], self._steps[-1]
        return max(0, after - before) / (now - then) if now > then else 0.0

    def _line(self, study: Study, running: list[Running]) -> str:
        if not running:
            return "compiling ..."
        errors = [each.error for each in running if not math.isnan(each.error)]
        error = f", mean error {sum(errors) / len(errors):.3f}" if errors else ""
        counted = f"{count(sum(each.to_success for each in running))} {_unit(running)}"
        return (
            f"{len(study.done)}/{study.total} trials, {counted} in {len(running)} running{error}, "
            f"{self._speed() / 1e6:.1f} million steps/s"
        )

    def _table(self, study: Study, running: list[Running]) -> RenderableType:
        table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
        for name in ("", "trials", "", _unit([*running, *study.done]), "error", "left"):
            table.add_column(name, justify="left" if name == "" else "right", no_wrap=True)
        done: dict[Cell, list[TrialRecord]] = {}
        for record in list(study.done):
            done.setdefault(_cell(record), []).append(record)
        alive: dict[Cell, list[Running]] = {}
        for each in running:
            alive.setdefault(_cell(each), []).append(each)
        totals: dict[Cell, int] = {}
        for key in study.keys:
            cell = Cell(key.experiment, key.row, key.reading)
            totals[cell] = totals.get(cell, 0) + 1
        several = len({cell.experiment for cell in totals}) > 1
        shown = self._shown(list(totals), alive)
        for cell in shown:
            total, over, now = totals[cell], done.get(cell, []), alive.get(cell, [])
            errors = [each.error for each in now if not math.isnan(each.error)]
            needed = sum(r.to_success for r in over) + sum(each.to_success for each in now)
            table.add_row(
                Text(f"{cell.experiment} {cell.row}" if several else cell.row).append(
                    f" {cell.reading}", style="dim"
                ),
                f"{len(over)}/{total}",
                ProgressBar(total=total, completed=len(over), width=18),
                count(needed),
                f"{sum(errors) / len(errors):.3f}" if errors else "",
                duration(self._left(cell, over, now)) if now else "",
            )
        speed = f"{self._speed() / 1e6:.1f} million network steps/s"
        elapsed = duration(time.monotonic() - self._start)
        if len(shown) < len(totals):
            speed = f"{len(study.done)}/{study.total} trials, {speed}"
        return Group(table, Text(f"{speed}, {elapsed} so far", style="dim"))

    def _shown(self, cells: list[Cell], alive: Mapping[Cell, list[Running]]) -> list[Cell]:
        """All cells if the terminal has room, otherwise only the running cells."""
        room = max(1, self._console.height - 4)  # the heading, the last line and a margin
        return cells if len(cells) <= room else [cell for cell in cells if cell in alive][:room]

    def _left(self, cell: Cell, over: list[TrialRecord], now: list[Running]) -> float | None:
        """An estimate of the seconds left: the slowest trial needs as much as the others."""
        solved = [record.to_success for record in over if record.status is Status.SOLVED]
        expected = self._expected.get((cell.experiment, cell.row))
        if solved:
            expected = max(expected or 0.0, sum(solved) / len(solved))
        steps, needed = sum(each.steps for each in now), sum(each.to_success for each in now)
        rate = self._speed() / max(1, len(now))
        if not expected or not needed or not rate:
            return None
        # A trial past the expected number is assumed to need a quarter more than it has had.
        left = max(
            min(max(expected - each.to_success, each.to_success / 4), each.conditions.cap)
            for each in now
        )
        return left * steps / needed / rate


def _unit(trials: Iterable[TrialRecord | Running]) -> str:
    """What is counted until these trials are solved."""
    kinds = {each.conditions.kind.counted for each in trials}
    return " or ".join(sorted(kinds, reverse=True))


def _cell(of: TrialRecord | Running) -> Cell:
    return Cell(of.key.experiment, of.key.row, of.key.reading)


def duration(seconds: float | None) -> str:
    """Seconds in words; nothing for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
