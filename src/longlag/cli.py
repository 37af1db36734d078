"""The `longlag` command."""

import json
import os
import shlex
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import cyclopts
from cyclopts import Parameter, Token
from rich.text import Text

from longlag import __version__
from longlag.commands.cache import cache
from longlag.commands.cluster import cluster
from longlag.commands.errorflow import FlowOptions, show_flow
from longlag.commands.judge import JudgeOptions, show_judgements
from longlag.commands.ladder import LadderOptions, show_ladder
from longlag.commands.learn import learn
from longlag.commands.look import look
from longlag.commands.matrix import MatrixOptions, show_matrix
from longlag.commands.options import Json, StorePath, whole
from longlag.commands.places import check_places, of_store
from longlag.commands.predict import predict
from longlag.commands.report import report
from longlag.commands.standard_streams import give_up, prepare
from longlag.commands.stored import records_in, studies_of
from longlag.commands.verify import verify
from longlag.compiled.driver import busy
from longlag.errors import InputError, LonglagError
from longlag.experiments.experiment import Experiment
from longlag.experiments.files import catalogue, load_experiment, published
from longlag.experiments.plan import plan
from longlag.experiments.store import Store, default_path
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners import learners
from longlag.quoting import one_line, quoted
from longlag.report.style import console
from longlag.report.style.console import say
from longlag.tasks import tasks

app = cyclopts.App(
    name="longlag",
    help="Learning across long time lags: LSTM as first published, its experiments and its rivals.",
    version=__version__,
    help_format="markdown",
    console=console.results(),
    suppress_keyboard_interrupt=False,
)
app.register_install_completion_command(
    help="Let your shell complete commands and options; --shell names another than the present one."
)


