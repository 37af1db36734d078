"""Options for the form of data, and the line that says what form the data were taken to have."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from longlag.commands.options import whole
from longlag.readers.form import Expected, Wishes, mark_named, separator_named
from longlag.readers.open_source import open_source
from longlag.readers.sources import Source
from longlag.report.style.console import say


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """The form of the data, as far as the reader is not to find it out."""

    separator: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="between fields: comma, semicolon, tab, bar, blanks or a character",
        ),
    ] = None
    decimal: Annotated[str | None, Parameter(help="point or comma, before decimals")] = None
    thousands: Annotated[
        str | None,
        Parameter(help="comma, point, blank, apostrophe or none, between thousands"),
    ] = None
    encoding: Annotated[str | None, Parameter(help="such as utf-8, utf-16, cp1252")] = None
    missing: Annotated[
        tuple[str, ...],
        Parameter(
            allow_leading_hyphen=True,
            negative=(),
            show_default=False,
            help="a text for a missing value, such as -200; once for each of several texts",
        ),
    ] = ()
    names: Annotated[
        int | None, Parameter(converter=whole, help="line that names the columns, 0 for none")
    ] = None
    rows: Annotated[int | None, Parameter(converter=whole, help="line of the first row")] = None
    time_format: Annotated[
        str | None,
        Parameter(help="of the times, such as %d.%m.%Y, as strptime has it, or excel, julian, mjd"),
    ] = None
    sort: Annotated[
        bool, Parameter(negative=(), help="read all rows first, and put them in the order of time")
    ] = False

    def wishes(self) -> Wishes:
        """The options for the form; raises `InputError` for options that no table can have."""
        return Wishes(
            separator=self.separator and separator_named(self.separator),
            decimal=self.decimal and mark_named(self.decimal),
            thousands=None if self.thousands is None else mark_named(self.thousands),
            encoding=self.encoding,
            missing=self.missing,
            names=self.names,
            rows=self.rows,
            time_format=self.time_format,
        )


PLAIN = ReadingOptions()


@contextmanager
def open_data(path: str, wishes: Wishes, expected: Expected | None = None) -> Iterator[Source]:
    """See `open_source`; one line says how the data differ from plain comma-separated values.

    Another line names what may be read in another way.
    """
    with open_source(path, wishes, expected) as source:
        if said := source.taken_for:
            say(f"{source.name} is read as: {said}.")
        if source.doubt:
            say(source.doubt)
        yield source
