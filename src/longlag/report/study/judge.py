"""Models of users beside the learners of the library, in the terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from longlag.experiments.judged import Judgement
from longlag.experiments.ladder import ENOUGH, LAGS, NETWORKS, Climb
from longlag.experiments.measured import Reached
from longlag.learners import learners
from longlag.quoting import counted
from longlag.report.study.counts import count
from longlag.report.study.ladder import HELD, ranked, words
from longlag.report.study.progress import duration
from longlag.report.study.tables import WIDE

KEY = (
    "The longest lag, in steps, at which enough networks solved the task: at least "
    f"{ENOUGH} of {NETWORKS}, of fewer networks as large a share. +: the next lag was not run to "
    "its end. not run: the shortest lag was not. -: not the shortest lag either. n/a: does not "
    "apply. Blank: not measured."
)
SHIPPED = (
    f"The figures of {{}} come with longlag: {NETWORKS} networks, 50,000 sequences, up to three "
    "settings each. --beside NAME... runs them here."
)
LEFT_OUT = "Not shown, as there is no room: {}. A wider terminal shows more."
RUNGS = (
    "Networks that solved the task, and below the median number of training sequences they needed. "
    "none: no network did, nor any of the three that tried each optimiser."
)
NONE_ENDED = (
    "No network has come to its end yet. Those that were begun go on with the same command; a "
    "longer --budget lets more of them end."
)


def judge_table(
    judgements: Sequence[Judgement], beside: Sequence[Reached], width: int = 80
) -> Group:
    """A row for each kind of memory, a column for each model and each learner beside it.

    A table narrower than `WIDE` does not say what a network must hold. Learners that do not fit are
    left out, those that bridge the shortest lags first, and named below.
    """
    climbs = [climb for each in judgements for climb in each.climbs]
    shown = {(each.learner, each.family): each for each in [*beside, *climbs]}
    families = dict.fromkeys(climb.family for climb in climbs)
    wide = width >= WIDE
    room = width - 2 - max(map(len, [*families, "longest lag"]))
    if wide:
        room -= 2 + max((len(HELD[each]) for each in families), default=0)
    names, left_out = _fitting(ranked([*climbs, *beside]), room)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("longest lag", no_wrap=True)
    for name in names:
        known = name in learners()
        table.add_column(Text(name), justify="right", overflow="fold", no_wrap=known)
    if wide:
        table.add_column("what a network must hold", style="dim", no_wrap=True)
    for family in families:
        cells = [_cell(shown.get((name, family))) for name in names]
        table.add_row(family, *cells, *([HELD[family].replace("\n", " ")] * wide))
    parts: list[RenderableType] = [table, Text(KEY, style="dim")]
    if left_out:
        parts.append(Text(LEFT_OUT.format(", ".join(left_out)), style="dim"))
    shipped = dict.fromkeys(
        each.learner for each in beside if each.learner in names and not isinstance(each, Climb)
    )
    if shipped:
        parts.append(Text(SHIPPED.format(", ".join(shipped)), style="dim"))
    reasons = {f"{each.learner} on {each.family}: {each.reason}" for each in climbs if each.reason}
    return Group(*parts, *(Text(each) for each in sorted(reasons)))


def _fitting(names: Sequence[str], room: int) -> tuple[list[str], list[str]]:
    """The names that have room beside each other, and the others; models of users always have."""
    shown: list[str] = []
    for name in names:
        room -= 2 + len(name)
        if name in learners() and room < 0:
            break
        shown.append(name)
    return shown, list(names[len(shown) :])


def rung_table(judgement: Judgement) -> Group:
    """Every rung that a model has met, and what it has cost."""
    climbs = judgement.climbs
    met = {rung.lag for climb in climbs for rung in climb.rungs}
    met |= {climb.ahead for climb in climbs if climb.ahead}
    lags = [lag for lag in LAGS if lag in met]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text(judgement.name), overflow="fold")
    for lag in lags:
        table.add_column(f"{'lag ' if lag == lags[0] else ''}{lag:,}", justify="right")
    table.add_column("weights", justify="right", style="dim")
    for climb in climbs:
        weights = max((rung.weights or 0 for rung in climb.rungs), default=0)
        cells = [_rung(climb, lag) for lag in lags]
        table.add_row(climb.family, *cells, f"{weights:,}" if weights else "")
    if not judgement.records:
        return Group(table, Text(NONE_ENDED))
    memory = judgement.memory
    spent = (
        f"{counted(len(judgement.records), 'network')}, "
        f"{counted(judgement.sequences, 'training sequence')}, "
        f"{duration(judgement.seconds)} of computing"
    )
    if memory:
        spent += f", at most {memory / 2**20:,.0f} MiB in a process, PyTorch included"
    return Group(table, Text(RUNGS, style="dim"), Text(spent))


def _cell(climb: Reached | None) -> Text:
    if climb is None:
        return Text("")
    own = climb.learner not in learners()
    text = words(climb).replace("...", "not run")
    return Text(text, style=("bold green" if own else "green") if climb.reached else "dim")


def _rung(climb: Climb, lag: int) -> Text:
    for rung in climb.rungs:
        if rung.lag == lag and not rung.records:
            return Text("none", style="red")
        if rung.lag == lag:
            solved = f"{rung.solved}/{len(rung.records)}"
            needed = "" if rung.needed is None else f"\n{count(rung.needed)}"
            return Text(solved, style="green" if rung.stands else "red").append(needed, "dim")
    ahead = climb.ahead
    return Text("not run" if ahead and lag >= ahead else "", style="dim")
