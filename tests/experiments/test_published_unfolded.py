"""The rows of unfolded nets: the networks and figures that their sources print."""

import pytest

from longlag import NARX, TWINN, Generation, Holographic, TimeConstants, Trajectories
from longlag.experiments.files import catalogue

# Typed from the sources, not from the experiment files.
# Mozer (1992), Table 1: epochs of two sequences, share of 25 nets that did not fail.
PLAIN = {2: (408, 1.0), 4: (7406, 0.64), 6: (9830, 0.08), 8: (None, 0.0), 10: (None, 0.0)}
REDUCED = {2: (328, 1.0), 4: (584, 1.0), 6: (992, 1.0), 8: (1312, 1.0), 10: (1630, 1.0)}
# Watrous & Kuhn (1992): per cent of all strings of up to 10 bits, the best of 5 nets.
RIGHT = {1: 100.0, 2: 100.0, 3: 78.3, 4: 60.9, 5: 66.8, 6: 46.2, 7: 55.7}
# Miller & Giles (1993), as the paper of 1996 quotes them: sequences to convergence.
RANGES = {1: (23_000, 46_000), 2: (77_000, 200_000), 4: (46_000, 210_000)}


def figures(name, label):
    printed = catalogue()[name].find_row(label).published
    assert printed is not None
    return printed


@pytest.mark.parametrize(("kind", "lines"), [("plain", PLAIN), ("reduced", REDUCED)])
def test_gaps(kind, lines):
    for gap, (epochs, solved) in lines.items():
        printed = figures("gap", f"{kind} gap={gap}")
        assert printed.solved == solved
        assert printed.sequences == (epochs and 2 * epochs)


def test_nets_for_gaps_have_ten_units_of_which_four_are_slow():
    for row in catalogue()["gap"].rows:
        learner = catalogue()["gap"].conditions(row.name).learner
        assert isinstance(learner, TimeConstants)
        slow = [tau for tau in learner.taus if tau]
        assert len(learner.taus) == 10
        assert len(slow) == (4 if row.name.startswith("reduced") else 0)
        assert len(set(slow)) <= 1
        assert all(0.75 <= tau <= 0.95 for tau in slow)


def test_melodies():
    """Mozer (1992), Table 2: per cent of right predictions."""
    judgings = "local", "global", "first notes", "end"
    for kind, right in {
        "standard": (97.3, 58.4, 61.2, 52.9),
        "reduced": (96.7, 75.6, 69.4, 88.0),
    }.items():
        assert 3 * right[1] == pytest.approx(2 * right[2] + right[3], abs=0.2)  # rounded figures
        for judged, share in zip(judgings, right, strict=True):
            printed = figures("melodies", f"{kind}, {judged}")
            assert printed.test_error == pytest.approx(1 - share / 100)
            learner = catalogue()["melodies"].conditions(f"{kind}, {judged}").learner
            assert isinstance(learner, TimeConstants)
            slow = [0.8] * 5 if kind == "reduced" else []
            assert learner.taus == (*[0.0] * (35 - len(slow)), *slow)


@pytest.mark.parametrize("grammar", RIGHT)
def test_strings_of_tomita(grammar):
    printed = figures("tomita-strings", f"Tomita {grammar}")
    # The files have shares of wrong strings with four digits.
    assert printed.misclassified == pytest.approx(1 - RIGHT[grammar] / 100, abs=5e-5)
    assert printed.tested == 2047


def test_languages_of_tomita():
    for grammar in RANGES:
        printed = figures("tomita-second-order", f"Tomita {grammar}")
        assert (printed.low, printed.high) == RANGES[grammar]


@pytest.mark.parametrize(("taps", "weights"), [(1, 8), (3, 10), (6, 13)])
def test_latches_have_six_weights_that_learn(taps, weights):
    learner = catalogue()["narx-latch"].conditions(f"D={taps} T=50").learner
    assert isinstance(learner, NARX)
    assert learner.weights == weights
    assert learner.topology.learned.rows == 6


@pytest.mark.parametrize(("taps", "weights"), [(1, 21), (2, 21), (3, 19)])
def test_nets_for_parity_have_the_printed_numbers_of_weights(taps, weights):
    """Lin et al. (NIPS 8, 1996), section 4.2; about 60% with one tap, 80% with more."""
    for steps in (0, 5, 10, 20, 35, 50):
        conditions = catalogue()["narx-parity"].conditions(f"D={taps}, {steps} steps")
        assert conditions.learner.weights == weights
        printed = figures("narx-parity", f"D={taps}, {steps} steps")
        right = {0: 1.0} | dict.fromkeys((10, 20, 35), 0.6 if taps == 1 else 0.8)
        wrong = printed.misclassified
        assert (None if wrong is None else 1 - wrong) == right.get(steps)


def test_trajectories():
    """Sun, Chen & Lee (1993), sections III and IV."""
    learned = figures("time-warping", "TWINN")
    assert (learned.sequences, learned.misclassified) == (100 * 150, 0.0)
    assert figures("time-warping", "time-delay net").misclassified == 0.7
    assert figures("time-warping", "tanh net").solved == 0.0
    conditions = catalogue()["time-warping"].conditions("TWINN")
    learner, task = conditions.learner, conditions.task
    assert isinstance(learner, TWINN)
    assert isinstance(task, Trajectories)
    assert (learner.hidden, learner.inputs, learner.outputs) == (4, 6, 3)
    assert (task.samples, task.tested) == (60, (20, 200))


def test_sequences_to_generate():
    """Plate (1993), section 3.2."""
    conditions = catalogue()["generation"].conditions("holographic length=12")
    learner, task = conditions.learner, conditions.task
    assert isinstance(learner, Holographic)
    assert isinstance(task, Generation)
    assert (learner.hidden, learner.basis) == (16, task.basis)
    assert (task.symbols, task.basis, task.basis_length, task.novel) == (3, 12, 4, 32)
    printed = figures("generation", "holographic length=12")
    assert (printed.misclassified, printed.tested) == (pytest.approx(1 - 0.9), 32)
