"""The rows of RTRL, BPTT and Elman nets: the networks and figures that the paper prints."""

from typing import NamedTuple

import pytest

from longlag.commands import reproduce
from longlag.experiments.files import catalogue


class Line(NamedTuple):
    """A line of Table 1 or 2 of Hochreiter & Schmidhuber (1997)."""

    where: str
    sequences: int | None  #: None: none succeeded
    weights: int
    rate: float | None  #: None: not printed
    solved: float | None  #: share of the trials; None: not printed


NOISE_FREE, REBER = "noise-free-rivals", "embedded-reber-rivals"

# Typed from the paper, not from the experiment files. It prints "1.0-10.0" for the rates of p=10
# and p=100, of which there are the two ends here.
LINES = {
    (REBER, "RTRL 3 hidden lr=0.05"): Line("Table 1", 173_000, 170, 0.05, None),
    (REBER, "RTRL 12 hidden lr=0.1"): Line("Table 1", 25_000, 494, 0.1, None),
    (REBER, "ELM 15 hidden"): Line("Table 1", None, 435, None, 0.0),
    (NOISE_FREE, "RTRL p=4 lr=1"): Line("Table 2", 1_043_000, 36, 1.0, 0.78),
    (NOISE_FREE, "RTRL p=4 lr=4"): Line("Table 2", 892_000, 36, 4.0, 0.56),
    (NOISE_FREE, "RTRL p=4 lr=10"): Line("Table 2", 254_000, 36, 10.0, 0.22),
    (NOISE_FREE, "RTRL p=10 lr=1"): Line("Table 2", None, 144, 1.0, 0.0),
    (NOISE_FREE, "RTRL p=10 lr=10"): Line("Table 2", None, 144, 10.0, 0.0),
    (NOISE_FREE, "RTRL p=100 lr=1"): Line("Table 2", None, 10_404, 1.0, 0.0),
    (NOISE_FREE, "RTRL p=100 lr=10"): Line("Table 2", None, 10_404, 10.0, 0.0),
    (NOISE_FREE, "BPTT p=100 lr=1"): Line("Table 2", None, 10_404, 1.0, 0.0),
    (NOISE_FREE, "BPTT p=100 lr=10"): Line("Table 2", None, 10_404, 10.0, 0.0),
}


def test_no_line_is_missing_and_none_is_too_many():
    rows = {(name, row.name) for name in (NOISE_FREE, REBER) for row in catalogue()[name].rows}
    figures = {key for key in rows if row_of(*key).published}
    assert figures == set(LINES)


def row_of(name, label):
    return next(row for row in catalogue()[name].rows if row.name == label)


@pytest.mark.parametrize(("name", "label"), LINES, ids=map("/".join, LINES))
def test_networks_and_figures_are_those_of_the_paper(name, label):
    line, experiment, row = LINES[name, label], catalogue()[name], row_of(name, label)
    figures = row.published
    assert figures is not None
    assert (figures.source, figures.where) == ("hochreiter1997", line.where)
    assert (figures.sequences, figures.weights) == (line.sequences, line.weights)
    assert figures.solved == line.solved
    literal = experiment.conditions(label, "as-printed", seed=1, dtype="float32").learner
    assert literal.weights == line.weights
    assert line.rate is None or literal.rule.rate == line.rate
    assert experiment.trials == (30 if name == REBER else 18)
    if line.sequences is not None:
        assert row.cap > line.sequences


def test_all_are_the_tables_of_lstm_and_rivals_are_the_others(monkeypatch):
    run = []
    monkeypatch.setattr(
        reproduce, "_run", lambda experiments, options: run.append(experiments) or 0
    )
    for word in ("all", "rivals"):
        reproduce.reproduce(word)
    reproduce.reproduce("adding", "all", NOISE_FREE, "rivals")
    everything, rivals, both = ([each.name for each in experiments] for experiments in run)
    assert all(catalogue()[name].learner["type"] == "lstm" for name in everything)
    assert {"adding", "noise-free", "embedded-reber"} <= set(everything)
    assert {NOISE_FREE, REBER} <= set(rivals)
    assert not set(everything) & set(rivals)
    assert sorted(both) == sorted(everything + rivals)  # each once
    assert both[0] == "adding"
    tables = [name for name, each in catalogue().items() if each.attempts]
    assert sorted(both) == sorted(tables)
