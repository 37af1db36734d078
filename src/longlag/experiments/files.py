"""Experiments as TOML files, published or a user's own.

A file has the tables [experiment], [task], [learner] and [stop], one [[rows]] for each line of the
published table, and one [readings.NAME] for each reading. Rows and readings change the tables with
dotted keys: `task.T = 500`, `learner.rule.rate = 0.1`, `learner.rule = { type = "adam" }`. A table
with the key `type` replaces the whole table; any other value replaces one key.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from longlag.errors import InputError
from longlag.experiments.experiment import Experiment, Published, Reading, Row
from longlag.experiments.names_in_store import OF_COMMANDS
from longlag.experiments.tables import Cap, Table, TableError, construct, dotted
from longlag.quoting import quoted
from longlag.registry import look_up

LARGEST = 4_000_000  #: bytes of a file
DEEPEST = 100  #: parts of a dotted key
MOST = 20_000  #: rows times readings, which are all checked

_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_DEEP_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}){{{DEEPEST}}}", re.MULTILINE)

#: The reading of a file that has none.
AS_GIVEN = Reading("as-given", "the conditions of the file as they stand")


@dataclass(frozen=True)
class _Header:
    title: str
    trials: int  #: networks per row
    test: int  #: fresh sequences in the test of a solved network
    reading: str | None = None  #: optional if there is only one reading
    citation: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class _Changes:
    test: int | None = None
    task: Table = field(default_factory=dict)
    learner: Table = field(default_factory=dict)
    stop: Table = field(default_factory=dict)

    def flat(self, *plain: str) -> Table:
        """The changes as dotted keys, the plain values first."""
        values = {name: getattr(self, name) for name in plain}
        tables = {name: getattr(self, name) for name in ("task", "learner", "stop")}
        given = {name: value for name, value in values.items() if value is not None}
        return given | dict(dotted(tables, whole=True))


@dataclass(frozen=True, kw_only=True)
class _Row(_Changes):
    name: str
    cap: Cap
    published: Table | None = None
    reading: str | None = None
    readings: tuple[str, ...] = ()
    trials: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Reading(_Changes):
    summary: str
    modern: bool = False
    differs: Annotated[int, Meta(ge=0)] | None = None
    cap: int | None = None


@dataclass(frozen=True)
class _File:
    experiment: Table
    task: Table
    learner: Table
    stop: Table
    rows: list[Table]
    readings: dict[str, Table] = field(default_factory=dict)


def load_experiment(path: str | Path) -> Experiment:
    """Load the experiment of a TOML file; the experiment has the name of the file.

    Every row is checked with every reading. Raises `InputError`, one line that names the file and
    the key.
    """
    path = Path(path)
    try:
        # A store keeps names as UTF-8, but a file name may be any bytes.
        name = path.stem.encode(errors="replace").decode()
        if name in OF_COMMANDS:
            raise InputError(
                f"a store keeps the trials of a command under the name {name}: rename the file"
            )
        experiment = _parse(name, _read(path))
        _check(experiment)
        return experiment
    except InputError as error:
        reason = " ".join(str(error).split())  # a key of the file may contain line breaks
    except FileNotFoundError:
        reason = "no such file: check the path, or see `longlag list` for the published experiments"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except tomllib.TOMLDecodeError as error:
        reason = f"is not valid TOML: {error}"
    except UnicodeDecodeError:
        reason = "is not text in UTF-8: save it as UTF-8"
    except RecursionError:
        reason = "is nested too deeply"
    except ValueError:  # Python reads no numbers of more digits than that
        reason = "has a number of more than 4,000 digits: write a smaller one"
    raise InputError(f"{path}: {reason}")


def _read(path: Path) -> str:
    """The text of a file, which may be a device without end."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"has more than {LARGEST / 1e6:g} MB: is it an experiment?")
    text = data.decode("utf-8-sig")
    if _DEEP_KEY.search(text):  # whose time and memory would grow with the square of its parts
        raise InputError(f"has a key of more than {DEEPEST} parts: is it an experiment?")
    return text


