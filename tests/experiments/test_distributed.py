"""A study on an executor of the standard library ends with the bits of one on threads."""

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from functools import cache
from multiprocessing import get_context

import pytest
from support import studies

from longlag.errors import InputError, WorkersError
from longlag.executors import end_left, submitted, versions
from longlag.experiments import distributed
from longlag.experiments import study as study_module
from longlag.experiments.distributed import Batch, RemotePopulation, run_batch
from longlag.experiments.population import Job
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey


@pytest.fixture
def brief(monkeypatch):
    """Trials come back and are saved every few milliseconds."""
    monkeypatch.setattr(distributed, "SLICE", 0.01)
    monkeypatch.setattr(study_module, "CHECKPOINT", 0.01)


def bits(records):
    return [studies.bits(record) for record in records]


@cache
def on_threads():
    return bits(Study(studies.mixed(), workers=1, lanes=4).run(every=0.001))


def processes(count):
    return ProcessPoolExecutor(count, get_context("spawn"))


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, processes])
def test_an_executor_gives_the_bits_of_threads(pool, brief):
    with pool(2) as executor:
        study = Study(studies.mixed(), executor=executor, workers=2, lanes=4)
        assert bits(study.run(every=0.001)) == on_threads()


class Elastic(Executor):
    """Calls run in threads; a second worker joins after the second call."""

    def __init__(self):
        self.calls = 0
        self.by_sender = Counter()
        self._pool = ThreadPoolExecutor(2)

    @property
    def workers(self):
        return 1 if self.calls < 2 else 2

    def submit(self, fn, /, *args, **kwargs):
        self.calls += 1
        self.by_sender[threading.get_ident()] += 1
        return self._pool.submit(fn, *args, **kwargs)


def test_a_worker_that_joins_late_gets_trials_of_another(brief):
    executor = Elastic()
    trials = [(TrialKey("late", "", "", i), studies.endless(30_000)) for i in range(4)]
    study = Study(trials, executor=executor, lanes=4)
    records = study.run(every=0.001)
    assert study.workers == 2
    assert len(executor.by_sender) == 2
    assert min(executor.by_sender.values()) > 1
    assert bits(records) == bits(Study(trials, workers=1, lanes=4).run(every=0.001))


def test_a_killed_process_ends_the_study_in_one_line_and_the_next_one_resumes(tmp_path, brief):
    trials = [(TrialKey("killed", "", "", i), studies.endless(20_000)) for i in range(4)]
    with Store(tmp_path / "results.longlag") as store:
        with processes(2) as executor:
            process = executor.submit(os.getpid).result()
            study = Study(trials, store, executor=executor, workers=2, lanes=4)

            def kill(study):
                if store.checkpoint(*trials[0]):
                    with suppress(ProcessLookupError):  # it may be gone before the study notices
                        os.kill(process, signal.SIGTERM)

            with pytest.raises(WorkersError, match="run the same again with a new executor"):
                study.run(kill, every=0.001)
        second = Study(trials, store, workers=1, lanes=4)
        assert any(job.checkpoint for job in second.jobs.values()) or second.found
        records = second.run(every=0.001)
    assert bits(records) == bits(Study(trials, workers=1, lanes=4).run(every=0.001))


# The pool's own thread may meet the late process while it counts the others: that ends it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_process_that_begins_while_its_pool_breaks_is_ended():
    """It has begun, but the pool does not know it yet, and leaving the pool waits for it."""
    begins, may_be_known = threading.Event(), threading.Event()

    class Late(dict):
        def __setitem__(self, pid, process):
            if self:
                begins.set()
                may_be_known.wait(60)
            super().__setitem__(pid, process)

    pool = processes(2)
    pool._processes = Late()
    process = pool.submit(os.getpid).result()
    first = pool.submit(time.sleep, 600)
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(submitted, pool, time.sleep, 600)
        assert begins.wait(60)
        os.kill(process, signal.SIGKILL)
        wait([first], timeout=2)  # a pool may wait for the second process
        may_be_known.set()
        with suppress(WorkersError):  # or the call is taken, and never ends
            second.result()
    assert wait([first], timeout=60).done
    end_left(pool)
    leaving = threading.Thread(target=pool.shutdown, daemon=True)
    leaving.start()
    leaving.join(60)
    assert not leaving.is_alive()


class Never(Executor):
    """Workers that never come."""

    def submit(self, fn, /, *args, **kwargs):
        return Future()


def test_an_interruption_does_not_wait_for_a_worker():
    study = Study(studies.trials(studies.endless(10**9), 3), executor=Never(), workers=2)
    records = study.run(lambda study: study.interrupt(), every=0.001)
    assert {record.status for record in records} == {Status.INTERRUPTED}


def test_work_for_other_versions_is_refused():
    job = Job(TrialKey("old", "", "", 0), studies.easy())
    for other in ({"longlag": "0.0.1"}, {"sources": "0123"}, {"numpy": "1.0"}):
        batch = Batch((job,), 4, 1.0, versions()._replace(**other))
        with pytest.raises(
            WorkersError, match=r"a worker has longlag .* install the same versions"
        ):
            run_batch(batch)


def test_short_trials_take_turns_in_the_lanes_of_a_batch():
    conditions = studies.endless(10)
    jobs = tuple(Job(TrialKey("short", "", "", i), conditions) for i in range(20))
    ended, unfinished = run_batch(Batch(jobs, 4, 60.0, versions()))
    assert not unfinished
    assert {each.record.key for each in ended} == {job.key for job in jobs}
    none = run_batch(Batch(jobs, 4, 0.0, versions()))
    assert not none.ended
    assert {job.key for job in none.unfinished} == {job.key for job in jobs}


def test_trials_that_have_not_begun_are_given_away_first():
    conditions = studies.endless(10)
    population = RemotePopulation(conditions, 4, Never(), Future(), trials=9)
    for i in range(9):
        job = Job(TrialKey("", "", "", i), conditions)
        population.load(replace(job, checkpoint=b"begun") if i < 3 else job)
    assert (population.live, population.room) == (9, 0)
    assert [job.key.trial for job in population.unload(4)] == [5, 6, 7, 8]
    assert [job.key.trial for job in population.checkpoints()] == [0, 1, 2]


def test_too_many_workers_are_refused():
    with pytest.raises(InputError, match="workers must be"):
        Study(studies.trials(studies.easy(), 1), executor=Never(), workers=5000)
