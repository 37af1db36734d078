"""A place to begin: what `longlag look` proposes to learn from a table, and how."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from longlag.commands.column import Column
from longlag.commands.reading import ReadingOptions
from longlag.commands.series_columns import series_columns, series_in_turn, share_times
from longlag.commands.time_columns import TimeColumns
from longlag.errors import InputError
from longlag.quoting import quoted
from longlag.readers.lists import as_list

#: Texts in a column of numbers, and their characters, that may stand for missing values at most.
FEW, SHORT = 3, 40
#: Names that people give to what is to be predicted, and to nothing else.
NAMES = ("target", "label", "class", "y", "outcome", "response")
CLASSES = ("label", "class")  #: of these, names whose whole numbers are classes
MOST_CLASSES = 20  #: of whole numbers


@dataclass(frozen=True)
class Proposal:
    """What to predict, of which series."""

    target: Column
    guessed: bool  #: nothing but its place says that it is the target
    times: TimeColumns | None
    groups: Sequence[Column] = ()  #: the columns that say which of several series a row belongs to
    features: Sequence[Column] = ()  #: the other columns that can be learned from

    @property
    def classes(self) -> bool:
        """Whether the target is a class."""
        column = self.target
        if column.kind in ("category", "text") or column.two_classes:
            return True
        few = len(set(column.numbers)) <= MOST_CLASSES
        return column.name.lower() in CLASSES and few and all(map(float.is_integer, column.numbers))

    @property
    def remarks(self) -> list[str]:
        """The reasons for `--group` and for a guessed target, and other horizons, a line each."""
        lines = []
        if self.groups:
            names = " and ".join(quoted(each.name) for each in self.groups)
            count = len(set(zip(*(each.texts for each in self.groups), strict=True)))
            how = f"The times begin anew with each of {count:,} values of {names}"
            if self.times and share_times(self.times):
                how = (
                    f"Several rows have the same time, one for each of {count:,} values of {names}"
                )
            lines.append(f"{how}: --group makes a series of each.")
        elif column := series_in_turn(self.target, self.features):
            lines.append(
                f"{quoted(self.target.name)} hardly changes within each value of "
                f"{quoted(column.name)}, and much from row to row: if these are several series in "
                "turn, --group makes a series of each."
            )
        if self.guessed:
            lines.append(
                f"The target is a guess, {quoted(self.target.name)}, the last column that may be "
                "one: the --target of `learn` may be another."
            )
        if self.features:
            lines.append(
                f"`learn` predicts {quoted(self.target.name)} of the next row; --horizon 0 "
                "predicts it from the other columns of its own row."
            )
        return lines

    def command(self, data: str, columns: Sequence[Column], reading: ReadingOptions) -> str:
        """The command line that learns from the data."""
        place = f"./{data}" if data.startswith("-") and data != "-" else data
        words = ["longlag", "learn", place, *_option("--target", self.target.name)]
        words += ["--classify"] if self.classes else []
        if self.times:
            words += _option("--time", self.times.names)
            words += ["--sort"] if reading.sort or self.times.unsorted(self.groups) else []
        if self.groups:
            words += _option("--group", as_list(each.name for each in self.groups))
            words += ["--per-group"] if self.classes else []
        missing, excluded = list(reading.missing), list(filter(None, _twice(columns)))
        for column in columns:
            if column.sentinel is not None:
                missing.append(f"{column.sentinel:g}")
            if len(column.stray) <= FEW and all(map(_may_be_missing, column.stray)):
                missing += column.stray
            elif column is not self.target and column.name:
                excluded.append(column.name)
        for text in dict.fromkeys(missing):
            words += _option("--missing", text)
        if excluded:
            words += _option("--exclude", as_list(excluded))
        for name in ("separator", "decimal", "thousands", "encoding", "names", "rows"):
            if (value := getattr(reading, name)) is not None:
                words += _option(f"--{name}", str(value))
        if form := reading.time_format or (self.times.settled if self.times else None):
            words += _option("--time-format", form)
        return " ".join(map(shell_word, words))


def proposal(
    columns: Sequence[Column], times: TimeColumns | None, target: str | None = None
) -> Proposal | None:
    """A place to begin; None where there is nothing to learn.

    Raises `InputError` for the name of a target that cannot be one.
    """
    if target is not None:
        chosen = _named(columns, times, target)
        groups = series_columns([each for each in columns if each is not chosen], times)
        features = _features(_others(columns, times, groups), chosen)
        return Proposal(chosen, False, times, groups, features)
    # Whole numbers may tell rows of one time apart by chance, and be what is to be predicted.
    return _proposal(columns, times, series_columns(columns, times)) or _proposal(
        columns, times, ()
    )


def _proposal(
    columns: Sequence[Column], times: TimeColumns | None, groups: Sequence[Column]
) -> Proposal | None:
    others = _others(columns, times, groups)
    for name in NAMES:
        for column in others:
            if column.name.lower() == name and _varies(column):
                return Proposal(column, False, times, groups, _features(others, column))
    target = _last(others)
    if target is None:
        return None
    return Proposal(target, True, times, groups, _features(others, target))


def _others(
    columns: Sequence[Column], times: TimeColumns | None, groups: Sequence[Column]
) -> Sequence[Column]:
    """The columns of targets and features: those that have a name of their own and no other use."""
    taken, twice = [*groups, *(times.columns if times else ())], _twice(columns)
    return [each for each in columns if each.name not in twice and each not in taken]


def _twice(columns: Sequence[Column]) -> list[str]:
    """The names that several columns have, and that of columns without a name."""
    counts = Counter(each.name for each in columns)
    return [name for name, count in counts.items() if count > 1 or not name]


def _named(columns: Sequence[Column], times: TimeColumns | None, name: str) -> Column:
    """The column that is to be the target; raises `InputError` if it cannot be one."""
    found = next((each for each in columns if each.name == name and name), None)
    if found is None:
        raise InputError(f"there is no column {quoted(name)}: `longlag look` shows the columns")
    if name in _twice(columns):
        raise InputError(f"several columns are called {quoted(name)}: name another --target")
    if found.kind in ("time", "nothing") or (
        times and any(found is each for each in times.columns)
    ):
        holds = "nothing" if found.kind == "nothing" else "times"
        raise InputError(f"{quoted(name)} holds {holds}: name another --target")
    return found


def _features(columns: Sequence[Column], target: Column) -> Sequence[Column]:
    learnable = (each for each in columns if each.kind in ("number", "category"))
    return [each for each in learnable if each is not target]


def _last(columns: Sequence[Column]) -> Column | None:
    """The last column of numbers that do not only count, or of categories."""
    numbers = [each for each in reversed(columns) if each.kind == "number"]
    varied = [each for each in numbers if _varies(each) and not each.counts]
    categories = [each for each in reversed(columns) if each.kind == "category"]
    ranked = (
        [each for each in varied if not each.stray],
        varied,
        list(filter(_varies, categories)),
        categories,
        numbers,
    )
    return next((each for kind in ranked for each in kind), None)


def _varies(column: Column) -> bool:
    """Whether a column may be a target, and holds more than one value."""
    values = column.numbers if column.kind == "number" else column.given
    return column.kind in ("number", "category") and len(set(values)) > 1


def _may_be_missing(text: str) -> bool:
    """Whether a text among numbers may stand for a missing one: `103.8 e` has a value."""
    return len(text) <= SHORT and not any(map(str.isdigit, text))


def shell_word(text: str) -> str:
    r"""A word of a command line that is read back as this text, and shows all of its characters.

    Those that cannot be printed are bytes of UTF-8 in the quotation of bash, ksh and zsh.

    >>> print(shell_word("level"), shell_word("wind speed"), shell_word("it's\t\x1b[31m"))
    level 'wind speed' $'it\'s\x09\x1b[31m'
    """
    if text.isprintable():
        return shlex.quote(text)
    marks = {"'": r"\'", "\\": r"\\"}
    return f"$'{''.join(marks.get(c, c) if c.isprintable() else _bytes(c) for c in text)}'"


def _bytes(character: str) -> str:
    return "".join(rf"\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _option(name: str, value: str) -> list[str]:
    """The words of an option; a value that looks like an option stands in the same word."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]
