"""The rows of machines that are learned: networks and figures as the sources print them."""

import pytest

from longlag import GammaMemory, GrowingSet, LocalFeedback, Momentum, SecondOrder
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
# Table 2b: weights for each machine, and the same errors.
OF_SIX_STATES = {
    "N & P": (73, 14.1, 73, 0.3),
    "TDNN": (73, 34.3, 73, 16.2),
    "Gamma": (74, 25.2, 73, 14.9),
    "First order": (48, 26.5, 48, 16.0),
    "High order": (74, 4.6, 74, 25.1),
    "Bilinear": (78, 4.4, 78, 20.3),
    "Quadratic": (216, 3.2, 216, 26.1),
    "Multilayer": (76, 19.9, 76, 42.8),
    "Elman": (55, 12.7, 55, 27.6),
    "Local": (26, 20.2, 26, 22.2),
}
# Table 3: normalised mean squared errors of nets of fixed numbers of weights.
NORMALISED = {
    "N & P": 0.101,
    "TDNN": 0.160,
    "Gamma": 0.157,
    "First order": 0.105,
    "Multilayer": 0.096,
    "Elman": 0.115,
    "Local": 0.117,
}


@pytest.mark.parametrize("name", OF_SIX_STATES)
def test_table_2b(name):
    figures = OF_SIX_STATES[name]
    for tag, weights, error in (("random", *figures[:2]), ("memory", *figures[2:])):
        printed = catalogue()["horne-giles-states"].find_row(f"{name}, {tag}").published
        assert printed is not None
        assert printed.misclassified == pytest.approx(error / 100, abs=5e-4)  # with three digits
        assert (printed.tested, printed.trials, printed.weights) == (127, 100, weights)
        learner = catalogue()["horne-giles-states"].conditions(f"{name}, {tag}").learner
        ours = learner.weights - isinstance(learner, GammaMemory)
        # The equations have a weight fewer than the scan in one line, and two in another.
        assert weights - ours == {"Gamma": tag == "random", "High order": 2}.get(name, 0)


@pytest.mark.parametrize("name", NORMALISED)
def test_table_3(name):
    printed = catalogue()["horne-giles-system"].find_row(name).published
    assert printed is not None
    assert (printed.test_error, printed.trials) == (NORMALISED[name], 50)
    learner = catalogue()["horne-giles-system"].conditions(name).learner
    # Those of Table 2a, but for the local net, which has another size here.
    weights = 57 if name == "Local" else PRINTED[name][0]
    assert learner.weights - isinstance(learner, GammaMemory) == weights


def test_an_unknown_machine():
    """Giles et al. (NIPS 4, 1992), sections 3.3 and 5."""
    for units, solved in ((10, 1.0), (6, 0.5)):
        conditions = catalogue()["unknown-machine"].conditions(f"{units} units")
        printed = catalogue()["unknown-machine"].find_row(f"{units} units").published
        assert printed is not None
        assert (printed.trials, printed.solved, printed.tested) == (2, solved, 2**16 - 1)
        learner, rule = conditions.learner, conditions.stop
        assert isinstance(learner, SecondOrder)
        assert (learner.hidden, learner.rule) == (units, Momentum(0.5, 0.5))
        assert isinstance(rule, GrowingSet)
        assert (rule.more, rule.passes, rule.passes * rule.cycles) == (10, 10, 1000)
        assert conditions.test == printed.tested


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
