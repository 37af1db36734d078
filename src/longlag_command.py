"""The first lines of the command, outside the package: Ctrl-C is heard while that is imported."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

__version__ = "0.2.0"


def main() -> None:
    """Run `longlag`."""
    if sys.argv[1:] == ["--version"]:  # without the second that the rest takes to import
        with suppress(Exception):  # a stream in trouble is left to the command itself
            print(__version__, flush=True)
            return
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heard:
        signal.signal(signal.SIGINT, _leave)
    from longlag.cli import main as command

    if heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        command()
    except KeyboardInterrupt:
        print("longlag: interrupted", file=sys.stderr)
        sys.exit(130)
    finally:  # what Python does at its end is done in a moment
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """What ends jobs, such as `timeout`, gets the results so far, and loses no row."""
    signal.raise_signal(signal.SIGINT)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """Leave at once: modules in C may swallow an exception, and crash later for want of a part."""
    os.write(2, b"longlag: interrupted\n")
    os._exit(130)
