"""What a column holds, judged by its first rows."""

from collections.abc import Sequence
from typing import Literal

from longlag.readers.times import are_times
from longlag.readers.values import Values

Kind = Literal["number", "category", "time", "text", "nothing"]

FEW = 20  #: values; of more, most of which differ, a column is text and no category


def kind_of(texts: Sequence[str], values: Values) -> Kind:
    """A category is a text that comes again; "nothing" is a column of missing values.

    A column with more numbers than texts is one of numbers, and the texts in it are wrong.
    """
    given = [text for text in texts if not values.missing(text)]
    if not given:
        return "nothing"
    numbers = sum(values.number(text) is not None for text in given)
    if 2 * numbers >= len(given):
        return "number"
    if are_times(given):
        return "time"
    different = len(set(given))
    return "text" if len(given) > FEW and 2 * different > len(given) else "category"
