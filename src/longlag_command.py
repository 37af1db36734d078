"""The first lines of the command, outside the package: Ctrl-C is heard while that is imported."""

import signal
import sys


def main() -> None:
    """Run `longlag`."""
    try:
        from longlag.cli import main as command

        command()
    except KeyboardInterrupt:
        print("longlag: interrupted", file=sys.stderr)
        sys.exit(130)
    finally:  # what Python does at its end is done in a moment
        signal.signal(signal.SIGINT, signal.SIG_IGN)
