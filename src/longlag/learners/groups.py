"""The places of the weights of one kind of units among all weights of a network."""

from typing import NamedTuple


class Group(NamedTuple):
    """The incoming weights of all units of one kind, as rows among the weights.

    First come symbols x units rows (with symbol coding), then for each span, source by source,
    one row per unit. A span is (first, count) within the rows "sources".
    """

    start: int  #: first row
    units: int
    symbols: int  #: number of symbols that feed these units, 0 with real inputs
    spans: tuple[tuple[int, int], ...]  #: two of them; an absent one has count 0
    biased: bool

    @property
    def span_rows(self) -> tuple[int, int]:
        """First row of each span's weights, relative to `start`."""
        first = self.symbols * self.units
        return first, first + self.spans[0][1] * self.units

    @property
    def fan_in(self) -> int:
        """Weights per unit."""
        return self.symbols + sum(count for _, count in self.spans)

    @property
    def rows(self) -> int:
        """Weights of all the units."""
        return self.fan_in * self.units

    def row(self, source: int) -> int | None:
        """Row of the weight from a source to the first unit, or None; the other units follow."""
        for (first, count), row in zip(self.spans, self.span_rows, strict=True):
            if first <= source < first + count:
                return self.start + row + (source - first) * self.units
        return None

    @property
    def bias_rows(self) -> range:
        """Rows of the bias weights among all weights: the bias is the first source."""
        first = self.start + self.symbols * self.units
        return range(first, first + self.units * self.biased)
