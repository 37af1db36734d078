"""Every learner on every task: which cells there are, and how the grid shows their outcomes."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from support import made_up_records

from longlag import cli
from longlag.errors import InputError
from longlag.experiments.matrix import Cell, cells
from longlag.experiments.names_in_store import MATRIX, TUNING_SUFFIX
from longlag.experiments.selection import TUNING
from longlag.experiments.store import Store
from longlag.experiments.trial import Status, TrialKey
from longlag.learners import learners
from longlag.report.study.matrix import cells_of, grid, of_matrix, outcomes
from longlag.report.study.matrix_picture import heat_map
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
    assert {key.experiment for key, _ in planned} == {MATRIX + TUNING_SUFFIX}
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
            key = TrialKey(MATRIX, task, f"{learner}, {setting}", i)
            made.append(replace(record, key=key, conditions=conditions))
    return made


def test_the_grid_says_what_became_of_each_cell(small):
    written = StringIO()
    console = Console(width=120, file=written)
    shown = [cell for cell in small if cell.learner in ("lstm", "elman")]
    console.print(grid(shown, records(small)))
    lines = written.getvalue().splitlines()
    assert lines[0].split() == ["task", "lstm", "elman"]  # who solves more comes first
    assert lines[1].split() == ["adding", "2,000", "(2/3)", "-"]
    assert lines[2].split() == ["temporal-order"]


@pytest.mark.parametrize(("width", "expected"), [(40, 2), (400, 1)])
def test_the_grid_is_whole_on_every_terminal(small, width, expected):
    written = StringIO()
    Console(width=width, file=written).print(grid(small, records(small)))
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "\N{HORIZONTAL ELLIPSIS}" not in written.getvalue()
    blocks = [line for line in lines if line.split()[:1] == ["learner"]]
    assert len(blocks) == expected
    for learner in learners():
        assert sum(line.split()[:1] == [learner] for line in lines) == len(blocks)
    found = [word for line in lines if line.split()[:1] == ["lstm"] for word in line.split()[1:]]
    assert found == ["2,000", "(2/3)"]


def test_reasons_are_told_once_for_all_tasks():
    barred = [Cell(task, "pseudo-newton", reason="no symbols") for task in ("reber", "gap")]
    written = StringIO()
    Console(width=200, file=written).print(grid(barred, []))
    (line,) = [line for line in written.getvalue().splitlines() if line.startswith("n/a: pseudo")]
    assert line == "n/a: pseudo-newton on gap, reber: no symbols"


def test_the_picture_fills_as_much_of_a_field_as_networks_solved_the_task(small):
    shown = [cell for cell in small if cell.learner in ("lstm", "elman")]
    figure = heat_map(shown, records(small))
    text = svg(figure)
    for words in ("adding", "temporal-order", "elman", "2.0k", ">-<", "LSTM"):
        assert words in text
    field, filled = [each.get_extents().width for each in figure.axes[0].patches]
    assert filled == pytest.approx(field * 2 / 3)


@pytest.mark.parametrize("chosen", [["lstm"], ["lstm", "elman"], None])
def test_all_words_lie_within_the_picture(small, chosen):
    shown = [cell for cell in small if chosen is None or cell.learner in chosen]
    names = {cell.learner for cell in shown}
    made = [each for each in records(small) if each.conditions.learner.name in names]
    figure = heat_map(shown, made)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert 0 <= box.y0 < box.y1 <= figure.axes[0].get_window_extent().y0
    for label in figure.axes[0].get_xticklabels():
        box = label.get_window_extent()
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


def test_the_largest_budget_counts(small):
    made = records(small)
    cheap = [replace(r, conditions=replace(r.conditions, cap=1), sequences=1) for r in made]
    of_another = replace(made[0], key=replace(made[0].key, experiment="adding"))
    assert of_matrix([*cheap, *made, of_another]) == made
    lower = replace(made[0].conditions, seed=2)
    assert of_matrix([replace(made[0], conditions=lower), *made]) == made
    assert {(cell.task, cell.learner) for cell in cells_of(made)} == set(outcomes(made))


def tried(small, learner, status, settings=None):
    """Networks that were made to choose a setting for adding, under so many of the settings."""
    (cell,) = [each for each in small if (each.task, each.learner) == ("adding", learner)]
    return [
        replace(
            made_up_records.record(0, 9999, status),
            key=TrialKey(MATRIX + TUNING_SUFFIX, "adding", f"{learner}, {name}", i),
            conditions=conditions,
        )
        for name, conditions in list(cell.settings.items())[:settings]
        for i in range(TUNING)
    ]


def test_a_cell_that_no_setting_solves_shows_the_trials_that_tried(small):
    failed = tried(small, "elman", Status.CAP)
    assert of_matrix(failed) == failed
    # LSTM is not shown before its own networks are.
    assert of_matrix([*tried(small, "lstm", Status.SOLVED, 1), *failed]) == failed


def test_a_cell_is_not_shown_as_failed_before_all_settings_were_tried(small):
    assert of_matrix(tried(small, "elman", Status.CAP, 1)) == []
    assert of_matrix(tried(small, "elman", Status.CAP)[:-1]) == []


@pytest.fixture
def partial(small, tmp_path):
    """A store in which no setting of elman solved adding; nothing else was run."""
    place = tmp_path / "results.longlag"
    with Store(place) as store:
        for record in tried(small, "elman", Status.CAP):
            seed = record.conditions.seed + 1_000_000
            store.save(replace(record, conditions=replace(record.conditions, seed=seed)))
    return place


def test_what_a_store_has_is_shown_without_running_anything(partial, capsys):
    before = partial.read_bytes()
    arguments = ["--tasks", "adding", "--learners", "elman", "lstm", "--budget", str(BUDGET)]
    with pytest.raises(SystemExit) as end:
        cli.main(["matrix", *arguments, "--stored", "--store", str(partial)])
    out, err = capsys.readouterr()
    assert end.value.code == 0
    assert "1 of 2 cells are unfinished; the same command without --stored runs them." in err
    assert [line.split() for line in out.splitlines()[:3]] == [
        ["learner", "adding"],
        ["elman", "-"],
        ["lstm"],
    ]
    assert partial.read_bytes() == before
    with pytest.raises(SystemExit):
        cli.main(["matrix", *arguments, "--stored", "--json", "--store", str(partial)])
    elman, lstm = json.loads(capsys.readouterr().out)
    assert (elman["finished"], elman["solved"], elman["median"]) == (True, 0, None)
    assert elman["networks"] == len(elman["trials"]) > 0
    assert (lstm["finished"], lstm["solved"], lstm["networks"]) == (False, None, None)


def test_only_tasks_with_trials_are_shown_unless_others_are_named(partial, capsys):
    with pytest.raises(SystemExit):
        cli.main(["matrix", "--stored", "--json", "--store", str(partial)])
    out, err = capsys.readouterr()
    shown = json.loads(out)
    assert {each["task"] for each in shown} == {"adding"}
    assert len(shown) == len(learners())
    cells = {each["learner"]: (each["solved"], each["networks"], each["median"]) for each in shown}
    assert cells["lstm"] == (None, None, None)  # not run
    assert "writing" not in err


def test_what_a_store_has_under_other_budgets_and_seeds_is_said(small, tmp_path, capsys):
    place = tmp_path / "results.longlag"
    with Store(place) as store:
        for budget, seed in ((BUDGET, 1), (2 * BUDGET, 1), (BUDGET, 5)):
            # Their caps tell the budget together: one task leaves a span.
            for cell in cells(
                budget=budget,
                tasks_=["adding", "temporal-order"],
                learners_=["elman"],
                seed=seed,
            ):
                (key, conditions), *_ = cell.selection(1).standing(lambda *_: None).pending
                record = made_up_records.record(0, 500)
                store.save(replace(record, key=key, conditions=conditions))
    arguments = ["--stored", "--budget", str(BUDGET), "--learners", "elman"]
    with pytest.raises(SystemExit):
        cli.main(["matrix", *arguments, "--store", str(place)])
    others = f"--budget {2 * BUDGET}; --budget {BUDGET} --seed 5."
    assert f"other budgets or seeds: {others}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["matrix", "ladder"])
@pytest.mark.parametrize("options", [[], ["--json"], ["-o", "drawn.svg"]])
def test_a_store_without_trials_of_the_command_gets_one_line(
    command, options, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with Store("store") as store:  # of another study
        store.save(made_up_records.record(0, 500))
    with pytest.raises(SystemExit) as end:
        cli.main([command, *options, "--stored", "--store", "store"])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert f"has no trials of longlag {command}" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "drawn.svg").exists()


def test_a_page_may_consist_of_the_matrix_alone(partial, tmp_path):
    with pytest.raises(SystemExit) as end:
        cli.main(["report", "--store", str(partial), "-o", str(tmp_path / "page.html")])
    assert end.value.code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Every learner on every task" in page
    assert ">elman<" in page


def test_a_store_that_is_not_there_gets_one_line(tmp_path, capsys):
    arguments = ["--tasks", "adding", "--learners", "lstm", "--stored"]
    with pytest.raises(SystemExit) as end:
        cli.main(["matrix", *arguments, "--store", str(tmp_path / "none")])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.splitlines()[-1].startswith("longlag: ")
    assert not (tmp_path / "none").exists()
