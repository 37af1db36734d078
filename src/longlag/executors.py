"""What studies and fleets ask of executors, whose workers run calls in other processes."""

from concurrent.futures import BrokenExecutor, Future
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np

from longlag.compiled import sources
from longlag.errors import WorkersError
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


def result_of(future: Future[T]) -> T:
    """The result of a call; raises `WorkersError` if its executor can run nothing more."""
    try:
        return future.result()
    except BrokenExecutor:
        raise WorkersError(
            "a worker died, and its executor runs nothing more: what was stored is kept; run the "
            "same again with a new executor"
        ) from None
