"""Ctrl-C between two steps of a stream, never within one."""

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TypeVar

T = TypeVar("T")


class Interrupts:
    """A context in which Ctrl-C ends `until_interrupted`, and a second one ends everything.

    What is being computed is finished first; waiting for input is not.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._waiting = False
        self._before = None

    def __enter__(self) -> "Interrupts":
        # Python allows handlers in its main thread only; who ignores Ctrl-C goes on ignoring it.
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """A context that Ctrl-C ends in its middle, with `KeyboardInterrupt`."""
        self._waiting = True
        try:
            yield
        finally:
            self._waiting = False

    def until_interrupted(self, things: Iterable[T]) -> Iterator[T]:
        """The things, as long as there was no Ctrl-C."""
        iterator = iter(things)
        while not self.interrupted:
            self._waiting = True
            try:
                thing = next(iterator)
            except (StopIteration, KeyboardInterrupt):
                return
            finally:
                self._waiting = False
            yield thing

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        again, self.interrupted = self.interrupted, True
        if self._waiting or again:
            raise KeyboardInterrupt
