"""One thread at a time: a second one is refused, since it would find an estimator half changed."""

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from longlag.errors import LonglagError

Method = TypeVar("Method", bound=Callable[..., Any])


class Turn:
    """Whose turn it is. A copy, pickled or not, is a turn of its own."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a method may call another one

    def begin(self) -> threading.RLock:
        """The lock, taken: release it after the turn."""
        if not self._lock.acquire(blocking=False):
            raise LonglagError(
                "another thread is using this estimator: give each thread one of its own, or let "
                "them take turns with a threading.Lock"
            )
        return self._lock

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[Any, ...]:
        return Turn, ()


def exclusive(method: Method) -> Method:
    """A method of an estimator that raises `LonglagError` while another thread is in one."""

    @functools.wraps(method)
    def guarded(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        lock = self._turn.begin()
        try:
            return method(self, *args, **kwargs)
        finally:
            lock.release()

    return cast(Method, guarded)
