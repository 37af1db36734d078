"""`longlag reproduce` and `longlag run`: run experiments, and show the results."""

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from longlag.commands.cluster import cluster
from longlag.commands.json_output import print_json
from longlag.commands.options import Json, StorePath, whole, wholes
from longlag.commands.places import check_places, of_store
from longlag.commands.study_json import row_as_json, study_as_json
from longlag.errors import InputError
from longlag.experiments.experiment import Experiment
from longlag.experiments.files import catalogue, load_experiment, published
from longlag.experiments.plan import plan
from longlag.experiments.store import Store, default_path
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.quoting import counted
from longlag.report.study.comparison import comparisons, tally
from longlag.report.study.progress import Display
from longlag.report.study.summary import summaries
from longlag.report.study.tables import result_table
from longlag.report.style import console
from longlag.report.style.console import say


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What `reproduce` and `run` have in common."""

    T: Annotated[
        tuple[int, ...] | None,
        Parameter(
            name="--T",
            converter=wholes,
            consume_multiple=True,
            negative=(),
            help="only rows with these T",
        ),
    ] = None
    rows: Annotated[
        tuple[str, ...] | None,
        Parameter(
            consume_multiple=True,
            negative=(),
            help="only rows of these names, or whose names begin with these words",
        ),
    ] = None
    trials: Annotated[
        int | None, Parameter(converter=whole, help="trials per row (default: as published)")
    ] = None
    seed: Annotated[int, Parameter(converter=whole, help="seed of the study")] = 1
    workers: Annotated[
        int | None, Parameter(converter=whole, help="threads (default: one per core)")
    ] = None
    dask: Annotated[
        str | None,
        Parameter(help="run on a Dask cluster: its scheduler's address, or local for processes"),
    ] = None
    dtype: Annotated[Literal["float32", "float64"], Parameter(help="precision of the networks")] = (
        "float32"
    )
    reading: Annotated[str | None, Parameter(help="run this reading alone")] = None
    store: StorePath = None
    as_json: Json = False


DEFAULTS = RunOptions()


def reproduce(*names: str, options: RunOptions = DEFAULTS) -> int:
    """Run published experiments and show the results beside the published figures.

    Parameters
    ----------
    names
        experiments of `longlag list`; "all" for the published tables of LSTM, "rivals" for those of
        the learners it was compared with
    """
    if not names:
        raise InputError(f"name an experiment to reproduce, or all: {', '.join(catalogue())}")
    wanted = dict.fromkeys(each for name in names for each in _meant(name))
    return _run([published(name) for name in wanted], options)


def _meant(name: str) -> list[str]:
    """The experiments that a name stands for: several for "all" and "rivals"."""
    if name not in ("all", "rivals"):
        return [name]
    tables = [each for each in catalogue().values() if each.attempts]
    return [each.name for each in tables if (each.learner["type"] == "lstm") == (name == "all")]


def run(file: Path, *, options: RunOptions = DEFAULTS) -> int:
    """Run an experiment of your own.

    Parameters
    ----------
    file
        a TOML file: task, learner, stop rule, rows and readings
    """
    check_places({"the experiment": file}, {})
    page = f"longlag report {shlex.quote(str(file))} --open"
    return _run([load_experiment(file)], options, page)


def _run(
    experiments: Sequence[Experiment], options: RunOptions, page: str = "longlag report --open"
) -> int:
    """Run experiments and show the results; `page` is the command that makes pages of them."""
    if options.T == ():
        raise InputError("--T requires a number, such as --T 100")
    if options.rows == ():
        raise InputError("--rows requires a name, as longlag show lists them")
    path = options.store or default_path()
    check_places(of_store(path), {})
    experiments, trials = _plans(experiments, options)
    with Store(path) as store, cluster(options.dask, options.workers) as executor:
        study = Study(trials, store, workers=options.workers, executor=executor)
        for each in experiments:
            rows = {key.row for key, _ in trials if key.experiment == each.name}
            _say_readings(each, rows, options.reading)
        if study.found:
            say(f"{study.found} of {study.total} trials were finished before: see {store.path}")
        with Display(console.progress(), experiments) as display:
            records = study.run(display)
    shown = [(each, summaries(each, _of(each, records))) for each in experiments]
    compared = [one for each, ours in shown for one in comparisons(each, ours)]
    several = len(experiments) > 1 and compared and not options.reading
    sentence = tally(compared) if several else None
    if options.as_json:
        rows = [row_as_json(one, each.name, options.seed) for each, ours in shown for one in ours]
        print_json(study_as_json(rows, records, sentence))
    else:
        out = console.results()
        for each, ours in shown:
            out.print()
            out.print(result_table(ours, each.title, out.width))
        if sentence:
            out.print(Text(f"\n{sentence}"))
    unfinished = sum(record.status is Status.INTERRUPTED for record in records)
    if unfinished:
        trials, them = counted(unfinished, "trial"), "it" if unfinished == 1 else "them"
        say(f"Interrupted with {trials} unfinished; the same command resumes {them}.")
        return 130
    if not options.as_json:
        say(f"Pictures and a page to read: {page}")
    return 0


def _of(experiment: Experiment, records: Sequence[TrialRecord]) -> list[TrialRecord]:
    return [record for record in records if record.key.experiment == experiment.name]


def _plans(
    experiments: Sequence[Experiment], options: RunOptions
) -> tuple[list[Experiment], list[tuple[TrialKey, Conditions]]]:
    """The trials of all experiments; of several, those without such rows are left out."""
    kept, trials, refused = [], [], []
    for each in experiments:
        try:
            trials += plan(
                each,
                T=options.T,
                rows=options.rows,
                reading=options.reading,
                trials=options.trials,
                seed=options.seed,
                dtype=options.dtype,
            )
            kept.append(each)
        except InputError as error:
            refused.append(error)
    if not kept:
        raise refused[0]
    for error in refused:
        say(f"left out: {error}")
    return kept, trials


def _say_readings(experiment: Experiment, rows: Collection[str], reading: str | None) -> None:
    """Which reading each of the rows is run under, before it takes its time."""
    chosen: dict[str, list[str]] = {}
    for row in experiment.rows:
        if row.name in rows:
            chosen.setdefault(reading or experiment.chosen(row), []).append(row.name)
    for name, its_rows in chosen.items():
        which = f", {'; '.join(its_rows)}" if len(chosen) > 1 else ""
        summary = experiment.find_reading(name).summary
        say(f"{experiment.name}{which}: reading {name}: {summary}")
