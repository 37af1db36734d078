"""Ctrl-C between two steps of a stream, never within one."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Interrupts:
    """A context in which Ctrl-C ends `until_interrupted`, and a second one ends everything.

    What is being computed is finished first; waiting for input is not.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._waiting = False
        self._before = None
        self._insist: Callable[..., Any] | None = None  # calls a timer

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
        """A context that Ctrl-C ends in its middle, with `KeyboardInterrupt`.

        It is raised again and again: a compiler's callbacks swallow what is raised in them.
        """
        timer = getattr(signal, "setitimer", None) if self._before is not None else None
        alarm = timer and signal.signal(signal.SIGALRM, self._interrupt)
        self._waiting, self._insist = True, timer
        try:
            yield
        finally:
            self._waiting, self._insist = False, None
            if timer:
                timer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, alarm)

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
        if self._insist:
            self._insist(signal.ITIMER_REAL, 0.2)
        if self._waiting or again:
            raise KeyboardInterrupt
