"""The live table: what it shows when there is room, and when there is not."""

import io
from dataclasses import replace
from types import SimpleNamespace

from rich.console import Console
from support.made_up_records import CONDITIONS, beside_published

from longlag.experiments.population import Running
from longlag.experiments.trial import TrialKey
from longlag.report.study.progress import Display
from longlag.report.style import console


def shown(experiments, working, height):
    """What the table says while one trial of each of the working cells runs."""
    keys = [
        TrialKey(one.name, row.name, reading, trial)
        for one, _ in experiments
        for row in one.rows
        for reading in one.shown(row)
        for trial in range(one.trials)
    ]
    running = [
        Running(key, CONDITIONS, 100, 10_000, 0.125, testing=False, to_success=100)
        for key in keys
        if (key.experiment, key.row, key.reading) in working
    ]
    study = SimpleNamespace(keys=keys, running=lambda: running, done=[], found=0, total=len(keys))
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, height=height, color_system=None)
    display = Display(console, [one for one, _ in experiments])
    display(study)
    console.print(display._live.renderable)
    return out.getvalue()


NOISE = beside_published("noise", "Noise", {"N=3": 1_000, "N=1": 2_000})
ORDER = beside_published("order", "Order", {"6a": 3_000})


def test_every_row_and_reading_is_shown_where_there_is_room():
    text = shown([NOISE], {("noise", "N=1", "adam")}, height=40)
    lines = [line for line in text.splitlines() if "N=" in line]
    assert len(lines) == 2 * 3
    assert sum("0.125" in line for line in lines) == 1
    assert "noise" not in text


def test_several_experiments_are_named():
    text = shown([NOISE, ORDER], {("order", "6a", "adam")}, height=40)
    assert "noise N=3 unconnected" in text
    assert "order 6a adam" in text


def test_only_those_in_work_are_shown_where_there_is_none():
    working = {("noise", "N=1", "adam"), ("order", "6a", "unconnected")}
    text = shown([NOISE, ORDER], working, height=10)
    assert [line.split()[:3] for line in text.splitlines()[1:3]] == [
        ["noise", "N=1", "adam"],
        ["order", "6a", "unconnected"],
    ]
    assert "N=3" not in text
    assert "0/36 trials" in text


def test_the_learner_may_be_named_by_a_row_or_a_reading():
    (one, records) = NOISE
    text = shown([(replace(one, learner={}), records)], {("noise", "N=1", "adam")}, height=40)
    assert "sequences" in text.splitlines()[0]


def test_lines_of_progress_come_ever_more_rarely(monkeypatch):
    clock = iter(range(24 * 3600))
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    pace = console.LinePace(5.0)
    lines = [second for second in range(1, 24 * 3600) if pace.due()]
    assert lines[:7] == [5, 15, 35, 75, 155, 315, 635]
    assert lines[-1] - lines[-2] == console.LONGEST
    assert len(lines) < 160
