"""`longlag matrix`: every learner on every task."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from longlag.commands.budget import after, exit_status, parse_budget, say_unfinished, until
from longlag.commands.json_output import print_json
from longlag.commands.options import SEVERAL, Json, Stored, StorePath, whole
from longlag.commands.places import check_pictures, of_store, write_pictures
from longlag.commands.stored import trials_in
from longlag.errors import check_whole
from longlag.experiments.budgets import Shown, matrix_budgets, matrix_tasks, others
from longlag.experiments.matrix import Cell, cells
from longlag.experiments.names_in_store import MATRIX
from longlag.experiments.selection import Find, Standing
from longlag.experiments.store import Store, default_path
from longlag.experiments.waves import run_in_waves, stored
from longlag.report.style.console import progress, results, say

if TYPE_CHECKING:  # what reports is imported when the command runs
    from longlag.report.study.matrix import Outcome

STEPS = 5_000_000  #: network steps of a trial, unless told otherwise


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class MatrixOptions:
    """What to run, and for how long."""

    budget: Annotated[
        str,
        Parameter(
            help=f"network steps of a trial, such as 2e7 (default {STEPS:,}), or the time that "
            "this command may take, such as 90s, 10min or 2h: what is unfinished then resumes "
            "with the same command"
        ),
    ] = str(STEPS)
    learners: Annotated[
        tuple[str, ...],
        Parameter(
            consume_multiple=SEVERAL,
            show_default=False,
            negative=(),
            help="these alone (default: all)",
        ),
    ] = ()
    tasks: Annotated[
        tuple[str, ...],
        Parameter(
            consume_multiple=SEVERAL,
            show_default=False,
            negative=(),
            help="these alone (default: all)",
        ),
    ] = ()
    trials: Annotated[
        int, Parameter(converter=whole, help="networks shown of each learner and task")
    ] = 3
    seed: Annotated[int, Parameter(converter=whole, help="seed of the study")] = 1
    workers: Annotated[
        int | None, Parameter(converter=whole, help="threads (default: one per core)")
    ] = None
    output: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="the grid as a picture, as SVG and as PNG"),
    ] = None
    store: StorePath = None
    stored: Stored = False
    as_json: Json = False


DEFAULTS = MatrixOptions()


def matrix(*, options: MatrixOptions = DEFAULTS) -> int:
    """Run every learner on every task, within a budget, and show who solves what."""
    from longlag.report.study.matrix import grid, outcomes
    from longlag.report.study.matrix_picture import heat_map
    from longlag.report.study.progress import Display

    path = options.store or default_path()
    check_pictures(options.output, of_store(path))
    steps, seconds = parse_budget(options.budget, STEPS, "network steps")
    check_whole("trials", options.trials, 1, 1_000_000)
    wanted, trials = options.tasks, []
    if options.stored:  # a task without trials has nothing to show, and takes a second to compile
        trials = trials_in(path, MATRIX)
        wanted = wanted or matrix_tasks(trials)
    else:
        say("writing a few sequences of every task ...")
    all_cells = cells(budget=steps, tasks_=wanted, learners_=options.learners, seed=options.seed)
    over = after(seconds)
    selections = [cell.selection(options.trials) for cell in all_cells]

    def standings_now(find: Find) -> list[Standing]:
        return [selection.standing(find) for selection in selections]

    with Store(path, read_only=options.stored) as store, Display(progress(), []) as display:
        if options.stored:
            standings = stored(standings_now, store)
        else:
            standings = run_in_waves(standings_now, store, until(over, display), options.workers)
    records = [record for each in standings if each.over for record in each.records]
    try:  # the picture first: whoever reads the grid may have read enough after some lines
        if options.output:
            write_pictures(options.output, heat_map(all_cells, records))
    finally:
        if options.as_json:
            both, found = zip(all_cells, standings, strict=True), outcomes(records)
            print_json(
                [_as_json(cell, each, found.get((cell.task, cell.learner))) for cell, each in both]
            )
        else:
            results().print(grid(all_cells, records))
    unfinished = sum(not standing.over for standing in standings)
    say_unfinished(unfinished, f"{len(all_cells)} cells", stored=options.stored)
    met = [record for record in trials if record.key.row in wanted]
    if rest := others(matrix_budgets(met), Shown(steps, options.seed)):
        say(rest)
    return exit_status(unfinished, seconds, stored=options.stored)


def _as_json(cell: Cell, standing: Standing, outcome: "Outcome | None") -> dict[str, Any]:
    shown = cell.settings.get(standing.setting or "") or next(iter(cell.settings.values()), None)
    return {
        "task": cell.task,
        "learner": cell.learner,
        "applies": bool(cell.settings),
        "reason": cell.reason,
        "setting": standing.setting,
        "cap": shown.cap if shown else None,
        "weights": shown.learner.weights if shown else None,
        "finished": standing.over,
        "solved": outcome and outcome.solved,
        "networks": outcome and outcome.trials,
        "median": outcome and outcome.needed,
        "trials": [
            {
                "seed": record.conditions.seed,
                "trial": record.key.trial,
                "setting": record.key.reading.removeprefix(f"{cell.learner}, "),
                "status": str(record.status),
                "sequences": record.sequences,
                "guesses": record.guesses,
                "steps": record.steps,
            }
            for record in standing.records
        ],
    }
