"""Trajectories against the curves that they are sampled from."""

from itertools import islice

import numpy as np
import pytest
from support.laws import assert_uniform

from longlag import InputError, Trajectories
from longlag.simd.random import Purpose
from longlag.tasks import trajectories

TASK = Trajectories(samples=60, tested=(20, 40))


def petals(x):
    """The number of petals of the rose whose points lie on the trajectory, by their equations.

    Rotated by the angle b, |sin a| is a radius of two petals, |sin 2a| of four, and sin 3a, which
    has the same sign half a turn later, of three.
    """
    points = x[1:, 1:3] / x[1:, :1]  # the origin has no angle
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 0], points[:, 1])
    residues = []
    for power, kind in ((1, 2), (3, 3), (2, 4)):
        turns = np.linspace(0, 2 * np.pi, 721)[:, None]
        shape = np.sin(power * (angle - turns))
        residue = np.abs(radius - (shape if kind == 3 else np.abs(shape))).max(axis=1)
        residues.append(residue.min())
    return (2, 3, 4)[int(np.argmin(residues))], min(residues)


def test_each_class_is_a_rose_from_the_origin():
    classes = []
    for x, target in islice(TASK.sequences(seed=1), 60):
        kind = int(np.argmax(target[-1]))
        assert sorted(target[-1]) == [0, 0, 1]
        assert np.isnan(target[:-1]).all()
        number, residue = petals(x)
        assert number == (2, 3, 4)[kind]
        # The angle is known to half a degree, and a radius changes by at most 3 a radian.
        assert residue < 3 * np.deg2rad(0.5)
        assert x[0].tolist() == [1, 0, 0, 0, 0, 0]
        assert np.hypot(*(x[-1, 1:3] / x[-1, 0])) < 1.0
        classes.append(kind)
    assert set(classes) == {0, 1, 2}


def test_the_inputs_are_products_of_the_coordinates_with_norm_1():
    x, _ = next(TASK.sequences(seed=2))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1.0, rtol=0, atol=1e-15)
    across, up = (x[:, 1:3] / x[:, :1]).T
    for k, product in enumerate((across**2, up**2, across * up), start=3):
        np.testing.assert_allclose(x[:, k] / x[:, 0], product, rtol=0, atol=1e-14)


def test_time_is_warped():
    """Steps are uniform from 0 to twice the mean, and sequences have 60 of them in the mean."""
    lengths, steps = [], []
    for x, target in islice(TASK.sequences(seed=3), 600):
        lengths.append(len(x))
        if target[-1, 0]:  # of two petals: sin t, from which t follows in the first quarter
            radius = np.hypot(*(x[:, 1:3] / x[:, :1]).T)
            rising = np.arcsin(np.minimum(radius[:8], 1.0))
            steps += np.diff(rising).tolist()
    # A fixed seed, so these never fail by chance once they pass. A renewal process counts from 0 on
    # 60 points and E r^2 / 2 = 2/3 more; the standard deviation of a length is 4.5.
    assert abs(np.mean(lengths) - 60 - 2 / 3) < 5 * 4.5 / np.sqrt(600)
    assert_uniform(np.floor(np.array(steps) / (np.pi / 60)).astype(int), 0, 4)


def test_tests_have_other_numbers_of_samples_and_every_class():
    shown = list(islice(TASK.sequences(4, purpose=Purpose.TESTING), 300))
    assert [int(np.argmax(target[-1])) for _, target in shown[:6]] == [0, 1, 2] * 2
    lengths = [len(x) for x, _ in shown]
    assert 12 < min(lengths) < 20
    assert 40 < max(lengths) < 52


@pytest.mark.parametrize(
    ("out", "largest"), [([0.2, 0.1, 0.1], 0.0), ([0.2, 0.3, 0.1], 1.0), ([0.2, 0.2, 0.1], 1.0)]
)
def test_the_largest_output_names_the_class(out, largest):
    judge = TASK.kernel().judge
    found, mean = judge(np.array(TASK.parameters), np.array([1.0, 0.0, 0.0, 0.0]), np.array(out))
    assert found == largest
    assert mean == pytest.approx((1 - out[0] + out[1] + out[2]) / 3)


def test_a_network_that_has_diverged_is_wrong():
    largest, _ = TASK.kernel().judge(
        np.array(TASK.parameters), np.array([1.0, 0.0, 0.0, 0.0]), np.array([1.0, np.nan, 0.0])
    )
    assert not largest < TASK.tolerance


def test_more_samples_than_the_fewest():
    with pytest.raises(InputError, match=r"^the second number of tested of trajectories must be"):
        Trajectories(tested=(40, 20))


def test_the_sine_of_the_curves_is_that_of_numpy():
    """An angle of 15 is known to 9e-16, and its distance from a multiple of pi no better."""
    x = np.linspace(0, 15, 3001)
    ours = [trajectories.sine(each) for each in x]
    assert np.abs(ours - np.sin(x.astype(np.longdouble))).max() < 2e-15
