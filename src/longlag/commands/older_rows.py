"""Whether rows are older than those that a model has learned, which a person may not know."""

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.quoting import quoted
from longlag.readers.sources import Rows


def older_rows(stream: Evaluation | Groups, rows: Rows, source: str) -> str | None:
    """A line for a person, if the first row is not later than the last one of its series."""
    if isinstance(stream, Groups):  # each is a series of its own, which may begin or end earlier
        member = stream.members.get(rows.groups[0]) if rows.groups else None
    else:
        member = stream
    last = member.times if member else None
    text = rows.times[0] if rows.times else ""
    first = last.instant(text) if last and text else None
    if last is None or last.last is None or first is None or first > last.last:
        return None
    return (
        f"The new rows of {source} begin at {quoted(text)}, at or before the last row that the "
        "model has learned: give the rows after it."
    )
