"""An experiment as data: task, learner, stop rule, rows of a published table, and readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from longlag.errors import InputError
from longlag.experiments.tables import Table, TableError
from longlag.registry import look_up

if TYPE_CHECKING:
    from longlag.experiments.trial import Conditions

#: Bounds of published figures: finite, and a mean is above 0, as ours is divided by it.
Mean = Annotated[float, Meta(gt=0, le=1e15)]
Share = Annotated[float, Meta(ge=0, le=1)]
Figure = Annotated[float, Meta(ge=0, le=1e15)]
Many = Annotated[int, Meta(ge=1, le=10**12)]


@dataclass(frozen=True)
class Published:
    """The published figures of one row; None where the source reports nothing."""

    source: str  #: key of `longlag.citation`
    where: str  #: such as "Table 7"
    line: str = ""  #: the line of that table, if several rows hold figures of one line
    sequences: Mean | None = None  #: mean sequences to success
    guesses: Mean | None = None  #: mean guesses to success, if the source counts guesses
    low: Figure | None = None  #: fewest and most, if given
    high: Figure | None = None
    solved: Share | None = None  #: share of the trials, 0 to 1
    trials: Many | None = None
    wrong: Figure | None = None  #: wrong test sequences of one network, if printed as a count
    misclassified: Share | None = None  #: the same if printed as a share, 0 to 1
    tested: Many | None = None
    test_error: Figure | None = None  #: mean absolute error over the test sequences
    weights: Many | None = None
    note: str = ""

    def __post_init__(self):
        if self.low is not None and (self.high is None or self.low > self.high):
            raise InputError(f"low must be at most high, got {self.low:g} and {self.high}")

    @property
    def to_success(self) -> float | None:
        """The mean sequences or guesses to success, whichever the source counts."""
        return self.sequences if self.guesses is None else self.guesses

    @property
    def mean_wrong(self) -> float | None:
        """Wrong test sequences of one network, from the printed count or share."""
        if self.wrong is None and self.misclassified is not None and self.tested is not None:
            return self.misclassified * self.tested
        return self.wrong


@dataclass(frozen=True)
class Row:
    """One line of the published table, and the conditions that it changes."""

    name: str  #: such as "T=100"
    cap: int  #: most training sequences, or guesses, of a trial
    changes: Table = field(default_factory=dict)  #: such as {"task.T": 100}
    published: Published | None = None
    reading: str | None = None  #: the chosen reading of this row; None takes the experiment's
    readings: tuple[str, ...] = ()  #: readings shown beside the chosen one
    trials: int | None = None  #: overrides the experiment's number


@dataclass(frozen=True)
class Reading:
    """A documented interpretation of the points that the source leaves open."""

    name: str
    summary: str  #: the changes, and the reasons for them
    changes: Table = field(default_factory=dict)  #: such as {"learner.output": "linear"}
    #: A method later than the source, such as Adam: compared with the figures, no attempt at them.
    modern: bool = False
    #: Details in which the source says otherwise, not counting what it leaves open; None if unknown
    differs: int | None = None


@dataclass(frozen=True)
class Experiment:
    """A published table or a user's own file.

    Args:
        name: name of the experiment, and of its file
        title: one line for display
        citation: keys of `longlag.citation`
        task: a table such as {"type": "adding"}, without the keys that rows set
        learner: a table such as {"type": "lstm"}
        stop: a table such as {"type": "recent"}
        rows: the lines of the published table
        readings: interpretations of the points that the source leaves open
        reading: name of the chosen reading, for rows that do not choose their own
        trials: networks per row, for rows that do not set their own number
        test: fresh sequences in the test of a solved network
        description: some sentences for display; "" by default
    """

    name: str
    title: str
    citation: tuple[str, ...]
    task: Table
    learner: Table
    stop: Table
    rows: tuple[Row, ...]
    readings: tuple[Reading, ...]
    reading: str
    trials: int
    test: int
    description: str = ""

    def chosen(self, row: Row) -> str:
        """The reading that the row is run under unless told otherwise."""
        return row.reading or self.reading

    def shown(self, row: Row) -> list[str]:
        """The row's chosen reading, then the readings shown beside it."""
        return list(dict.fromkeys((self.chosen(row), *row.readings)))

    @property
    def attempts(self) -> list[Row]:
        """The rows whose chosen reading tries to match a published mean."""
        modern = {reading.name for reading in self.readings if reading.modern}
        return [
            row
            for row in self.rows
            if row.published and row.published.to_success and self.chosen(row) not in modern
        ]

    def find_row(self, name: str) -> Row:
        """Return the row of that name, or raise an `InputError` with a suggestion."""
        return look_up(f"row of {self.name}", name, self._rows)

    def find_reading(self, name: str) -> Reading:
        """Return the reading of that name, or raise an `InputError` with a suggestion."""
        return look_up(f"reading of {self.name}", name, self._readings)

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    @cached_property
    def _readings(self) -> dict[str, Reading]:
        return {reading.name: reading for reading in self.readings}

    def conditions(
        self,
        row: str | None = None,
        reading: str | None = None,
        *,
        seed: int = 1,
        dtype: str = "float32",
        overrides: Mapping[str, object] | None = None,
    ) -> "Conditions":
        """The conditions of one row and reading, by default the first row and its chosen reading.

        The row changes the tables of the experiment, then the reading, then `overrides` (dotted
        keys, such as {"cap": 1000}). Raises an `InputError` that names the origin of a wrong value.
        """
        from longlag.experiments.conditions import build  # which imports all that computes

        line = self.find_row(row) if row is not None else self.rows[0]
        reading = reading or self.chosen(line)
        layers = {
            f"row {line.name}": {"cap": line.cap} | line.changes,
            f"reading {reading}": self.find_reading(reading).changes,
            "overrides": overrides or {},
        }
        tables = {
            "task": self.task,
            "learner": self.learner,
            "stop": self.stop,
            "cap": line.cap,
            "test": self.test,
            "dtype": dtype,
            "seed": seed,
        }
        try:
            for changes in layers.values():
                for path, value in changes.items():
                    _set(tables, path, value)
            return build(tables)
        except TableError as error:
            origins = _origins(layers, error.path)
            raise InputError(f"{', '.join(origins)}: {error}" if origins else str(error)) from None


def _set(tables: Table, path: str, value: object) -> None:
    """Set a value; a table on the way to it is copied, since it belongs to the experiment."""
    *parents, key = path.split(".")
    look_up("condition", (*parents, key)[0], tables)
    table = tables
    for parent in parents:
        inner = table.get(parent, {})
        if not isinstance(inner, dict):
            raise TableError(path, f"{parent} is not a table and has no keys")
        table[parent] = dict(inner)
        table = table[parent]
    table[key] = value


def _origins(layers: Mapping[str, Iterable[str]], path: str) -> list[str]:
    """The layers that determined the value at the path."""
    origins = []
    for name, changes in layers.items():
        if any(f"{path}.".startswith(f"{key}.") for key in changes):
            origins = [name]  # replaces the changes of earlier layers
        elif any(key.startswith(f"{path}.") for key in changes):
            origins.append(name)
    return origins
