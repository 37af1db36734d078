"""Workers for the studies of a command: threads of its own, or a Dask cluster."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from longlag.dask_executor import LOCAL, DaskExecutor
from longlag.quoting import counted
from longlag.report.style.console import say


@contextmanager
def cluster(address: str | None, workers: int | None) -> Iterator[DaskExecutor | None]:
    """The executor at an address; None stands for threads. `workers` are the processes of local."""
    if address is None:
        yield None
        return
    # Dask logs what it does about lost workers and schedulers; one line of ours says what matters.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    with DaskExecutor(address, workers if address == LOCAL else None) as executor:
        found = executor.workers
        waiting = "" if found else ": the trials wait for the first one"
        say(f"Dask at {executor.address} has {counted(found, 'worker')}{waiting}")
        yield executor
