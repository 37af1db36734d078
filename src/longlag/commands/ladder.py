"""`longlag ladder`: the longest lag that each learner bridges, for each kind of memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.budget import after, exit_status, parse_budget, say_unfinished, until
from longlag.commands.json_output import print_json
from longlag.commands.options import SEVERAL, Json, Stored, StorePath, whole, wholes
from longlag.commands.places import check_pictures, of_store, write_pictures
from longlag.commands.stored import trials_in
from longlag.experiments.budgets import Shown, ladder_budgets, others
from longlag.experiments.ladder import Climb, Ladder
from longlag.experiments.measured import beside, figure_of
from longlag.experiments.names_in_store import LADDER
from longlag.experiments.store import Store, default_path
from longlag.experiments.waves import run_in_waves, stored
from longlag.report.style.console import progress, results, say

#: The families of `experiments/ladder.toml`, which help need not read.
KINDS = (
    *("trainable-latch", "two-sequence", "symbol-lag", "distractors", "adding"),
    *("multiplication", "temporal-order"),
)
PRESENTATIONS = 50_000  #: of a network, unless told otherwise


Families = Annotated[
    tuple[str, ...],
    Parameter(
        consume_multiple=SEVERAL,
        show_default=False,
        negative=(),
        help=f"these kinds of memory alone, of {', '.join(KINDS)} (default: all)",
    ),
]
Lags = Annotated[
    tuple[int, ...],
    Parameter(
        converter=wholes,
        consume_multiple=SEVERAL,
        show_default=False,
        negative=(),
        help="these rungs (default: all)",
    ),
]
Seed = Annotated[int, Parameter(converter=whole, help="seed of the networks shown")]
Picture = Annotated[
    Path | None,
    Parameter(name=["--output", "-o"], help="the ladder as a picture, as SVG and as PNG"),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class LadderOptions:
    """Who climbs, and for how long."""

    budget: Annotated[
        str,
        Parameter(
            help="presentations of sequences in the training of one network, or guesses, such as "
            f"2e4 (default {PRESENTATIONS:,}), or the time that this command may take, such as "
            "90s, 10min or 2h: what is unfinished then resumes with the same command"
        ),
    ] = str(PRESENTATIONS)
    learners: Annotated[
        tuple[str, ...],
        Parameter(
            consume_multiple=SEVERAL,
            show_default=False,
            negative=(),
            help="these alone (default: all)",
        ),
    ] = ()
    families: Families = ()
    lags: Lags = ()
    seed: Seed = 1
    workers: Annotated[
        int | None, Parameter(converter=whole, help="threads (default: one per core)")
    ] = None
    output: Picture = None
    store: StorePath = None
    stored: Stored = False
    as_json: Json = False


DEFAULTS = LadderOptions()


def ladder(*, options: LadderOptions = DEFAULTS) -> int:
    """Show the longest lag that each learner bridges, for each kind of memory."""
    from longlag.report.study.ladder import ladder_picture, ladder_table
    from longlag.report.study.progress import Display

    path = options.store or default_path()
    check_pictures(options.output, of_store(path))
    budget, seconds = parse_budget(options.budget, PRESENTATIONS, "presentations")
    ladder = Ladder(
        budget=budget,
        families=options.families,
        learners=options.learners,
        lags=options.lags,
        seed=options.seed,
    )
    trials = trials_in(path, LADDER) if options.stored else []
    over = after(seconds)
    with Store(path, read_only=options.stored) as store, Display(progress(), []) as display:
        if options.stored:
            climbs = stored(ladder.climbs, store)
        else:
            climbs = run_in_waves(ladder.climbs, store, until(over, display), options.workers)
    try:  # the picture first: whoever reads the table may have read enough after some lines
        if options.output:
            places = {(each.learner, each.family) for each in climbs}
            drawn = [each for each in beside(climbs) if (each.learner, each.family) in places]
            picture = ladder_picture(drawn, ladder.rungs, pale_figures=True)
            write_pictures(options.output, picture)
    finally:
        if options.as_json:
            print_json([climb_as_json(climb) for climb in climbs])
        else:
            results().print(ladder_table(climbs))
    unfinished = sum(bool(climb.pending) for climb in climbs)
    say_unfinished(unfinished, f"{len(climbs)} climbs", stored=options.stored)
    if rest := others(ladder_budgets(trials), Shown(budget, options.seed)):
        say(rest)
    return exit_status(unfinished, seconds, stored=options.stored)


def climb_as_json(climb: Climb) -> dict[str, Any]:
    """A climb as plain values."""
    figure = figure_of(climb.learner, climb.family)
    return {
        "family": climb.family,
        "learner": climb.learner,
        "reached": climb.reached,
        "finished": not climb.pending,
        "next": climb.ahead,
        "reason": climb.reason,
        "figure": figure and {"reached": figure.reached, "finished": not figure.pending},
        "rungs": [
            {
                "lag": rung.lag,
                "solved": rung.solved,
                "networks": len(rung.records),
                "setting": rung.setting,
                "weights": rung.weights,
                "presentations": rung.needed,
            }
            for rung in climb.rungs
        ],
    }
