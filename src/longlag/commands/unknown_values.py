"""Says which categories of some data have values that a model has never seen."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from longlag.estimators.categories import OTHER, Name
from longlag.forecasting.groups import Groups
from longlag.quoting import counted, quoted
from longlag.readers.sources import Rows


class UnknownValues:
    """Counts the rows with such values, for each column.

    `stream` is an `Evaluation`, or `Groups`; those with a network each know other values each, of
    which nothing is said.
    """

    def __init__(self, stream: Any, source: str, columns: Sequence[str]):
        alone = isinstance(stream, Groups) and not stream.shared
        self._columns = () if alone else tuple(columns)
        self._known: dict[Name, set[str]] = {name: set() for name in self._columns}
        if self._columns:
            for column, value in stream.categories.values:
                self._known[column].add(value)
        self._source, self._rows = source, Counter[str]()
        self._example: dict[str, str] = {}

    def noticed(self, blocks: Iterable[Rows]) -> Iterator[Rows]:
        """The blocks, unchanged."""
        for rows in blocks:
            for name, texts in zip(self._columns, rows.categories, strict=False):
                known = self._known[name]
                if OTHER in known:  # all later values share an input
                    continue
                unknown = [text for text in texts if text and text not in known]
                if unknown:
                    self._rows[name] += len(unknown)
                    self._example.setdefault(name, unknown[0])
            yield rows

    @property
    def remarks(self) -> list[str]:
        """A line for each column with such values."""
        return [
            f"{counted(rows, 'row')} of {self._source} have values of {quoted(name)} that the "
            f"model has never seen, such as {quoted(self._example[name])}: it takes them for none "
            "of those it knows."
            for name, rows in self._rows.items()
        ]
