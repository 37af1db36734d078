"""`longlag matrix`: every learner on every task."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.options import Json, StorePath, whole
from longlag.commands.places import check_pictures, of_store
from longlag.errors import InputError
from longlag.experiments.matrix import Cell, cells, trials
from longlag.experiments.store import Store, default_path
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialRecord
from longlag.quoting import quoted
from longlag.report.style.console import progress, results, say

STEPS = 5_000_000  #: network steps of a trial, unless told otherwise
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


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
        Parameter(consume_multiple=True, negative=(), help="these alone (default: all)"),
    ] = ()
    tasks: Annotated[
        tuple[str, ...],
        Parameter(consume_multiple=True, negative=(), help="these alone (default: all)"),
    ] = ()
    trials: Annotated[int, Parameter(converter=whole, help="trials of each learner and task")] = 3
    seed: Annotated[int, Parameter(converter=whole, help="seed of the study")] = 1
    workers: Annotated[
        int | None, Parameter(converter=whole, help="threads (default: one per core)")
    ] = None
    output: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="the grid as a picture, as SVG and as PNG"),
    ] = None
    store: StorePath = None
    as_json: Json = False


def show_matrix(options: MatrixOptions) -> int:
    """Run what the store has not, and show the grid; an exit status."""
    from longlag.report.study.matrix import grid, heat_map
    from longlag.report.study.progress import Display
    from longlag.report.style.plots import save

    if options.output and options.output.suffix not in ("", ".svg", ".png"):
        raise InputError(f"--output must end in .svg or .png, got {options.output}")
    check_pictures(options.output, of_store(options.store or default_path()))
    steps, seconds = _budget(options.budget)
    say("writing a few sequences of every task ...")
    all_cells = cells(
        budget=steps, tasks_=options.tasks, learners_=options.learners, seed=options.seed
    )
    records: list[TrialRecord] = []
    if any(cell.conditions for cell in all_cells):
        with Store(options.store or default_path()) as store:
            study = Study(trials(all_cells, options.trials), store, workers=options.workers)
            deadline = time.monotonic() + seconds
            with Display(progress(), []) as display:

                def look(study: Study) -> None:
                    display(study)
                    if time.monotonic() > deadline:
                        study.interrupt()

                records = study.run(look)
    if options.as_json:
        print(json.dumps([_as_json(cell, records) for cell in all_cells], indent=1))
    else:
        results().print(grid(all_cells, records))
    if options.output:
        save(heat_map(all_cells, records), options.output.with_suffix(""))
        say(f"The picture is in {options.output.with_suffix('.svg')}, and beside it as PNG.")
    unfinished = sum(record.status is Status.INTERRUPTED for record in records)
    if unfinished:
        say(f"{unfinished} trials are unfinished; the same command resumes them.")
        return 0 if seconds < float("inf") else 130
    return 0


def _budget(text: str) -> tuple[int, float]:
    """Network steps of a trial, and seconds of the run."""
    found = re.fullmatch(r"([0-9][0-9_]*\.?[0-9]*(?:[eE]\+?[0-9]+)?)\s*(s|min|h)?", text.strip())
    if not found or not 0 < float(found[1]) < 1e15:
        raise InputError(
            "--budget must be a number of network steps such as 2e7, or a time such as 90s, 10min "
            f"or 2h, got {quoted(text)}"
        )
    number, unit = float(found[1]), found[2]
    return (STEPS, number * _SECONDS[unit]) if unit else (max(1, round(number)), float("inf"))


def _as_json(cell: Cell, records: list[TrialRecord]) -> dict[str, Any]:
    mine = [r for r in records if (r.key.row, r.key.reading) == (cell.task, cell.learner)]
    return {
        "task": cell.task,
        "learner": cell.learner,
        "applies": cell.conditions is not None,
        "reason": cell.reason,
        "cap": cell.conditions.cap if cell.conditions else None,
        "weights": cell.conditions.learner.weights if cell.conditions else None,
        "trials": [
            {
                "trial": record.key.trial,
                "status": str(record.status),
                "sequences": record.sequences,
                "guesses": record.guesses,
                "steps": record.steps,
            }
            for record in mine
        ],
    }
