"""What stands at the end of a table and is no row: totals, and notes below it."""

import re
from collections import Counter, deque
from collections.abc import Sequence

from longlag.errors import InputError
from longlag.quoting import counted, quoted
from longlag.readers.records import fields_of, is_missing, is_value

HELD = 20  #: more rows without a time at the end are no totals, but rows

#: Words for totals and means, in the languages whose reports are most frequent.
_TOTAL = re.compile(
    r"\b(?:(?:grand|sub)?[ -]?totals?|sums?|mean|average|avg|median|min|max|minimum|maximum|std"
    r"|summe|gesamt|insgesamt|mittel(?:wert)?|durchschnitt|somme|totaux|moyenne|suma|promedio"
    r"|media|somma|totale|soma|m\u00e9dia|totaal|gemiddelde|razem|\u0438\u0442\u043e\u0433\u043e)\b",
    re.IGNORECASE,
)


def may_be_time(text: str) -> bool:
    """Whether a text among times may be one: it has a digit, and no word for a total.

    >>> may_be_time("2024-03-01"), may_be_time("Total"), may_be_time("Total 2024"), may_be_time("")
    (True, False, False, False)
    """
    return any(map(str.isdigit, text)) and not _TOTAL.search(text)


def is_note(line: str, separator: str, width: int) -> bool:
    """Whether a line is a text where rows have this many fields: a note, a source, a title.

    It is a single text, or prose with commas in it.

    >>> is_note("Source: A", ",", 3), is_note("Made by hand, Jan 5, 2024", ",", 4)
    (True, True)
    >>> is_note("a,1", ",", 3), is_note("a b, 1", ",", 3), is_note("a b c, 1, 2", ",", 3)
    (False, False, False)
    """
    if width < 2:
        return False
    if separator in line and '"' not in line:
        return separator == "," and _is_prose(line.split(","), width)
    try:
        fields = fields_of(line, separator)
    except InputError:
        return False
    alone = len(fields) == 1 and line.count('"') % 2 == 0
    return alone and not is_value(fields[0]) and not is_missing(fields[0])


def _is_prose(parts: Sequence[str], width: int) -> bool:
    """Whether these are parts of a sentence, and fewer than the fields of a row."""
    first, *others = parts
    if len(parts) >= width or not all(part.startswith(" ") for part in others):
        return False
    words = len(first.split())
    return not is_value(first) and (words > 2 or (words == 2 and not any(map(is_value, others))))


class Ends:
    """What may stand below the rows of a table: notes, and empty rows as spreadsheets leave them.

    A short line that begins as no row does is a note, too. For that, digits stand for each other:
    `unit 7` begins as `unit 12` does.
    """

    _DIGITS = str.maketrans("123456789", "0" * 9)

    def __init__(self, separator: str, width: int):
        self._separator, self._width = separator, width
        self._first, self._latest = "", deque[str](maxlen=2)
        self._known: set[str] | None = None  #: `_shapes` of these texts

    def add(self, text: str) -> None:
        """The next lines of the table: the first ones and the latest tell how rows begin."""
        if text:
            self._first = self._first or text
            self._latest.append(text)
            self._known = None

    @property
    def _shapes(self) -> set[str]:
        """How rows begin; lines with too few fields are none."""
        if self._known is None:
            starts = list[str]()
            for line in "\n".join((self._first, *self._latest)).split("\n"):
                if line.count(self._separator) == self._width - 1:
                    starts.append(line.partition(self._separator)[0])
                elif '"' in line and len(fields := _cut(line, self._separator)) == self._width:
                    starts.append(fields[0])
            found = Counter(map(self._shape, starts))
            # Where every row begins with a text of its own, a new text says nothing.
            self._known = set(found) - {""} if 2 * len(found) <= found.total() + 1 else set()
        return self._known

    def parted(self, text: str, empty_rows: bool) -> tuple[str, list[str]]:
        """Rows, and the lines below them that are none.

        Empty rows are among these if `empty_rows` says so, or if they stand below a note.
        """
        end = first_note = len(text)
        while end:
            start = text.rfind("\n", 0, end - 1) + 1
            line = text[start : end - 1]
            if self.is_note(line):
                first_note = start
            elif not self.is_empty(line):
                break
            end = start
        end = end if empty_rows else first_note
        return text[:end], list(filter(None, text[end:].split("\n")))

    def is_empty(self, line: str) -> bool:
        """Whether a line is blank, or a row in which nothing is given."""
        separator, width = self._separator, self._width
        if width == 1 or not line:
            return not line
        return not line.strip(f"{separator} ") and line.count(separator) == width - 1

    def is_note(self, line: str, *, whole: bool = True) -> bool:
        """Whether a line below the rows is no row; it lacks its end unless it is `whole`."""
        if is_note(line, self._separator, self._width):
            return whole or not self._may_begin_a_row(line)
        return self._begins_as_no_row(line, whole)

    def _begins_as_no_row(self, line: str, whole: bool) -> bool:
        """Whether a line has too few fields for a row, and begins as no row does.

        So do totals, and the lines with which some programs end a file: `FTR,96`, `T,rows: 96`.
        Between blanks, a sentence may have more words than a row has fields. Where all rows begin
        with whole numbers, another number alone is none of theirs, unless its line is not `whole`.

        >>> ends = Ends(",", 3)
        >>> ends.add("D1,2,3")
        >>> [ends.is_note(line) for line in ("T,2", "D2,2", "T,2,3", ",2", "-9.9")]
        [True, False, False, False, False]
        >>> ends = Ends(",", 3)
        >>> ends.add("1949,2,3\\n1950,2,3")
        >>> [ends.is_note(line) for line in ("-9.9", "1951,2", "2024-01-01,2")]
        [True, False, False]
        """
        fields, width = _cut(line, self._separator), self._width
        first, count = fields[0].strip(), len(fields)
        if not first or (count >= width and (self._separator != " " or count == width)):
            return False
        if not self._shapes or self._shape(first) in self._shapes:
            return False
        if is_value(first):
            return count == 1 < width - 1 and whole and self._shapes == {"0"}
        return count < width or width > 1

    def _may_begin_a_row(self, line: str) -> bool:
        """Whether a line without its end may be the beginning of the first field of a row."""
        shape = self._shape(line)
        shape = "0" if shape.startswith("0") else shape  # of a time: 03-Ma
        return any(each.startswith(shape) for each in self._shapes)

    def _shape(self, start: str) -> str:
        return re.sub(r"0+", "0", start.translate(self._DIGITS)).strip(' "')


def _cut(line: str, separator: str) -> list[str]:
    """The fields of a line; one that cannot be cut begins like no line at all."""
    try:
        return fields_of(line, separator) if line.count('"') % 2 == 0 else [""]
    except InputError:
        return [""]


def left_out(name: str, count: int, what: str, such: str, example: str) -> str:
    """The line that says how many rows or lines at the end are left out, with an example."""
    such += f", such as {quoted(example)}" if example else ""
    left = "it is" if count == 1 else "they are"
    return f"{name} ends with {counted(count, what)} {such}: {left} left out."
