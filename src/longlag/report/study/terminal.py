"""An experiment's conditions, readings and published figures, for the terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from longlag.experiments.experiment import Experiment, Published
from longlag.experiments.tables import dotted
from longlag.report.study.counts import count, few


def describe(out: Console, experiment: Experiment) -> None:
    """Print everything that the experiment's file says."""
    out.print(Text(f"{experiment.name}: {experiment.title}", style="bold"))
    if experiment.description:
        out.print(Text(" ".join(experiment.description.split())), "", sep="\n")
    for title, table in (
        ("task", experiment.task),
        ("learner", experiment.learner),
        ("stop rule", experiment.stop),
    ):
        out.print(Text(title, style="bold"))
        for name, value in dotted(table):
            out.print(Text(f"  {name} = {value}"))
    out.print(
        Text("trials", style="bold"),
        Text(
            f"  {experiment.trials} per row; each solved network is tested on "
            f"{experiment.test:,} sequences"
        ),
        "",
        sep="\n",
    )
    out.print(_rows(experiment))
    out.print(Text("\nreadings", style="bold"))
    for reading in experiment.readings:
        rows = [row for row in experiment.rows if experiment.chosen(row) == reading.name]
        chosen = ""
        if len(rows) == len(experiment.rows):
            chosen = " (the default)"
        elif rows:
            chosen = f" (run for {', '.join(row.name for row in rows)})"
        modern = " (modern)" if reading.modern else ""
        out.print(Text(f"  {reading.name}{chosen}{modern}: {reading.summary}"))
        if reading.differs is not None:
            out.print(Text(f"    {_differing(reading.differs)}", style="dim"))
        out.print(Text(f"    changes: {_changes(reading.changes) or 'nothing'}", style="dim"))


def _differing(details: int) -> str:
    """How far a reading is from the text."""
    if not details:
        return "no detail differs from the text"
    return f"{details} detail{'s differ' if details > 1 else ' differs'} from the text"


def _rows(experiment: Experiment) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("row", "changes", "cap", "published"):
        table.add_column(name, justify="right" if name == "cap" else "left")
    for row in experiment.rows:
        changes = Text(_changes(row.changes))
        table.add_row(row.name, changes, count(row.cap), Text(_published(row.published)))
    return table


def _changes(table: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in dotted(table))


def _published(published: Published | None) -> str:
    if published is None:
        return "nothing"
    solved = "" if published.solved is None else f"{published.solved:.0%} solved"
    if published.to_success is None:
        return "; ".join(filter(None, (solved, published.note)))
    spread = f" ({count(published.low)} to {count(published.high)})" if published.low else ""
    solved = solved and f", {solved}"
    wrong = ""
    if published.tested:
        wrong = f", {few(published.mean_wrong)} wrong of {published.tested:,}"
    unit = "sequences" if published.guesses is None else "guesses"
    return f"{count(published.to_success)} {unit}{spread}{solved}{wrong}; {published.where}"
