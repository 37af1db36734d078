"""Where weights are guessed, reports count guesses, and judge their mean by how such means vary."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from support import made_up_records
from support.made_up_records import experiment, record

from longlag.experiments.experiment import Published
from longlag.experiments.stop import TrainingSet
from longlag.experiments.trial import Status
from longlag.learners.guessing import Guessing
from longlag.report.provenance import Provenance
from longlag.report.study.markdown import document
from longlag.report.study.page import Section, render
from longlag.report.study.summary import summaries
from longlag.report.study.tables import result_table

MEAN = 1000
CONDITIONS = replace(
    made_up_records.CONDITIONS,
    learner=Guessing(inputs=2, outputs=1),
    stop=TrainingSet(),
)


def study(published):
    """An experiment with one published row, and a hundred trials with geometric guesses."""
    row = replace(
        experiment().rows[0],
        published=Published("hochreiter1996", "a table", guesses=published, trials=10),
    )
    guesses = np.random.default_rng(3).geometric(1 / MEAN, 100).tolist()
    records = [
        replace(record(i, 5 * each), conditions=CONDITIONS, guesses=each, curve=np.zeros((0, 3)))
        for i, each in enumerate(guesses)
    ]
    return replace(experiment(), rows=(row,)), records


@pytest.mark.parametrize(
    ("published", "kind"), [(0.7 * MEAN, "agrees"), (22, "missed"), (3 * MEAN, "fewer")]
)
def test_a_mean_of_ten_agrees_where_such_means_lie(published, kind):
    """Every published mean here lies inside the range of the trials, which decides nothing."""
    described, records = study(published)
    (ours,) = summaries(described, records)
    assert ours.kind.counted == "guesses"
    assert ours.lowest is not None
    assert ours.highest is not None
    assert ours.lowest < published < ours.highest
    assert ours.mean == np.mean([each.guesses for each in records])
    assert ours.verdict.kind == kind
    assert ours.expected is not None
    assert ours.interval is not None
    assert ours.expected[0] < ours.interval[0] < ours.mean < ours.interval[1] < ours.expected[1]


def test_trials_at_their_cap_count():
    """The mean of those that solved would agree; all guesses together say it is far higher."""
    described, records = study(0.5 * MEAN)
    capped = [
        replace(each, guesses=MEAN, status=Status.CAP) if (each.guesses or 0) > MEAN else each
        for each in records
    ]
    few = [each for each in capped if each.status is Status.CAP] * 5 + capped
    (ours,) = summaries(described, few)
    assert ours.biased
    assert ours.mean is not None
    assert 0.3 * MEAN < ours.mean < 0.6 * MEAN
    assert ours.expected is not None
    assert ours.expected[0] > 0.5 * MEAN
    assert ours.verdict.kind != "agrees"


def test_one_solved_trial_of_two_says_so():
    described, records = study(22)
    capped = replace(records[1], status=Status.CAP)
    (ours,) = summaries(described, [records[0], capped])
    assert ours.expected is None  # too few to say how means vary
    assert ours.biased


def test_tables_name_what_they_count():
    described, records = study(700)
    out = Console(width=100, record=True)
    out.print(result_table(summaries(described, records)))
    assert "Guesses to success." in out.export_text()
    assert "guesses" in document([(described, records)], Provenance("1", "here", "today"))


def test_the_page_has_no_learning_curves():
    described, records = study(700)
    page = render([Section(described, records)], Provenance("1", "here", "today"))
    assert "guesses until a network met its stop rule" in page
    assert "Learning curves" not in page
