"""`longlag errorflow`: what is left of an error that flows back q steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.text import Text

from longlag.commands.json_output import print_json
from longlag.commands.options import SEVERAL, Json, StorePath, whole
from longlag.commands.places import check_pictures, of_store, write_pictures
from longlag.errorflow.comparison import (
    WEIGHT_RANGES,
    Curve,
    check_measurable,
    conventional_curves,
    module_curves,
    trained_curves,
)
from longlag.errorflow.sequences import sample
from longlag.experiments.files import load_experiment, published
from longlag.experiments.plan import plan
from longlag.experiments.store import Store, default_path
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialRecord
from longlag.report.style.console import progress, results, say

#: Measured where no experiment is named: an LSTM whose units feed each other, which is trained in
#: half a minute, on sequences of a thousand steps.
USUAL = ("adding-far", "as-printed-topology")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class FlowOptions:
    """What to measure, and where to show it."""

    T: Annotated[
        int | None,
        Parameter(name="--T", converter=whole, help="the row with this T (default: the first)"),
    ] = None
    row: Annotated[
        str | None,
        Parameter(help="the row of this name, or the first whose name begins with these words"),
    ] = None
    reading: Annotated[
        str | None, Parameter(help="the reading of the row (default: the chosen one)")
    ] = None
    q: Annotated[
        int | None,
        Parameter(converter=whole, help="most steps back (default: what most sequences have)"),
    ] = None
    weights: Annotated[
        tuple[float, ...],
        Parameter(
            consume_multiple=SEVERAL, negative=(), help="ranges of conventional nets' weights"
        ),
    ] = WEIGHT_RANGES
    torch: Annotated[
        tuple[Literal["RNN", "LSTM", "GRU"], ...],
        Parameter(
            consume_multiple=SEVERAL,
            show_default=False,
            negative=(),
            help="modules of torch.nn beside them",
        ),
    ] = ()
    seed: Annotated[int, Parameter(converter=whole, help="seed of all networks")] = 1
    output: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="the figure, as SVG and as PNG of the same name"),
    ] = None
    store: StorePath = None
    as_json: Json = False


DEFAULTS = FlowOptions()


def errorflow(name: str | None = None, *, options: FlowOptions = DEFAULTS) -> int:
    """What is left of an error q steps earlier: in conventional nets, and in a learner's network.

    Parameters
    ----------
    name
        an experiment of `longlag list`, or a TOML file of yours, for the task and the learner (by
        default an LSTM with 93 weights on the adding problem, T=1000)
    """
    from longlag.report.errorflow import flow_figure, flow_table
    from longlag.report.study.progress import Display

    inputs = {"the experiment": name, **of_store(options.store or default_path())}
    check_pictures(options.output, inputs)
    if name is not None and name.endswith(".toml"):
        experiment = load_experiment(name)
    else:
        experiment = published(USUAL[0] if name is None else name)
    key, conditions = plan(
        experiment,
        T=None if options.T is None else [options.T],
        rows=None if options.row is None else [options.row],
        reading=options.reading or (USUAL[1] if name is None else None),
        trials=1,
        seed=options.seed,
    )[0]
    # What can be refused is refused before the training, which may take long.
    check_measurable(conditions.learner)
    sequences = sample(conditions.task, seed=options.seed, q=options.q)
    conventional = conventional_curves(sequences, options.weights, seed=options.seed)
    modules = module_curves(options.torch, sequences, seed=options.seed)
    with Store(options.store or default_path()) as store:
        study = Study([(key, conditions)], store)
        if not study.found:
            say(f"training one network: {experiment.name}, {key.row}, {key.reading}")
        with Display(progress(), [experiment]) as display:
            (record,) = study.run(display)
    if record.status is Status.INTERRUPTED:
        say("Interrupted in training; the same command resumes it.")
        return 130
    curves = [*conventional, *trained_curves(record, sequences), *modules]
    try:  # the figure first: whoever reads the table may have read enough after some lines
        if options.output:
            write_pictures(options.output, flow_figure(curves), "figure")
    finally:
        if options.as_json:
            print_json(_as_json(record, curves))
        else:
            out = results()
            out.print(flow_table(curves))
            out.print(Text(f"\n{_caption(record, len(sequences.x))}"))
    return 0


def _caption(record: TrialRecord, sequences: int) -> str:
    key = record.key
    return (
        f"Medians over {sequences} sequences. The trained network, {key.experiment}, {key.row}, "
        f"{key.reading}, seed {record.conditions.seed}, saw {record.sequences:,} sequences and "
        f"{record.status.message}."
    )


def _as_json(record: TrialRecord, curves: Sequence[Curve]) -> dict[str, Any]:
    return {
        "experiment": record.key.experiment,
        "row": record.key.row,
        "reading": record.key.reading,
        "seed": record.conditions.seed,
        "status": str(record.status),
        "sequences": record.sequences,
        "curves": [curve.as_json() for curve in curves],
    }
