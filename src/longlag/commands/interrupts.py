"""Ctrl-C between two steps of a stream, never within one."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Interrupts:
    """A context in which Ctrl-C ends `until_interrupted`, and a second one ends everything.

    A computation is finished first. Waiting for input ends at once.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._waiting = False
        self._before = None
        self._insist: Callable[..., Any] | None = None  # calls a timer

    def __enter__(self) -> "Interrupts":
        # Python allows handlers in its main thread only. A process that ignores Ctrl-C goes on so.
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
        """A context in which Ctrl-C raises `KeyboardInterrupt` at any point.

        The exception is raised again and again: callbacks of a compiler swallow exceptions.
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

    def completes(self, call: Callable[[], object]) -> bool:
        """Call something that Ctrl-C may end at any point; returns whether it came to its end."""
        with suppress(KeyboardInterrupt), self.at_once():
            call()
        return not self.interrupted

    def until_interrupted(self, things: Iterable[T]) -> Iterator[T]:
        """The things, until Ctrl-C."""
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
