"""What studies and fleets ask of executors, whose workers run calls in other processes."""

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np

from longlag.compiled import sources
from longlag.errors import InputError, WorkersError
from longlag.quoting import quoted
from longlag_command import __version__

T = TypeVar("T")


@runtime_checkable
class Elastic(Protocol):
    """An executor that says how many workers it has now."""

    @property
    def workers(self) -> int:
        """Calls that run at the same time."""
        ...


class Versions(NamedTuple):
    """What determines the bits of a result beside the arguments of a call."""

    longlag: str
    sources: str  #: a digest; "" where they changed while they were in use
    numpy: str  #: draws initial weights

    def __str__(self) -> str:
        return f"longlag {self.longlag} (sources {self.sources[:8]}) and NumPy {self.numpy}"


def versions() -> Versions:
    """The versions of this process."""
    return Versions(__version__, sources.digest() or "", np.__version__)


def check_versions(wanted: Versions) -> None:
    """Raise `WorkersError` unless this process has the versions of the process that asks."""
    if versions() != wanted:
        raise WorkersError(
            f"a worker has {versions()}, but this process has {wanted}: install the same versions "
            "in both, and run the same again"
        )


def check_executor(executor: object) -> None:
    """Raise `InputError` for what is no executor."""
    if not callable(getattr(executor, "submit", None)):
        raise InputError(
            "executor must be one of concurrent.futures, such as a ThreadPoolExecutor, or a "
            f"DaskExecutor, got {quoted(executor)}"
        )


def submitted(executor: Executor, call: Callable[..., T], *given: Any) -> Future[T]:
    """A call that an executor runs; raises `WorkersError` if it runs nothing more."""
    try:
        return executor.submit(call, *given)
    except BrokenExecutor:
        raise _dead() from None
    except OSError:  # of a pool that breaks meanwhile: its pipe is closed
        if _broken(executor):
            raise _dead() from None
        raise
    except RuntimeError as error:  # of a pool that was shut down, or at the end of the process
        raise WorkersError(
            f"the executor takes no more calls ({error}): what was stored is kept; run the same "
            "again with a new executor, inside its `with` block"
        ) from None


def result_of(future: Future[T]) -> T:
    """The result of a call; raises `WorkersError` if its executor can run nothing more."""
    try:
        return future.result()
    except BrokenExecutor:
        raise _dead() from None
    except CancelledError:
        raise WorkersError(
            "the executor has dropped its calls: what was stored is kept; run the same again with "
            "a new executor"
        ) from None


def results_of(executor: Executor, call: Callable[[Any], T], given: Iterable[Any]) -> list[T]:
    """The results of one call for each of several arguments; raises `WorkersError`."""
    try:
        return [result_of(each) for each in [submitted(executor, call, one) for one in given]]
    finally:
        end_left(executor)


def end_left(executor: Executor) -> None:
    """End the processes that a broken pool of processes has left behind.

    A pool ends its processes when one of them dies. In CPython 3.11 it misses one that begins just
    then, and to leave the pool is to wait for that process for ever (seen with 3.11.7). Before
    Python 3.14 no public name leads to these processes; an executor without the private names is
    left alone.
    """
    if _broken(executor):
        for process in list((getattr(executor, "_processes", None) or {}).values()):
            process.kill()


def _broken(executor: Executor) -> bool:
    """Whether a pool of processes has lost one, and says so in its own private way."""
    return bool(getattr(executor, "_broken", False))


def _dead() -> WorkersError:
    return WorkersError(
        "a worker died, and its executor runs nothing more: what was stored is kept; run the same "
        "again with a new executor"
    )
