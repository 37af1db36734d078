"""The published experiments: whole, and with the figures that the paper prints."""

import math
from typing import NamedTuple

import pytest

from longlag.experiments.experiment import Experiment, Row
from longlag.experiments.files import catalogue
from longlag.experiments.trial import Conditions
from longlag.learners.lstm import LSTM

EXPERIMENTS = catalogue()
NAMES = list(EXPERIMENTS)
LSTMS = [name for name, each in EXPERIMENTS.items() if each.learner["type"] == "lstm"]
ATTEMPTED = [name for name in LSTMS if EXPERIMENTS[name].attempts]


class Line(NamedTuple):
    """One line of Tables 1 to 9 of Hochreiter & Schmidhuber (1997), or of the text for Task 2b."""

    where: str
    sequences: int
    weights: int
    trials: int
    test: int  #: sequences that a solved network is tested on
    wrong: float | None = None  #: of them, by one network on average
    solved: float | None = None  #: share of the trials


class StoppedTwice(NamedTuple):
    """A line of Tables 4 and 5, which count the sequences to ST1 and to ST2."""

    where: str
    st1: int
    st2: int
    misclassified: float  #: after ST2


# Typed from the paper, not from the experiment files. The 10,000 test sequences of 2a are two that
# differ; the 30 trials of Table 1 are 3 pairs of sets by 10 initialisations.
LINES = {
    ("embedded-reber", "4x1 lr=0.1"): Line("Table 1", 39_740, 264, 30, 256, solved=1.0),
    ("embedded-reber", "3x2 lr=0.1"): Line("Table 1", 21_730, 276, 30, 256, solved=1.0),
    ("embedded-reber", "3x2 lr=0.2"): Line("Table 1", 14_060, 276, 30, 256, solved=0.97),
    ("embedded-reber", "4x1 lr=0.5"): Line("Table 1", 9_500, 264, 30, 256, solved=0.97),
    ("embedded-reber", "3x2 lr=0.5"): Line("Table 1", 8_440, 276, 30, 256, solved=1.0),
    ("noise-free", "p=100"): Line("Table 2", 5_040, 10_504, 18, 2, solved=1.0),
    ("noise-free-random", "p=100"): Line(
        "section 5.2, Task 2b", 5_680, 10_504, 18, 10_000, solved=1.0
    ),
    ("distractors", "q=50 p=50"): Line("Table 3", 30_000, 364, 20, 10_000),
    ("distractors", "q=100 p=100"): Line("Table 3", 31_000, 664, 20, 10_000),
    ("distractors", "q=200 p=200"): Line("Table 3", 33_000, 1264, 20, 10_000),
    ("distractors", "q=500 p=500"): Line("Table 3", 38_000, 3064, 20, 10_000),
    ("distractors", "q=1000 p=1000"): Line("Table 3", 49_000, 6064, 20, 10_000),
    ("distractors", "q=1000 p=500"): Line("Table 3", 49_000, 3064, 20, 10_000),
    ("distractors", "q=1000 p=200"): Line("Table 3", 75_000, 1264, 20, 10_000),
    ("distractors", "q=1000 p=100"): Line("Table 3", 135_000, 664, 20, 10_000),
    ("distractors", "q=1000 p=50"): Line("Table 3", 203_000, 364, 20, 10_000),
    ("two-sequence-noisy-target", "T=100 N=3"): Line(
        "Table 6", 269_650, 102, 10, 2560, wrong=0.00558 * 2560
    ),
    ("two-sequence-noisy-target", "T=100 N=1"): Line(
        "Table 6", 565_640, 102, 10, 2560, wrong=0.00441 * 2560
    ),
    ("adding", "T=100"): Line("Table 7", 74_000, 93, 10, 2560, wrong=1),
    ("adding", "T=500"): Line("Table 7", 209_000, 93, 10, 2560, wrong=0),
    ("adding", "T=1000"): Line("Table 7", 853_000, 93, 10, 2560, wrong=1),
    ("multiplication", "n_seq=140"): Line("Table 8", 482_000, 93, 10, 2560, wrong=139),
    ("multiplication", "n_seq=13"): Line("Table 8", 1_273_000, 93, 10, 2560, wrong=14),
    ("temporal-order", "6a"): Line("Table 9", 31_390, 156, 20, 2560, wrong=1),
    ("temporal-order", "6b"): Line("Table 9", 571_100, 308, 10, 2560, wrong=2),
}
STOPPED_TWICE = {
    ("two-sequence", "T=100 N=3"): StoppedTwice("Table 4", 27_380, 39_850, 0.000195),
    ("two-sequence", "T=100 N=1"): StoppedTwice("Table 4", 58_370, 64_330, 0.000117),
    ("two-sequence", "T=1000 N=3"): StoppedTwice("Table 4", 446_850, 452_460, 0.000078),
    ("two-sequence-noisy-signal", "T=100 N=3"): StoppedTwice("Table 5", 41_740, 43_250, 0.00828),
    ("two-sequence-noisy-signal", "T=100 N=1"): StoppedTwice("Table 5", 74_950, 78_430, 0.01500),
    ("two-sequence-noisy-signal", "T=1000 N=1"): StoppedTwice("Table 5", 481_060, 485_080, 0.01207),
}
assert len(LINES) + len(STOPPED_TWICE) == 31  # as many as the paper's tables have for LSTM
for (_name, _line), _stops in STOPPED_TWICE.items():
    LINES[_name, f"{_line} ST1"] = Line(_stops.where, _stops.st1, 102, 10, 2560)
    LINES[_name, f"{_line} ST2"] = Line(
        _stops.where, _stops.st2, 102, 10, 2560, wrong=_stops.misclassified * 2560
    )


