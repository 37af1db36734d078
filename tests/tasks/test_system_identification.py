"""The nonlinear system, its noise and its sine."""

from itertools import islice

import numpy as np
import pytest
from support.laws import assert_uniform

from longlag import SystemIdentification
from longlag.simd.random import Purpose
from longlag.tasks.system_identification import respond


def by_equations(u):
    """The states as the docstring of the module writes them, from k = 0."""
    x1, x2 = np.zeros(len(u) + 1), np.zeros(len(u) + 1)
    for k in range(len(u)):
        x1[k + 1] = (x1[k] + 2 * x2[k]) / (1 + x2[k] ** 2) + u[k]
        x2[k + 1] = x1[k] * x2[k] / (1 + x2[k] ** 2) + u[k]
    return (x1 + x2)[1:]


def test_training_is_noise_and_what_the_system_makes_of_it():
    inputs = []
    for x, target in islice(SystemIdentification().sequences(seed=1), 100):
        assert x.shape == target.shape == (50, 1)
        # The same operations in another order.
        np.testing.assert_allclose(target[:, 0], by_equations(x[:, 0]), rtol=1e-12, atol=1e-12)
        inputs += x[:, 0].tolist()
    # A fixed seed, so this never fails by chance once it passes.
    assert_uniform(np.floor(2 * (np.array(inputs) + 2)).astype(int), 0, 8)


def test_the_test_is_a_sine():
    task = SystemIdentification(amplitude=1.5)
    (x, target), (again, _) = islice(task.sequences(1, purpose=Purpose.TESTING), 2)
    np.testing.assert_array_equal(x, again)
    # The error of the sine of the library.
    np.testing.assert_allclose(x[:, 0], 1.5 * np.sin(0.04 * np.arange(314)), atol=1e-14)
    np.testing.assert_allclose(target[:, 0], by_equations(x[:, 0]), rtol=1e-12, atol=1e-12)
    assert task.parameters[4] == pytest.approx(np.var(target))


def test_the_mean_of_the_targets_has_a_normalised_error_of_1():
    task = SystemIdentification()
    _, target = next(task.sequences(1, purpose=Purpose.TESTING))
    judge, p = task.kernel().judge, task.parameters
    deviations = [judge(p, y, [target.mean()])[1] for y in target]
    assert np.mean(deviations) == pytest.approx(1.0)


def test_the_response_in_numpy_is_that_of_the_equations():
    u = np.random.default_rng(1).uniform(-2, 2, 100)
    np.testing.assert_allclose(respond(u), by_equations(u), rtol=1e-12, atol=1e-12)
