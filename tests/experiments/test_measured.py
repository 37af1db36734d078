"""The figures of learners on the ladder that come with the library, and what stands for them."""

from pathlib import Path

import pytest

from longlag.experiments.ladder import LAGS, Climb, Ladder, Rung, families
from longlag.experiments.measured import Measured, beside, measured
from longlag.learners import learners
from longlag.report.study.ladder import words

PAGE = Path(__file__).parents[2] / "docs/ladder.md"


def test_the_figures_that_come_with_the_library_are_of_its_ladder():
    for each in measured():
        assert each.learner in learners()
        assert each.reached in (0, *LAGS)
        assert each.family in families()
    assert len({(each.learner, each.family) for each in measured()}) == len(measured())


def test_the_page_has_the_same_figures():
    table = PAGE.read_text("utf-8").split("| longest lag |")[1].split("\n\n")[0].splitlines()
    kinds = [cell.strip(" `") for cell in table[0].split("|")[:-1]]
    assert kinds == list(families())
    shown = {}
    for line in table[2:]:
        learner, *cells = (cell.strip(" `*") for cell in line.split("|")[1:-1])
        for family, cell in zip(kinds, cells, strict=True):
            if cell:
                shown[learner, family] = cell.split(" ")[0]
    assert shown == {(each.learner, each.family): words(each) for each in measured()}


def test_the_page_of_judge_leaves_out_no_rung_of_lstm_that_was_measured():
    table = (PAGE.parent / "judge.md").read_text("utf-8").split("| lag | |")[1].split("\n\n")[0]
    first, *lines = table.splitlines()
    kinds, lag, found = [cell.strip(" `") for cell in first.split("|")[:-1]], "", 0
    reached = {each.family: each.reached for each in measured() if each.learner == "lstm"}
    for line in lines:
        new, net, *cells = (cell.strip() for cell in line.split("|")[1:-1])
        lag = new or lag
        if net == "LSTM of 1997" and lag.isdigit():
            for family, cell in zip(kinds, cells, strict=True):
                if families()[family].first <= int(lag) <= reached[family]:
                    assert cell[:1].isdigit(), f"{family} at {lag}: {cell}"
                    found += 1
    assert found


def test_a_climb_of_the_store_stands_for_a_figure_if_it_went_as_far():
    known = {(each.learner, each.family): each for each in beside(())}
    assert all(isinstance(each, Measured) for each in known.values())
    ladder = Ladder(1000, families=["trainable-latch"], learners=["lstm", "twinn"])
    climbs = ladder.climbs(lambda key, conditions: None)
    known = {(each.learner, each.family): each for each in beside(climbs)}
    assert isinstance(known["lstm", "trainable-latch"], Measured)
    assert known["twinn", "trainable-latch"] is climbs[1]


@pytest.mark.parametrize("beyond", [False, True])
def test_a_fall_beyond_a_figure_leaves_the_figure(beyond):
    figure = next(each for each in measured() if 0 < each.reached < LAGS[-1])
    lag = next(lag for lag in LAGS if lag > figure.reached) if beyond else figure.reached
    fallen = Climb(figure.family, figure.learner, (Rung(lag, None, ()),))
    known = {(each.learner, each.family): each for each in beside([fallen])}
    assert known[figure.learner, figure.family] is (figure if beyond else fallen)
