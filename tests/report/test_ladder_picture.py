"""How the ladder of lags is shown: in the terminal, as a picture, and by the command."""

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from matplotlib.patches import Rectangle
from rich.console import Console
from support import made_up_records

from longlag import cli
from longlag.experiments.ladder import LAGS, NETWORKS, Climb, Ladder, Rung
from longlag.experiments.measured import measured
from longlag.experiments.store import Store
from longlag.report.study.ladder import HELD, PALE, ladder_picture, ladder_table, ranked, words
from longlag.report.style.plots import svg

PENDING: Any = [("a trial", "its conditions")]


def reached(family, learner, lag, **more: Any):
    """A climb that stands on one rung, and on none if the lag is 0."""
    records = tuple(made_up_records.record(i, 500) for i in range(NETWORKS))
    rungs = (Rung(lag, "Adam 0.003", records),) if lag else ()
    return Climb(family, learner, rungs, **more)


CLIMBS = [
    reached("trainable-latch", "elman", 10),
    reached("trainable-latch", "lstm", 10_000),
    reached("trainable-latch", "guessing", 50, pending=PENDING, ahead=100),
    reached("trainable-latch", "rtrl", 0),
    reached("adding", "elman", 0),
    reached("adding", "lstm", 1000),
    reached("adding", "guessing", 0, pending=PENDING, ahead=20),
    reached("adding", "rtrl", 0, reason="it cannot add"),
]


def test_a_climb_in_words():
    assert [words(climb) for climb in CLIMBS] == [
        *("10", "10,000", "50+", "-"),
        *("-", "1,000", "...", "n/a"),
    ]


def test_who_bridges_the_longest_lags_comes_first():
    assert ranked(CLIMBS) == ["lstm", "guessing", "elman", "rtrl"]


def test_the_table():
    written = StringIO()
    Console(width=100, file=written).print(ladder_table(CLIMBS))
    lines = [line.split() for line in written.getvalue().splitlines()]
    assert lines[:2] == [["trainable-"], ["longest", "lag", "latch", "adding"]]
    # In brackets are the figures of docs/ladder.md.
    assert lines[2] == ["lstm", "10,000", "(1,000+)", "1,000", "(500)"]
    assert lines[3] == ["guessing", "50+", "(1,000+)", "...", "(-)"]
    assert ["In", "brackets:", "the", "figures"] in [line[:4] for line in lines]
    assert lines[-1] == ["n/a:", "rtrl", "on", "adding:", "it", "cannot", "add"]


def test_the_table_shows_whole_names_on_a_narrow_terminal():
    climbs = [
        reached(family, learner, 10_000)
        for family in HELD
        for learner in ("transition-hierarchy", "cascade-correlation")
    ]
    written = StringIO()
    Console(width=80, file=written).print(ladder_table(climbs))
    lines = [line.split() for line in written.getvalue().splitlines()]
    for learner in ("transition-hierarchy", "cascade-correlation"):
        shown = [word for line in lines if line[:1] == [learner] for word in line[1:]]
        assert [word for word in shown if "(" not in word] == ["10,000"] * len(HELD)
    assert max(map(len, written.getvalue().splitlines())) <= 80


def test_the_picture_has_the_same_words_and_a_bar_where_a_lag_is_bridged():
    text = svg(ladder_picture(CLIMBS, LAGS))
    for word in ("lstm", "10,000", "50+", "n/a", ">-<", "adding", "trainable-latch", "10k"):
        assert word in text
    (axes,) = ladder_picture(CLIMBS, LAGS).axes
    widths = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
    assert len(widths) == 4
    assert widths[0] == pytest.approx(max(widths))  # LSTM's latch is the longest
    assert widths[1] == pytest.approx(max(widths) * 3 / 4)  # 1,000 of 10,000, on a log scale


