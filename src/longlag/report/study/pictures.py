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


Drawn = tuple[str, Callable[[], Figure]]  #: the name of a picture, and what draws it


def drawings(
    folder: Path, sections: Sequence[Section]
) -> Iterator[tuple[Path, Callable[[], Figure]]]:
    """Every picture of the report: its place in a folder, without an ending, and what draws it.

    The places differ, also for a disk that does not tell capitals from small letters.
    """
    taken: set[str] = set()
    for name, draw in _drawn(sections):
        numbered = (f"{name}-{number}" for number in count(2))
        place = next(each for each in chain([name], numbered) if each.lower() not in taken)
        taken.add(place.lower())
        yield folder / place, draw


def _drawn(sections: Sequence[Section]) -> Iterator[Drawn]:
    """Every picture; different pictures may have the same name."""
    compared = [
        one
        for each in sections
        for one in comparisons(each.experiment, summaries(each.experiment, each.records))
    ]
    if compared:
        yield "overview", partial(overview, compared)
    for each in sections:
        stem = each.experiment.name
        ours = summaries(each.experiment, each.records)
        yield f"{stem}-distribution", partial(distribution, ours, each.records)
        for one in ours:
            if one.kind.curves:
                name = f"{stem}-{slug(f'{one.row} {one.reading}')}-curves"
                yield name, partial(learning_curves, one.of(each.records), one.published)
        for of, trace in each.traces.items():
            yield f"{stem}-{slug(of)}-mechanism", partial(mechanism, trace, title=of)


def slug(text: str) -> str:
    """A part of a file name for a text.

    >>> slug("T=100 as-printed")
    't-100-as-printed'
    """
    # A file name has at most some 255 bytes, and begins with the experiment's name.
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80] or "unnamed"
