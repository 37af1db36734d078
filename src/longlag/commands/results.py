"""`longlag results`: what the store holds."""

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.json_output import print_json
from longlag.commands.options import Json, StorePath
from longlag.commands.places import check_places, of_store
from longlag.commands.stored import records_in, studies_of
from longlag.commands.study_json import row_as_json, study_as_json
from longlag.errors import InputError
from longlag.experiments.files import catalogue
from longlag.experiments.plan import current
from longlag.experiments.store import default_path
from longlag.experiments.trial import TrialRecord
from longlag.report.provenance import provenance
from longlag.report.study.markdown import document
from longlag.report.study.summary import grouped, summaries, summarise
from longlag.report.study.tables import results_table
from longlag.report.style import console


def results(
    *,
    store: StorePath = None,
    as_json: Json = False,
    markdown: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """What the store holds.

    Parameters
    ----------
    markdown
        print a Markdown document: the published experiments beside the published figures
    """
    if as_json and markdown:
        raise InputError("--json and --markdown exclude each other: choose one")
    path = store or default_path()
    check_places(of_store(path), {})
    records = records_in(path)
    if as_json:
        print_json(study_as_json(_rows(records), records))
    elif markdown:
        found = dict(studies_of(records, catalogue()))
        if not found:
            raise InputError("no published experiment has results: run `longlag reproduce` first")
        # All of them, so that what was not run is counted as such.
        studies = [(each, found.get(name, [])) for name, each in catalogue().items()]
        sys.stdout.write(document(studies, provenance()))
    else:
        out = console.results()
        out.print(results_table(records, out.width))


def _rows(records: Sequence[TrialRecord]) -> Iterator[dict[str, Any]]:
    """The lines of the table; beside the published figures under the conditions of today alone."""
    known = catalogue()
    for (name, *_, seed), group in grouped(records).items():
        experiment = known.get(name)
        if experiment and len(current(experiment, group)) == len(group):
            (ours,) = summaries(experiment, group)
            yield row_as_json(ours, name, seed)
        else:
            yield row_as_json(summarise(group), name, seed, compared=False)
