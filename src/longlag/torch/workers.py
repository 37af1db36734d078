"""Processes that train networks of files, one network each at a time."""

import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NoReturn, Protocol, Self

import numpy as np
import torch

from longlag.errors import InputError
from longlag.executors import end_left
from longlag.experiments.population import Job
from longlag.experiments.trial import TrialRecord
from longlag.quoting import one_line
from longlag.torch.contender import Contender
from longlag.torch.training import Training

#: Seconds that a trial has for its present batch, and an exam, once it is to stop
GRACE = 120.0
#: What became of a trial: its record, a checkpoint, an error in code of the user, or None where its
#: process was ended
Result = TrialRecord | bytes | InputError | None


class Workers(Protocol):
    """Who trains networks."""

    free: int  #: networks that can be begun now
    failure: InputError | None  #: why no network can be trained any more

    def begin(self, contender: Contender, job: Job) -> None:
        """Begin to train, or go on from the checkpoint."""
        ...

    def ended(self) -> list[tuple[Job, Result]]:
        """Trials that have ended or stopped; waits for a moment if there are none."""
        ...

    def stop(self) -> None:
        """Make every trial stop after its present batch."""
        ...


class Here:
    """Trains in this process, one network at a time."""

    def __init__(self, stopping: Callable[[], bool]):
        self.free = 1
        self.failure: InputError | None = None
        self._stopping = stopping
        self._begun: list[tuple[Contender, Job]] = []

    def begin(self, contender: Contender, job: Job) -> None:
        """See `Workers`."""
        self._begun.append((contender, job))
        self.free -= 1

    def ended(self) -> list[tuple[Job, Result]]:
        """See `Workers`; trains to the end."""
        contender, job = self._begun.pop()
        self.free += 1
        return [(job, _trained(contender, job, self._stopping))]

    def stop(self) -> None:
        """See `Workers`; it stops by itself."""


class Processes:
    """Trains in processes of their own, each of which reads the file of its contender."""

    def __init__(self, count: int):
        self.free = count
        self.failure: InputError | None = None
        self.lost: list[Job] = []  #: trials that did not stop when they were to
        self._last_moment = float("inf")
        context = multiprocessing.get_context("spawn")
        self._event = context.Event()
        self._pool = ProcessPoolExecutor(count, context, _begin_process, (self._event,))
        self._jobs: dict[Future[Result], Job] = {}

    def begin(self, contender: Contender, job: Job) -> None:
        """See `Workers`."""
        with _deaf():  # to Ctrl-C, as the processes that begin now are to be
            try:
                future = self._pool.submit(_train_file, contender.place, contender.source, job)
            except BrokenProcessPool as error:  # since the last look at what has ended
                future = Future()
                future.set_exception(error)
        self._jobs[future] = job
        self.free -= 1

    def ended(self) -> list[tuple[Job, Result]]:
        """See `Workers`."""
        found: list[tuple[Job, Result]] = []
        overdue = time.monotonic() > self._last_moment
        if overdue:
            _end_processes()
        for future in wait(self._jobs, timeout=0.1, return_when=FIRST_COMPLETED).done:
            self.free += 1
            result = None
            try:
                result = future.result()
            except InputError as error:
                self.failure = self.failure or error
            except BrokenProcessPool:
                if overdue:
                    self.lost.append(self._jobs[future])
                else:
                    self.failure = InputError(
                        "a process that trained networks was ended from outside, perhaps for want "
                        "of memory: give the model a smaller batch, or take --workers 1"
                    )
            found.append((self._jobs.pop(future), result))
        return found

    def stop(self) -> None:
        """See `Workers`; processes that go on for `GRACE` seconds are ended."""
        if not self._event.is_set():
            self._last_moment = time.monotonic() + GRACE
            self._event.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception) -> None:
        self.stop()
        if kind is KeyboardInterrupt:  # the second one: code of a user may never come to an end
            _end_processes()
        end_left(self._pool)
        self._pool.shutdown(cancel_futures=True)


def _end_processes() -> None:
    for process in multiprocessing.active_children():
        process.kill()  # code of a user may catch the signal of `terminate`


@contextmanager
def watched(deadline: float, files: Sequence[Path]) -> Iterator[None]:
    """A context for code of files in this process, which ends if the code is late by `GRACE`.

    Code that does not return can only be stopped with its process.
    """
    left = min(deadline + GRACE - time.monotonic(), threading.TIMEOUT_MAX)
    timer = threading.Timer(left, _give_up, (files,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _give_up(files: Sequence[Path]) -> NoReturn:
    names = ", ".join(one_line(str(each)) for each in files)
    text = (
        f"longlag: {names}: the first batch had not come back {GRACE:.0f} s after the time of "
        "--budget was over. Does forward return?\n"
    )
    os.write(2, text.encode())
    os._exit(2)


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which PyTorch computes on one thread, and the user's random numbers wait.

    For nets as small, threads only wait for each other, and they may add up in another order.
    """
    threads = torch.get_num_threads()
    drawn = np.random.get_state(), random.getstate()  # noqa: NPY002
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
        np.random.set_state(drawn[0])  # noqa: NPY002
        random.setstate(drawn[1])


def _trained(contender: Contender, job: Job, stopping: Callable[[], bool]) -> Result:
    try:
        training = Training(contender, job.key, job.conditions, job.checkpoint)
        return training.run(stopping) or training.save()
    except InputError as error:
        return error


_stopping: Event


def _begin_process(event: Event) -> None:
    global _stopping
    _stopping = event
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout = sys.stderr
    torch.set_num_threads(1)


def _end_with_parent() -> None:
    """End, so that no process goes on alone after the first one was killed."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _train_file(place: str, source: str, job: Job) -> Result:
    contender = _read(place)
    if contender.source != source:
        raise InputError(f"{place} has changed meanwhile: run the same command again")
    return _trained(contender, job, _stopping.is_set)


_read = cache(Contender.of_file)


@contextmanager
def _deaf() -> Iterator[None]:
    """A context in which Ctrl-C is not heard, where it can be chosen."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # Python allows it in its main thread only
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
