"""How many published figures we reproduce: each figure under its chosen reading, and a tally."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from longlag.experiments.experiment import Experiment, Reading, Row
from longlag.quoting import counted
from longlag.report.study.summary import CLOSE, Summary


@dataclass(frozen=True)
class Comparison:
    """One published mean beside ours."""

    experiment: Experiment
    row: Row
    summaries: tuple[Summary, ...]  #: of the row, one per reading that was run

    @property
    def ours(self) -> Summary | None:
        """Under the reading chosen for the row, if that was run."""
        return next((each for each in self.summaries if each.chosen), None)

    @property
    def modern(self) -> Summary | None:
        """Under the first modern reading that was run."""
        return next((each for each in self.summaries if each.modern), None)

    @property
    def line(self) -> tuple[str, ...]:
        """Identifies the line of the published table, which may hold several figures."""
        published = self.row.published
        assert published is not None
        return published.source, published.where, published.line or self.row.name


def comparisons(experiment: Experiment, summaries: Sequence[Summary]) -> list[Comparison]:
    """One for each row that attempts a published mean."""
    return [
        Comparison(experiment, row, tuple(each for each in summaries if each.row == row.name))
        for row in experiment.attempts
    ]


def tally(compared: Sequence[Comparison]) -> str:
    """In words: how many published means were run, are close to ours, and lie inside our range.

    A line of a table counts if all figures of the line count.
    """

    def number(chosen: Iterable[Comparison]) -> str:
        figures = list(chosen)
        left = {each.line for each in compared if each not in figures}
        lines = {each.line for each in compared} - left
        return str(len(figures)) + (f" ({counted(len(lines), 'line')})" if several else "")

    all_lines = len({each.line for each in compared})
    several = all_lines < len(compared)
    run = [each for each in compared if each.ours]
    close = [each for each in run if each.ours and each.ours.close]
    inside = [each for each in run if each.ours and each.ours.verdict.kind == "agrees"]
    biased = sum(each.ours is not None and each.ours.biased for each in close)
    words = [
        f"{counted(len(compared), 'published mean')}"
        + (f" in {all_lines} lines of the tables" if several else ""),
    ]
    if len(run) < len(compared):
        words.append(f", of which {number(run)} {'was' if len(run) == 1 else 'were'} run")
    words.append(
        f". Under its chosen reading, our mean lies within a factor of {CLOSE:g} of the "
        f"published one for {number(close)}"
    )
    if biased:
        words.append(
            f", {biased} of these over the solved trials only, since not all trials solved"
        )
    words.append(f"; the published mean lies inside the range of our trials for {number(inside)}.")
    return "".join(words)


@dataclass(frozen=True)
class Service:
    """How many published means one reading of one experiment reproduces."""

    experiment: Experiment
    reading: Reading
    chosen: int  #: number of means for which it is chosen
    chosen_close: int  #: number of these means to which ours is close
    run: int  #: number of means for which it was run, chosen or not
    close: int


def services(compared: Sequence[Comparison]) -> list[Service]:
    """One for each reading that was run, except modern readings.

    Readings of one name are grouped; the most frequently chosen come first.
    """
    experiments = {each.experiment.name: each.experiment for each in compared}
    found = []
    for experiment in experiments.values():
        for reading in experiment.readings:
            run = [
                ours
                for each in compared
                if each.experiment.name == experiment.name
                for ours in each.summaries
                if ours.reading == reading.name
            ]
            chosen = [ours for ours in run if ours.chosen]
            counts = (len(chosen), _close(chosen), len(run), _close(run))
            if run and not reading.modern:
                found.append(Service(experiment, reading, *counts))
    chosen_for: dict[str, int] = {}
    for each in found:
        chosen_for[each.reading.name] = chosen_for.get(each.reading.name, 0) + each.chosen
    return sorted(found, key=lambda each: (-chosen_for[each.reading.name], each.reading.name))


def _close(summaries: Sequence[Summary]) -> int:
    return sum(ours.close for ours in summaries)
