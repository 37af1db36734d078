"""What a column holds, judged by its first rows."""

from collections.abc import Sequence
from typing import Literal

from longlag.readers.times import are_times
from longlag.readers.values import Values, are_accounts

Kind = Literal["number", "category", "time", "text", "nothing"]

FEW = 20  #: a column with more values than this, most of them different, is text, not a category
LEAST = 3  #: texts, all different, from which on the column is text and not a category


def kind_of(texts: Sequence[str], values: Values) -> Kind:
    """The kind of a column with these texts.

    A category is a text that comes again; remarks in a few of many rows do not come again, and are
    text. "nothing" is a column whose values are all missing. A column with more numbers than texts
    is a column of numbers, and its texts are mistakes.
    """
    given = [text for text in texts if not values.missing(text)]
    if not given:
        return "nothing"
    read = [number for text in given if (number := values.number(text)) is not None]
    numbers = sum(number == number for number in read)
    if 2 * numbers >= len(given) and (values.sign or are_accounts(given)):
        return "number"
    if are_times(given):
        return "time"
    different = len(set(given))
    hardly = len(given) > FEW and 2 * different > len(given)
    never = len(texts) > FEW and len(given) >= LEAST and different == len(given)
    return "text" if hardly or never else "category"
