"""The `longlag` command: its parts are imported when they are asked for."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import cyclopts

from longlag.commands.standard_streams import give_up, prepare
from longlag.errors import LonglagError
from longlag.quoting import one_line, quoted
from longlag.report.style import console
from longlag_command import __version__

app = cyclopts.App(
    name="longlag",
    help="Learning across long time lags: LSTM as first published, its experiments and its rivals.",
    version=__version__,
    help_format="markdown",
    console=console.results(),
    suppress_keyboard_interrupt=False,
)
app.register_install_completion_command(
    help="Let your shell complete commands and options; --shell names another than the present one."
)

#: The module of each command, in `longlag.commands`; the function has the name of the command.
COMMANDS = {
    "list": "show",
    "show": "show",
    "reproduce": "reproduce",
    "run": "reproduce",
    "results": "results",
    "report": "report",
    "matrix": "matrix",
    "ladder": "ladder",
    "judge": "judge",
    "errorflow": "errorflow",
    "look": "look",
    "learn": "learn",
    "predict": "predict",
    "verify": "verify",
    "cache": "cache",
    "bench": "bench",
}
for name, module in COMMANDS.items():
    function = f"{name}_" if name == "list" else name
    app.command(f"longlag.commands.{module}:{function}", name=name)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; exits with 2 and one line where the user has something to mend."""
    status = 2
    asked = sys.argv[1:] if arguments is None else arguments
    try:
        prepare()
        if not asked or asked[0] in app.help_flags:  # a line for each command, from its function
            app.resolved_commands()
        found = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        status = found if isinstance(found, int) else 0
    except LonglagError as error:
        _complain(str(error))
    except cyclopts.UnusedCliTokensError as error:
        _complain(
            f"no place for {' '.join(map(quoted, error.unused_tokens or ()))}: an option takes one "
            "value, and is given once for each of several, as in --missing -200 --missing -999"
        )
    except cyclopts.CycloptsError as error:
        _complain(" ".join(str(error).split()))
    except KeyboardInterrupt:
        status = 130
        _complain("interrupted")
    except BrokenPipeError:  # who reads has read enough, such as `head`
        status = 0
    except OSError as error:
        place = error.filename or "standard output"
        _complain(f"cannot go on with {place}: {error.strerror or error}; use another place")
    except MemoryError:
        _complain("there is not enough memory: take a smaller network, or less data at a time")
    give_up()
    if _compiles():  # left behind by Ctrl-C: Python's end would pull the ground from under it
        os._exit(status)
    sys.exit(status)


def _compiles() -> bool:
    """Whether a thread is compiling, in a process that has a compiler at all."""
    driver = sys.modules.get("longlag.compiled.driver")
    return driver is not None and driver.busy()


def _complain(message: str) -> None:
    with suppress(OSError):
        print(f"longlag: {one_line(message)}", file=sys.stderr)


if __name__ == "__main__":
    main()
