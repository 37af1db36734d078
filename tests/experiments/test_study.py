"""A trial has the same bits in every lane and worker, and after every interruption."""

import threading
from dataclasses import replace
from functools import cache
from itertools import count

import numpy as np
import pytest
from support import studies

from longlag.errors import InputError, StoreError
from longlag.experiments import store as store_module
from longlag.experiments import study as study_module
from longlag.experiments.population import Job, Population, group_of
from longlag.experiments.stop import GrowingSet, Recent
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey
from longlag.learners.lstm import LSTM
from longlag.tasks.first_strings import FirstStrings
from longlag.tasks.reber import EmbeddedReber

# A look at the world every few milliseconds: populations are refilled, shared and saved often.
BRIEF = 0.003


@pytest.fixture
def brief(monkeypatch):
    monkeypatch.setattr(study_module, "SLICE", BRIEF)
    monkeypatch.setattr(study_module, "CHECKPOINT", BRIEF)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.longlag"


def run(trials, *arguments, **options):
    return Study(trials, *arguments, **options).run(every=0.001)


def bits(records):
    return [studies.bits(record) for record in records]


@cache
def alone(trial):
    return studies.bits(run([trial], workers=1)[0])


def undisturbed(trials):
    """Each trial alone, one after another; several tests compare with the same ones."""
    return [alone(trial) for trial in trials]


@pytest.mark.parametrize("lanes", [4, 16])
@pytest.mark.parametrize("workers", [1, 2])
def test_bits_do_not_depend_on_workers_and_lanes(workers, lanes, brief):
    trials = studies.mixed()
    records = run(trials, workers=workers, lanes=lanes)
    assert [record.key for record in records] == [key for key, _ in trials]
    assert {record.status for record in records} == {Status.SOLVED, Status.CAP}
    assert bits(records) == undisturbed(trials)


@pytest.mark.parametrize("lanes", [4, pytest.param(8, marks=pytest.mark.slow)])
def test_bits_of_float64_do_not_depend_on_lanes(lanes):
    trials = studies.mixed("float64")
    assert bits(run(trials, workers=2, lanes=lanes)) == undisturbed(trials)


