"""Networks that users feed themselves: what they answer, what they refuse, what they keep."""

import copy
import pickle
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from support import studies

from longlag.errors import InputError
from longlag.experiments.trial import Status
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.network import Network
from longlag.rules import Adam
from longlag.simd.random import Purpose
from longlag.tasks.adding import Adding

# Two outputs tell rows from columns. Wide weights, so that no term is too small to be missed.
REAL = LSTM(2, 2, output="linear", weight_range=1.0, rule=Adam(0.01))
SYMBOLS = LSTM(5, 2, coding="symbol", weight_range=1.0)
STEPS = 12


def sequence(learner, steps=STEPS, seed=1):
    """Inputs, and targets at every third step."""
    generator = np.random.default_rng(seed)
    symbols = learner.coding == "symbol"
    x = generator.integers(5, size=steps) if symbols else generator.normal(size=(steps, 2))
    target = np.full((steps, 2), np.nan)
    target[2::3] = generator.uniform(0.2, 0.8, size=target[2::3].shape)
    return x, target


@pytest.mark.parametrize("learner", [REAL, SYMBOLS], ids=["real", "symbols"])
def test_learning_and_predicting_are_those_of_the_reference(learner):
    network, reference = Network(learner, seed=4), ReferenceLSTM(learner)
    reference.load(network.column)
    for seed in range(20):
        x, target = sequence(learner, seed=seed)
        predicted = network.predict(x)
        answers = network.learn(x, target)
        assert predicted.shape == answers.shape == (STEPS, 2)
        reference.reset()
        expected = []
        for step, wanted in zip(x, target, strict=True):
            reference.step(step)
            expected.append(reference.answer())
            if not np.isnan(wanted).any():
                reference.learn(wanted)
        reference.finish()
        # Rounding alone, 1e-16 a step over 240 steps, enlarged a little by what is learned from it.
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-10)
        np.testing.assert_allclose(network.weights, reference.weights(), rtol=0, atol=1e-10)
        # Before its first target a sequence is answered by the network that was there before.
        np.testing.assert_array_equal(predicted[:3], answers[:3])


@pytest.mark.parametrize("learner", [REAL, SYMBOLS], ids=["real", "symbols"])
def test_looking_changes_nothing(learner):
    x, target = sequence(learner)
    network = Network(learner, seed=4)
    network.learn(x, target)
    before = network.column.tobytes()
    answers = network.predict(x)
    rows = network.record(x)
    assert network.column.tobytes() == before
    np.testing.assert_array_equal(network.predict(x), answers)
    assert set(rows) == set(learner.layout)
    assert {name: array.shape[1:] for name, array in rows.items()} == {
        name: learner.layout.view(np.zeros(learner.layout.rows), name).shape
        for name in learner.layout
    }
    assert {len(array) for array in rows.values()} == {STEPS}
    np.testing.assert_array_equal(rows["outputs"], answers)
    np.testing.assert_array_equal(rows["weights"], np.tile(network.weights, (STEPS, 1)))


def test_looking_changes_nothing_in_the_middle_of_a_sequence():
    """A look that is refused half-way, or that comes between two lessons, leaves no trace."""
    looked, blind = Network(REAL, seed=4), Network(REAL, seed=4)
    for seed in range(3):
        x, target = sequence(REAL, seed=seed)
        looked.predict(x[:5])
        with pytest.raises(InputError):
            looked.predict(np.full((3, 2), np.nan))
        looked.learn(x, target)
        blind.learn(x, target)
    assert looked.column.tobytes() == blind.column.tobytes()


def test_a_target_at_the_end_alone():
    x, target = sequence(REAL)
    padded = np.full((STEPS, 2), np.nan)
    padded[-1] = target[-1]
    short, long = Network(REAL, seed=4), Network(REAL, seed=4)
    np.testing.assert_array_equal(short.learn(x, target[-1]), long.learn(x, padded))
    assert short.column.tobytes() == long.column.tobytes()


def test_lists_whole_numbers_and_float32_will_do():
    x = [[1, 0], [0, 1], [1, 1]]
    numbers = Network(REAL, seed=4).learn(np.array(x, np.float64), np.array([1.0, 0.0]))
    for other in (x, np.array(x, np.float32), np.array(x, np.int8), np.array(x, bool)):
        np.testing.assert_array_equal(Network(REAL, seed=4).learn(other, [1, 0]), numbers)
    symbols = Network(SYMBOLS, seed=4).predict([0, 4, 2])
    np.testing.assert_array_equal(Network(SYMBOLS, seed=4).predict([0.0, 4.0, 2.0]), symbols)


def test_the_network_is_that_of_the_trial_with_this_seed():
    assert np.array_equal(Network(REAL, seed=4).weights, Network(REAL, seed=4, trial=0).weights)
    for other in (Network(REAL, seed=5), Network(REAL, seed=4, trial=1)):
        assert not np.array_equal(Network(REAL, seed=4).weights, other.weights)


@contextmanager
def refused(message):
    """One line that says what was wrong."""
    with pytest.raises(InputError) as caught:
        yield
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


