"""From trial records to the sections of the report, and the same pictures as files."""

import re
from collections.abc import Sequence
from pathlib import Path

from longlag.experiments.experiment import Experiment
from longlag.experiments.trial import TrialRecord
from longlag.report.study.comparison import comparisons
from longlag.report.study.figures import distribution, learning_curves
from longlag.report.study.mechanism import mechanism
from longlag.report.study.network_trace import most_typical, observe
from longlag.report.study.overview import overview
from longlag.report.study.page import Section
from longlag.report.study.references import reference
from longlag.report.study.summary import summaries
from longlag.report.style.plots import save


def section(experiment: Experiment, records: Sequence[TrialRecord]) -> Section:
    """What the report says of one experiment, with a look inside a solved network, if any."""
    shown = most_typical(experiment, records)
    return Section(
        experiment,
        records,
        {f"{r.key.row}, {r.key.reading}, trial {r.key.trial}": observe(r) for r in shown},
        references=[reference(key) for key in experiment.citation],
    )


def save_pictures(folder: Path, sections: Sequence[Section]) -> None:
    """Write every picture of the report into a folder, as SVG and PNG."""
    compared = [
        one
        for each in sections
        for one in comparisons(each.experiment, summaries(each.experiment, each.records))
    ]
    if compared:
        save(overview(compared), folder / "overview")
    for each in sections:
        stem = folder / each.experiment.name
        ours = summaries(each.experiment, each.records)
        save(distribution(ours, each.records), f"{stem}-distribution")
        for one in ours:
            if not one.kind.curves:
                continue
            key = (one.row, one.reading)
            trials = [r for r in each.records if (r.key.row, r.key.reading) == key]
            save(learning_curves(trials, one.published), f"{stem}-{_slug(' '.join(key))}-curves")
        for of, trace in each.traces.items():
            save(mechanism(trace, title=of), f"{stem}-{_slug(of)}-mechanism")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