@cache
def catalogue() -> dict[str, Experiment]:
    """The experiments of the library, by name."""
    return {name: published(name) for name in _texts()}


@cache
def published(name: str) -> Experiment:
    """The published experiment of that name.

    Raises `InputError`, with a suggestion, for an unknown name.
    """
    # Not checked row by row, which takes a quarter of a second: a test does that.
    return _parse(name, look_up("experiment", name, _texts()).read_text("utf-8"))


@cache
def _texts() -> dict[str, Traversable]:
    """The files of the published experiments, by name."""
    folder = resources.files("longlag.experiments").joinpath("published")
    files = {file.name.removesuffix(".toml"): file for file in folder.iterdir()}
    return {name: files[name] for name in sorted(files) if files[name].name.endswith(".toml")}


def _parse(name: str, text: str) -> Experiment:
    file = construct(_File, tomllib.loads(text))
    header = construct(_Header, file.experiment, "experiment")
    readings = [_reading(key, table) for key, table in file.readings.items()] or [AS_GIVEN]
    rows = tuple(_row(number, table) for number, table in enumerate(file.rows, 1))
    if not rows:
        raise InputError("rows: there are none: add [[rows]] with a name and a cap")
    if header.reading is None and len(readings) > 1:
        raise TableError("experiment.reading", "is missing: name the reading to run by default")
    return Experiment(
        name=name,
        title=header.title,
        citation=header.citation,
        task=file.task,
        learner=file.learner,
        stop=file.stop,
        rows=rows,
        readings=tuple(readings),
        reading=header.reading or readings[0].name,
        trials=header.trials,
        test=header.test,
        description=header.description.strip(),
    )


def _row(number: int, table: Table) -> Row:
    where = f"rows[{number}]"
    row = construct(_Row, table, where)
    figures = row.published
    return Row(
        name=row.name,
        cap=row.cap,
        changes=row.flat("test"),
        published=None if figures is None else construct(Published, figures, f"{where}.published"),
        reading=row.reading,
        readings=row.readings,
        trials=row.trials,
    )


def _reading(name: str, table: Table) -> Reading:
    reading = construct(_Reading, table, f"readings.{name}")
    changes = reading.flat("cap", "test")
    return Reading(name, reading.summary, changes, reading.modern, reading.differs)


def _check(experiment: Experiment) -> None:
    """Check that names are known and distinct, and that every row fits every reading."""
    _check_trials("experiment.trials", experiment.trials)
    _check_reading(experiment, "experiment.reading", experiment.reading)
    names = set()
    for number, row in enumerate(experiment.rows, 1):
        if row.name in names:
            raise TableError(
                f"rows[{number}].name", f"{quoted(row.name)} is taken: give it another name"
            )
        names.add(row.name)
        if row.trials is not None:
            _check_trials(f"rows[{number}].trials", row.trials)
        if row.reading is not None:
            _check_reading(experiment, f"rows[{number}].reading", row.reading)
        for reading in row.readings:
            _check_reading(experiment, f"rows[{number}].readings", reading)
    cells = len(experiment.rows) * len(experiment.readings)
    if cells > MOST:
        raise InputError(f"rows times readings must be at most {MOST:,}, got {cells:,}: split it")
    # The default reading comes first, so that no other reading is blamed for an error of the file.
    order = sorted(experiment.readings, key=lambda reading: reading.name != experiment.reading)
    for reading in order:
        checked = set()
        for row in experiment.rows:
            alike = repr(row.changes)  # rows that differ in nothing but the cap are checked once
            if alike not in checked:
                experiment.conditions(row.name, reading.name)
                checked.add(alike)


def _check_trials(path: str, trials: int) -> None:
    if not 1 <= trials <= 1_000_000:
        raise TableError(path, f"must be from 1 to 1000000, got {quoted(trials)}")


def _check_reading(experiment: Experiment, path: str, name: str) -> None:
    try:
        experiment.find_reading(name)
    except InputError as error:
        raise TableError(path, str(error)) from None
