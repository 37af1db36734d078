"""What form a table of text has: what was asked for, and what it was taken for."""

from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from longlag.errors import InputError, check_choice
from longlag.quoting import counted, quoted
from longlag.readers.decoding import spoken
from longlag.readers.factors import DURATIONS, FACTORS
from longlag.readers.values import BLANKS, Values

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks"}
SAID = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
SIGNS = 5  #: beside numbers of columns, which are named
LAST = 1_000_000  #: line in which a table may begin


class Wishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says about the form of a table; the reader finds out what is None.

    Raises `InputError` for wishes that no table can fulfil.
    """

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None  #: "" for none
    encoding: str | None = None
    missing: tuple[str, ...] = ()  #: texts that stand for a missing value, besides the usual ones
    names: int | None = None  #: the line that names the columns, from 1; 0: none does
    rows: int | None = None  #: the line of the first row, from 1
    time_format: str | None = None  #: as `datetime.strptime` has it, or one of `ORIGINS`

    def __post_init__(self):
        if self.separator is not None and (len(self.separator) != 1 or self.separator in '"\r\n'):
            raise InputError(
                f"--separator must be comma, semicolon, tab, bar, blanks or one character, "
                f"got {self.separator[:40]!r}"
            )
        if self.decimal not in (None, ".", ","):
            raise InputError(f"--decimal must be a point or a comma, got {self.decimal[:40]!r}")
        if self.thousands not in (None, "", ".", ",", "'", "\u2019", *BLANKS):
            raise InputError(
                "--thousands must be a comma, a point, a blank, an apostrophe or none, "
                f"got {self.thousands[:40]!r}"
            )
        if self.thousands and self.thousands == self.decimal:
            raise InputError("--decimal and --thousands must be different characters")
        for option, value, least in (("--names", self.names, 0), ("--rows", self.rows, 1)):
            if value is not None and not least <= value <= LAST:
                raise InputError(
                    f"{option} must be a number of a line from {least} to {LAST:,}, "
                    f"got {quoted(value)}"
                )
        if self.rows is not None and self.names is not None and self.rows <= self.names:
            raise InputError(f"--rows must be a line below --names {self.names}, got {self.rows}")

    def over(self, others: "Wishes") -> "Wishes":
        """These wishes; where one is missing, that of the others."""
        given = {
            name: value
            for name, value in msgspec.structs.asdict(self).items()
            if value or value == 0
        }
        if self.thousands == "":
            given["thousands"] = ""
        return msgspec.structs.replace(others, **given)


NOTHING = Wishes()


def _listed(items: list[str]) -> str:
    """The first few of these items, and how many more there are."""
    more = len(items) - SIGNS
    return ", ".join(items if more <= 0 else [*items[:SIGNS], f"{more} more"])


def separator_named(text: str) -> str:
    """The separator that a word or a character on a command line names."""
    words: dict[str, str] = {name: mark for mark, name in SEPARATORS.items()}
    return {**words, "\\t": "\t", "blank": " ", "space": " "}.get(text.lower(), text)


def mark_named(text: str) -> str:
    """The mark of decimals or thousands that a word or a character on a command line names."""
    words = {"comma": ",", "point": ".", "blank": " ", "apostrophe": "'", "none": ""}
    return words.get(text.lower(), text)


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form of the table that a model has learned from; the next table is probably like it."""

    columns: tuple[str, ...]  #: all of these are named
    separator: str
    decimal: str
    thousands: str
    comments: bool = True  #: see `Form.comments`
    signs: dict[str, str] = {}  #: see `Form.signs`
    factors: dict[str, str] = {}  #: see `Form.factors`
    named: bool = True  #: a line names the columns; otherwise they are called by their numbers
    encoding: str | None = None  #: the code page of a text that is not UTF-8
    spare: tuple[str, ...] = ()  #: see `Form.spare`

    def __post_init__(self):
        Wishes(self.separator, self.decimal, self.thousands)  # refuses what no table can have
        for factors in self.factors.values():
            check_choice("factors", factors, tuple(FACTORS))


