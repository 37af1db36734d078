"""The features of a stream, and the inputs of a network that stand for them.

A feature is named by a string or a whole number; those of arrays without names are 0, 1, 2, and so
on. One that holds numbers has an input of its own; one that holds texts is a category and has an
input for each of its values. A feature that a sample lacks, or that is None or NaN there, is
missing: its inputs are NaN. One that has only been missing so far has an input as if for numbers,
and becomes a category with its first text all the same.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from longlag.errors import LARGEST, InputError
from longlag.estimators.categories import Categories, Name, Value
from longlag.estimators.tables import Table, real_number
from longlag.quoting import quoted

#: A number with a decimal comma, or with commas between thousands.
_WITH_COMMAS = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+|[+-]?\d{1,3}(?:,\d{3})+\.\d+")

Input = Name | Value  #: a feature that holds numbers, or a category and one of its values


class Features:
    """The features of a stream, in the order of the network's inputs."""

    def __init__(self, inputs: Sequence[Input] = (), blank: Iterable[Name] | None = None):
        """`blank` are the features that have only been missing so far, by default all of them.

        Raises `InputError` for categories that are also numbers, or have too many values.
        """
        self.inputs: list[Input] = []
        self._columns: dict[Input, int] = {}
        self.blank: set[Name] = set()
        self.add(inputs)
        if blank is not None:
            self.blank = set(blank)
        values = [each for each in inputs if isinstance(each, tuple)]
        self.categories = Categories((name for name, _ in values), values)
        for name in self.categories.columns:
            if self._holds_numbers(name):
                raise InputError(f"the feature {quoted(name)} is both a number and a category")

    @property
    def names(self) -> list[Name]:
        """The features, in the order in which they appeared."""
        return list(dict.fromkeys(map(_feature_of, self.inputs)))

    def copy(self) -> Self:
        """Other features that go on by themselves."""
        return type(self)(self.inputs, self.blank)

    def new(self, inputs: Iterable[Input]) -> list[Input]:
        """Those that are not known yet, sorted: the order of names in a sample is chance."""
        found = [each for each in inputs if each not in self._columns]
        return sorted(found, key=_order)

    def add(self, inputs: Iterable[Input]) -> None:
        """More inputs, after the others."""
        for each in inputs:
            self._columns[each] = len(self.inputs)
            self.inputs.append(each)
            if not isinstance(each, tuple):
                self.blank.add(each)

    def note(self, rows: np.ndarray) -> None:
        """What holds a number in rows (n, inputs) is not blank any more."""
        names = list(self.blank)
        missing = np.isnan(rows[:, [self._columns[name] for name in names]])
        given = np.flatnonzero(np.count_nonzero(missing, axis=0) < len(rows))
        self.blank.difference_update(names[i] for i in given.tolist())

    # One sample of numbers.

    def has(self, x: Mapping[Any, Any]) -> bool:
        """Whether there is an input for each feature of a sample of numbers."""
        return x.keys() <= self._columns.keys()

    def row(self, x: Mapping[Any, Any]) -> list[float] | None:
        """The row (inputs,) of one sample of numbers; None if a text or a category is involved.

        What it has beyond the known features is left out. Raises `InputError` for a value that is
        no finite number.
        """
        if self.categories.columns:
            return None
        row, columns = [math.nan] * len(self.inputs), self._columns
        for name, value in x.items():
            if name in columns:
                if type(value) is float and -LARGEST <= value <= LARGEST:
                    row[columns[name]] = value
                elif isinstance(value, str):
                    return None
                else:
                    row[columns[name]] = real_number("feature", name, value)
        return row

    # Samples of any kind, which have names.

    def as_categories(self, samples: Table) -> Table:
        """The samples, with texts for numbers in categories of numbers.

        A categorical column of a data frame may hold numbers or booleans, of which texts are made;
        later samples may have them as they are.
        """
        texts, numbers = dict(samples.texts), samples.numbers
        for i, name in enumerate(samples.names or () if self.categories.columns else ()):
            known = [value for column, value in self.categories.values if column == name and value]
            if known and i not in texts:
                found = _texts_like(known, numbers[:, i].tolist())
                if found is not None:
                    texts[i] = found
                    numbers = numbers.copy()
                    numbers[:, i] = math.nan
        return samples._replace(texts=texts, numbers=numbers)

    def check(self, tables: Sequence[Table]) -> None:
        """Raise `InputError` where a feature holds numbers in one place and texts in another."""
        known: dict[Any, str] = dict.fromkeys(self.categories.columns, "texts")
        if not known and not any(samples.texts for samples in tables):
            return
        known |= {each: "numbers" for each in self.inputs if self._holds_numbers(each)}
        for samples in tables:
            for i, name in enumerate(samples.names or ()):
                given = _first(samples, i)
                if given is None:
                    continue
                kind = "texts" if isinstance(given, str) else "numbers"
                if known.setdefault(name, kind) != kind:
                    raise InputError(
                        f"feature {quoted(name)} has held {known[name]} so far, and now holds "
                        f"{quoted(given)}: give it either numbers or texts, from its first value on"
                    )
                if isinstance(given, str) and name not in self.categories.columns:
                    _check_first_text(name, given, declared=i in samples.declared)

    def first(self, samples: Table) -> list[Input]:
        """The inputs that the first of the samples brings."""
        names, plain = samples.names or [], self._plain(samples)
        texts = [(names[i], column[0]) for i, column in samples.texts.items() if any(column[:1])]
        return [*(names[i] for i in plain), *texts]

    def pieces(self, samples: Table) -> Iterator[tuple[int, Sequence[Input], np.ndarray]]:
        """Where each piece of the samples ends, its inputs, and its rows (n, inputs).

        A sample that brings a value of a category begins a new piece.
        """
        names, numbers = samples.names or [], samples.numbers
        if not samples.texts and not self.categories.columns:
            yield len(numbers), names, numbers
            return
        plain, start = self._plain(samples), 0
        self.categories.add_columns(names[i] for i, column in samples.texts.items() if any(column))
        for stop, coded in self.categories.pieces(self._texts(samples), len(numbers)):
            inputs = [*(names[i] for i in plain), *self.categories.values]
            yield stop, inputs, np.hstack([numbers[start:stop, plain], coded])
            start = stop

    def rows(self, samples: Table) -> np.ndarray:
        """The rows (n, inputs) of samples; what they have beyond the known inputs is left out."""
        names, coded = samples.names or [], np.zeros((len(samples.numbers), 0))
        if self.categories.columns:
            coded = self.categories.inputs(self._texts(samples), len(samples.numbers))
        return self.arrange([*names, *self.categories.values], np.hstack([samples.numbers, coded]))

    def arrange(self, inputs: Sequence[Input], rows: np.ndarray) -> np.ndarray:
        """The columns of rows (n, len(inputs)), in the order of the known inputs."""
        if inputs == self.inputs:
            return rows
        arranged = np.full((len(rows), len(self.inputs)), np.nan)
        for i, each in enumerate(inputs):
            if each in self._columns:
                arranged[:, self._columns[each]] = rows[:, i]
        return arranged

    def _holds_numbers(self, name: Any) -> bool:
        return name in self._columns and name not in self.blank and not isinstance(name, tuple)

    def _plain(self, samples: Table) -> list[int]:
        """The columns that have an input of their own, or get one: they begin without a text."""
        return [
            i
            for i, name in enumerate(samples.names or ())
            if name in self._columns
            or (name not in self.categories.columns and not any(samples.texts.get(i, ())[:1]))
        ]

    def _texts(self, samples: Table) -> list[list[str]]:
        """The texts of every category."""
        at = {name: i for i, name in enumerate(samples.names or ())}
        nothing = [""] * len(samples.numbers)
        return [samples.texts.get(at.get(name, -1), nothing) for name in self.categories.columns]