X = np.zeros((3, 2))
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0, 0], [0, NAN]], "x must be finite, got nan at (1, 1)"),
        ([[0, 0], [INF, 0]], "x must be finite, got inf at (1, 0)"),
        (np.zeros(3), "x must have shape (steps, 2) with at least one step, got (3,)"),
        (np.zeros((3, 3)), "got (3, 3)"),
        (np.zeros((0, 2)), "got (0, 2)"),
        (np.zeros((1, 3, 2)), "got (1, 3, 2)"),
        (0.5, "got ()"),
        ([["a", "b"]], "x must hold real numbers, got dtype <U1"),
        (X + 1j, "x must hold real numbers, got dtype complex128"),
        (np.array([[None, 1]]), "x must hold real numbers, got dtype object"),
        (np.zeros((3, 2), "M8[s]"), "x must hold real numbers, got dtype datetime64[s]"),
    ],
)
def test_inputs_that_are_refused(x, message):
    network = Network(REAL, seed=4)
    before = network.column.tobytes()
    for feed in (lambda: network.learn(x, [0, 0]), lambda: network.predict(x)):
        with refused(message):
            feed()
    with refused(message):
        network.record(x)
    assert network.column.tobytes() == before


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([0, 5], "x must hold symbols from 0 to 4"),
        ([-1, 0], "x must hold symbols from 0 to 4"),
        ([0.5], "x must hold symbols from 0 to 4"),
        ([NAN], "x must be finite, got nan at (0,)"),
        ([[0, 1]], "x must have shape (steps,), got (1, 2)"),
        ([], "x must have shape (steps,), got (0,)"),
        (["a"], "x must hold real numbers, got dtype <U1"),
    ],
)
def test_symbols_that_are_refused(x, message):
    with refused(message):
        Network(SYMBOLS, seed=4).learn(x, [0, 0])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ([NAN, NAN], "target must have a number at some step, got NaN at all of them"),
        (np.full((3, 2), NAN), "target must have a number at some step, got NaN at all of them"),
        ([0, NAN], "NaN in all of them, got [0.0, nan]"),
        ([[0, 0], [NAN, NAN], [NAN, 1]], "NaN in all of them, got [nan, 1.0]"),
        ([0, INF], "target must be finite in every output of a step"),
        ([0], "target must have shape (3, 2) or (2,), got (1,)"),
        (0, "got ()"),
        (np.zeros((2, 2)), "target must have shape (3, 2) or (2,), got (2, 2)"),
        (np.zeros((3, 1)), "got (3, 1)"),
        (["a", "b"], "target must hold real numbers, got dtype <U1"),
        ([1j, 0], "target must hold real numbers, got dtype complex128"),
    ],
)
def test_targets_that_are_refused(target, message):
    network = Network(REAL, seed=4)
    before = network.column.tobytes()
    with refused(message):
        network.learn(X, target)
    assert network.column.tobytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"seed": 1.5}, "seed must be a whole number at least 0, got 1.5"),
        ({"trial": -1}, "trial must be at least 0, got -1"),
        ({"dtype": "float16"}, "dtype must be one of 'float32', 'float64', got 'float16'"),
    ],
)
def test_options_that_are_refused(options, message):
    with refused(message):
        Network(REAL, **options)


def test_a_long_sequence_leaves_the_network_as_large_as_it_was():
    network = Network(REAL, seed=4)
    rows, bank = network.column.shape, network._S.shape
    x = np.random.default_rng(1).normal(size=(200_000, 2))
    assert network.learn(x, [0.5, -0.5]).shape == (200_000, 2)
    assert network.column.shape == rows
    assert network._S.shape == bank == (REAL.layout.rows, 1)
    assert np.isfinite(network.column).all()


def test_a_solved_trial_can_be_taken_out_and_asked():
    """From the column in its record: the test is passed again, answer by answer."""
    record = studies.run(studies.easy(dtype="float64"), 4)[1]
    assert record.status is Status.SOLVED
    conditions = record.conditions
    network = Network.from_column(conditions.learner, record.column)
    assert network.column.tobytes() == record.column.tobytes()
    tests = Adding(24).sequences(conditions.seed, 1, Purpose.TESTING)
    errors = np.array(
        [
            abs(network.predict(x)[-1] - target[-1]).item()
            for x, target in islice(tests, record.tested)
        ]
    )
    assert (errors >= conditions.task.tolerance).sum() == record.wrong
    # The sums of the driver and of NumPy may round differently.
    assert errors.mean() == pytest.approx(record.test_error, rel=1e-12)


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))]
)
def test_a_copy_goes_on_alike_and_by_itself(duplicate):
    network = Network(REAL, seed=4, dtype="float32")
    network.learn(*sequence(REAL))
    twin, before = duplicate(network), network.column
    answers = twin.learn(*sequence(REAL, seed=2))
    assert network.column.tobytes() == before.tobytes() != twin.column.tobytes()
    assert network.learn(*sequence(REAL, seed=2)).tobytes() == answers.tobytes()
    assert network.column.tobytes() == twin.column.tobytes()


def test_numbers_too_large_for_float32_are_refused():
    with refused("x must be finite"):
        Network(REAL, dtype="float32").predict([[1e300, 0]])


def test_a_column_of_other_sizes_is_refused():
    column = Network(REAL, seed=4).column
    assert Network.from_column(REAL, column.tolist()).column.tobytes() == column.tobytes()
    with refused("column"):
        Network.from_column(replace(REAL, blocks=3), column)
