"""Which setting is chosen, and in which order its trials are asked for."""

from dataclasses import replace

import pytest
from support import made_up_records

from longlag.errors import InputError
from longlag.experiments.selection import TUNING, Selection
from longlag.experiments.settings import settings_of
from longlag.experiments.store import Store
from longlag.experiments.trial import Status
from longlag.experiments.waves import run_in_waves
from longlag.learners import learners
from longlag.learners.recurrent import BPTT

SHOWN = 10
SETTINGS = {
    name: replace(made_up_records.CONDITIONS, cap=cap)
    for name, cap in (("first", 100), ("second", 200), ("third", 300))
}
SELECTION = Selection("ladder", "adding, lag 20", "lstm", SETTINGS, SHOWN)


def fated(solved, shown=None):
    """A `find`: so many trials of each setting are solved; only those of `shown` are shown."""

    def find(key, conditions):
        name = key.reading.removeprefix("lstm, ")
        tuning = key.experiment == "ladder-tuning"
        if not tuning and shown is None:
            return None
        count = solved[name] if tuning else shown
        if count is None:
            return None
        status = Status.SOLVED if key.trial < count else Status.CAP
        record = made_up_records.record(key.trial, 50, status)
        return replace(record, key=key, conditions=conditions)

    return find


def test_settings_are_tried_in_their_order_on_another_seed():
    pending = SELECTION.standing(lambda key, conditions: None).pending
    assert [key.reading for key, _ in pending] == ["lstm, first"] * TUNING
    assert {key.experiment for key, _ in pending} == {"ladder-tuning"}
    assert {conditions.seed for _, conditions in pending} == {1_000_007}  # that shown is 7


def test_the_first_setting_that_always_solves_is_chosen_and_no_other_is_tried():
    standing = SELECTION.standing(fated({"first": 2, "second": 3, "third": None}))
    assert standing.setting == "second"
    assert [key.reading for key, _ in standing.pending] == ["lstm, second"] * SHOWN
    assert {conditions.seed for _, conditions in standing.pending} == {7}


def test_otherwise_the_setting_that_most_often_solves_is_chosen():
    solved = {"first": 1, "second": 2, "third": 2}
    standing = SELECTION.standing(fated(solved, shown=8))
    assert standing.setting == "second"
    assert standing.over
    assert [record.status for record in standing.records].count(Status.SOLVED) == 8


def test_where_no_setting_solves_nothing_is_shown():
    standing = SELECTION.standing(fated(dict.fromkeys(SETTINGS, 0)))
    assert standing.over
    assert standing.setting is None
    assert len(standing.records) == TUNING * len(SETTINGS)


def test_a_run_in_waves_asks_for_what_is_known_from_the_wave_before(monkeypatch, tmp_path):
    waves = []

    class Study:
        def __init__(self, trials, store, **options):
            self.trials, self.store = trials, store

        def run(self, progress):
            fate = fated({"first": 0, "second": 3, "third": 3}, shown=9)
            waves.append({key.reading for key, _ in self.trials})
            records = [fate(*trial) for trial in self.trials]
            for record in records:
                self.store.save(record)
            return records

    monkeypatch.setattr("longlag.experiments.waves.Study", Study)
    with Store(tmp_path / "store") as store:
        (standing,) = run_in_waves(lambda find: [SELECTION.standing(find)], store)
    assert waves == [{"lstm, first"}, {"lstm, second"}, {"lstm, second"}]
    assert (standing.setting, standing.over, len(standing.records)) == ("second", True, SHOWN)


def test_an_interrupted_wave_is_the_last(monkeypatch, tmp_path):
    class Study:
        def __init__(self, trials, store, **options):
            self.trials = trials

        def run(self, progress):
            record = made_up_records.record(0, 5, Status.INTERRUPTED)
            return [replace(record, key=key) for key, _ in self.trials]

    monkeypatch.setattr("longlag.experiments.waves.Study", Study)
    with Store(tmp_path / "store") as store:
        (standing,) = run_in_waves(lambda find: [SELECTION.standing(find)], store)
    assert len(standing.pending) == TUNING


ONLINE = {"type": "exam"}
STOPS = {"online": ONLINE, "search": {"type": "training-set"}, "batch": {"type": "training-set"}}
PLAIN = {"cap": 10, "longest": 77, "seed": 1, "dtype": "float32"}


@pytest.mark.parametrize("learner", learners())
def test_every_learner_has_settings_that_fit_the_adding_problem(learner):
    found = settings_of(learner).conditions({"type": "adding", "T": 22}, STOPS, **PLAIN)
    assert {each.learner.name for each in found.values()} == {learner}
    assert len(set(found.values())) == len(found)  # no setting stands twice


def test_fields_that_reach_over_the_whole_sequence_do():
    found = settings_of("bptt").conditions({"type": "adding", "T": 22}, STOPS, **PLAIN)
    nets = [each.learner for each in found.values()]
    assert {(net.depth, net.interval) for net in nets if isinstance(net, BPTT)} == {(77, 77)}


def test_a_setting_that_does_not_fit_is_left_out():
    real = settings_of("iohmm").conditions({"type": "adding", "T": 22}, STOPS, **PLAIN)
    symbols = settings_of("iohmm").conditions({"type": "temporal-order"}, STOPS, **PLAIN)
    assert set(real) & set(symbols) == set()
    with pytest.raises(InputError, match=r"^learner\.coding: must be one of 'real'"):
        settings_of("pseudo-newton").conditions({"type": "temporal-order"}, STOPS, **PLAIN)
