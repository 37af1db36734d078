"""What the command prints, on any terminal: names are shown as they are, and never as markup."""

import time
from collections.abc import Iterable
from typing import Self

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from longlag.quoting import one_line, printable

#: Columns from which on tables can be read. What runs without a terminal may say that it has 0, and
#: then Rich prints nothing at all.
NARROWEST, USUAL = 40, 80

#: Seconds before the first and between two later lines, at most, where a display is no terminal.
FIRST_LINE, LONGEST = 5.0, 600.0


class PlainConsole(Console):
    """A console that reads no markup, in tables and headings either, and no control characters.

    Rich's own sequences that move the cursor pass. A pipe that nobody reads any more is an error,
    which the command handles.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False):
        super().__init__(
            stderr=stderr, soft_wrap=soft_wrap, markup=False, emoji=False, highlight=False
        )
        if self.width < NARROWEST:
            self.width = NARROWEST if self.width > 0 else USUAL

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """See `rich.console.Console.render`."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable() or segment.text == "\n":
                yield segment
            else:
                yield Segment(printable(segment.text, kept="\n"), segment.style)

    def on_broken_pipe(self) -> None:
        """Raise the `BrokenPipeError` again, instead of exiting with Rich's status."""
        raise


def results(*, soft_wrap: bool = False) -> PlainConsole:
    """The console for results: standard output."""
    return PlainConsole(soft_wrap=soft_wrap)


def progress() -> PlainConsole:
    """The console for displays that change: standard error."""
    return PlainConsole(stderr=True)


def say(line: str) -> None:
    """Print a line for the user on standard error, apart from the results."""
    PlainConsole(stderr=True, soft_wrap=True).print(Text(one_line(line, most=10_000)))


class LinePace:
    """When a line of progress is due: each takes twice as long to come as the one before it.

    Work of a minute has some lines in a log, work of a day little more than a hundred.
    """

    def __init__(self, first: float | None = None):
        """The first line is due after so many seconds."""
        self._wait = FIRST_LINE if first is None else first
        self._next = time.monotonic() + self._wait

    def due(self) -> bool:
        """Whether a line is due, which is taken for written then."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._wait = min(2.0 * self._wait, LONGEST)
        self._next = now + self._wait
        return True


class LiveDisplay:
    """What changes on a terminal; elsewhere a plain line now and then. Use it in a `with`."""

    def __init__(self, console: Console, *, per_second: int = 4, first_line: float | None = None):
        """`first_line` are the seconds before the first line, where there is no terminal."""
        self._console, self._pace = console, LinePace(first_line)
        self._live = Live(console=console, refresh_per_second=per_second, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *exception) -> None:
        self._live.stop()


class Doing(LiveDisplay):
    """What a command does now: one line. Call it with each next thing."""

    def __init__(self) -> None:
        super().__init__(progress())

    def __call__(self, what: str) -> None:
        """Say that this begins, such as "drawing the overview"."""
        line = Text(one_line(f"{what} ..."))
        if self._console.is_terminal:
            self._live.update(Spinner("dots", line))
        elif self._pace.due():
            self._console.print(line)