def _first(samples: Table, column: int) -> float | str | None:
    """The first value in a column; None if all are missing."""
    if column in samples.texts:
        return next(filter(None, samples.texts[column]), None)
    numbers = samples.numbers[:, column]
    return next(iter(numbers[~np.isnan(numbers)].tolist()), None)


def _texts_like(known: Sequence[str], numbers: Sequence[float]) -> list[str] | None:
    """Numbers as texts like those known, "" for NaN; None if those are no texts of numbers."""
    truth = {"True": 1.0, "False": 0.0}
    try:
        texts = {truth[text] if text in truth else float(text): text for text in known}
    except ValueError:
        return None
    whole = not any("." in text for text in known)
    return [
        "" if x != x else texts.get(x, str(int(x)) if whole and x.is_integer() else repr(x))
        for x in numbers
    ]


def _check_first_text(name: Name, text: str, declared: bool) -> None:
    """A column of numbers that were not converted is refused, not taken for a category."""
    try:
        reads_as_number = math.isfinite(float(text))
    except ValueError:
        reads_as_number = bool(_WITH_COMMAS.fullmatch(text.strip()))
    if reads_as_number and not declared:
        raise InputError(
            f"feature {quoted(name)} begins with {quoted(text)}, a number as text: convert it to "
            "a float, or make it a text that is no number, or a categorical column of a data frame"
        )


def _feature_of(each: Input) -> Name:
    return each[0] if isinstance(each, tuple) else each


def _order(each: Input) -> tuple[bool, Name, str]:
    """Numbers before texts; values of a category in the place of its name."""
    name, value = each if isinstance(each, tuple) else (each, "")
    return isinstance(name, str), name, value
