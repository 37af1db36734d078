"""`longlag judge`: models of users on the ladder of lags, beside the learners of the library."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.budget import parse_budget, until
from longlag.commands.interrupts import Interrupts
from longlag.commands.json_output import print_json
from longlag.commands.ladder import PRESENTATIONS, Families, Lags, Picture, Seed, climb_as_json
from longlag.commands.options import SEVERAL, Json, StorePath, whole
from longlag.commands.places import check_pictures, of_store, write_pictures
from longlag.cores import cores
from longlag.errors import InputError, check_whole
from longlag.experiments.judged import Judgement, module_of
from longlag.experiments.ladder import NETWORKS, Climb, Ladder, climbs_in
from longlag.experiments.measured import Reached, beside
from longlag.experiments.store import Store, default_path
from longlag.experiments.waves import run_in_waves
from longlag.quoting import counted
from longlag.registry import look_up
from longlag.report.style.console import progress, results, say

#: Files of models that come with the library, by what `--example` calls them
EXAMPLES = {name: f"{name}.py" for name in ("lstm", "chrono", "gru", "lru")}
MOST_WORKERS = 1024


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class JudgeOptions:
    """What the models climb, and for how long."""

    example: Annotated[
        str | None,
        Parameter(help="print the file of a model to begin with: lstm, chrono, gru or lru"),
    ] = None
    budget: Annotated[
        str,
        Parameter(
            help="the time that this command may take, such as 90s, 10min or 2h, or training "
            f"sequences of one network, such as 2e4 (otherwise {PRESENTATIONS:,}): what is "
            "unfinished resumes with the same command. A batch that runs when the time is over "
            "has two more minutes"
        ),
    ] = "10min"
    networks: Annotated[
        int,
        Parameter(converter=whole, help="networks of which four fifths must solve each task"),
    ] = NETWORKS
    families: Families = ()
    lags: Lags = ()
    beside: Annotated[
        tuple[str, ...],
        Parameter(
            consume_multiple=SEVERAL,
            show_default=False,
            negative=(),
            help="learners of the library to run too, in the time that is left, instead of the "
            "figures that come with it",
        ),
    ] = ()
    seed: Seed = 1
    workers: Annotated[
        int | None, Parameter(converter=whole, help="processes (default: one per core)")
    ] = None
    output: Picture = None
    store: StorePath = None
    as_json: Json = False


DEFAULTS = JudgeOptions()


def judge(*files: Path, options: JudgeOptions = DEFAULTS) -> int:
    """Show the longest lag that models of your own bridge, beside LSTM of 1997 and its rivals.

    Parameters
    ----------
    files
        Python files, each of which defines model(inputs, outputs), a torch.nn.Module
    """
    if options.example is not None:
        if options.as_json:
            raise InputError("--example and --json exclude each other: choose one")
        if files:
            raise InputError(f"--example prints a file and runs none: leave out {files[0]}")
        return _print_example(options.example)
    if not files:
        raise InputError(
            "name the file of a model: longlag judge --example lstm > my_model.py writes one"
        )
    path = options.store or default_path()
    check_pictures(options.output, of_store(path) | {f"the model {each}": each for each in files})
    budget, seconds = parse_budget(options.budget, PRESENTATIONS, "training sequences")
    if options.workers is not None:
        check_whole("workers", options.workers, 1, MOST_WORKERS)
    ladder = Ladder(
        budget,
        families=options.families,
        learners=options.beside,
        lags=options.lags,
        seed=options.seed,
    )
    deadline = time.monotonic() + seconds
    _require_torch()
    from longlag.report.study.judge_progress import JudgeDisplay
    from longlag.torch.contender import Contender
    from longlag.torch.judging import Judging
    from longlag.torch.workers import GRACE, Processes, one_thread, watched

    with Interrupts() as interrupts, one_thread():
        with watched(deadline, files):
            contenders = [Contender.of_file(each) for each in files]
        with Store(path) as store:

            def stopping() -> bool:
                return interrupts.interrupted or time.monotonic() > deadline

            with watched(deadline, files):
                judging = Judging(contenders, store, ladder, options.networks)
            display = JudgeDisplay(progress(), seconds)
            with Processes(options.workers or cores()) as workers, display:
                judgements = judging.run(workers, stopping, display)
            others = _others(ladder, store, stopping, options)
    _show(judgements, others, ladder, options)
    for job in workers.lost:
        say(
            f"{module_of(job).model} on {job.key.row}: the process did not stop, and was ended "
            f"{GRACE:.0f} s after it was to. Does forward return?"
        )
    unfinished: list[Reached] = [each for each in _climbs(judgements) if each.pending]
    unfinished += [each for each in others if options.beside and each.pending]
    if unfinished:
        why = "" if interrupts.interrupted else ": the time of --budget is over"
        say(f"{counted(len(unfinished), 'climb')} unfinished{why}. The same command resumes.")
    if interrupts.interrupted:
        return 130
    return 2 if workers.lost else 0


def _print_example(name: str) -> int:
    """Print the file of a model; an exit status."""
    look_up("example", name, EXAMPLES)
    folder = resources.files("longlag") / "torch" / "examples"  # without PyTorch, too
    sys.stdout.write((folder / EXAMPLES[name]).read_text("utf-8"))
    return 0


def _require_torch() -> None:
    """Raise `InputError` where PyTorch is not installed."""
    try:
        import longlag.torch  # noqa: F401
    except ImportError as error:
        raise InputError(str(error)) from None


def _others(
    ladder: Ladder, store: Store, stopping: Callable[[], bool], options: JudgeOptions
) -> Sequence[Reached]:
    """The learners of the library: those that were asked for, or what is known without running."""
    if options.beside:
        from longlag.report.study.progress import Display

        with Display(progress(), []) as display:
            look = until(stopping, display)
            return run_in_waves(ladder.climbs, store, look, options.workers)
    return beside(climbs_in(store.sound_records()[0]))


def _climbs(judgements: Sequence[Judgement]) -> list[Climb]:
    return [climb for each in judgements for climb in each.climbs]


def _show(
    judgements: Sequence[Judgement],
    others: Sequence[Reached],
    ladder: Ladder,
    options: JudgeOptions,
) -> None:
    from longlag.report.study.judge import judge_table, rung_table
    from longlag.report.study.ladder import ladder_picture

    try:  # the picture first: whoever reads the tables may have read enough after some lines
        if options.output:
            shown = dict.fromkeys(climb.family for climb in _climbs(judgements))
            drawn = [*_climbs(judgements), *(each for each in others if each.family in shown)]
            write_pictures(options.output, ladder_picture(drawn, ladder.rungs))
    finally:
        if options.as_json:
            print_json([_as_json(each, others) for each in judgements])
        else:
            out = results()
            out.print(judge_table(judgements, others, out.width))
            for each in judgements:
                out.print()
                out.print(rung_table(each))


def _as_json(judgement: Judgement, others: Sequence[Reached]) -> dict[str, Any]:
    families = {climb.family for climb in judgement.climbs}
    return {
        "model": judgement.name,
        "finished": judgement.finished,
        "networks": len(judgement.records),
        "sequences": judgement.sequences,
        "seconds": round(judgement.seconds, 3),
        "memory": judgement.memory,
        "climbs": [climb_as_json(climb) for climb in judgement.climbs],
        "beside": [
            {
                "family": each.family,
                "learner": each.learner,
                "reached": each.reached,
                "finished": not each.pending,
            }
            for each in others
            if each.family in families
        ],
    }
