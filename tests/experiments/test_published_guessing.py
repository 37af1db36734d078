"""The experiments of random weight guessing hold the figures of the sources."""

import pytest

from longlag.experiments.files import catalogue

#: (experiment, row): guesses, weights; typed from the sources, not from the experiment files.
FIGURES = {
    ("guessing-latch", "2-sequence A1"): (1247, 7),
    ("guessing-latch", "2-sequence A2"): (718, 52),
    ("guessing-latch", "2-sequence latch net"): (22, 3),
    ("guessing-latch", "latch variant I"): (6, 3),
    ("guessing-latch", "latch variant II"): (22, 3),
    ("guessing-parity", "A1"): (2906, 7),
    ("guessing-parity", "A2"): (2797, 52),
    ("guessing-parity", "A2 without self-connections"): (250, 42),
    ("guessing-parity", "A1, noise"): (41_400, 7),
    ("guessing-tomita", "#1 A1"): (182, 7),
    ("guessing-tomita", "#1 A2"): (288, 52),
    ("guessing-tomita", "#2 A1 n=3"): (1511, 23),
    ("guessing-tomita", "#2 A2"): (17_953, 52),
    ("guessing-tomita", "#4 A1 n=2"): (13_833, 14),
    ("guessing-tomita", "#4 A2"): (35_610, 52),
}
EXPERIMENTS = {name: catalogue()[name] for name, _ in FIGURES}


def test_no_figure_is_missing_and_none_is_too_many():
    found = {
        (name, row.name): row.published.guesses
        for name, experiment in EXPERIMENTS.items()
        for row in experiment.rows
        if row.published
    }
    assert found == {key: guesses for key, (guesses, _) in FIGURES.items()}
    assert {name for name in catalogue() if name.startswith("guessing-")} == set(EXPERIMENTS)


@pytest.mark.parametrize(("name", "label"), FIGURES, ids=map("/".join, FIGURES))
def test_the_printed_network_is_guessed_a_hundred_times(name, label):
    experiment = EXPERIMENTS[name]
    row = next(row for row in experiment.rows if row.name == label)
    literal = experiment.conditions(label, "as-printed", seed=1, dtype="float32")
    assert literal.learner.weights == FIGURES[name, label][1]
    assert (row.trials or experiment.trials) >= 100
    assert literal.stop.sequences == literal.test == 100
    assert row.cap > FIGURES[name, label][0]
    if name != "guessing-latch" or row.name.startswith("2-sequence"):
        assert literal.task.tolerance == 0.1
        assert literal.learner.weight_range == 100


def test_the_literal_text_is_one_of_the_readings():
    for experiment in EXPERIMENTS.values():
        (literal,) = [each for each in experiment.readings if each.name == "as-printed"]
        assert not literal.changes


def test_all_seven_languages_have_a_row():
    rows = [
        EXPERIMENTS["guessing-tomita"].conditions(row.name, "as-printed", seed=1, dtype="float32")
        for row in EXPERIMENTS["guessing-tomita"].rows
    ]
    assert {row.task.grammar for row in rows} == set(range(1, 8))
    assert any(row.learner.order == 2 for row in rows)
    assert any(row.task.longest == 10 for row in rows)
