"""How long cells keep what they hold, beside the gates of the readable networks and simulations."""

from types import SimpleNamespace

import numpy as np
import pytest

from longlag.estimators.scaling import RunningScale
from longlag.learners.lstm.learner import LSTM
from longlag.learners.rotating.learner import Rotating
from longlag.learners.streams import StreamOptions
from longlag.report.stream.half_life_figure import half_life_figure
from longlag.report.stream.half_lives import half_lives, half_lives_of
from longlag.rules import RMSProp

CELLS = pytest.mark.parametrize(
    ("learner", "cell"), [(LSTM, "memory"), (Rotating, "rotating"), (Rotating, "mixed")]
)


def network(learner, cell):
    """A network of a stream with three inputs, and its weights."""
    options = StreamOptions(8, 1, True, False, 3, "linear", RMSProp())
    made = learner.for_stream(cell, options)
    column = made.start(np.random.default_rng(1))
    return made, made.layout.view(column, "weights").copy()


@CELLS
def test_the_nets_of_forget_gates_are_those_of_the_readable_network(learner, cell):
    made, weights = network(learner, cell)
    readable = made.reference()
    readable._set(weights)
    x = np.array([0.5, -1.0, 2.0])
    readable.step(x)
    found = made.forgetting(weights)
    nets = found.biases + found.weights @ x
    if learner is LSTM:
        np.testing.assert_allclose(nets, readable.net_phi, rtol=1e-12)
        assert not found.phases.any()
    else:  # in polar form, the factor of the state tells both
        np.testing.assert_allclose(1 / (1 + np.exp(-nets)), np.abs(readable.A), rtol=1e-12)
        np.testing.assert_allclose(found.phases, np.angle(readable.A), rtol=1e-12, atol=1e-15)


def test_gates_that_see_more_than_inputs_tell_no_time():
    assert LSTM(3, 1, forget_gates=True).forgetting(np.zeros(1)) is None


def test_the_time_is_that_of_a_simulated_cell():
    means, deviations = np.array([-1.0, 2.0, 5.0]), np.array([0.0, 1.5, 3.0])
    nets = means + deviations * np.random.default_rng(1).normal(size=(200_000, 3))
    left = np.log(1 / (1 + np.exp(-nets))).mean(axis=0)  # of a state, in a step, as a logarithm
    # The largest standard error of these means is 0.6%.
    np.testing.assert_allclose(half_lives_of(means, deviations), np.log(0.5) / left, rtol=0.03)


@CELLS
def test_cells_stand_in_the_order_of_their_times(learner, cell):
    made, weights = network(learner, cell)
    scale = RunningScale.start(3)
    scale.table[0], scale.table[2] = 10.0, [10.0, 0.0, 10.0]  # the second input is constant
    stream = SimpleNamespace(
        network=SimpleNamespace(learner=made, arrays=lambda: {"weights": weights}),
        scale=scale,
        features=SimpleNamespace(inputs=["load", "constant", ("wind", "N")]),
    )
    found = half_lives(stream)
    assert (np.diff(found.times) >= 0).all()
    assert (found.shorter <= found.longer).all()
    assert set(found.inputs) <= {"load", "wind: N"}
    turning = {"memory": 0, "rotating": 8, "mixed": 4}[cell]
    assert np.count_nonzero(~np.isnan(found.periods)) == turning
    assert "half of a state is left after" in found.sentence
    labels = [text.get_text() for text in half_life_figure(found).axes[0].get_yticklabels()]
    assert labels == [
        f"{name}, cell {n}" for name, n in zip(found.inputs, found.cells, strict=True)
    ]
    assert len(set(labels)) == len(labels)
