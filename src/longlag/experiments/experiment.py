"""An experiment as data: task, learner, stop rule, rows of a published table, and readings."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Published:
    """What the source reports for one row; None where it reports nothing."""

    source: str  #: key of `longlag.citation`
    where: str  #: such as "Table 7"
    sequences: float | None = None  #: mean sequences to success
    low: float | None = None  #: fewest and most, where given
    high: float | None = None
    solved: float | None = None  #: share of the trials, 0 to 1
    trials: int | None = None
    wrong: float | None = None  #: mean or total wrong of the test sequences, as printed
    tested: int | None = None
    weights: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the published table: what it changes in the conditions."""

    name: str  #: such as "T=100"
    cap: int  #: most training sequences of a trial
    changes: dict[str, Any] = field(default_factory=dict)  #: such as {"task.T": 100}
    published: Published | None = None
    readings: tuple[str, ...] = ()  #: readings shown beside the chosen one for this row
    trials: int | None = None  #: overrides the experiment's number


@dataclass(frozen=True)
class Reading:
    """A documented way to read what the source leaves open."""

    name: str
    summary: str  #: what it changes, and why
    changes: dict[str, Any] = field(default_factory=dict)  #: such as {"learner.output": "linear"}


@dataclass(frozen=True)
class Experiment:
    """A published table or a user's own file."""

    name: str
    title: str
    citation: tuple[str, ...]
    task: dict[str, Any]  #: {"type": "adding", ...} without what the rows change
    learner: dict[str, Any]  #: {"type": "lstm", ...}
    stop: dict[str, Any]  #: {"type": "recent", ...}
    rows: tuple[Row, ...]
    readings: tuple[Reading, ...]
    reading: str  #: the one that is run unless told otherwise
    trials: int
    test: int
    description: str = ""
