"""The rows of the comparison of Horne & Giles: networks and figures as the source prints them."""

import pytest

from longlag import GammaMemory, LocalFeedback
from longlag.experiments.files import catalogue

# Typed from Horne & Giles (1995), Table 2a, not from the experiment file: weights; mean testing
# error in per cent for the random machine and for the one with finite memory.
PRINTED = {
    "N & P": (56, 16.9, 0.1),
    "TDNN": (56, 33.8, 15.8),
    "Gamma": (56, 24.8, 15.7),
    "First order": (48, 26.5, 16.0),
    "High order": (50, 6.2, 26.0),
    "Bilinear": (55, 5.7, 25.8),
    "Quadratic": (45, 17.7, 40.5),
    "Multilayer": (54, 23.4, 43.5),
    "Elman": (55, 12.7, 24.9),
    "Local": (60, 26.7, 1.0),
}


@pytest.mark.parametrize("name", PRINTED)
def test_table_2a(name):
    weights, *errors = PRINTED[name]
    for tag, error in zip(("random", "memory"), errors, strict=True):
        printed = catalogue()["horne-giles"].find_row(f"{name}, {tag}").published
        assert printed is not None
        assert printed.misclassified == pytest.approx(error / 100, abs=5e-4)  # with three digits
        assert (printed.tested, printed.trials, printed.weights) == (127, 100, weights)


def test_networks_have_the_printed_numbers_of_weights():
    for row in catalogue()["horne-giles"].rows:
        name = row.name.split(",")[0]
        learner = catalogue()["horne-giles"].conditions(row.name).learner
        fixed = isinstance(learner, GammaMemory)  # mu, which is no weight of the source
        assert learner.weights - fixed == (PRINTED[name][0] if name != "LSTM" else 51)


def test_the_local_net_has_the_printed_number_of_states():
    learner = catalogue()["horne-giles"].conditions("Local, random").learner
    assert isinstance(learner, LocalFeedback)
    layout = learner.layout
    inputs = layout.size("hidden_seen") - 1 - learner.inputs  # those of earlier steps
    # A hidden unit's own activations are the window of the output, too.
    assert layout.size("output_seen") - 1 - learner.hidden == layout.size("hidden_own")
    assert inputs + layout.size("hidden_own") + layout.size("output_own") == 20
