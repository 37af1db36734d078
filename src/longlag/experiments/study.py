"""A study: runs the trials of an experiment on all cores, and saves them as it goes."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future

from longlag.cores import cores
from longlag.errors import InputError, check_whole
from longlag.executors import Elastic, check_executor, end_left
from longlag.experiments import distributed
from longlag.experiments.exam_dependents import continued, dependents
from longlag.experiments.kinds import Fields
from longlag.experiments.population import (
    Job,
    Population,
    Running,
    restore,
    to_record,
)
from longlag.experiments.store import Store
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.experiments.waiting import Waiting, lanes_for
from longlag.quoting import quoted

WIDTHS = (4, 8, 16)  #: lanes of a population; in float64 half as many fill the same registers
SLICE = 0.25  #: seconds after which a worker looks for an interruption and for trials to share
LAST_TRIAL = 2**63 - 1  #: the largest number that a store keeps
MOST_WORKERS = 1024  #: each has a thread in this process
CHECKPOINT = 3.0  #: seconds between two checkpoints of unfinished trials
#: Lanes to which the last trials of a population move, and the seconds after which they do if there
#: are no more of them. Compiling takes 5 to 15 s. A step in 4 lanes takes six tenths of one in 8,
#: one in 1 lane six to eight tenths of one in 4.
FEW = {4: 15.0, 2: 60.0, 1: 60.0}

AnyPopulation = Population | distributed.RemotePopulation


class Study:
    """Runs trials on worker threads, one population of lanes on each.

    Trials that may take longest begin first (`longlag.experiments.waiting`), and a worker keeps a
    group of trials together. A lane whose trial is over takes the next trial of the group. When no
    trial waits, a worker without trials gets half of the trials of another worker. While further
    trials wait, two half-empty populations are merged. Trials that differ only in the strictness of
    their exams train the same network, so the stricter trial continues from the point where the
    laxer trial was solved. None of this affects the results: the bits of a trial do not depend on
    its lane, its worker, the other trials or interruptions.

    With an `executor` of the standard library, or of an engine such as Dask, the threads here only
    send trials to its workers and take them back every two seconds. What a lost worker had is sent
    again, if the engine does so. The store is written by this process alone.
    """

    def __init__(
        self,
        trials: Iterable[tuple[TrialKey, Conditions]],
        store: Store | None = None,
        *,
        workers: int | None = None,
        lanes: int | None = None,
        executor: Executor | None = None,
    ):
        """Prepare the trials; finished trials come from the store, and unfinished ones resume.

        `workers` defaults to the number of cores, or to the workers of a `DaskExecutor`, also of
        those that join later; `lanes`, a power of two from 1 to 64, defaults to a width for the
        number of trials.
        """
        if workers is not None:
            check_whole("workers", workers, 1, MOST_WORKERS)
        if lanes is not None:
            check_whole("lanes", lanes, 1, 64)
            if lanes.bit_count() != 1:  # as vectors of registers are
                raise InputError(f"lanes must be a power of two, such as 4 or 8, got {lanes}")
        if executor is not None:
            check_executor(executor)
        self._executor = executor
        self._elastic = executor if isinstance(executor, Elastic) and not workers else None
        self.workers = workers or (1 if self._elastic else cores())
        self._hired = 0  # workers so far
        self.done: list[TrialRecord] = []  #: records in the order in which the trials ended
        self.jobs: dict[TrialKey, Job] = {}  #: the trials that were not finished before
        self._store = store
        self._lanes = lanes
        self._changed = threading.Condition()
        self._groups: dict[int, tuple] = {}  # of the populations that workers have or compile
        self._widths: dict[tuple, int] = {}  # lanes of a group, whose driver is compiled once
        self._populations: dict[int, AnyPopulation] = {}
        self._given_away: dict[int, list[Job]] = {}  # trials on their way to a worker's free lanes
        self._idle = 0
        self._compiling: set[int] = set()  # workers
        # Ctrl-C raises anywhere in the main thread. Raised as a condition is entered, it would
        # leave the condition taken and workers waiting for ever. So `run` polls a flag instead.
        self._stopping = False
        self._stop: Future[None] = Future()  # over when `_stopping`, for those who wait for it
        self._failure: BaseException | None = None
        self._order: dict[TrialKey, int] = {}
        for key, conditions in trials:
            if key in self._order:
                raise InputError(
                    f"each trial of a study must have its own key, got {quoted(key)} twice"
                )
            check_whole("the number of a trial", key.trial, 0, LAST_TRIAL)
            self._order[key] = len(self._order)
            record = store.find(key, conditions) if store else None
            if record:
                self.done.append(record)
            else:
                checkpoint = store.checkpoint(key, conditions) if store else None
                self.jobs[key] = Job(key, conditions, checkpoint)
        if not self._order:
            raise InputError("the study has no trials: ask for at least one")
        self.found = len(self.done)  #: number of trials finished before this study
        self._dependents = dependents(self.jobs.values())
        following = {key for keys in self._dependents.values() for key in keys}
        self._waiting = Waiting(job for key, job in self.jobs.items() if key not in following)

    def run(
        self, progress: Callable[["Study"], None] | None = None, every: float = 0.1
    ) -> list[TrialRecord]:
        """Run until every trial is over, or until Ctrl-C; returns all records in order.

        `progress` is called at regular intervals. Interrupted trials have the status "interrupted";
        with a store they resume in the next study of the same conditions. Compilers cannot be
        interrupted: a worker that compiles is left behind, and ends when its compiler has.
        """
        threads: list[threading.Thread] = []
        try:
            while self._hire(threads) or self._working(threads):
                if progress:
                    progress(self)
                time.sleep(every)
        except BaseException as error:
            self.interrupt()
            if not isinstance(error, KeyboardInterrupt):
                raise
        finally:
            while self._working(threads):
                time.sleep(every)
            self._populations.clear()
            if self._executor:
                end_left(self._executor)
        if self._failure:
            raise self._failure
        if progress:
            progress(self)
        over = {record.key for record in self.done}
        unfinished = [job for key, job in self.jobs.items() if key not in over]
        records = self.done + [to_record(job, restore(job)) for job in unfinished]
        return sorted(records, key=lambda record: self._order[record.key])

    def interrupt(self) -> None:
        """Make every worker stop at the end of its slice and save its trials."""
        with self._changed:
            if not self._stopping:
                self._stopping = True
                self._stop.set_result(None)
            self._changed.notify_all()

    def running(self) -> list[Running]:
        """The progress of the trials in lanes; may be slightly out of date."""
        populations = list(self._populations.values())
        return [standing for population in populations for standing in population.running()]

    @property
    def total(self) -> int:
        """The number of trials of the study."""
        return len(self._order)

    @property
    def keys(self) -> list[TrialKey]:
        """The trials, in the order given."""
        return list(self._order)

    def _hire(self, threads: list[threading.Thread]) -> bool:
        """Start a thread for each new worker; returns whether there were any."""
        if self._elastic:
            self.workers = max(self.workers, min(self._elastic.workers, MOST_WORKERS))
        wanted = min(self.workers, len(self.jobs))
        new = range(self._hired, 0 if self._stopping else wanted)
        self._hired = max(self._hired, new.stop)  # only this thread does, before new ones begin
        for worker in new:
            threads.append(threading.Thread(target=self._work, args=(worker,), daemon=True))
            threads[-1].start()
        return bool(new)

    def _working(self, threads: Sequence[threading.Thread]) -> bool:
        """Whether there are workers to wait for; one that compiles is left behind at the end."""
        return any(
            thread.is_alive() and not (self._stopping and worker in self._compiling)
            for worker, thread in enumerate(threads)
        )

    def _work(self, worker: int) -> None:
        try:
            while job := self._next_job(worker):
                population = self._compiled(worker, job.conditions, *self._width(job))
                if population is None:
                    return
                population.load(job)
                self._run(worker, population)
        except BaseException as error:
            self._failure = self._failure or error
            self.interrupt()

    def _compiled(
        self, worker: int, conditions: Conditions, lanes: int, trials: int
    ) -> AnyPopulation | None:
        """An empty population; None if the study was interrupted, and waits for this no longer."""
        if self._executor:
            return distributed.RemotePopulation(
                conditions, lanes, self._executor, self._stop, trials
            )
        with self._changed:
            if self._stopping:
                return None
            self._compiling.add(worker)
        population = Population(conditions, lanes)
        with self._changed:
            if self._stopping:
                return None
            self._compiling.remove(worker)
        return population

    def _next_job(self, worker: int) -> Job | None:
        """A waiting trial, as soon as there is one; None when all are over."""
        with self._changed:
            self._groups.pop(worker, None)
            self._idle += 1
            self._changed.notify_all()
            while not self._stopping:
                group = self._waiting.next_group(self._groups.values())
                if group is not None:
                    self._idle -= 1
                    self._groups[worker] = group
                    return self._waiting.take(group)
                if self._idle >= self._hired:
                    break
                self._changed.wait()
            return None

    def _run(self, worker: int, population: AnyPopulation) -> None:
        """Advance a population until it is empty, refilling and sharing it between slices."""
        with self._changed:  # where other workers look for room
            self._populations[worker] = population
        seconds = distributed.SLICE if self._executor else SLICE
        saved = time.monotonic()
        more = dict.fromkeys(FEW, saved)  # when more trials were left than these lanes hold
        while self._refill_or_share(worker, population) and not self._stopping:
            now = time.monotonic()
            more |= {lanes: now for lanes in FEW if population.live > lanes}
            few = min((lanes for lanes, wait in FEW.items() if now - more[lanes] > wait), default=0)
            if 0 < few < population.lanes and not self._lanes:
                narrow = self._in_fewer_lanes(worker, population, few)
                if narrow is None:
                    return
                with self._changed:
                    self._populations[worker] = population = narrow
            for record, state in population.advance(seconds):
                self._end(record, state)
            if time.monotonic() - saved > CHECKPOINT:
                self._checkpoint(population)
                saved = time.monotonic()
        self._checkpoint(population)

    def _end(self, record: TrialRecord, state: Fields) -> None:
        """Record a finished trial, and start the trials that waited for it."""
        next_ = [self.jobs[key] for key in self._dependents.pop(record.key, ())]
        solved = record.status is Status.SOLVED
        if solved:
            next_ = [continued(job, state) for job in next_]
            # Before the record: once it exists, no later study starts these trials from here.
            self._save_checkpoints(next_)
        if self._store:
            self._store.save(record)
        with self._changed:
            self.done.append(record)
            if solved:
                self.jobs.update((job.key, job) for job in next_)
                self._waiting.add(next_)
                self._changed.notify_all()
        if not solved:
            for job in next_:
                self._end(to_record(job, state), state)

    def _refill_or_share(self, worker: int, population: AnyPopulation) -> bool:
        """Fill free lanes, or give trials away; returns whether the population still has trials."""
        with self._changed:
            self._waiting.add(self._given_away.pop(worker, ()))
            while population.room and (job := self._waiting.take(population.group)):
                population.load(job)
            if self._idle and not self._waiting and population.live > 1:
                self._waiting.add(self._taken(population, population.live // 2))
                self._changed.notify_all()
            elif self._waiting and not self._waiting.of(population.group):
                other = self._room(worker, population)
                if other is not None:
                    self._given_away[other] = self._taken(population, population.live)
            if not population.live:
                del self._populations[worker]  # from now on no worker hands trials to this one
            return population.live > 0

    def _taken(self, population: AnyPopulation, count: int) -> list[Job]:
        """Take trials out of a population, with their present states."""
        jobs = population.unload(count)
        self.jobs.update((job.key, job) for job in jobs)
        return jobs

    def _room(self, worker: int, population: AnyPopulation) -> int | None:
        """Another worker of the same group with enough free lanes for this population."""
        for other, beside in self._populations.items():
            free = beside.room if beside.group == population.group else 0
            if other != worker and other not in self._given_away and population.live <= free:
                return other
        return None

    def _in_fewer_lanes(
        self, worker: int, population: AnyPopulation, lanes: int
    ) -> AnyPopulation | None:
        """Move the few remaining trials to a population with fewer lanes and faster steps.

        None if the study was interrupted; the trials are saved then.
        """
        self._checkpoint(population)
        jobs = [job for job in population.jobs if job]
        narrow = self._compiled(worker, jobs[0].conditions, lanes, len(jobs))
        if narrow:
            for job in population.unload(population.live):
                narrow.load(job)
        return narrow

    def _checkpoint(self, population: AnyPopulation) -> None:
        jobs = population.checkpoints()
        self.jobs.update((job.key, job) for job in jobs)
        self._save_checkpoints(jobs)

    def _save_checkpoints(self, jobs: list[Job]) -> None:
        if self._store and jobs:
            self._store.save_checkpoints(
                (job.key, job.conditions, job.checkpoint or b"") for job in jobs
            )

    def _width(self, job: Job) -> tuple[int, int]:
        """The number of lanes for the job's group, and the trials that are a worker's share."""
        group = job.group
        share = -(-sum(other.group == group for other in self.jobs.values()) // self.workers)
        if self._lanes:
            return self._lanes, share
        with self._changed:
            if group not in self._widths:
                alone = {group} == {*self._groups.values(), *self._waiting.groups}
                jobs = [job, *self._waiting.of(group)]
                wanted = lanes_for(jobs, self.workers if alone else 1)
                self._widths[group] = self._fitting(job, wanted)
            return self._widths[group], share

    @staticmethod
    def _fitting(job: Job, wanted: float) -> int:
        """The lanes of a driver that is compiled for about as many as wanted."""
        most = job.conditions.learner.most_lanes
        widths = WIDTHS if job.conditions.dtype == "float32" else WIDTHS[:-1]
        widths = [width for width in widths if width <= max(most, WIDTHS[0])]
        return next((width for width in widths if width >= wanted), widths[-1])
