"""Every learner on every task: which cells there are, and how the grid shows their outcomes."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from support import made_up_records

from longlag.errors import InputError
from longlag.experiments.matrix import NAME, cells
from longlag.experiments.selection import TUNING_SUFFIX
from longlag.experiments.trial import Status, TrialKey
from longlag.learners import learners
from longlag.report.study.matrix import cells_of, grid, heat_map, of_matrix, outcomes
from longlag.report.style.plots import svg
from longlag.tasks import tasks

BUDGET = 1_000_000


@pytest.fixture(scope="module")
def small():
    """Two tasks, so that few of them compile; all learners."""
    return cells(budget=BUDGET, tasks_=["adding", "temporal-order"])


def test_every_learner_meets_every_task(small):
    assert [(cell.task, cell.learner) for cell in small] == [
        (task, learner) for task in ("adding", "temporal-order") for learner in learners()
    ]
    assert {"adding", "temporal-order"} < set(tasks())


def test_a_cell_either_applies_or_says_why_not(small):
    assert any(cell.settings for cell in small)
    for cell in small:
        assert bool(cell.settings) != bool(cell.reason)


def test_the_budget_is_counted_in_network_steps(small):
    (cell,) = [each for each in small if (each.task, each.learner) == ("adding", "lstm")]
    for conditions in cell.settings.values():
        T = conditions.task.T
        # A sequence has T to 1.1 T steps, and 20 of them say how many on average.
        assert BUDGET / (1.1 * T) <= conditions.cap <= BUDGET / T


def test_a_history_holds_the_longest_sequence(small):
    (cell,) = [each for each in small if (each.task, each.learner) == ("adding", "bptt")]
    for conditions in cell.settings.values():
        assert conditions.learner.depth >= 1.1 * conditions.task.T


def test_the_stop_rule_is_that_of_the_kind(small):
    rules = {"online": "exam", "search": "training-set", "batch": "exam-when-ready"}
    for cell in small:
        for conditions in cell.settings.values():
            assert conditions.stop.name == rules[conditions.learner.kind]


def test_trials_have_their_own_keys(small):
    planned = [
        trial for cell in small for trial in cell.selection(2).standing(lambda *_: None).pending
    ]
    assert len({key for key, _ in planned}) == len(planned)
    assert {key.experiment for key, _ in planned} == {NAME + TUNING_SUFFIX}
    assert {key.row for key, _ in planned} == {"adding", "temporal-order"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"budget": 0}, "budget must be"),
        ({"budget": 10, "tasks_": ["ading"]}, "unknown task 'ading': did you mean adding"),
        ({"budget": 10, "learners_": ["lsmt"]}, "unknown learner 'lsmt': did you mean lstm"),
    ],
)
def test_what_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        cells(**wrong)


def test_a_budget_below_one_sequence_says_so():
    (cell,) = cells(budget=10, tasks_=["adding"], learners_=["lstm"])
    assert not cell.settings
    assert "the budget is less" in cell.reason


def records(small):
    """lstm solves adding at 1,000 and 3,000 of three trials; elman reaches its cap."""
    made = []
    for task, learner, fates in (
        ("adding", "lstm", [(Status.SOLVED, 1000), (Status.CAP, 9999), (Status.SOLVED, 3000)]),
        ("adding", "elman", [(Status.CAP, 9999)] * 3),
        ("temporal-order", "lstm", [(Status.CAP, 9999), (Status.INTERRUPTED, 5)]),
    ):
        (cell,) = [each for each in small if (each.task, each.learner) == (task, learner)]
        for i, (status, sequences) in enumerate(fates):
            record = made_up_records.record(0, sequences, status)
            setting, conditions = next(iter(cell.settings.items()))
            key = TrialKey(NAME, task, f"{learner}, {setting}", i)
            made.append(replace(record, key=key, conditions=conditions))
    return made


def test_the_grid_says_what_became_of_each_cell(small):
    written = StringIO()
    console = Console(width=120, file=written)
    shown = [cell for cell in small if cell.learner in ("lstm", "elman")]
    console.print(grid(shown, records(small)))
    lines = written.getvalue().splitlines()
    assert lines[0].split() == ["task", "elman", "lstm"]
    assert lines[1].split() == ["adding", "-", "2,000", "(2/3)"]
    assert lines[2].split() == ["temporal-order", "...", "..."]


def test_the_picture_has_the_same_words(small):
    shown = [cell for cell in small if cell.learner in ("lstm", "elman")]
    text = svg(heat_map(shown, records(small)))
    for words in ("adding", "temporal-order", "elman", "2,000 (2/3)", ">-<", "..."):
        assert words in text


def test_the_largest_budget_counts(small):
    made = records(small)
    cheap = [replace(r, conditions=replace(r.conditions, cap=1), sequences=1) for r in made]
    of_another = replace(made[0], key=replace(made[0].key, experiment="adding"))
    assert of_matrix([*cheap, *made, of_another]) == made
    lower = replace(made[0].conditions, seed=2)
    assert of_matrix([replace(made[0], conditions=lower), *made]) == made
    assert {(cell.task, cell.learner) for cell in cells_of(made)} == set(outcomes(made))


def test_a_cell_that_no_setting_solves_shows_the_trials_that_tried(small):
    made = records(small)
    tuning = lambda record: replace(  # noqa: E731
        record, key=replace(record.key, experiment=NAME + TUNING_SUFFIX)
    )
    failed = [tuning(record) for record in made if record.conditions.learner.name == "elman"]
    assert of_matrix(failed) == failed
    solved = [tuning(record) for record in made if record.key.row == "adding"]
    assert of_matrix(solved) == failed  # LSTM is not shown before its own networks are
