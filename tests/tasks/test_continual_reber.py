"""Streams in exams, and what forget gates do on a stream without resets."""

import numpy as np
import pytest

from longlag import Network, Study
from longlag.errors import InputError
from longlag.experiments.files import published
from longlag.experiments.trial import Status, TrialKey
from longlag.simd.random import Purpose
from longlag.tasks.reber import ContinualReber


def first(task, purpose):
    return next(task.sequences(1, purpose=purpose))[0][:, 0]


def test_streams_of_exams_have_a_length_of_their_own():
    task = ContinualReber(length=50, exam_length=80)
    assert len(first(task, Purpose.TRAINING)) == 50
    for purpose in (Purpose.EXAM, Purpose.TESTING):
        x = first(task, purpose)
        assert len(x) == 80
        # The same stream as with one length, only longer.
        np.testing.assert_array_equal(x[:50], first(ContinualReber(length=50), purpose))


def test_a_stream_of_an_exam_holds_a_string():
    with pytest.raises(InputError, match=r"^exam_length of continual-reber must be .*, got 8$"):
        ContinualReber(exam_length=8)


@pytest.mark.slow
@pytest.mark.parametrize(("row", "solved"), [("1997 cell", False), ("forget gates", True)])
def test_forget_gates_solve_the_stream_and_keep_cells_from_saturating(row, solved):
    """Trials have the same bits everywhere, so nothing here is left to chance."""
    experiment = published("continual-reber")
    given = experiment.conditions(row, "as-given", seed=1, dtype="float32", overrides={"cap": 1000})
    records = Study([(TrialKey("stream", row, "", i), given) for i in range(8)]).run()
    assert any(record.status == Status.SOLVED for record in records) == solved
    x = first(ContinualReber(length=5000), Purpose.TESTING)
    networks = [Network.from_column(given.learner, record.column) for record in records]
    squashed = [network.record(x)["squashed_states"][1000:] for network in networks]
    slope = np.median([np.mean(0.5 - 0.5 * h**2) for h in squashed])
    # h'(s) is at most 0.5. It was measured as 0.19 with forget gates and below 0.0005 without.
    assert (slope > 0.05) == solved
    assert (slope < 0.005) != solved
