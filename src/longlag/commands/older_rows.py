"""Warns of rows that are older than the last row that a model has learned."""

from collections.abc import Iterable, Iterator

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.forecasting.learned_rows import Passed, RowsSoFar
from longlag.quoting import quoted
from longlag.readers.sources import Rows

LEAST = 2  #: equal first rows that tell a file: a single row may be equal by chance


class OlderRows:
    """Looks at the first rows of data that are to continue the stream of a model."""

    def __init__(
        self, stream: Evaluation | Groups | None, source: str, learned: Passed | None = None
    ):
        """`stream` is that of the model, or None for a new model; `source` names the data.

        `learned` has the fingerprints of the rows of the model's last file, for data without times.
        With None, such data are not compared.
        """
        self.remark: str | None = None  #: the warning, in a line, once the first rows were read
        self._stream, self._source, self._learned = stream, source, learned

    def noticed(self, blocks: Iterable[Rows]) -> Iterator[Rows]:
        """The blocks, unchanged; `remark` is there when the first one comes."""
        for n, rows in enumerate(blocks):
            if n == 0:
                self.remark = self._by_times(rows) or self._by_fingerprint(rows)
            yield rows

    def _by_times(self, rows: Rows) -> str | None:
        """Whether the first row of a series is not later than the last one that was learned."""
        if not rows.times:
            return None
        groups = rows.groups or [""] * len(rows.times)
        first: dict[str, str] = {}
        for group, text in zip(groups, rows.times, strict=True):
            first.setdefault(group, text)
        for group, text in first.items():
            member = self._stream
            if isinstance(member, Groups):  # each series may begin or end earlier than the others
                member = member.members.get(group)
            last = member.times if member else None
            instant = last.instant(text) if last and text else None
            if last and last.last is not None and instant is not None and instant <= last.last:
                of = f" of {quoted(group)}" if group else ""
                return (
                    f"The new rows{of} of {self._source} begin at {quoted(text)}, at or before the "
                    "last row that the model has learned: give the rows after it."
                )
        return None

    def _by_fingerprint(self, rows: Rows) -> str | None:
        """Whether these are the first rows of the file that was learned last."""
        if self._learned is None:
            return None
        so_far = RowsSoFar()
        so_far.add(rows.part(0, self._learned.rows))
        if so_far.rows < LEAST or not so_far.agree_with(self._learned):
            return None
        return (
            f"{self._source} begins with rows that the model has learned, and they are taken for "
            "those that follow its last row: give the rows after it."
        )
