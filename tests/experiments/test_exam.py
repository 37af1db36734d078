"""The stop rule of exams: what it asks, and that it leaves training as it would have been."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numba import njit
from support import studies

from longlag.errors import InputError
from longlag.experiments.exam_dependents import dependents
from longlag.experiments.population import Job, Population, restore
from longlag.experiments.stop import Exam, Recent
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey
from longlag.network import Network
from longlag.simd.random import Purpose, numpy_stream, reseed_stream, stream_state

#: Never passed.
HOPELESS = Exam(every=70, sequences=30, wrong_below=1, average_below=1e-9)
#: Passed by whoever answers half of the sequences.
EASY = Exam(every=500, sequences=100, wrong_below=50)
#: The window of the one rule is that of the other, so both run in one driver.
NEVER = Recent(window=Exam.window, wrong_below=1, average_below=1e-9)

CAP = 1000


@pytest.fixture(scope="module")
def solved():
    return studies.run(replace(studies.easy(), stop=EASY), 6, workers=1, lanes=4)


def test_exams_leave_training_as_it_would_have_been():
    untested = studies.run(replace(studies.easy(cap=CAP), stop=NEVER), 4, workers=1, lanes=4)
    examined = studies.run(replace(studies.easy(cap=CAP), stop=HOPELESS), 4, workers=1, lanes=4)
    for ours, plain in zip(examined, untested, strict=True):
        assert (ours.sequences, ours.steps) == (plain.sequences, plain.steps)
        assert np.array_equal(ours.curve, plain.curve)
        weights = ours.conditions.learner.layout.size("weights")  # the states are of later steps
        assert np.array_equal(ours.column[:weights], plain.column[:weights])
    assert all(record.status is Status.CAP for record in examined)
    assert all(record.wrong is None for record in examined)  # of the exam, not of a test


def test_trials_are_solved_after_an_exam(solved):
    for record in solved:
        assert record.status is Status.SOLVED
        assert record.sequences % EASY.every == 0
        assert record.tested == 100


def test_the_first_exam_is_on_the_first_sequences_of_its_stream(solved):
    first = [record for record in solved if record.sequences == EASY.every]
    later = [record for record in solved if record.sequences > EASY.every]
    assert later, "choose conditions that some trials meet later than others"
    early = studies.run(replace(studies.easy(cap=EASY.every), stop=EASY), 6, workers=1, lanes=4)
    for record in early:
        c = record.conditions
        network = Network.from_column(c.learner, record.column)
        wrong = sum(
            not abs(network.predict(x)[-1, 0] - target[-1, 0]) < c.task.tolerance
            for x, target in islice(c.task.sequences(c.seed, record.key.trial, Purpose.EXAM), 100)
        )
        assert (record.status is Status.SOLVED) == (wrong < EASY.wrong_below)
    assert sum(record.status is Status.SOLVED for record in early) == len(first)


def test_the_average_counts():
    strict = replace(EASY, wrong_below=100, average_below=1e-9)
    records = studies.run(replace(studies.easy(cap=CAP), stop=strict), 4, workers=1, lanes=4)
    assert all(record.status is Status.CAP for record in records)
    lenient = replace(strict, average_below=1e9)
    records = studies.run(replace(studies.easy(cap=CAP), stop=lenient), 4, workers=1, lanes=4)
    assert all(record.sequences == EASY.every for record in records)


def test_bits_do_not_depend_on_interruptions(solved):
    key, conditions = studies.trials(replace(studies.easy(), stop=EASY), 6)[4]
    job, records = Job(key, conditions), []
    while not records:  # a new population, which checks itself, for every eight chunks
        population = Population(conditions, 4)
        population.load(job)
        for _ in range(8):
            records = records or population.advance(0.0)
        if not records:
            (job,) = population.checkpoints()
    assert studies.bits(records[0].record) == studies.bits(solved[4])


#: Passed after EASY, some 1000 sequences later.
STRICT = replace(EASY, wrong_below=5)
#: Passed after 2000 to 5000 sequences.
STRICTEST = replace(EASY, wrong_below=1, average_below=0.1)


def of_rules(rules, conditions, count):
    """Trials of the same networks under several stop rules."""
    return [
        (TrialKey("shared", name, "only", i), replace(conditions, stop=rule))
        for i in range(count)
        for name, rule in rules.items()
    ]


@pytest.mark.parametrize("cap", [20_000, 2500])
def test_stricter_trials_go_on_from_laxer_ones(cap):
    rules = {"strictest": STRICTEST, "easy": EASY, "strict": STRICT}
    trials = of_rules(rules, studies.easy(cap=cap), 4)
    together = Study(trials, workers=1, lanes=4).run(every=0.001)
    alone = [Study([trial], workers=1, lanes=4).run(every=0.001)[0] for trial in trials]
    assert [studies.bits(record) for record in together] == [studies.bits(each) for each in alone]
    assert {record.status for record in together} == (
        {Status.SOLVED} if cap == 20_000 else {Status.SOLVED, Status.CAP}
    )
    later = [b.sequences > a.sequences for a, b in zip(together[1::3], together[::3], strict=True)]
    assert any(later), "choose a stricter rule"


def test_a_stricter_trial_is_not_trained_anew(tmp_path, monkeypatch):
    """It goes on in a later study too, from the checkpoint that the laxer one left."""
    lax, strict = of_rules({"lax": EASY, "strict": STRICTEST}, studies.easy(), 1)
    with Store(tmp_path / "results.longlag") as store:
        study = Study([strict, lax], store, workers=1, lanes=4)
        end = study._end
        monkeypatch.setattr(study, "_end", lambda *over: (end(*over), study.interrupt()))
        study.run(every=0.001)
        (record,) = Study([lax], store).done
        (job,) = Study([strict], store).jobs.values()
        assert int(restore(job)["lane"]["sequences"]) >= record.sequences
        (resumed,) = Study([strict], store, workers=1, lanes=4).run(every=0.001)
    (alone,) = Study([strict], workers=1, lanes=4).run(every=0.001)
    assert studies.bits(resumed) == studies.bits(alone)


def test_who_may_follow_whom():
    conditions = studies.easy()

    def following(**rules):
        trials = of_rules(rules, conditions, 1)
        follow = dependents(Job(*trial) for trial in trials)
        return {leader.row: [key.row for key in keys] for leader, keys in follow.items()}

    assert following(a=STRICTEST, b=EASY, c=STRICT) == {"b": ["c"], "c": ["a"]}
    assert following(a=EASY, b=replace(EASY, every=100)) == {}
    assert following(a=EASY, b=replace(EASY, sequences=101)) == {}
    assert (
        following(a=replace(EASY, wrong_below=60, average_below=0.1), b=EASY) == {}
    )  # neither is stricter
    assert following(a=Recent(), b=replace(Recent(), average_below=0.001)) == {}


def test_the_next_exam_is_seeded_from_the_last_as_numpy_seeds():
    class Words:
        """Gives NumPy the three words that a stream draws next."""

        def __init__(self, generator):
            self.words = generator.integers(0, 2**64, 3, np.uint64)

        def generate_state(self, n_words, dtype):
            return self.words

    @njit
    def reseed(state):
        reseed_stream(state, 0)

    state = stream_state(1, 2, Purpose.EXAM)[:, None]
    reseed(state)
    np.random.bit_generator.ISeedSequence.register(Words)
    expected = np.random.SFC64(Words(numpy_stream(1, 2, Purpose.EXAM)))
    assert state[:, 0].tolist() == expected.state["state"]["state"].tolist()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"every": 0}, "every of exam must be"),
        ({"sequences": 0}, "sequences of exam must be"),
        ({"wrong_below": 257}, "wrong_below of exam must be"),
        ({"average_below": 0.0}, "average_below of exam must be"),
        ({"average_below": np.nan}, "average_below of exam must be"),
    ],
)
def test_wrong_numbers_are_refused(bad, message):
    with pytest.raises(InputError, match=message):
        Exam(**bad)