def test_figures_that_come_with_the_library_are_pale_beside_trials():
    figures = [each for each in measured() if each.family == "adding"]
    climbs = [reached("adding", "lstm", 10_000)]
    others = [each for each in figures if each.learner != "lstm"]
    figure = ladder_picture([*climbs, *others], LAGS, pale_figures=True)
    (axes,) = figure.axes
    shown = {text.get_text() for text in axes.texts}
    assert {"10,000", "(200)", "(-)"} <= shown  # those in brackets are of docs/ladder.md
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    alphas = sorted(bar.get_alpha() or 1.0 for bar in bars)
    assert len(set(alphas)) == 2
    assert alphas.count(alphas[-1]) == 1  # that of the trials
    assert PALE in svg(figure)
    assert PALE not in svg(ladder_picture(figures, LAGS))


@pytest.fixture
def store(tmp_path):
    """A store with one trial of the ladder, for a climb that the tests do not show."""
    (climb,) = Ladder(1000, families=["two-sequence"], learners=["elman"]).climbs(lambda *_: None)
    key, conditions = climb.pending[0]
    with Store(tmp_path / "store") as opened:
        record = made_up_records.record(0, 500)
        opened.save(replace(record, key=key, conditions=conditions))
    return tmp_path / "store"


def test_the_picture_of_a_command_has_the_figures_of_its_cells_alone(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["--families", "adding", "--learners", "lstm", "elman", "rotating", "--lags", "20"]
    with pytest.raises(SystemExit) as end:
        cli.main(["ladder", *arguments, "--stored", "--store", str(store), "-o", "ladder.svg"])
    assert not end.value.code
    text = (tmp_path / "ladder.svg").read_text("utf-8")
    for word in ("(500)", "(-)", "...", PALE):  # a figure beyond the last rung is drawn, too
        assert f">{word}<" in text
    assert "multiplication" not in text
    assert "running-mean" not in text


def test_a_store_without_a_climb_shows_the_figures_of_the_library(store, capsys):
    arguments = ["--families", "adding", "--learners", "lstm", "rotating", "--stored"]
    with pytest.raises(SystemExit):
        cli.main(["ladder", *arguments, "--store", str(store)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["lstm", "...", "(500)"] in lines
    assert ["rotating", "..."] in lines  # which was not measured
    with pytest.raises(SystemExit):
        cli.main(["ladder", *arguments, "--json", "--store", str(store)])
    figures = [climb["figure"] for climb in json.loads(capsys.readouterr().out)]
    assert figures == [{"reached": 500, "finished": True}, None]


def test_the_command_shows_what_it_cannot_do_without_running_anything(tmp_path, capsys):
    arguments = ["--families", "symbol-lag", "--learners", "pseudo-newton", "--json"]
    with pytest.raises(SystemExit) as end:
        cli.main(["ladder", *arguments, "--store", str(tmp_path / "store")])
    (climb,) = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert (climb["reached"], climb["finished"], climb["rungs"]) == (0, True, [])
    assert "coding" in climb["reason"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lags", "7"], "each lag must be one of"),
        (["--lags", "x"], "must be a whole number"),
        (["--budget", "soon"], "--budget must be a number of presentations"),
        (["--learners", "lsmt"], "did you mean lstm"),
        (["-o", "ladder.pdf"], "must end in .svg or .png"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_bad_input_gets_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LONGLAG_STORE", str(tmp_path / "store"))
    with pytest.raises(SystemExit) as end:
        cli.main(["ladder", *arguments])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.startswith("longlag: ")
    assert err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize(
    "families", [["trainable-latch"], ["trainable-latch", "adding"], list(HELD)]
)
def test_the_legend_lies_within_the_picture(families):
    climbs = [
        reached(family, learner, 10)
        for family in families
        for learner in ("nn.GRU", "lstm", "elman", "guessing")
    ]
    figure = ladder_picture(climbs, LAGS)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 4
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert 0 <= box.y0 < box.y1 <= figure.axes[0].get_window_extent().y0
