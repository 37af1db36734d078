"""The error flow where credit is no plain gradient: filters, growing nets, models, hierarchies."""

import numpy as np
import pytest
from errorflow.test_rival_flows import arriving, column
from support.flows import DIFFERENCES, STEPS, H, inputs
from support.lanes import Lanes

from longlag.errorflow.networks import network_flow
from longlag.errors import InputError
from longlag.learners.cascade import CascadeCorrelation
from longlag.learners.cascade.topology import UNITS
from longlag.learners.chunker.hierarchy import ChunkerHierarchy
from longlag.learners.iohmm import IOHMM
from longlag.learners.recurrent.kalman import Kalman

# The same products of a few matrices of size 1 in another order.
ROUNDING = 1e-12

KALMAN = Kalman(2, 2, hidden=3, discount=0.8)
CASCADE = CascadeCorrelation(2, 1, hidden=4, pool=1)
HIERARCHY = ChunkerHierarchy(2, 1, levels=3, hidden=2, learning="rtrl")
MODELS = {
    "softmax": IOHMM(2, 1, states=3),
    "chains": IOHMM(2, 2, states=5, connections="two chains"),
}


def grown():
    """A net with three units of four, with random weights."""
    network = column(CASCADE)
    weights = CASCADE.layout.view(network, "weights")
    weights[:] = np.random.default_rng(1).uniform(-1, 1, len(weights))
    CASCADE.layout.view(network, "progress")[UNITS] = 3
    return network


def ran(learner, network, x):
    """One lane that has taken the steps of a sequence."""
    lane = Lanes(learner, [network])
    lane.reset()
    for now in x:
        lane.step(now)
    return lane


def test_the_paths_of_a_filter_are_those_of_its_derivatives():
    x, net = inputs(), KALMAN.reference()
    net.load(column(KALMAN))
    net.reset()
    sources = []
    for now in x:
        net.step(now)
        sources.append(net.z)
    net.answer()
    (path,) = KALMAN.error_paths(column(KALMAN), x, STEPS)
    ours = np.einsum("ton,tz->onz", arriving(path), np.array(sources))
    theirs = net.out_slopes[:, None, None, None] * net.v[:, net.first :, None, None] * net.p
    assert np.abs(ours - theirs.sum(axis=1)).max() < ROUNDING


def test_the_loops_of_a_cascade_are_those_of_its_units():
    """The effect of a unit's bias on itself, by differences of the kernel."""
    x, first = inputs(), CASCADE.topology.first_unit
    (path,) = CASCADE.error_paths(grown(), x, STEPS)
    back = np.eye(3)
    ours = path.leave[-1].copy()
    for J, leave in zip(path.jacobians[::-1], path.leave[-2::-1], strict=True):
        back = back @ J
        ours += back @ leave
    for unit in range(3):
        above, below = (grown() for _ in range(2))
        for network, change in ((above, H), (below, -H)):
            CASCADE.layout.view(network, "weights")[CASCADE.topology.into_units + unit] += change
        states = [ran(CASCADE, each, x).view("activations")[first:, 0] for each in (above, below)]
        slope = (states[0] - states[1])[unit] / (2 * H)
        assert ours[unit, unit] == pytest.approx(slope, rel=DIFFERENCES)


def test_a_net_that_has_not_grown_has_no_loop():
    assert CASCADE.error_paths(column(CASCADE), inputs(), STEPS) == []


@pytest.mark.parametrize("name", MODELS)
def test_the_path_of_a_model_is_the_gradient_of_its_answer(name):
    """By the logits of moves, by differences of the kernel."""
    learner, x, n = MODELS[name], inputs(), MODELS[name].states
    network = column(learner)
    (path,) = learner.error_paths(network, x, STEPS)
    ours = arriving(path).sum(axis=0)  # (outputs, from * to)
    for i in (0, 1, n + 1):  # among the weights of the bias, which come first: from * n + to
        answers = []
        for change in (H, -H):
            changed = network.copy()
            changed[i] += change
            answers.append(ran(learner, changed, x).answer()[:, 0])
        slope = (answers[0] - answers[1]) / (2 * H)
        assert np.abs(slope).min() > 1e-3
        np.testing.assert_allclose(ours[:, i], slope, rtol=0, atol=DIFFERENCES)


def test_a_table_moves_as_its_symbols_say():
    learner = IOHMM(3, 1, states=2, coding="symbol", transitions="table")
    network = column(learner)
    tables = learner.layout.view(network, "weights")[:12].reshape(3, 2, 2)
    x = np.array([[0.0], [2.0], [1.0]])
    (path,) = learner.error_paths(network, x, 3)
    staying = [table[1, 1] - table[0, 1] for table in tables]
    np.testing.assert_array_equal(np.ravel(path.jacobians), [staying[2], staying[1]])


def test_credit_fades_beyond_rounding_errors():
    learner = IOHMM(2, 1, states=3, depth=1)
    flow = network_flow(learner, column(learner), inputs(200), [1, 50, 150])
    (sizes,) = (each.largest for each in flow.values())
    assert sizes[2] < 2 * sizes[1] < -20


@pytest.mark.parametrize(("threshold", "surprises"), [(0.0, STEPS), (1000.0, 1)])
def test_levels_above_the_lowest_step_only_at_surprises(threshold, surprises):
    learner = ChunkerHierarchy(2, 1, levels=3, hidden=2, threshold=threshold)
    network = column(learner)
    learner.layout.view(network, "newest")[:] = 2
    lowest, *above = learner.error_paths(network, inputs(), STEPS)
    assert not any(np.array_equal(J, np.eye(2)) for J in lowest.jacobians)
    assert len(above) == 2
    for path in above:
        held = [np.array_equal(J, np.eye(2)) for J in path.jacobians]
        assert held.count(False) == surprises - 1  # the first step has no J


def test_levels_that_have_not_begun_have_no_path():
    assert len(HIERARCHY.error_paths(column(HIERARCHY), inputs(), STEPS)) == 1


@pytest.mark.parametrize("learner", [KALMAN, CASCADE, HIERARCHY, *MODELS.values()])
def test_what_has_diverged_is_refused(learner):
    learner.check_measurable()
    with pytest.raises(InputError, match=r"weights must be finite, got others: it has diverged$"):
        learner.error_paths(np.full(learner.layout.rows, np.nan), inputs(), 3)
