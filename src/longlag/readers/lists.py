"""Several names in one text: lists of columns on a command line, and groups of several columns."""

import csv
import io
from collections.abc import Iterable, Sequence

from longlag.errors import InputError
from longlag.quoting import quoted
from longlag.writing import LineFeeds


def group_name(texts: Sequence[str]) -> str:
    """The name of a group from the texts of its columns; "" for rows without a group.

    Of several texts, those that hold a blank, a quotation mark or nothing are in quotation marks:
    groups that differ have other names.

    >>> group_name(["north", "shop 7"]), group_name(["north shop", "7"]), group_name(["", "7"])
    ('north "shop 7"', '"north shop" 7', '"" 7')
    >>> group_name(["shop 7"])
    'shop 7'
    """
    if len(texts) == 1 or not any(texts):
        return texts[0]
    return " ".join(map(_in_marks, texts))


def _in_marks(text: str) -> str:
    plain = text and " " not in text and '"' not in text
    return text if plain else '"' + text.replace('"', '""') + '"'


def listed(names: str) -> list[str]:
    """The names in a list such as `a,"b, c",d`: as in CSV, quotation marks keep a comma in a name.

    Raises `InputError` for a list that cannot be read.
    """
    try:
        return [name.strip() for name in next(csv.reader([names], skipinitialspace=True), [""])]
    except csv.Error:
        raise InputError(
            f"cannot read the list of columns {quoted(names)}: write it as a,b,c, with double "
            "quotation marks around a name that holds a comma or the end of a line"
        ) from None


def as_list(names: Iterable[str]) -> str:
    """The list that `listed` reads."""
    text = io.StringIO(newline="")
    csv.writer(LineFeeds(text)).writerow(names)
    return text.getvalue().removesuffix("\n")
