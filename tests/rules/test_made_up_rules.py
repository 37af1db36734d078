"""Rules of a user's own: three moments a weight, and a rule that looks at the whole gradient."""

import numpy as np
import pytest
from support.lanes import Lanes
from support.made_up_rules import AMSGrad, Bounded
from support.recurrent_nets import sequence
from support.stream_networks import largest_deviation, reference_of, samples

from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.experiments.tables import TableError, construct
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.learners.recurrent import Elman
from longlag.learners.recurrent.reference import ReferenceElman

# The same float64 sums in another order, over some twenty steps of a net that does not diverge.
TOLERANCE = 1e-11

LEARNERS = {
    "three moments": (LSTM(2, 2, blocks=1, rule=AMSGrad()), ReferenceLSTM),
    "of symbols, summed and clipped": (
        Elman(3, 2, coding="symbol", update="sequence", clip=0.05, rule=AMSGrad()),
        ReferenceElman,
    ),
    "whole gradient": (LSTM(2, 2, blocks=1, rule=Bounded()), ReferenceLSTM),
    "whole gradient after clipping": (Elman(2, 2, clip=0.05, rule=Bounded()), ReferenceElman),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_in_lanes_against_numpy(name):
    config, kind = LEARNERS[name]
    column = config.start(np.random.default_rng(0))
    net, lane = kind(config), Lanes(config, [column])
    net.load(column)
    for seed in range(3):
        x, targets, learn = sequence(config, seed)
        net.reset()
        lane.reset()
        for now, target, taught in zip(x, targets, learn, strict=True):
            net.step(now)
            lane.step(now)
            net.answer()
            lane.answer()
            if taught:
                net.learn(target)
                lane.learn(target)
        net.finish()
        lane.finish()
    weights = lane.view("weights")[:, 0]
    np.testing.assert_allclose(weights, net.weights(), rtol=TOLERANCE, atol=TOLERANCE)
    assert np.abs(weights - config.layout.view(column, "weights")).max() > 1e-3


def test_a_bound_shortens_a_step():
    """Or the comparison above would be one with gradient descent."""
    bounded, free = Bounded(), Bounded(kappa=0.0)
    gradient = np.array([0.5, -1.0])
    assert np.array_equal(free.reference(gradient, (), 1)[0], gradient)
    assert np.allclose(bounded.reference(gradient, (), 1)[0], gradient / 30, rtol=1e-15)


STREAM = LSTM(3, 2, blocks=3, block_size=1, forget_gates=True, output="linear", rule=AMSGrad())


def test_on_a_stream_against_numpy():
    assert largest_deviation(STREAM, reference_of(STREAM)) < TOLERANCE


def test_what_a_rule_remembers_is_saved_and_goes_on():
    X, Y = samples(STREAM, 1)
    network = StreamNetwork(STREAM, dtype="float64")
    network.learn_many(X, Y)
    arrays = network.arrays()
    assert arrays["largest_second_moments"].any()
    assert np.array_equal(arrays["running"], network.copy().arrays()["running"])
    assert (arrays["running"] < 1).all()
    restored = StreamNetwork.from_arrays(STREAM, arrays)
    assert restored.learn_many(X, Y).tobytes() == network.learn_many(X, Y).tobytes()


def test_a_stream_does_not_wait_for_the_whole_gradient():
    learner = LSTM(3, 2, block_size=1, rule=Bounded())
    with pytest.raises(InputError, match="rule of the learner of a stream cannot be bounded"):
        StreamNetwork(learner)


def test_tables_know_the_rules_of_the_library_only():
    table = {"inputs": 2, "outputs": 1, "rule": {"type": "amsgrad"}}
    with pytest.raises(TableError, match="unknown update rule 'amsgrad': known are adam, gradient"):
        construct(LSTM, table, "learner")
