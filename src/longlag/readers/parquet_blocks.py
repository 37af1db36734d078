"""Columns of a Parquet file, through pyarrow."""

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from longlag.errors import LARGEST, InputError
from longlag.quoting import quoted
from longlag.readers.form import NOTHING, Wishes
from longlag.readers.records import FIRST
from longlag.readers.sources import BadRow, Block, Source
from longlag.readers.unpacking import UNREADABLE
from longlag.readers.values import Values

SIZE = 4096  #: rows to read at a time


class ParquetSource(Source):
    """A file, read once from beginning to end; some batches and a row group are in memory."""

    form_text = "Parquet"

    def __init__(self, stream: Any, name: str, wishes: Wishes = NOTHING):
        """Read the names; raises `InputError` where pyarrow is missing or cannot read the file."""
        try:
            arrow, parquet = _import("pyarrow"), _import("pyarrow.parquet")
        except ImportError:
            raise InputError(
                'Parquet files need pyarrow: python -m pip install "longlag[parquet]"'
            ) from None
        self.name, self._broken = name, (*UNREADABLE, arrow.ArrowException)
        try:
            self._file = parquet.ParquetFile(stream)
        except self._broken as error:
            raise InputError(f"{name} cannot be read as Parquet: {_line(error)}") from None
        self.names = list(self._file.schema_arrow.names)
        self.values = Values(missing=wishes.missing)
        self._batches = self._file.iter_batches(batch_size=SIZE)
        self._first, self._given = self._next(), 0

    def share(self) -> float | None:
        """See `Source.share`; by the rows, because the file is not read from its beginning on."""
        return self._given / max(1, self._file.metadata.num_rows)

    def first_texts(self) -> list[Sequence[str]]:
        """See `Source.first_texts`."""
        if self._first is None:
            return [()] * len(self.names)
        head = ParquetBlock(self._first, self.values).head(FIRST)
        return [head.texts(place) for place in range(len(self.names))]

    def blocks(self) -> Iterator["ParquetBlock"]:
        """See `Source.blocks`."""
        batch, self._first = self._first, None
        while batch is not None:
            self._given += batch.num_rows
            yield ParquetBlock(batch, self.values)
            batch = self._next()
        if self._problem:
            raise self._problem

    def _next(self) -> Any:
        """The next batch with rows in it, None after the last."""
        self._problem = None
        try:
            return next((each for each in self._batches if each.num_rows), None)
        except self._broken as error:
            self._problem = BadRow(0, f"cannot be read: {_line(error)}")
            return None


class ParquetBlock(Block):
    """A pyarrow record batch."""

    def __init__(self, batch: Any, values: Values):
        self._batch, self._values = batch, values

    def numbers(self, places: Sequence[int]) -> np.ndarray:
        """See `Block.numbers`."""
        found = np.empty((self._batch.num_rows, len(places)))
        names = [self._batch.schema.names[place] for place in places]
        for i, place in enumerate(places):
            found[:, i] = self._column(names[i], place)
        for sentinel in self._values.sentinels:
            found[found == sentinel] = np.nan
        large = np.argwhere(np.abs(found) > LARGEST)
        if len(large):
            t, i = large[0].tolist()
            raise BadRow(
                t,
                f"column {names[i]!r} must hold finite numbers up to {LARGEST:g}, got "
                f"{found[t, i]}: correct it, make it null, or --exclude the column",
            )
        return found

    def _column(self, name: str, place: int) -> np.ndarray:
        """A column of numbers, of truth values, of nothing, or of texts that are numbers."""
        arrow = _import("pyarrow")
        kinds, column = arrow.types, self._batch.column(place)
        kind = column.type.value_type if kinds.is_dictionary(column.type) else column.type
        if kinds.is_null(kind):
            return np.full(len(column), np.nan)
        if any(is_of(kind) for is_of in (kinds.is_string, kinds.is_large_string)):
            return self._read_numbers(name, place)
        numeric = kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_decimal
        if not any(is_of(kind) for is_of in numeric):
            raise BadRow(0, f"column {name!r} must hold numbers, got the type {kind}: --exclude it")
        if column.type is not kind:
            column = column.cast(kind)
        if kinds.is_boolean(kind):
            column = column.cast(arrow.int8())
        return column.cast(arrow.float64(), safe=False).to_numpy(zero_copy_only=False)

    def _read_numbers(self, name: str, place: int) -> np.ndarray:
        found = []
        for t, text in enumerate(self.texts(place)):
            value = self._values.number(text)
            if value is None:
                raise BadRow(
                    t,
                    f"column {name!r} must hold numbers, got {quoted(text)}: correct it, make it "
                    "null, name it by --missing, or --exclude the column",
                )
            found.append(value)
        return np.array(found)

    def texts(self, place: int) -> list[str]:
        """See `Block.texts`; "" where one is missing."""
        found = self._batch.column(place).to_pylist()
        return ["" if each is None else str(each).strip() for each in found]

    def table(self, most: int) -> list[list[str]]:
        """See `Block.table`."""
        return [self.texts(place) for place in range(min(most, self._batch.num_columns))]

    def head(self, count: int) -> "ParquetBlock":
        """See `Block.head`."""
        return ParquetBlock(self._batch.slice(0, count), self._values)


def _import(name: str) -> Any:
    """A module of the extra, which need not have types."""
    return importlib.import_module(name)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