def test_an_idle_worker_gets_half_of_the_lanes_of_another(brief, monkeypatch):
    """Two trials are over at once; then one worker has all that is left, and shares it."""
    moved = []
    unload = Population.unload

    def counted(population, number):
        moved.append((population.live, number))
        return unload(population, number)

    monkeypatch.setattr(Population, "unload", counted)
    early = studies.easy(cap=40_000)  # first, because nothing says that they are over soon
    kinds = [early, early, *[studies.endless(30_000)] * 6]
    trials = [(TrialKey("shared", "", "", i), each) for i, each in enumerate(kinds)]
    records = run(trials, workers=2, lanes=16)
    assert moved
    assert all(number == live // 2 for live, number in moved)
    monkeypatch.undo()
    assert bits(records) == undisturbed(trials)


@pytest.mark.parametrize(("dtype", "widths"), [("float32", (4, 16)), ("float64", (4, 8))])
def test_bits_survive_moves_between_populations(dtype, widths):
    """Saved at moments that nobody chose, and loaded into a population of another width."""
    trials = studies.mixed(dtype)[:4]
    jobs = [Job(key, conditions) for key, conditions in trials]
    populations = [Population(trials[0][1], width) for width in widths]
    generator = np.random.default_rng(5)
    records = []
    for turn in count():
        population = populations[turn % 2]
        for index in generator.permutation(len(jobs)):
            population.load(jobs[index])
        records += [each.record for each in population.advance(generator.uniform(0, 0.002))]
        jobs = population.unload(population.live)
        assert population.live == 0
        if not jobs:
            break
    assert turn > 5, "over before it was moved a few times"
    assert sorted(bits(records), key=lambda each: each[0].trial) == undisturbed(trials)


@pytest.mark.parametrize("stop", ["interrupt", "Ctrl-C"])
def test_an_interrupted_study_is_resumed(stop, path, brief):
    # Long enough (some 0.1 s) that it is not over when it is interrupted at the first sight of it.
    cap = 40_000
    trials = [(TrialKey("long", "", "", i), studies.endless(cap)) for i in range(6)]
    disturbed = set()

    def disturb(study):
        if study.running() and study not in disturbed:
            disturbed.add(study)
            if stop == "Ctrl-C":
                raise KeyboardInterrupt
            study.interrupt()

    with Store(path) as store:
        for turn in range(3):
            study = Study(trials, store, workers=2)
            assert bool([job for job in study.jobs.values() if job.checkpoint]) == (turn > 0)
            interrupted = study.run(disturb if turn < 2 else None, every=0.001)
            assert [record.key for record in interrupted] == [key for key, _ in trials]
            if turn < 2:
                assert Status.INTERRUPTED in {record.status for record in interrupted}
                assert any(0 < record.sequences < cap for record in interrupted)
        assert bits(interrupted) == undisturbed(trials)
        assert bits(store.records()) == bits(study.done)


def test_ctrl_c_leaves_no_lock_taken(monkeypatch):
    """Raised within `Condition.__enter__`, Ctrl-C would leave it taken, and workers would hang."""
    looks, taken, enter = [], [], threading.Condition.__enter__

    def watched(condition):
        if looks and threading.current_thread() is threading.main_thread():
            taken.append(condition)
        return enter(condition)

    monkeypatch.setattr(threading.Condition, "__enter__", watched)
    trials = studies.trials(studies.endless(40_000), 2)
    Study(trials, workers=2).run(looks.append, every=0.001)
    assert len(looks) > 2
    assert not taken


def test_an_interrupted_trial_says_where_it_stands():
    trials = [(TrialKey("long", "", "", 0), studies.endless(1_000_000))]
    study = Study(trials, workers=1)
    (record,) = study.run(lambda study: study.interrupt() if study.running() else None, every=0.001)
    assert record.status is Status.INTERRUPTED
    assert "the same command" in record.status.message
    assert 0 < record.sequences < 1_000_000
    assert (record.wrong, record.tested, record.test_error) == (None, 0, None)
    assert record.curve[-1, 0] == record.sequences


def test_finished_trials_are_found_again_and_not_run_again(path, monkeypatch):
    trials = studies.mixed()
    with Store(path) as store:
        first = run(trials[:12], store, workers=2)
        second = Study(trials, store, workers=2)
        assert (second.found, second.total, len(second.jobs)) == (12, 20, 8)
        records = second.run(every=0.001)
        assert bits(records[:12]) == bits(first)
        assert [record.seconds for record in records[:12]] == [record.seconds for record in first]

        def compiled(*arguments):
            raise AssertionError("nothing is left to run")

        monkeypatch.setattr(study_module, "Population", compiled)
        third = Study(trials, store)
        assert third.found == 20
        assert bits(third.run()) == bits(records)
    monkeypatch.undo()
    assert bits(records) == undisturbed(trials)


def test_records_come_in_the_order_of_the_trials():
    caps = [2000, 10, 500, 20, 1000]
    trials = [(TrialKey("order", "", "", i), studies.endless(cap)) for i, cap in enumerate(caps)]
    study = Study(trials, workers=1)
    records = study.run(every=0.001)
    assert [record.sequences for record in records] == caps
    ended = [record.sequences for record in study.done]
    assert ended.index(10) < ended.index(2000)
    assert study.keys == [key for key, _ in trials]


class Full(Store):
    """A store whose disk is full."""

    def save(self, record):
        raise StoreError("the disk is full: free some space")


class NearlyFull(Store):
    """One that has no room for checkpoints."""

    def save_checkpoints(self, checkpoints):
        raise StoreError("the disk is full: free some space")


@pytest.mark.parametrize("broken", [Full, NearlyFull])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_store_stops_the_study(broken, workers, path, brief):
    trials = [*studies.mixed(), (TrialKey("long", "", "", 0), studies.endless(10**9))]
    failures = []

    def attempt():
        try:
            with broken(path) as store:
                run(trials, store, workers=workers)
        except StoreError as error:
            failures.append(str(error))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(60)  # compiling takes some 10 s; the last trial would take hours
    assert not thread.is_alive(), "the study hangs"
    assert failures == ["the disk is full: free some space"]


def test_trials_whose_tasks_have_other_numbers_of_parameters_share_no_population():
    learner = LSTM(7, 7)
    small, large = (
        Conditions(EmbeddedReber(strings=strings), learner, Recent(), 9, 9, "float32", 1)
        for strings in (9, 99)
    )
    assert group_of(small) != group_of(large)
    assert group_of(small) == group_of(replace(small, cap=99))


def test_sets_of_other_sizes_and_other_kinds_of_learning_share_no_population():
    task, learner = FirstStrings(), LSTM(3, 1, coding="symbol")
    stops = GrowingSet(5, sequences=20), GrowingSet(5, sequences=26), Recent(window=20)
    each = [Conditions(task, learner, stop, 9, 9, "float32", 1) for stop in stops]
    assert len({*map(group_of, each)}) == 3
    assert group_of(each[0]) == group_of(replace(each[0], stop=GrowingSet(9, sequences=20)))


def test_a_study_needs_trials_and_workers():
    with pytest.raises(InputError, match="no trials: ask for at least one"):
        Study([])
    for wrong in (0, -1, 1.5, True, "2", 100_000):
        with pytest.raises(InputError, match=r"workers must be"):
            Study(studies.trials(studies.easy(), 1), workers=wrong)
    for wrong in (0, 3, 24, 65, True):
        with pytest.raises(InputError, match=r"lanes must be"):
            Study(studies.trials(studies.easy(), 1), lanes=wrong)


@pytest.mark.parametrize("number", [-1, 1.5, "1", 2**63])
def test_the_numbers_of_trials_are_whole(number):
    with pytest.raises(InputError, match=r"^the number of a trial must be "):
        Study([(TrialKey("a", "b", "c", number), studies.easy())])


def test_a_checkpoint_of_other_sizes_is_refused(path):
    key, conditions = studies.trials(studies.easy(), 1)[0]
    with Store(path) as store:
        store.save_checkpoints([(key, conditions, b"too short")])
        study = Study([(key, conditions)], store, workers=1)
        with pytest.raises(StoreError, match=r"has 9 bytes instead of .*: it belongs to other"):
            study.run(every=0.001)


def test_a_checkpoint_of_another_version_is_refused(path, monkeypatch):
    trials = studies.trials(studies.endless(10**9), 1)
    with Store(path) as store:
        study = Study(trials, store, workers=1)
        study.run(lambda study: study.interrupt() if study.running() else None, every=0.001)
        before = store.checkpoint(*trials[0])
        assert before
        with monkeypatch.context() as newer:
            newer.setattr(store_module, "ENGINE", store_module.ENGINE + 1)
            with pytest.raises(StoreError, match="was begun by version"):
                Study(trials, store)
        assert store.checkpoint(*trials[0]) == before  # what was stored stays


def test_changed_conditions_begin_anew(path):
    """A cap that was raised is another trial: its results are not taken from the store."""
    trials = studies.trials(studies.endless(50), 2)
    with Store(path) as store:
        run(trials, store, workers=1)
        longer = Study([(key, replace(each, cap=60)) for key, each in trials], store, workers=1)
        assert longer.found == 0
        assert {record.sequences for record in longer.run(every=0.001)} == {60}
        assert len(store.records()) == 4


def test_float32_learns_as_fast_as_float64():
    """Rounding decides nothing: the same seeds meet the rule after about as many sequences."""
    single, double = (
        studies.run(studies.easy(dtype=dtype), 40) for dtype in ("float32", "float64")
    )
    assert {record.status for record in [*single, *double]} == {Status.SOLVED}
    a, b = (np.array([record.sequences for record in records]) for records in (single, double))
    # The trials are pairs of the same data and initial weights, and most pairs agree exactly. Were
    # they independent instead, the means (spread of one trial: 150 of 750) would differ by more
    # than 20% with a probability of 1e-5; as they are, the false-alarm probability is below that.
    assert abs(a.mean() / b.mean() - 1) < 0.2
    wrong = [np.mean([record.wrong for record in records]) for records in (single, double)]
    # Of 100, about 40 with a spread of 8: likewise 5 standard errors (1.8) of the difference.
    assert abs(wrong[0] - wrong[1]) < 9


def test_half_empty_populations_become_one_while_others_wait(brief, monkeypatch):
    """Five trials are in two populations, the three that are left later on need one."""
    moved = []
    taken = Study._taken

    def counted(study, population, number):
        moved.append((population.live, number))
        return taken(study, population, number)

    monkeypatch.setattr(Study, "_taken", counted)
    caps = [30_000, 1000, 30_000, 1000, 30_000]
    trials = [(TrialKey("first", "", "", i), studies.endless(cap)) for i, cap in enumerate(caps)]
    other = studies.endless(1000, dtype="float64")
    trials += [(TrialKey("second", "", "", i), other) for i in range(24)]  # some wait for long
    records = run(trials, workers=3, lanes=4)  # the third joins the first group
    assert any(number == live for live, number in moved)
    monkeypatch.undo()
    assert bits(records) == undisturbed(trials)


def test_few_trials_move_to_fewer_lanes(brief, monkeypatch):
    monkeypatch.setattr(study_module, "FEW", dict.fromkeys(study_module.FEW, 0.0))
    widths = []

    def compiled(conditions, lanes):
        widths.append(lanes)
        return Population(conditions, lanes)

    monkeypatch.setattr(study_module, "Population", compiled)
    trials = studies.mixed()
    records = run(trials, workers=1)
    assert widths == [8, 4, 2, 1]
    monkeypatch.undo()
    assert bits(records) == undisturbed(trials)


def test_an_interruption_does_not_wait_for_a_compiler(path, monkeypatch):
    compiling, over = threading.Event(), threading.Event()

    def compiled(conditions, lanes):
        compiling.set()
        assert over.wait(60)
        return Population(conditions, lanes)

    monkeypatch.setattr(study_module, "Population", compiled)
    trials = studies.trials(studies.endless(10**9), 3)
    before = set(threading.enumerate())
    with Store(path) as store:
        study = Study(trials, store, workers=2)
        records = study.run(lambda study: compiling.is_set() and study.interrupt(), every=0.001)
    assert {record.status for record in records} == {Status.INTERRUPTED}
    assert not over.is_set()
    over.set()
    for worker in set(threading.enumerate()) - before:
        worker.join(60)
    assert not study._failure  # what was left behind has touched neither store nor trials
    assert not study.running()


def test_a_display_that_fails_stops_the_workers():
    study = Study(studies.trials(studies.endless(10**9), 1), workers=1)

    def broken(_):
        raise RuntimeError("no terminal")

    with pytest.raises(RuntimeError, match="no terminal"):
        study.run(broken)
    assert not study.running()
