"""Every result as one Markdown document, such as docs/results.md."""

from collections.abc import Iterator, Sequence

from longlag.experiments.experiment import Experiment, Published
from longlag.experiments.trial import TrialRecord
from longlag.quoting import printable
from longlag.report.provenance import Provenance
from longlag.report.study.comparison import Comparison, comparisons, services, tally
from longlag.report.study.counts import count, few
from longlag.report.study.references import reference
from longlag.report.study.summary import CLOSE, Summary, summaries, times

LEFT, RIGHT = ":--", "--:"


def document(
    studies: Sequence[tuple[Experiment, Sequence[TrialRecord]]], origin: Provenance
) -> str:
    """The Markdown text: where it comes from, the tally, the readings, a table per experiment.

    `studies` holds each experiment with its records; an experiment that was not run has none.
    """
    ours = [(experiment, summaries(experiment, records)) for experiment, records in studies]
    compared = [each for one in ours for each in comparisons(*one)]
    records = [record for _, each in studies for record in each]
    lines = ["# Results", "", *_origin(origin, records)]
    if compared:
        lines += ["", "## Beside the published figures", "", tally(compared), ""]
        lines += _readings(compared)
    for experiment, summarised in ours:
        if summarised:
            lines += ["", *_section(experiment, summarised)]
    return "\n".join(lines) + "\n"


def _origin(origin: Provenance, records: Sequence[TrialRecord]) -> Iterator[str]:
    seeds = sorted({record.conditions.seed for record in records})
    precisions = sorted({record.conditions.dtype for record in records})
    commit = f", commit {origin.commit}" if origin.commit else ""
    yield (
        f"longlag {origin.version}{commit}; {_text(origin.machine)}; "
        f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}; "
        f"{', '.join(precisions)}; {origin.date}. Written by `longlag results --markdown`."
    )
    yield ""
    yield (
        "Mean, median and range count the training sequences until a network met its stop rule "
        "(where weights are guessed, the guesses), over the networks that met it. A mean marked * "
        "leaves out the networks that did not, and so is too low. The interval is a bootstrap 95% "
        "interval of the mean. Wrong is the mean number of test sequences that a solved network "
        "answered incorrectly. A published mean inside the range of our trials counts as "
        "agreement. A modern reading is no attempt at the published figure. Trials of several "
        "seeds are independent, and are counted together."
    )


def _readings(compared: Sequence[Comparison]) -> Iterator[str]:
    """For each reading: how many published means it is run for, and how many of them it meets."""
    found = services(compared)
    if not found:
        return
    close = f"within {CLOSE:g}"
    rows = []
    for each in found:
        reading = each.reading
        counts = (each.chosen, each.chosen_close, each.run, each.close)
        rows.append([f"`{reading.name}`", f"`{each.experiment.name}`", reading.summary, *counts])
        same = [one for one in found if one.reading.name == reading.name]
        if len(same) > 1 and each is same[-1]:
            totals = [
                sum(getattr(one, name) for one in same)
                for name in ("chosen", "chosen_close", "run", "close")
            ]
            experiments = f"{len(same)} experiments"
            rows.append([f"**`{reading.name}`**", experiments, "in all", *totals])
    yield (
        "For each reading: the number of published means that it is chosen for, and that it was "
        f"run for at all; and how many of our means are within a factor of {CLOSE:g}:"
    )
    yield ""
    headings = ["reading", "experiment", "what it is", "chosen for", close, "run for", close]
    yield from _table(headings, [LEFT] * 3 + [RIGHT] * 4, rows)


def _section(experiment: Experiment, ours: Sequence[Summary]) -> Iterator[str]:
    yield f"## {_text(experiment.title)}"
    yield ""
    sources = " ".join(_text(reference(key).text) for key in experiment.citation)
    yield f"`{experiment.name}`; {sources}"
    yield ""
    beside = [each for each in ours if each.modern and not each.chosen]
    headings = ["row", "reading", "solved", "mean", "median", "range", "95% interval"]
    headings += ["wrong", "paper: mean", "solved", "wrong", "ours / paper", "verdict"]
    alignment = [LEFT] * 2 + [RIGHT] * 10 + [LEFT]
    if beside:
        headings.append(", ".join(dict.fromkeys(f"`{each.reading}`" for each in beside)))
        alignment.append(LEFT)
    rows = []
    for each in ours:
        if each not in beside:
            row = _row(each)
            if beside:
                mine = [one for one in beside if one.row == each.row and each.chosen]
                row.append("; ".join(map(_modern, mine)))
            rows.append(row)
    yield from _table(headings, alignment, rows)
    used = {each.reading for each in ours}
    yield ""
    for reading in experiment.readings:
        if reading.name in used:
            yield f"- `{reading.name}`: {_text(reading.summary)}"


def _row(ours: Summary) -> list[str]:
    published = ours.published
    return [
        ours.row,
        f"`{ours.reading}`",
        f"{ours.solved} of {ours.trials}",
        _mean(ours),
        count(ours.median),
        _span(ours.lowest, ours.highest),
        _span(*(ours.interval or (None, None))),
        _wrong(
            ours.wrong, ours.tested, ours.test_error if published and published.test_error else None
        ),
        count(published.to_success if published else None)
        + (f" ({_span(published.low, published.high)})" if published and published.low else ""),
        _solved(published),
        _wrong(published.mean_wrong, published.tested, published.test_error) if published else "-",
        "-" if ours.ratio is None else f"{ours.ratio:.2f}",
        ours.verdict.text,
    ]


def _modern(ours: Summary) -> str:
    """The modern reading in one cell: its mean, and the ratio to the published mean."""
    solved = f"{ours.solved} of {ours.trials} solved"
    if ours.ratio is None:
        return f"{_mean(ours)}; {solved}"
    return f"{_mean(ours)}, {times(ours.ratio)}; {solved}"


def _mean(ours: Summary) -> str:
    return count(ours.mean) + ("\\*" if ours.biased else "")


def _solved(published: Published | None) -> str:
    return "-" if published is None or published.solved is None else f"{published.solved:.0%}"


def _wrong(wrong: float | None, tested: int | None, error: float | None) -> str:
    of = f" of {tested:,}" if wrong is not None and tested else ""
    return few(wrong) + of + (f" (mean error {error:.3f})" if error is not None else "")


def _span(low: float | None, high: float | None) -> str:
    return "-" if low is None else f"{count(low)}\N{EN DASH}{count(high)}"


def _table(
    headings: Sequence[str], alignment: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[str]:
    for cells in (headings, alignment, *rows):
        yield f"| {' | '.join(_text(str(cell)) for cell in cells)} |"


def _text(text: str) -> str:
    """The text on one line, without characters that end a cell of a table."""
    return printable(" ".join(text.split())).replace("|", "\\|")
