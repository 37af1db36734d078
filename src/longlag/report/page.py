"""The report: one HTML file that needs nothing else, for a person new to the project."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from longlag.errors import InputError
from longlag.experiments.experiment import Experiment
from longlag.experiments.trial import TrialRecord
from longlag.report.figures import NARROW, WIDTH, distribution, learning_curves
from longlag.report.mechanism import Trace, mechanism
from longlag.report.style import svg
from longlag.report.summary import Summary, count, few, summaries
from longlag.report.writing import write_whole

TEMPLATE = "page.html.j2"


@dataclass(frozen=True)
class Reference:
    """A source as the page prints it."""

    text: str  #: authors, year, title, journal
    doi: str | None = None


@dataclass(frozen=True)
class Section:
    """One experiment of the report."""

    experiment: Experiment
    records: Sequence[TrialRecord]  #: of this experiment, at least one
    trace: Trace | None = None  #: a solved network over one sequence
    trace_of: str = ""  #: which network that is, such as "T=100, trial 0"
    references: Sequence[Reference] = ()


@dataclass(frozen=True)
class Meta:
    """What the footer says."""

    version: str  #: of longlag
    machine: str
    date: str
    title: str = "Learning across long time lags"


def write_page(path: str | Path, sections: Sequence[Section], meta: Meta) -> None:
    """Write the report to `path`, whole or not at all.

    Raises `InputError` where there is nothing to report or the file cannot be written.
    """
    if not sections:
        raise InputError("nothing to report, got no experiment with trials: run one first")
    write_whole(Path(path), render(sections, meta).encode())


def render(sections: Sequence[Section], meta: Meta) -> str:
    """The report as HTML text."""
    environment = Environment(
        loader=PackageLoader("longlag", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count=count, few=few, settings=_flat)
    return environment.get_template(TEMPLATE).render(
        meta=meta, sections=[_section(section) for section in sections]
    )


def _section(section: Section) -> dict[str, Any]:
    experiment = section.experiment
    ours = summaries(experiment, section.records)
    if not ours:
        raise InputError(f"no trials of {experiment.name!r} to report: run it first")
    used = {summary.reading for summary in ours}
    return {
        "experiment": experiment,
        "summaries": ours,
        "headline": _headline(ours),
        "conditions": list(_conditions(experiment)),
        "rows": [row for row in experiment.rows if row.name in {one.row for one in ours}],
        "readings": [reading for reading in experiment.readings if reading.name in used],
        "others": [reading for reading in experiment.readings if reading.name not in used],
        "curves": [
            (one, _both(learning_curves, _trials(section, one), one.published, label=_label(one)))
            for one in ours
        ],
        "distribution": _both(
            distribution, ours, section.records, label="Sequences to success of every trial"
        ),
        "mechanism": section.trace
        and _both(mechanism, section.trace, label="Inputs, gates and states over one sequence"),
        "trace_of": section.trace_of,
        "references": section.references,
        "seeds": sorted({record.conditions.seed for record in section.records}),
        "dtypes": sorted({record.conditions.dtype for record in section.records}),
    }


def _headline(ours: Sequence[Summary]) -> str:
    """What a reader in a hurry takes home."""
    solved = sum(one.solved for one in ours)
    trials = sum(one.trials for one in ours)
    text = f"{solved} of {trials} networks solved their task."
    compared = [one.verdict.kind for one in ours if one.verdict.kind != "unpublished"]
    if compared:
        text += (
            f" The published mean lies inside the range of our trials in "
            f"{compared.count('agrees')} of {len(compared)} comparisons."
        )
        for kind, words in (("missed", "It is missed"), ("fewer", "Ours needed fewer sequences")):
            if kind in compared:
                text += f" {words} in {compared.count(kind)}."
    return text


def _trials(section: Section, one: Summary) -> list[TrialRecord]:
    return [r for r in section.records if (r.key.row, r.key.reading) == (one.row, one.reading)]


def _label(one: Summary) -> str:
    return f"Learning curves of {one.row}, {one.reading}: {one.solved} of {one.trials} solved"


def _both(draw: Any, *arguments: Any, label: str) -> dict[str, Markup]:
    """The figure twice, for a desk and for a telephone; the page shows the one that fits."""

    def drawn(width: float) -> Markup:
        figure: Figure = draw(*arguments, width=width)
        return Markup(svg(figure, label))  # made here, with its label escaped

    return {"wide": drawn(WIDTH), "narrow": drawn(NARROW)}


def _conditions(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """The conditions as lines of a table, in words as plain as their names allow."""
    for name in ("task", "learner", "stop"):
        settings = dict(getattr(experiment, name))
        kind = str(settings.pop("type", ""))
        rest = ", ".join(_flat(settings))
        yield ("stop rule" if name == "stop" else name), f"{kind}: {rest}" if rest else kind
    yield (
        "trials",
        f"{experiment.trials}, each solved network tested on {experiment.test:,} sequences",
    )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key} = {_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(each) for each in value) + "]"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
