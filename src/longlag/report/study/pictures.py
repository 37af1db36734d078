"""From trial records to the sections of the report, and the same pictures as files."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, count
from pathlib import Path

from matplotlib.figure import Figure

from longlag.experiments.experiment import Experiment
from longlag.experiments.trial import TrialRecord
from longlag.report.study.comparison import comparisons
from longlag.report.study.figures import distribution, learning_curves
from longlag.report.study.mechanism import mechanism
from longlag.report.study.network_trace import most_typical, observe
from longlag.report.study.overview import overview
from longlag.report.study.page import Section
from longlag.report.study.references import Reference, known_reference
from longlag.report.study.summary import summaries


def section(experiment: Experiment, records: Sequence[TrialRecord]) -> Section:
    """What the report says of one experiment, with a look inside a solved network, if any."""
    shown = most_typical(experiment, records)
    return Section(
        experiment,
        records,
        {f"{r.key.row}, {r.key.reading}, trial {r.key.trial}": observe(r) for r in shown},
        references=[known_reference(key) or Reference(key) for key in experiment.citation],
    )


def drawings(
    folder: Path, sections: Sequence[Section]
) -> Iterator[tuple[Path, Callable[[], Figure]]]:
    """Every picture of the report: its place in a folder, without an ending, and what draws it."""
    compared = [
        one
        for each in sections
        for one in comparisons(each.experiment, summaries(each.experiment, each.records))
    ]
    if compared:
        yield folder / "overview", partial(overview, compared)
    for each in sections:
        stem = each.experiment.name
        ours = summaries(each.experiment, each.records)
        yield folder / f"{stem}-distribution", partial(distribution, ours, each.records)
        names = slugs([f"{one.row} {one.reading}" for one in ours])
        for one in ours:
            if not one.kind.curves:
                continue
            place = folder / f"{stem}-{names[f'{one.row} {one.reading}']}-curves"
            yield place, partial(learning_curves, one.of(each.records), one.published)
        names = slugs(list(each.traces))
        for of, trace in each.traces.items():
            place = folder / f"{stem}-{names[of]}-mechanism"
            yield place, partial(mechanism, trace, title=of)


def slugs(texts: Sequence[str]) -> dict[str, str]:
    """A part of a file name for each text, different for different texts.

    >>> list(slugs(["T=100 as-printed", "T 100 as printed", "noise"]).values())
    ['t-100-as-printed', 't-100-as-printed-2', 'noise']
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        # A file name has at most some 255 bytes, and begins with the experiment's name.
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80] or "unnamed"
        numbered = (f"{slug}-{number}" for number in count(2))
        found[text] = next(each for each in chain([slug], numbered) if each not in taken)
        taken.add(found[text])
    return found
