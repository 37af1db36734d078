"""`longlag results`: what the store holds."""

import json
import sys
from typing import Annotated

from cyclopts import Parameter

from longlag.commands.options import Json, StorePath
from longlag.commands.places import check_places, of_store
from longlag.commands.stored import as_json as tables_of
from longlag.commands.stored import records_in, studies_of
from longlag.errors import InputError
from longlag.experiments.files import catalogue
from longlag.experiments.store import default_path
from longlag.report.provenance import provenance
from longlag.report.study.markdown import document
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
        print(json.dumps([tables_of(record) for record in records], indent=1))
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
