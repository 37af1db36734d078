"""Tables for the terminal: a study beside the published figures, and what a store holds."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from longlag.experiments.trial import TrialRecord
from longlag.report.study.counts import count, few
from longlag.report.study.summary import Summary, Verdict, grouped, summarise, tested

WIDE = 110  #: columns: from this width on, a table shows the range, the test and the ratio

BIASED = "* Mean over the solved trials only, so too low."

VERDICT_STYLES = {
    "agrees": "green",
    "missed": "red",
    "fewer": "cyan",
    "open": "yellow",
    "unpublished": "dim",
    "modern": "cyan",
}


def result_table(summaries: Sequence[Summary], title: str = "", width: int = 80) -> Table:
    """Ours beside the published figures, two lines for each row and reading.

    A row is named once, and its further readings are indented. A table narrower than `WIDE` leaves
    out the range, the test results and the ratio.
    """
    wide = width >= WIDE
    table = plain_table(title)
    table.add_column("row\nreading", overflow="fold")
    table.add_column("ours\nsolved", justify="right", no_wrap=True)
    table.add_column("mean\nmedian", justify="right", no_wrap=True)
    if wide:
        table.add_column("fewest\nmost", justify="right", no_wrap=True)
        table.add_column("wrong of\n" + (tested(summaries) or "0"), justify="right", no_wrap=True)
    table.add_column("paper\nmean", justify="right", no_wrap=True)
    if wide:
        table.add_column("\nwrong", justify="right", no_wrap=True)
        table.add_column("ours /\npaper", justify="right", no_wrap=True)
    table.add_column("verdict", min_width=16)
    row = None
    for ours in summaries:
        published = ours.published
        named, row = ours.row == row, ours.row
        cells: list[Text | str] = [
            Text(f"  {ours.reading}", style="dim") if named else _two(ours.row, ours.reading),
            f"{ours.solved}/{ours.trials}",
            _two(count(ours.mean) + ("*" if ours.biased else ""), count(ours.median)),
        ]
        if wide:
            cells += [_two(count(ours.lowest), count(ours.highest)), few(ours.wrong)]
        cells.append(count(published.to_success if published else None))
        if wide:
            cells += [
                few(published.mean_wrong if published else None),
                "-" if ours.ratio is None else f"{ours.ratio:.2f}",
            ]
        table.add_row(*cells, _coloured(ours.verdict))
    counted = " and ".join(dict.fromkeys(ours.kind.counted for ours in summaries))
    notes = [f"{counted} to success.".capitalize()]
    if any(ours.biased for ours in summaries):
        notes.append(BIASED)
    table.caption = " ".join(notes)
    return table


def results_table(records: Sequence[TrialRecord], width: int = 80) -> Table:
    """What a store holds: one line for each experiment, row, reading and seed."""
    wide = width >= WIDE
    table = plain_table()
    for name in ("experiment", "row", "reading"):
        table.add_column(name, overflow="fold")
    for name in ("seed", "solved", "mean"):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        for name in ("median", "fewest", "most", "wrong"):
            table.add_column(name, justify="right", no_wrap=True)
    biased = False
    for (experiment, row, reading, seed), group in grouped(records).items():
        ours = summarise(group)
        cells = [experiment, row, reading, str(seed), f"{ours.solved}/{ours.trials}"]
        cells.append(count(ours.mean) + ("*" if ours.biased else ""))
        if wide:
            cells += [count(ours.median), count(ours.lowest), count(ours.highest), few(ours.wrong)]
        # Names come from the user's own files: as Text, their brackets are not read as markup.
        table.add_row(*(Text(cell) for cell in cells))
        biased = biased or ours.biased
    if biased:
        table.caption = BIASED
    return table


def plain_table(title: str = "") -> Table:
    """A table without a frame, like all tables on the terminal."""
    return Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )


def _two(above: str, below: str) -> Text:
    return Text(above).append("\n" + below, style="dim")


def _coloured(verdict: Verdict) -> Text:
    return Text(verdict.text, style=VERDICT_STYLES[verdict.kind])