def _wholes(_: type, tokens: Sequence[Token]) -> tuple[int, ...]:
    return tuple(whole(int, [token]) for token in tokens)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What `reproduce` and `run` have in common."""

    T: Annotated[
        tuple[int, ...] | None,
        Parameter(
            name="--T",
            converter=_wholes,
            consume_multiple=True,
            negative=(),
            help="only rows with these T",
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
FLOW_DEFAULTS = FlowOptions()
MATRIX_DEFAULTS = MatrixOptions()
LADDER_DEFAULTS = LadderOptions()
JUDGE_DEFAULTS = JudgeOptions()


@app.command(name="list")
def list_() -> None:
    """Tasks, learners and experiments, one line each."""
    out = console.results(soft_wrap=True)
    for title, names in (
        ("Experiments", {name: each.title for name, each in catalogue().items()}),
        ("Tasks", {name: _first_line(each) for name, each in tasks().items()}),
        ("Learners", {name: _first_line(each) for name, each in learners().items()}),
    ):
        out.print(Text(title, style="bold"))
        width = max(map(len, names))
        for name, line in names.items():
            out.print(Text(f"  {name:<{width}}  {line}"))


@app.command
def show(name: str) -> None:
    """An experiment's conditions, readings and published figures.

    Parameters
    ----------
    name
        an experiment of `longlag list`, or a TOML file of yours
    """
    from longlag.report.study.terminal import describe

    describe(console.results(), _experiment(name))


@app.command
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


@app.command
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


@app.command
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
    from longlag.report.provenance import provenance
    from longlag.report.study.markdown import document
    from longlag.report.study.tables import results_table

    if as_json and markdown:
        raise InputError("--json and --markdown exclude each other: choose one")
    path = store or default_path()
    check_places(of_store(path), {})
    records = records_in(path)
    if as_json:
        print(json.dumps([_as_json(record) for record in records], indent=1))
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


@app.command
def matrix(*, options: MatrixOptions = MATRIX_DEFAULTS) -> int:
    """Run every learner on every task, within a budget, and show who solves what."""
    return show_matrix(options)


@app.command
def ladder(*, options: LadderOptions = LADDER_DEFAULTS) -> int:
    """Show the longest lag that each learner bridges, for each kind of memory."""
    return show_ladder(options)


@app.command
def judge(*files: Path, options: JudgeOptions = JUDGE_DEFAULTS) -> int:
    """Show the longest lag that models of your own bridge, beside LSTM of 1997 and its rivals.

    Parameters
    ----------
    files
        Python files, each of which defines model(inputs, outputs), a torch.nn.Module
    """
    return show_judgements(files, options)


@app.command
def errorflow(name: str | None = None, *, options: FlowOptions = FLOW_DEFAULTS) -> int:
    """What is left of an error q steps earlier: in conventional nets, and in a learner's network.

    Parameters
    ----------
    name
        an experiment of `longlag list`, or a TOML file of yours, for the task and the learner (by
        default an LSTM with 93 weights on the adding problem, T=1000)
    """
    return show_flow(name, options)


for each in (report, verify, look, learn, predict, cache):
    app.command(each)


@app.command
def bench(*, quick: Annotated[bool, Parameter(negative=())] = False, as_json: Json = False) -> None:
    """Time of one online training step, beside torch.nn.LSTM where torch is installed.

    Parameters
    ----------
    quick
        fewer repetitions
    """
    from longlag.bench import measure, table

    rows = measure(repeats=3 if quick else 7)
    if as_json:
        print(json.dumps(rows, indent=1))
    else:
        console.results().print(table(rows))


def _run(
    experiments: Sequence[Experiment], options: RunOptions, page: str = "longlag report --open"
) -> int:
    """Run experiments and show the results; `page` is the command that makes pages of them."""
    from longlag.report.study.comparison import comparisons, tally
    from longlag.report.study.progress import Display
    from longlag.report.study.summary import summaries
    from longlag.report.study.tables import result_table

    if options.T == ():
        raise InputError("--T requires a number, such as --T 100")
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
    if options.as_json:
        print(json.dumps([_as_json(record) for record in records], indent=1))
    else:
        out = console.results()
        compared = []
        for each in experiments:
            mine = [record for record in records if record.key.experiment == each.name]
            ours = summaries(each, mine)
            compared += comparisons(each, ours)
            out.print()
            out.print(result_table(ours, each.title, out.width))
        if len(experiments) > 1 and compared and not options.reading:
            out.print(Text(f"\n{tally(compared)}"))
    unfinished = sum(record.status is Status.INTERRUPTED for record in records)
    if unfinished:
        say(f"Interrupted with {unfinished} trials unfinished; the same command resumes them.")
        return 130
    if not options.as_json:
        say(f"Pictures and a page to read: {page}")
    return 0


def _plans(
    experiments: Sequence[Experiment], options: RunOptions
) -> tuple[list[Experiment], list[tuple[TrialKey, Conditions]]]:
    """The trials of all experiments; of several, those without such a T or reading are left out."""
    kept, trials, refused = [], [], []
    for each in experiments:
        try:
            trials += plan(
                each,
                T=options.T,
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


def _experiment(name: str) -> Experiment:
    if not name.endswith(".toml"):
        return published(name)
    check_places({"the experiment": name}, {})
    return load_experiment(name)


def _as_json(record: TrialRecord) -> dict[str, Any]:
    return {
        "experiment": record.key.experiment,
        "row": record.key.row,
        "reading": record.key.reading,
        "trial": record.key.trial,
        "seed": record.conditions.seed,
        "status": str(record.status),
        "sequences": record.sequences,
        "guesses": record.guesses,
        "steps": record.steps,
        "seconds": round(record.seconds, 3),
        "wrong": record.wrong,
        "tested": record.tested,
    }


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; exits with 2 and one line where the user has something to mend."""
    status = 2
    try:
        prepare()
        found = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        status = found if isinstance(found, int) else 0
    except LonglagError as error:
        _complain(str(error))
    except cyclopts.UnusedCliTokensError as error:
        _complain(
            f"no place for {' '.join(map(quoted, error.unused_tokens or ()))}: an option takes one "
            "value, and is given once for each of several, as in --missing -200 --missing -999"
        )
    except cyclopts.CycloptsError as error:
        _complain(" ".join(str(error).split()))
    except KeyboardInterrupt:
        status = 130
        _complain("interrupted")
    except BrokenPipeError:  # who reads has read enough, such as `head`
        status = 0
    except OSError as error:
        place = error.filename or "standard output"
        _complain(f"cannot go on with {place}: {error.strerror or error}; use another place")
    except MemoryError:
        _complain("there is not enough memory: take a smaller network, or less data at a time")
    give_up()
    if busy():  # left behind by Ctrl-C: Python's end would pull the ground from under a compiler
        os._exit(status)
    sys.exit(status)


def _complain(message: str) -> None:
    with suppress(OSError):
        print(f"longlag: {one_line(message)}", file=sys.stderr)


if __name__ == "__main__":
    main()