@dataclass(frozen=True)
class Form:
    """What a table was taken for."""

    columns: list[str]  #: "" for one without a name
    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    names: int = 1  #: the line that names the columns, from 1; 0: none does
    rows: int = 2  #: the line of the first row
    units: int | None = None  #: the line of units
    row_names: bool = False  #: rows begin with a name, for which there is no name of a column
    encoding: str = "utf-8"
    packing: str | None = None
    names_from: int = 0  #: the first of several lines that name the columns together
    #: whether lines that begin with # or % are comments, unless they have as many fields as a row
    #: of several; False: they are rows of a single column
    comments: bool = True
    signs: dict[str, str] = field(default_factory=dict)  #: beside the numbers of these columns
    factors: dict[str, str] = field(default_factory=dict)  #: behind them: see `readers.factors`
    spare: tuple[str, ...] = ()  #: last columns, which most rows lack: see `readers.spare_columns`
    #: a number of each of these columns whose point is read as that of decimals, but may as well
    #: stand between thousands
    doubtful: dict[str, str] = field(default_factory=dict)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each column that has a name."""
        return {name: place for place, name in enumerate(self.columns) if name}

    def values_of(self, name: str, values: Values) -> Values:
        """How the fields of the column of this name are read, if those of others are `values`."""
        return values.beside(self.signs.get(name, ""), self.factors.get(name, ""))

    @property
    def doubt(self) -> str:
        """A sentence about points that may stand between thousands, and the options for them."""
        if not self.doubtful:
            return ""
        (name, number), *others = self.doubtful.items()
        more = f", and so in {counted(len(others), 'more column')}" if others else ""
        return (
            f"{number} in {quoted(name)} is read as {float(number):g}{more}. Other numbers there "
            "have no point, so it may stand between thousands: give --thousands point if it does, "
            "--decimal point if not."
        )

    def text(self, *, whole: bool = False) -> str:
        """How the form differs from plain comma-separated values, in a few words; "" if not.

        The `whole` text also says what does not differ.
        """
        said = []
        if self.packing:
            said.append(self.packing)
        if self.encoding not in ("utf-8", "utf-8-sig"):
            said.append(spoken(self.encoding))
        if whole or self.separator != ",":
            said.append(SAID.get(self.separator, f"separated by {self.separator!r}"))
        if self.decimal != ".":
            said.append("decimal commas")
        if self.thousands:
            marks = {",": "commas", ".": "points"}
            mark = "blanks" if self.thousands in BLANKS else "apostrophes"
            said.append(f"{marks.get(self.thousands, mark)} between thousands")
        if self.names == 0:
            said.append("no names, so columns are called 1, 2 and so on")
        elif self.names_from and self.names_from < self.names:
            said.append(f"names in lines {self.names_from} to {self.names}")
        elif whole or self.names > 1:
            said.append(f"names in line {self.names}")
        if self.units:
            said.append(f"units in line {self.units}")
        elif self.rows > self.names + 1 and (self.names or self.rows > 1):
            said.append(f"rows from line {self.rows}")
        if self.row_names:
            said.append("a name before each row, which is left out")
        if self.spare:
            names = _listed(list(filter(None, self.spare)))
            said.append(f"without columns that most rows lack ({names})")
        durations = [name for name, each in self.factors.items() if each == DURATIONS]
        factors = {name: each for name, each in self.factors.items() if each != DURATIONS}
        for what, marks in (("signs beside", self.signs), ("factors behind", factors)):
            if marks:
                found = [f"{mark} in {name}" for name, mark in marks.items()]
                said.append(f"{what} numbers ({_listed(found)})")
        if durations:
            said.append(f"durations as seconds ({_listed(durations)})")
        return ", ".join(said)
