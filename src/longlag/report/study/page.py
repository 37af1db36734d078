"""The report: one HTML file that needs nothing else, for a person new to the project."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from longlag.errors import InputError
from longlag.experiments.experiment import Experiment
from longlag.experiments.ladder import LAGS
from longlag.experiments.measured import Reached
from longlag.experiments.tables import dotted
from longlag.experiments.trial import TrialRecord
from longlag.quoting import quoted
from longlag.report.provenance import Provenance
from longlag.report.study.comparison import comparisons, services, tally
from longlag.report.study.counts import count, few
from longlag.report.study.figures import distribution, learning_curves
from longlag.report.study.ladder import KEY as LADDER_KEY
from longlag.report.study.ladder import ladder_picture
from longlag.report.study.matrix import cells_of
from longlag.report.study.matrix_picture import heat_map
from longlag.report.study.mechanism import Trace, mechanism
from longlag.report.study.overview import overview
from longlag.report.study.references import Reference
from longlag.report.study.summary import CLOSE, Summary, summaries, tested
from longlag.report.style.pages import templates
from longlag.report.style.plots import NARROW, WIDTH, svg
from longlag.writing import write_whole

TEMPLATE = "study/page.html.j2"


@dataclass(frozen=True)
class Section:
    """One experiment of the report."""

    experiment: Experiment
    records: Sequence[TrialRecord]  #: of this experiment, at least one
    traces: Mapping[str, Trace] = field(default_factory=dict)
    #: a solved network over one sequence, by which network it is, such as "T=100, trial 0"
    references: Sequence[Reference] = ()


def write_page(
    path: str | Path,
    sections: Sequence[Section],
    origin: Provenance,
    matrix: Sequence[TrialRecord] = (),
    climbs: Sequence[Reached] = (),
    doing: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the report to `path`, whole or not at all.

    `matrix` are trials of `longlag matrix`, and `climbs` those of the ladder of lags; `doing` is
    told what is drawn next. Raises `InputError` where there is nothing to report or the file cannot
    be written.
    """
    if not sections and not matrix and not climbs:
        raise InputError("nothing to report, got no experiment with trials: run one first")
    write_whole(Path(path), render(sections, origin, matrix, climbs, doing).encode())


def render(
    sections: Sequence[Section],
    origin: Provenance,
    matrix: Sequence[TrialRecord] = (),
    climbs: Sequence[Reached] = (),
    doing: Callable[[str], None] = lambda _: None,
) -> str:
    """The report as HTML text; for the arguments see `write_page`."""
    environment = templates()
    environment.filters.update(count=count, few=few, settings=_flat)
    drawn = []
    for number, section in enumerate(sections, 1):
        doing(f"drawing {section.experiment.title}, experiment {number} of {len(sections)}")
        drawn.append(_section(section))
    doing("drawing what is common to all")
    compared = [each for one in drawn for each in one["compared"]]
    return environment.get_template(TEMPLATE).render(
        origin=origin,
        sections=drawn,
        tally=compared and tally(compared),
        matrix=matrix and inline(heat_map(cells_of(matrix), matrix), "Learners on tasks"),
        ladder=climbs and inline(ladder_picture(climbs, LAGS), "The longest lag that each bridges"),
        ladder_key=LADDER_KEY,
        overview=len(compared) > 1 and _both(overview, compared, label="Ours over the paper's"),
        services=[
            (name, list(same))
            for name, same in groupby(services(compared), lambda each: each.reading.name)
        ],
        close=f"{CLOSE:g}",
    )


def _section(section: Section) -> dict[str, Any]:
    experiment = section.experiment
    ours = summaries(experiment, section.records)
    if not ours:
        raise InputError(f"no trials of {quoted(experiment.name)} to report: run it first")
    used = {summary.reading for summary in ours}
    return {
        "experiment": experiment,
        "summaries": ours,
        "compared": comparisons(experiment, ours),
        "headline": _headline(ours),
        "counted": _either(one.kind.counts for one in ours),
        "of_trial": _either(one.kind.of_trial for one in ours),
        "tested": tested(ours) or f"{experiment.test:,}",
        "conditions": list(_conditions(experiment)),
        "rows": [row for row in experiment.rows if row.name in {one.row for one in ours}],
        "readings": [reading for reading in experiment.readings if reading.name in used],
        "others": [reading for reading in experiment.readings if reading.name not in used],
        "curves": [
            (one, inline(learning_curves(one.of(section.records), one.published), _label(one)))
            for one in ours
            if one.kind.curves
        ],
        "distribution": _both(
            distribution, ours, section.records, label="What every trial needed to succeed"
        ),
        "mechanisms": [
            (of, _both(mechanism, trace, label="Inputs, gates and states over one sequence"))
            for of, trace in section.traces.items()
        ],
        "references": section.references,
        "seeds": sorted({record.conditions.seed for record in section.records}),
        "dtypes": sorted({record.conditions.dtype for record in section.records}),
    }


def _either(words: Iterable[str]) -> str:
    """Each of the words once: rows and readings may learn in several ways."""
    return " or ".join(dict.fromkeys(words))


def _headline(ours: Sequence[Summary]) -> str:
    """The result in two sentences: of the chosen readings, if any of these was run."""
    chosen = [one for one in ours if one.chosen] or ours
    under = "" if len(chosen) == len(ours) else " under the reading chosen for their row"
    solved, trials = sum(one.solved for one in chosen), sum(one.trials for one in chosen)
    text = f"{solved} of {trials} networks solved their task{under}."
    compared = [one for one in chosen if one.attempts]
    if compared:
        inside = sum(one.verdict.kind == "agrees" for one in compared)
        close = sum(one.close for one in compared)
        text += (
            f" The published mean lies inside the range of our trials in {inside} of "
            f"{len(compared)} rows, and within a factor of {CLOSE:g} of our mean in {close}."
        )
    return text


def _label(one: Summary) -> str:
    return f"Learning curves of {one.row}, {one.reading}: {one.solved} of {one.trials} solved"


def _both(draw: Callable[..., Figure], *arguments: Any, label: str) -> dict[str, Markup]:
    """The figure for wide and for narrow screens; the page shows the one that fits."""
    return {
        "wide": inline(draw(*arguments, width=WIDTH), label),
        "narrow": inline(draw(*arguments, width=NARROW), label),
    }


def inline(figure: Figure, label: str) -> Markup:
    """The figure as an element of a page; `label` is read out to those who cannot see it."""
    return Markup(svg(figure, label))  # made here, with its label escaped


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


def _flat(settings: Mapping[str, object]) -> Iterator[str]:
    for name, value in dotted(settings):
        yield f"{name} = {_written(value)}"


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(each) for each in value) + "]"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
