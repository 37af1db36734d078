"""The tables of Bengio & Frasconi (1994) hold the figures of the source."""

import pytest

from longlag.experiments.files import catalogue

#: Method: presentations and final error in percent, by T; typed from the source.
TWO_SEQUENCE = {
    "back-propagation": ((2900, 3000, 2900, 3000, 2800), (58, 56, 43, 53, 50)),
    "pseudo-Newton": ((510, 1100, 1900, 2600, 2500), (2, 3, 10, 25, 29)),
    "time-weighted": ((540, 430, 2400, 2900, 2700), (0, 0, 9, 34, 14)),
    "multi-grid": ((4100, 5800, 2500, 3900, 6400), (2, 6, 1, 3, 6)),
    "discrete error": ((660, 1300, 2100, 2100, 2100), (6, 16, 29, 23, 22)),
    "annealing": ((200_000, 39_000, 82_000, 77_000, 43_000), (6, 0, 7, 4, 11)),
}
#: The blanks of these rows are lost in the copy that was read, so the lengths are likely ones.
PARITY = {
    "back-propagation": ((3600, 5500, 8700, 16_000, 11_000), (2, 20, 41, 38, 43)),
    "pseudo-Newton": ((250, 8900, 8900, 77_000, 11_000, 110_000), (3, 25, 41, 44, 40, 47)),
    "time-weighted": ((45_000, 70_000, 34_000, 81_000), (26, 39, 43, 44)),
    "multi-grid": ((4200, 15_000, 31_000), (15, 44, 45)),
    "discrete error": ((5000, 7900, 15_000, 54_000), (0, 0, 0, 5)),
    "annealing": ((510_000, 1_200_000, 810_000), (3, 10, 0)),
}
EM = {
    "2-sequence": ((3200, 4000, 2900, 3200, 2900), (0, 0, 0, 0, 0)),
    "parity": ((2300, 1500, 1300, 3200, 2600, 3400), (0, 6, 0, 14, 0, 12)),
}
#: Tomita's languages: states, share of the trials that converged, their mean accuracy.
TOMITA = (
    (2, 0.6, 1.0),
    (8, 0.8, 0.965),
    (7, 0.15, 0.867),
    (4, 0.1, 1.0),
    (4, 0.1, 1.0),
    (3, 0.35, 1.0),
    (3, 0.45, 0.856),
)


def test_all_seven_languages_have_their_figures():
    experiment = catalogue()["iohmm-tomita"]
    for number, (row, line) in enumerate(zip(experiment.rows, TOMITA, strict=True), 1):
        conditions = experiment.conditions(row.name)
        assert conditions.task.grammar == number
        accuracy = 1 - row.published.misclassified
        found = conditions.learner.states, row.published.solved, accuracy
        assert found == pytest.approx(line, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "table"),
    [("bengio-two-sequence", TWO_SEQUENCE), ("bengio-parity", PARITY), ("iohmm", EM)],
)
def test_the_figures_are_those_of_the_source(name, table):
    found = {}
    for row in catalogue()[name].rows:
        if row.published:
            assert row.published.source == "bengio1994b"
            figures = row.published.sequences, round(100 * row.published.misclassified)
            found.setdefault(row.name.split(" T=")[0], []).append(figures)
    wanted = {method: list(zip(*figures, strict=True)) for method, figures in table.items()}
    assert found == wanted


@pytest.mark.parametrize(("name", "weights"), [("bengio-two-sequence", 25), ("bengio-parity", 7)])
def test_nets_have_as_many_weights_as_the_source_says(name, weights):
    """Discrete errors need other nets here, and LSTM is not in the source."""
    experiment = catalogue()[name]
    for row in experiment.rows:
        learner = experiment.conditions(row.name).learner
        if learner.name not in ("discrete-error", "lstm"):
            assert learner.weights == weights
