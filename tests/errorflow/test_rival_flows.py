"""The error flow in running means, connected nets and chunkers: paths are those of the gradient."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pytest
from support.connected_reference import ReferenceNet as ReferenceConnected
from support.flows import DIFFERENCES, STEPS, H, inputs
from support.mutations import mutate

from longlag.errorflow.networks import network_flow
from longlag.errors import InputError
from longlag.learners.chunker import Chunker
from longlag.learners.connected import PseudoNewton
from longlag.learners.connected import flow as connected_flow
from longlag.learners.local_feedback import LocalFeedback
from longlag.learners.local_feedback import flow as local_flow
from longlag.learners.local_feedback.reference import ReferenceLocalFeedback
from longlag.learners.recurrent.reference import ReferenceRTRL
from longlag.learners.running_mean import RunningMean
from longlag.learners.running_mean import flow as mean_flow
from longlag.learners.running_mean.reference import ReferenceMean
from longlag.learners.transition_hierarchy import TransitionHierarchy

# The same products of a few matrices of size 1 in another order.
ROUNDING = 1e-12


def column(learner):
    return learner.start(np.random.default_rng(4))


def arriving(path):
    """d output(T-1) / d net(t) for every step t of the sequence: (steps, outputs, nets)."""
    back = accumulate(path.jacobians[::-1], lambda way, J: way @ J, initial=path.arrive)
    return np.array([way @ entry for way, entry in zip(back, path.leave[::-1], strict=True)][::-1])


MEANS = {
    "plain": RunningMean(2, 2, features=3, hidden=2, output="linear"),
    "attention": RunningMean(2, 1, features=3, hidden=2, attention=True, weight_range=1.0),
}


def mean_deviation(learner, module=mean_flow):
    """Of the gradient of the features' weights, summed over the paths, from the reference's."""
    net, x, target = ReferenceMean(learner), inputs(), np.full(learner.outputs, 0.3)
    net.load(column(learner))
    for now in x:
        net.step(now)
    error = target - net.answer()
    path = module.mean_paths(learner, column(learner), x, STEPS)[-1]
    with_bias = np.hstack((np.ones((STEPS, 1)), x))
    ours = np.einsum("o,ton,ti->in", error, arriving(path), with_bias)
    return np.abs(ours.ravel() - net.gradient(target)[: ours.size]).max()


@pytest.mark.parametrize("name", MEANS)
def test_the_paths_of_a_running_mean_are_those_of_its_gradient(name):
    assert mean_deviation(MEANS[name]) < ROUNDING


@pytest.mark.parametrize(
    ("name", "term", "replacement"),
    [
        ("plain", "(Q - q) / Q", "1.0"),
        ("attention", "J[:n, n] = (before - c) / Q", "pass"),
        ("attention", "np.outer((h - c) / Q, of_weight)", "0.0"),
    ],
)
def test_the_gradient_of_a_running_mean_notices_another_term(name, term, replacement):
    module = mutate((mean_flow,), term, replacement)
    assert mean_deviation(MEANS[name], module) > 1e-5


def test_every_step_has_the_same_share_of_a_running_mean():
    learner, q = MEANS["plain"], [1, 2, 5]
    x = np.ones((STEPS, 2))  # so that all slopes are the same
    flow = network_flow(learner, column(learner), x, q)["exact"]
    assert np.ptp(flow.largest) < ROUNDING


CONNECTED = {
    "tanh": PseudoNewton(2, 1, hidden=2, squashing="tanh", biased=("hidden", "outputs")),
    "unit inputs": PseudoNewton(2, 2, hidden=3, unit_inputs=1, biased=()),
}


def connected_deviation(learner, module=connected_flow):
    """Of the flow from central differences of the answer by the net inputs of a step."""
    weights, x = learner.layout.view(column(learner), "weights"), inputs()
    path = module.connected_paths(learner, column(learner), x, STEPS)[0]
    deviations = []
    for (t, unit), _ in np.ndenumerate(np.zeros((STEPS, learner.hidden + learner.outputs))):
        shift = np.zeros((STEPS, learner.hidden + learner.outputs))
        shift[t, unit] = H
        above, below = (
            ReferenceConnected(learner, weights, x, sign * shift).answer for sign in (1, -1)
        )
        deviations.append(arriving(path)[t, :, unit] - (above - below) / (2 * H))
    return np.abs(deviations).max()


@pytest.mark.parametrize("name", CONNECTED)
def test_the_path_of_a_connected_net_is_that_of_its_derivatives(name):
    assert connected_deviation(CONNECTED[name]) < DIFFERENCES


@pytest.mark.parametrize(
    ("term", "replacement"),
    [
        ("F_o @ (W_oh @ F_h @ W_h + W_o)", "F_o @ W_o"),
        ("[F_o @ W_oh @ F_h, F_o]", "[0.0 * W_oh, F_o]"),
        ("+ x[weighted:].sum()", ""),
    ],
)
def test_the_derivatives_of_a_connected_net_notice_another_term(term, replacement):
    module = mutate((connected_flow,), term, replacement)
    assert connected_deviation(CONNECTED["unit inputs"], module) > 1e-5


LOCAL = {
    "windows": LocalFeedback(2, 2, hidden=3, weight_range=1.0),
    "outputs alone": LocalFeedback(
        2, 1, hidden=2, hidden_window=(2, 0), output_window=(1, 2), weight_range=1.0
    ),
    "nothing kept": LocalFeedback(
        2, 1, hidden=2, hidden_window=(1, 1), output_window=(1, 0), output="linear"
    ),
}


def local_deviation(learner, module=local_flow):
    """Of the derivatives of the answer by the weights of the inputs, summed over the paths."""
    net, x = ReferenceLocalFeedback(learner), inputs()
    net.load(column(learner))
    for now in x:
        net.step(now)
    path = module.local_paths(learner, column(learner), x, STEPS)[0]
    ours = np.einsum("ton,ts->osn", arriving(path), x).reshape(learner.outputs, -1)
    n = learner.hidden  # the weights from the bias unit come first, then those from this step
    return np.abs(ours - net.dy[-1][:, n : n + ours.shape[1]]).max()


@pytest.mark.parametrize("name", LOCAL)
def test_the_path_through_local_feedback_is_that_of_its_gradient(name):
    assert local_deviation(LOCAL[name]) < ROUNDING


@pytest.mark.parametrize(
    ("term", "replacement"),
    [
        ("(v[:, 0] @ J[:n] + to_y)", "to_y"),
        ("to_y[:, (m - 1) * n : m * n] = v[:, m]", "pass"),
        ("moved[n:kept_h] = np.eye(size)[: kept_h - n]", "pass"),
        ("moved[kept_h + k :] = np.eye(size)[kept_h : size - k]", "pass"),
    ],
)
def test_the_gradient_of_local_feedback_notices_another_term(term, replacement):
    assert local_deviation(LOCAL["windows"], mutate((local_flow,), term, replacement)) > 1e-5


CHUNKER = Chunker(2, 1, hidden=3, chunker_hidden=2, learning="rtrl")


def test_the_path_of_an_automatizer_is_that_of_its_gradient():
    x, net = inputs(), ReferenceRTRL(CHUNKER.automatizer)
    own, part = np.zeros(net.config.layout.rows), CHUNKER.structure.parts[0]
    net.config.layout.view(own, "weights")[:] = part.view(column(CHUNKER), "weights")
    net.load(own)
    sources = []
    for now in x:
        net.step(now)
        sources.append(net.z)
    path = CHUNKER.error_paths(column(CHUNKER), x, STEPS)[0]
    answer = path.arrive  # d answer / d units
    assert answer is not None
    ours = np.einsum("ton,tz->onz", arriving(path), np.array(sources))
    assert np.abs(ours - np.tensordot(answer, net.p, axes=1)).max() < ROUNDING


@pytest.mark.parametrize(("threshold", "surprises"), [(0.0, STEPS), (1000.0, 1)])
def test_a_chunker_steps_only_at_surprises(threshold, surprises):
    learner = Chunker(2, 1, hidden=3, chunker_hidden=2, threshold=threshold)
    back = learner.error_paths(column(learner), inputs(), STEPS)[1].jacobians
    held = [np.array_equal(J, np.eye(2)) for J in back]
    assert held.count(False) == surprises - 1  # the first step, always a surprise, has no J


def test_a_chunker_that_predicts_targets_reads_what_it_failed_to_foresee():
    learner = Chunker(3, 3, coding="symbol", hidden=2, chunker_hidden=2, predicts="targets")
    x = np.array([[0.0], [1.0], [2.0], [1.0], [0.0]])
    weights = column(learner)
    paths = learner.error_paths(weights, x, len(x))
    # The outputs of an untrained net are far from one-hot, so each symbol is unexpected.
    assert not any(np.array_equal(J, np.eye(2)) for J in paths[1].jacobians)
    never = Chunker(
        3, 3, coding="symbol", hidden=2, chunker_hidden=2, predicts="targets", threshold=1000.0
    )
    assert np.array_equal(never.error_paths(weights, x, len(x))[1].jacobians, [np.eye(2)] * 4)


@pytest.mark.parametrize("learner", [MEANS["plain"], CONNECTED["tanh"], LOCAL["windows"], CHUNKER])
def test_a_network_that_has_diverged_is_refused(learner):
    learner.check_measurable()
    with pytest.raises(InputError, match=r"^the network's weights must be finite"):
        learner.error_paths(np.full(learner.layout.rows, np.nan), inputs(), 3)


def test_a_learner_that_has_error_paths_is_measured_without_more():
    """As docs/extending.md promises to learners of one's own."""

    @dataclass(frozen=True)
    class Own(TransitionHierarchy):
        def error_paths(self, column, x, last):
            return []

    Own(2, 1).check_measurable()
    with pytest.raises(InputError, match="error flow is not measured in networks of transition-hi"):
        TransitionHierarchy(2, 1).check_measurable()