def found(name: str, label: str) -> tuple[Experiment, Row]:
    experiment = EXPERIMENTS[name]
    return experiment, next(row for row in experiment.rows if row.name == label)


def of(experiment: Experiment, row: Row, reading: str) -> Conditions:
    return experiment.conditions(row.name, reading, seed=1, dtype="float32")


@pytest.mark.parametrize("name", NAMES)
def test_rows_and_readings_are_whole(name):
    experiment = EXPERIMENTS[name]
    assert experiment.name == name
    assert experiment.title
    assert experiment.description
    assert experiment.citation
    assert all(row.name and row.cap > 0 for row in experiment.rows)
    readings = [reading.name for reading in experiment.readings]
    assert all(reading.summary for reading in experiment.readings)
    for names in (readings, [row.name for row in experiment.rows]):
        assert names
        assert len(set(names)) == len(names)
    for row in experiment.rows:
        assert set(experiment.shown(row)) <= set(readings)
        for reading in readings:
            assert of(experiment, row, reading).cap > 0


def test_no_line_is_missing_and_none_is_too_many():
    """`attempts` are the rows that are compared with a published figure."""
    attempted = {(name, row.name) for name in LSTMS for row in EXPERIMENTS[name].attempts}
    assert attempted == set(LINES)


@pytest.mark.parametrize("name", ATTEMPTED)
def test_the_text_to_the_letter_is_one_of_the_readings(name):
    (literal,) = [each for each in EXPERIMENTS[name].readings if each.name == "as-printed"]
    assert not literal.modern
    assert not any(key.startswith(("task", "learner", "stop")) for key in literal.changes)


@pytest.mark.parametrize("name", ATTEMPTED)
def test_readings_say_how_many_details_differ_from_the_text(name):
    experiment = EXPERIMENTS[name]
    for reading in experiment.readings:
        assert (reading.differs is None) == reading.modern
        changed = [key for key in reading.changes if key.startswith(("task", "learner", "stop"))]
        assert (reading.differs or 0) <= len(changed)
        for row in experiment.rows:  # a network that the text does not describe
            learner, literal = (
                of(experiment, row, each).learner for each in (reading.name, "as-printed")
            )
            if not reading.modern and learner.weights != literal.weights:
                assert reading.differs


@pytest.mark.parametrize(("name", "label"), LINES, ids=map("/".join, LINES))
def test_figures_are_those_of_the_paper(name, label):
    line, (_, row) = LINES[name, label], found(name, label)
    figures = row.published
    assert figures is not None
    assert (figures.source, figures.where) == ("hochreiter1997", line.where)
    assert (figures.sequences, figures.weights) == (line.sequences, line.weights)
    assert (figures.trials, figures.solved) == (line.trials, line.solved)
    if line.wrong is None:
        assert figures.mean_wrong is None
    else:
        assert figures.tested == line.test
        # One product of the same two numbers on either side: equal but for rounding.
        assert math.isclose(figures.mean_wrong or 0.0, line.wrong, rel_tol=1e-12)


def test_individual_trials_are_those_of_the_paper():
    ranges = {
        (name, row.name): (row.published.low, row.published.high)
        for name in ATTEMPTED
        for row in EXPERIMENTS[name].rows
        if row.published and row.published.low is not None
    }
    assert ranges == {
        ("embedded-reber", "3x2 lr=0.5"): (3_800, 24_100),
        ("adding", "T=1000"): (370_000, 2_020_000),
    }
    differences = [found("two-sequence-noisy-target", f"T=100 N={N}")[1].published for N in (3, 1)]
    assert [each and each.test_error for each in differences] == [0.014, 0.012]


@pytest.mark.parametrize(("name", "label"), LINES, ids=map("/".join, LINES))
def test_the_printed_network_runs_as_often_as_printed(name, label):
    """The printed numbers of weights decide which connections and biases `as-printed` has."""
    line, (experiment, row) = LINES[name, label], found(name, label)
    literal = of(experiment, row, "as-printed")
    assert isinstance(literal.learner, LSTM)
    assert literal.learner.weights == line.weights
    assert (row.trials or experiment.trials) == line.trials
    for reading in experiment.shown(row):
        assert of(experiment, row, reading).test == line.test
    assert row.cap > line.sequences
