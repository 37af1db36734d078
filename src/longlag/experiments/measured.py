"""The figures of the ladder of lags that come with the library."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from longlag.experiments.ladder import Climb, Rung
from longlag.experiments.tables import shipped


@dataclass(frozen=True)
class Measured:
    """How far a learner of the library came with one kind of memory; its trials are not kept."""

    family: str
    learner: str
    reached: int  #: the longest lag bridged, 0 if none was
    pending: bool  #: whether the next rung was not run
    reason: str = ""
    rungs: tuple[Rung, ...] = ()


#: How far somebody came, by trials that were run here or by a figure.
Reached = Climb | Measured


@cache
def measured() -> tuple[Measured, ...]:
    """All of them, the learners in the order of docs/ladder.md."""
    return tuple(
        Measured(family, learner, int(lag.removesuffix("+")), lag.endswith("+"))
        for learner, lags in shipped("ladder_measured.toml").items()
        for family, lag in lags.items()
    )


def figure_of(learner: str, family: str) -> Measured | None:
    """How far this learner came with this kind of memory, if that was measured."""
    places = {(each.learner, each.family): each for each in measured()}
    return places.get((learner, family))


def beside(climbs: Iterable[Climb]) -> list[Reached]:
    """What is known of the learners of the library: climbs of a store, or the figures here.

    A climb takes the place of a figure if it began and went as far, or came to its end on no longer
    a lag than the figure.
    """
    known: dict[tuple[str, str], Reached] = {
        (each.learner, each.family): each for each in measured()
    }
    for climb in climbs:
        figure = known.get((climb.learner, climb.family))
        as_far = figure is None or (climb.rungs and climb.reached >= figure.reached)
        beyond = figure and climb.rungs and climb.rungs[-1].lag > figure.reached
        if as_far or not (climb.pending or beyond):
            known[climb.learner, climb.family] = climb
    return list(known.values())
