"""An experiment as data: task, learner, stop rule, rows of a published table, and readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from longlag.errors import InputError
from longlag.experiments.conditions import TableError, build
from longlag.experiments.trial import Conditions
from longlag.registry import look_up


@dataclass(frozen=True)
class Published:
    """What the source reports for one row; None where it reports nothing."""

    source: str  #: key of `longlag.citation`
    where: str  #: such as "Table 7"
    line: str = ""  #: of that table, where several rows hold figures of one line
    sequences: float | None = None  #: mean sequences to success
    guesses: float | None = None  #: mean guesses to success, where those are counted
    low: float | None = None  #: fewest and most, where given
    high: float | None = None
    solved: float | None = None  #: share of the trials, 0 to 1
    trials: int | None = None
    wrong: float | None = None  #: of the test sequences of one network, as printed
    misclassified: float | None = None  #: the same where printed as a share, 0 to 1
    tested: int | None = None
    test_error: float | None = None  #: mean absolute error over the test sequences
    weights: int | None = None
    note: str = ""

    @property
    def to_success(self) -> float | None:
        """The mean of what the source counts."""
        return self.sequences if self.guesses is None else self.guesses

    @property
    def mean_wrong(self) -> float | None:
        """Wrong test sequences of one network, however the source prints them."""
        if self.wrong is None and self.misclassified is not None and self.tested is not None:
            return self.misclassified * self.tested
        return self.wrong


@dataclass(frozen=True)
class Row:
    """One line of the published table: what it changes in the conditions."""

    name: str  #: such as "T=100"
    cap: int  #: most training sequences, or guesses, of a trial
    changes: dict[str, Any] = field(default_factory=dict)  #: such as {"task.T": 100}
    published: Published | None = None
    reading: str | None = None  #: chosen for this row; None leaves it to the experiment
    readings: tuple[str, ...] = ()  #: shown beside the chosen one
    trials: int | None = None  #: overrides the experiment's number


@dataclass(frozen=True)
class Reading:
    """A documented way to read what the source leaves open."""

    name: str
    summary: str  #: what it changes, and why
    changes: dict[str, Any] = field(default_factory=dict)  #: such as {"learner.output": "linear"}
    #: What came after the source, such as Adam: compared with its figures, but no attempt at them.
    modern: bool = False


@dataclass(frozen=True)
class Experiment:
    """A published table or a user's own file.

    Args:
        name: of the experiment, that of its file
        title: a line for people
        citation: keys of `longlag.citation`
        task: a table such as {"type": "adding"}, without what the rows change
        learner: a table such as {"type": "lstm"}
        stop: a table such as {"type": "recent"}
        rows: the lines of the published table
        readings: the ways to read what the source leaves open
        reading: the name of the one that is chosen for the rows that do not name their own
        trials: networks of each row that does not say otherwise
        test: fresh sequences that a solved network is tested on
        description: some sentences for people; "" by default
    """

    name: str
    title: str
    citation: tuple[str, ...]
    task: dict[str, Any]
    learner: dict[str, Any]
    stop: dict[str, Any]
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
        """The row's chosen reading, then those shown beside it."""
        return list(dict.fromkeys((self.chosen(row), *row.readings)))

    @property
    def attempts(self) -> list[Row]:
        """The rows with a published mean that their chosen reading tries to match."""
        modern = {reading.name for reading in self.readings if reading.modern}
        return [
            row
            for row in self.rows
            if row.published and row.published.to_success and self.chosen(row) not in modern
        ]

    def find_row(self, name: str) -> Row:
        """The row of that name, or an `InputError` with a suggestion."""
        return look_up(f"row of {self.name}", name, self._rows)

    def find_reading(self, name: str) -> Reading:
        """The reading of that name, or an `InputError` with a suggestion."""
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
        overrides: Mapping[str, Any] | None = None,
    ) -> Conditions:
        """The conditions of one cell of the table: by default its first row, the chosen reading.

        The tables of the experiment are changed by the row, then by the reading, then by
        `overrides` (dotted keys, such as {"cap": 1000}). Raises `InputError`, which says what set
        the wrong value.
        """
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


def _set(tables: dict[str, Any], path: str, value: Any) -> None:
    """Set a value; a table on the way to it is copied, since it belongs to the experiment."""
    *parents, key = path.split(".")
    table: Any = tables
    for parent in parents:
        inner = table.get(parent, {})
        if not isinstance(inner, dict):
            raise TableError(path, f"{parent} is not a table and has no keys")
        table[parent] = dict(inner)
        table = table[parent]
    if table is tables and key not in tables:
        look_up("condition", key, tables)
    table[key] = value


def _origins(layers: Mapping[str, Iterable[str]], path: str) -> list[str]:
    """Which of the layers made the value at the path what it is."""
    origins = []
    for name, changes in layers.items():
        if any(f"{path}.".startswith(f"{key}.") for key in changes):
            origins = [name]  # replaces what earlier layers did
        elif any(key.startswith(f"{path}.") for key in changes):
            origins.append(name)
    return origins
