"""`longlag report`: the results of studies as one page, and as pictures."""

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from longlag.commands.options import StorePath
from longlag.commands.places import as_files, check_places, of_store
from longlag.commands.stored import records_in, studies_of
from longlag.errors import InputError
from longlag.experiments.experiment import Experiment
from longlag.experiments.files import catalogue, load_experiment
from longlag.experiments.judged import judgements_in
from longlag.experiments.ladder import climbs_in
from longlag.experiments.measured import beside
from longlag.experiments.names_in_store import JUDGE, OF_COMMANDS
from longlag.experiments.store import Store, default_path
from longlag.quoting import quoted
from longlag.report.style.console import Doing, say


def report(
    *files: Path,
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("longlag-report.html"),
    pictures: Path | None = None,
    store: StorePath = None,
    open_: Annotated[bool, Parameter(name="--open", negative=())] = False,
) -> None:
    """Write the results as one HTML page with learning curves and a look inside a solved network.

    Parameters
    ----------
    files
        TOML files of your own experiments, which the page is to show with the published ones
    output
        the page
    pictures
        a folder for the same pictures as SVG and PNG
    open_
        show the page in the browser
    """
    from longlag.report.provenance import provenance
    from longlag.report.study.matrix import of_matrix
    from longlag.report.study.page import write_page
    from longlag.report.study.pictures import drawings, section
    from longlag.report.style.plots import save

    path, outputs = store or default_path(), {"--output": output}
    inputs = of_store(path) | {f"the experiment {each}": each for each in files}
    check_places(inputs, outputs)
    known = catalogue() | _by_name(files)
    with Doing() as doing:
        doing("reading the store")
        records = records_in(path)
        with Store(path, read_only=True) as opened:
            begun = opened.begun(JUDGE)
    names = {record.key.experiment for record in records}
    for name in sorted(names - known.keys() - OF_COMMANDS):
        say(f"{name} is left out: add its file to the command to see it on the page")
    own = [climb for each in judgements_in(records, begun) for climb in each.climbs]
    ladder = climbs_in(records)
    climbs = [*own, *beside(ladder)] if own else ladder
    studies = studies_of(records, known)
    grid = of_matrix(records)
    if not studies and not climbs and not grid:
        raise InputError("nothing to report: add the files of your experiments to the command")
    with Doing() as doing:
        sections = []
        for name, trials in studies:
            doing(f"looking inside a network of {name}")
            sections.append(section(known[name], trials))
        drawn = list(drawings(pictures, sections)) if pictures else []
        for stem, _ in drawn:
            outputs |= as_files(f"--pictures, {stem.name},", stem)
        check_places(inputs, outputs)
        write_page(output, sections, provenance(), grid, climbs, doing)
        say(f"The report is in {output}.")
        for stem, draw in drawn:
            doing(f"drawing {stem.name}")
            save(draw(), stem)
    if pictures:
        say(f"The pictures are in {pictures}.")
    if open_:
        webbrowser.open(output.resolve().as_uri())


def _by_name(files: Sequence[Path]) -> dict[str, Experiment]:
    """The experiments of files; raises `InputError` if two have the same name."""
    found: dict[str, Experiment] = {}
    for file in dict.fromkeys(files):
        experiment = load_experiment(file)
        if experiment.name in found:
            raise InputError(
                f"{file}: another file has given an experiment called {quoted(experiment.name)}: "
                "rename one, and run it again under its new name"
            )
        found[experiment.name] = experiment
    return found
