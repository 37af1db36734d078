"""Dask as an executor: calls run on the workers of a cluster, or in processes of this machine."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from longlag.cores import cores
from longlag.errors import InputError, WorkersError, check_whole
from longlag.quoting import quoted

TIMEOUT = 5.0  #: seconds to wait for a scheduler
LOOK_EVERY = 2.0  #: seconds between two looks for new workers
LOCAL = "local"

#: Run in each local process: a terminal sends Ctrl-C to all, but only this process answers it.
UNDISTURBED = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


class DaskExecutor(Executor):
    """The workers of a Dask cluster, for `Study` and for fleets in parts.

    >>> from longlag import DaskExecutor, Study  # doctest: +SKIP
    >>> with DaskExecutor("tcp://10.0.0.1:8786") as executor:  # doctest: +SKIP
    ...     records = Study(trials, store, executor=executor).run()

    Dask sends the work of a lost worker to another one, and work to workers that join later. If the
    scheduler goes away, calls end in a `WorkersError`.

    Args:
        address: str, of a scheduler, such as "tcp://10.0.0.1:8786"; or "local" for processes on
            this machine, one thread each, which end with the executor
        workers: int from 1 to 1024, the processes for "local" (default: one per core); None for a
            cluster, whose workers are counted

    Raises `InputError` if Dask is not installed or the address is none, and `WorkersError` if no
    scheduler answers there within five seconds, or the processes of this machine do not start.
    """

    def __init__(self, address: str, workers: int | None = None):
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise InputError(
                "Dask is not installed: run `pip install 'longlag[dask]'`, here and on all workers"
            ) from None
        if workers is not None:
            check_whole("workers", workers, 1, 1024)
            if address != LOCAL:
                raise InputError("workers are for the address local: a cluster has its own")
        self.address = address
        self._cluster = None
        if address == LOCAL:
            try:
                self._cluster = LocalCluster(
                    n_workers=workers or cores(),
                    threads_per_worker=1,
                    dashboard_address=":0",
                    silence_logs=logging.CRITICAL,
                    preload=[UNDISTURBED],
                )
            except (OSError, RuntimeError) as error:  # also of a script that starts itself again
                raise WorkersError(
                    f"the Dask processes of this machine do not start ({_first_line(error)}): "
                    "start again, with fewer workers if memory is short; a script must start them "
                    'under `if __name__ == "__main__":`'
                ) from None
        else:
            _check_scheduler(address)
        try:
            self._client: Any = Client(
                self._cluster or address, timeout=TIMEOUT, set_as_default=False
            )
        except OSError:
            if self._cluster:
                self._cluster.close(timeout=TIMEOUT)
            raise _no_scheduler(address, "nothing") from None
        self._counted, self._next_look = 0, 0.0

    @property
    def workers(self) -> int:
        """Threads of all workers, as counted at most two seconds ago."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            try:
                found = self._client.sync(self._client.scheduler.ncores, callback_timeout=TIMEOUT)
                self._counted = sum(found.values())
            except (OSError, AttributeError, RuntimeError):
                pass  # the scheduler or the connection is gone, which the next call says
        return self._counted

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A call on some worker; `fn` must give the same result wherever and how often it runs."""
        ours: Future[Any] = Future()
        ours.set_running_or_notify_cancel()
        try:
            theirs = self._client.submit(fn, *args, pure=False, **kwargs)
        except Exception:
            if self._client.status == "running":
                raise
            raise self._gone() from None
        # A client that closes ends the futures that it has then, and none that come later.
        if self._client.status in ("closing", "closed"):
            raise self._gone()
        self._client.loop.add_callback(self._pass_on, theirs, ours)
        return ours

    async def _pass_on(self, theirs: Any, ours: Future[Any]) -> None:
        """Wait for Dask's future. Whatever happens, ours has an end: a study waits for it.

        Dask's own executor leaves its futures open where a result cannot be fetched.
        """
        try:
            ours.set_result(await self._client.gather(theirs, asynchronous=True))
        except BaseException as error:
            ours.set_exception(self._explained(error, theirs.status == "error"))
            if not isinstance(error, Exception):
                raise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, or end the processes; what still runs is lost."""
        with suppress(TimeoutError):  # of a scheduler that no longer answers
            self._client.close(timeout=TIMEOUT)
            if self._cluster:
                self._cluster.close(timeout=TIMEOUT)

    def _explained(self, error: BaseException, failed: bool) -> BaseException:
        """An error of Dask, in words for the user; as it is where the call itself has failed."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return WorkersError(
                "several Dask workers died one after the other with the same work: look at their "
                "logs, they may lack memory; what was stored is kept"
            )
        if failed:
            return error
        lost = isinstance(error, (OSError, CancelledError, asyncio.CancelledError))
        return self._gone() if lost or self._client.status != "running" else error

    def _gone(self) -> WorkersError:
        return WorkersError(
            f"the Dask scheduler at {self.address} is gone: what was stored is kept; start the "
            "scheduler again, and run the same once more"
        )


def _check_scheduler(address: str) -> None:
    """Raise one line unless a scheduler answers: a client would wait for other servers for ever."""
    from distributed.core import rpc
    from distributed.security import Security

    async def kind() -> str:
        async with rpc(
            address, connection_args=Security().get_connection_args("client"), timeout=TIMEOUT
        ) as server:
            found: Any = await server.identity()
            return found["type"]

    async def kind_in_time() -> str:
        return await asyncio.wait_for(kind(), TIMEOUT)

    try:
        with ThreadPoolExecutor(1) as thread:  # notebooks have an event loop in their own
            found = thread.submit(asyncio.run, kind_in_time()).result()
    except (ValueError, TypeError, RuntimeError) as error:
        raise InputError(
            "the address of a Dask scheduler must be like tcp://10.0.0.1:8786, or local, got "
            f"{quoted(address)} ({error})"
        ) from None
    except (OSError, MemoryError):  # another server's greeting may be read as a length
        found = "nothing"
    if found != "Scheduler":
        raise _no_scheduler(address, found)


def _first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return next((line for line in str(error).splitlines() if line), type(error).__name__)


def _no_scheduler(address: str, found: str) -> WorkersError:
    if address == LOCAL:
        return WorkersError("the Dask processes of this machine do not answer: start again")
    return WorkersError(
        f"no Dask scheduler answers at {address} (found: {found}): start one with "
        "`dask scheduler`, correct the address, or take local"
    )
