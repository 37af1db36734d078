"""Studies on a real Dask scheduler with worker processes, which are killed, late, or gone."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from support import studies
from support.command_line import assert_refused

from longlag import DaskExecutor, Fleet, PartitionedFleet, Store, Study, dask_executor
from longlag.errors import InputError, WorkersError
from longlag.experiments import distributed
from longlag.experiments import study as study_module
from longlag.experiments.trial import TrialKey

pytest.importorskip("distributed")
from distributed.comm import CommClosedError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes by signals")


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder):
        self._log = (folder / "cluster.log").open("w")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", port)
        self.workers = []

    def _start(self, *arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        # A worker finds the code that this process runs, and what it has compiled.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, env=environment)

    def add_worker(self):
        options = "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"
        self.workers.append(self._start("worker", self.address, *options))

    def kill_worker(self, index=0):
        worker = self.workers.pop(index)
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def wait(self):
        """Until the scheduler answers: on a busy machine, processes start slowly."""
        for _ in range(30):
            with suppress(WorkersError), DaskExecutor(self.address):
                return
            time.sleep(0.5)
        pytest.fail("the scheduler does not start")

    def close(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()
        self._log.close()


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setattr(distributed, "SLICE", 0.05)
    monkeypatch.setattr(study_module, "CHECKPOINT", 0.05)
    monkeypatch.setattr(dask_executor, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(dask_executor, "TIMEOUT", 2.0)
    monkeypatch.setattr(logging.getLogger("distributed"), "disabled", True)
    found = Cluster(tmp_path)
    found.wait()
    yield found
    found.close()


def bits(records):
    return [studies.bits(record) for record in records]


def trials_of(cap):
    return [(TrialKey("dask", "", "", i), studies.endless(cap)) for i in range(6)]


def undisturbed(trials):
    return bits(Study(trials, workers=1, lanes=4).run(every=0.001))


def steps(study):
    return sum(each.steps for each in [*study.running(), *study.done])


@pytest.mark.parametrize(
    ("kills", "cap"), [(2, 20_000), pytest.param(20, 300_000, marks=pytest.mark.slow)]
)
def test_work_of_killed_workers_is_done_again_by_workers_that_join_late(
    cluster, tmp_path, kills, cap
):
    """Workers join after the study has begun; each that is killed has a successor."""
    trials, generator, killed_at = trials_of(cap), np.random.default_rng(4), []

    def kill(study):
        if not cluster.workers:
            cluster.add_worker()
            cluster.add_worker()
        # Dask gives up work that several workers died of: each kill waits for some progress.
        if len(killed_at) < kills and steps(study) > max(killed_at, default=0):
            killed_at.append(steps(study))
            time.sleep(generator.uniform(0, 0.2))  # the moment of the kill
            cluster.kill_worker(generator.integers(len(cluster.workers)))
            cluster.add_worker()

    with DaskExecutor(cluster.address) as executor, Store(tmp_path / "a.longlag") as store:
        assert executor.workers == 0
        study = Study(trials, store, executor=executor, lanes=4)
        records = study.run(kill, every=0.01)
        assert bits(store.records()) == bits(study.done)
    assert len(killed_at) == kills
    assert bits(records) == undisturbed(trials)


def test_a_study_outlives_its_scheduler(cluster, tmp_path):
    """One line, and the store has what was saved; a study on threads resumes."""
    trials = trials_of(40_000)
    cluster.add_worker()

    def kill(study):
        if study.running():
            cluster.scheduler.kill()

    with Store(tmp_path / "a.longlag") as store:
        with DaskExecutor(cluster.address) as executor:
            study = Study(trials, store, executor=executor, lanes=4)
            with pytest.raises(WorkersError, match="is gone: what was stored is kept") as gone:
                study.run(kill, every=0.01)
            assert cluster.address in str(gone.value)
            with pytest.raises(WorkersError, match="is gone"):
                executor.submit(sum, [1, 2]).result()
        resumed = Study(trials, store, workers=1, lanes=4)
        assert any(job.checkpoint for job in resumed.jobs.values())
        assert bits(resumed.run(every=0.001)) == undisturbed(trials)


def test_a_result_that_cannot_be_fetched_ends_the_call(cluster, monkeypatch):
    """The scheduler may go away after it has said that a call is over."""

    async def lost(*arguments):
        raise CommClosedError("the scheduler is gone")

    cluster.add_worker()
    with DaskExecutor(cluster.address) as executor:
        assert executor.submit(sum, [1, 2]).result(60) == 3
        monkeypatch.setattr(executor._client, "_gather_remote", lost)
        with pytest.raises(WorkersError, match="is gone"):
            executor.submit(sum, [1, 2]).result(60)
        with pytest.raises(FileNotFoundError):  # an error of the call itself stays as it is
            executor.submit(os.listdir, "/nowhere").result(60)


def test_a_call_that_comes_while_the_client_closes_is_refused(cluster, monkeypatch):
    with DaskExecutor(cluster.address) as executor, monkeypatch.context() as patch:
        client = executor._client
        patch.setattr(client, "submit", lambda *_, **__: patch.setattr(client, "status", "closing"))
        with pytest.raises(WorkersError, match="is gone"):
            executor.submit(sum, [1, 2])


def test_the_command_runs_on_a_cluster(cluster, longlag, file, own_folder):
    cluster.add_worker()
    status, out, err = longlag("run", file, "--dask", cluster.address, "--json")
    assert status == 0
    assert f"Dask at {cluster.address} has " in err
    threads = longlag("run", file, "--json", "--store", "other.longlag")[1]
    without_time = [
        [each | {"seconds": None} for each in json.loads(text)["trials"]] for text in (out, threads)
    ]
    assert without_time[0] == without_time[1]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(dask_executor, "TIMEOUT", 0.3)


def test_an_address_where_nobody_answers_is_refused_soon(impatient):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(WorkersError, match=f"no Dask scheduler answers at {address}"):
            DaskExecutor(address)
    with pytest.raises(WorkersError, match="no Dask scheduler answers"):
        DaskExecutor(address)


@pytest.mark.parametrize("address", ["nonsense", "", "foo://host:1", "tcp://:::", "127.0.0.1"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InputError, match=r"must be like tcp://.*, or local, got"):
        DaskExecutor(address)


def test_a_cluster_has_its_own_workers():
    with pytest.raises(InputError, match="a cluster has its own"):
        DaskExecutor("tcp://127.0.0.1:1", workers=2)


def test_the_command_says_in_one_line_that_nobody_answers(longlag, file, own_folder, impatient):
    result = longlag("run", file, "--dask", "tcp://127.0.0.1:9")
    assert_refused(result, "no Dask scheduler answers at tcp://127.0.0.1:9")


@pytest.mark.parametrize("error", [RuntimeError("Nanny failed to start.\nmore"), TimeoutError()])
def test_processes_that_do_not_start_are_one_line(error, monkeypatch):
    def fail(**options):
        raise error

    monkeypatch.setattr("distributed.LocalCluster", fail)
    with pytest.raises(WorkersError, match="of this machine do not start") as caught:
        DaskExecutor("local")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_processes_of_this_machine_are_started_again(tmp_path):
    trials, killed = trials_of(100_000), []
    with DaskExecutor("local", workers=2) as executor:

        def kill(study):
            if study.running() and not killed:
                killed.append(executor.submit(os.getpid).result())
                os.kill(killed[0], signal.SIGKILL)

        assert executor.workers == 2
        records = Study(trials, executor=executor, lanes=4).run(kill)
    assert killed
    assert bits(records) == undisturbed(trials)


@pytest.mark.slow
def test_a_fleet_in_parts_learns_on_a_cluster(cluster, tmp_path):
    """A worker is killed during each call."""
    generator, whole = np.random.default_rng(6), Fleet(dtype="float64")
    keys = [f"key {i}" for i in range(3000)]
    for _ in range(2):
        cluster.add_worker()
    with DaskExecutor(cluster.address) as executor:
        parts = PartitionedFleet.split(Fleet(dtype="float64"), tmp_path / "fleet", 6, executor)
        for _ in range(5):
            X, y = generator.normal(size=(3000, 2)), generator.normal(size=3000)
            timer = threading.Timer(generator.uniform(0, 0.5), cluster.kill_worker)
            timer.start()
            found = parts.learn_many(keys, X, y)
            timer.join()
            cluster.add_worker()
            assert found.tobytes() == whole.learn_many(keys, X, y).tobytes()
