"""Says which groups of some data a model has never seen."""

from collections.abc import Iterable, Iterator
from typing import Any

from longlag.forecasting.groups import Groups
from longlag.quoting import counted, quoted
from longlag.readers.sources import Rows


class UnknownGroups:
    """Counts the groups whose predictions are blank, because the model has learned nothing of them.

    `stream` is an `Evaluation`, which has no groups, or `Groups`.
    """

    def __init__(self, stream: Any, source: str):
        self._known = set(stream.members) if isinstance(stream, Groups) else None
        self._source, self._found = source, dict[str, None]()

    def noticed(self, blocks: Iterable[Rows]) -> Iterator[Rows]:
        """The blocks, unchanged."""
        for rows in blocks:
            if self._known is not None and rows.groups:
                new = (name for name in rows.groups if name not in self._known)
                self._found.update(dict.fromkeys(new))
            yield rows

    @property
    def remark(self) -> str | None:
        """One line on the groups that are not known, if there are any."""
        if not self._found:
            return None
        groups, first = counted(len(self._found), "group"), quoted(next(iter(self._found)))
        each = first if len(self._found) == 1 else f"the first of them {first}"
        return (
            f"The model has never seen {groups} of {self._source}, {each}: no prediction is made "
            "there before --resume has learned some rows."
        )
