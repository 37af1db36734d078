"""From trial records to the sections of the report, and the same pictures as files."""

import re
from collections.abc import Sequence
from pathlib import Path

from longlag.citations import entries
from longlag.experiments.experiment import Experiment
from longlag.experiments.trial import TrialRecord
from longlag.registry import look_up
from longlag.report.figures import distribution, learning_curves
from longlag.report.mechanism import mechanism
from longlag.report.observe import most_typical, observe
from longlag.report.page import Reference, Section
from longlag.report.style import save
from longlag.report.summary import summaries


def section(experiment: Experiment, records: Sequence[TrialRecord]) -> Section:
    """What the report says of one experiment, with a look inside a solved network, if any."""
    shown = most_typical(records)
    return Section(
        experiment,
        records,
        trace=observe(shown) if shown else None,
        trace_of=f"{shown.key.row}, {shown.key.reading}, trial {shown.key.trial}" if shown else "",
        references=[reference(key) for key in experiment.citation],
    )


def save_pictures(folder: Path, sections: Sequence[Section]) -> None:
    """Write every picture of the report into a folder, as SVG and PNG."""
    for each in sections:
        stem = folder / each.experiment.name
        ours = summaries(each.experiment, each.records)
        save(distribution(ours, each.records), f"{stem}-distribution")
        for one in ours:
            key = (one.row, one.reading)
            trials = [r for r in each.records if (r.key.row, r.key.reading) == key]
            save(learning_curves(trials, one.published), f"{stem}-{_slug(' '.join(key))}-curves")
        if each.trace:
            save(mechanism(each.trace, title=each.trace_of), f"{stem}-mechanism")


def reference(key: str) -> Reference:
    """A source in words, from its BibTeX entry."""
    entry = look_up("citation", key, entries())
    fields = {name: _plain(value) for name, value in re.findall(r"(\w+)\s*= \{(.*)\}", entry)}
    where = fields.get("journal") or fields.get("booktitle") or ""
    volume = f" {fields['volume']}" if "volume" in fields else ""
    text = f"{fields['author'].replace(' and ', '; ')} ({fields['year']}): {fields['title']}."
    return Reference(f"{text} {where}{volume}.".strip(), fields.get("doi"))


def _plain(latex: str) -> str:
    for code, letter in (('{\\"u}', "ü"), ('{\\"o}', "ö"), ('{\\"a}', "ä"), ("--", "\N{EN DASH}")):
        latex = latex.replace(code, letter)
    return latex.replace("{", "").replace("}", "").replace("\\", "")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
