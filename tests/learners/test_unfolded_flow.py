"""The error flow in unfolded nets: its paths are those of the gradient."""

from itertools import accumulate

import numpy as np
import pytest
from support.mutations import mutate
from support.recurrent_nets import gradient, reference, sequence
from support.unfolded_nets import NETS

from longlag import NARX, InputError
from longlag.errorflow.networks import network_flow
from longlag.learners.unfolded import flow
from longlag.learners.unfolded.reference import ReferenceUnfolded

# The same products of a few matrices of size 1 in another order; a missing term shows by more.
ROUNDING, MISSING = 1e-12, 1e-4

NO_FEEDBACK = [name for name, config in NETS.items() if not config.topology.taps]
FED_BACK = [name for name, config in NETS.items() if config.topology.taps]


def deviation(name, module=flow):
    """Of the gradient at the last step, summed over the paths, from that of a pass back."""
    config = NETS[name]
    x, targets, learn = sequence(config)
    learn[:] = [False] * (len(x) - 1) + [True]
    net = reference(config, kind=ReferenceUnfolded)
    column = config.start(np.random.default_rng(0))
    path = module.unfolded_paths(config, column, x, len(x))[-1]
    for now in x:
        net.step(now)
    before = accumulate(path.jacobians[::-1], lambda way, J: way @ J, initial=path.arrive)
    arriving = [(targets[-1] - net.answer()) @ way for way in before][::-1]
    sources = np.array([step.z for step in net.steps])
    ours = np.einsum("tn,tnu,tz->zu", arriving, path.leave, sources).ravel()
    learned = config.topology.learned.rows  # the others are fixed, and those into the outputs
    theirs = gradient(config, x, targets, learn, ReferenceUnfolded)[:learned]
    return np.abs(ours[:learned] - theirs).max()


@pytest.mark.parametrize("name", FED_BACK)
def test_the_paths_are_those_of_the_gradient(name):
    assert deviation(name) < ROUNDING


MUTATIONS = {
    "k": ("time constants", "np.diag(step.kept) + step", "step"),
    "the shift of taps": ("narx", "np.eye(size, k=-outputs)", "np.zeros((size, size))"),
    "x of the factors": ("second order", "net.w @ net.by_fed_back(step)", "net.w[:, :3]"),
    "F' of outputs": ("narx, logistic", "step.output_slopes[:, None] * net.v", "net.v"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_gradient_notices_another_term(mutation):
    name, *terms = MUTATIONS[mutation]
    assert deviation(name, mutate((flow,), *terms)) > MISSING


def test_a_clock_holds_an_error_between_its_steps():
    config = NETS["hierarchical"]
    x, _, _ = sequence(config)
    inside, exact = config.error_paths(config.start(np.random.default_rng(0)), x, len(x))
    assert (inside.name, exact.name) == ("inside the units", "exact")
    third = [(t + 1) % 3 != 0 for t in range(1, len(x))]  # the steps at which period 3 waits
    assert inside.jacobians[:, 2, 2].tolist() == third


def answer(config, column, x):
    net = ReferenceUnfolded(config)
    net.load(column)
    for now in x:
        net.step(now)
    return net.answer()


def deviation_from_differences(name, module=flow):
    """Of what flows from the last output to each input, from central differences."""
    config, step = NETS[name], 1e-5
    x, _, _ = sequence(config)
    column = config.start(np.random.default_rng(0))
    (path,) = module.unfolded_paths(config, column, x, len(x))
    before = accumulate(path.jacobians[::-1], lambda way, J: way @ J, initial=path.arrive)
    ours = np.array([way @ entry for way, entry in zip(before, path.leave[::-1], strict=True)])
    theirs = np.zeros_like(ours)
    for ago, output, i in np.ndindex(ours.shape):
        for sign in (1, -1):
            moved = x.copy()
            moved[-1 - ago, i] += sign * step
            theirs[ago, output, i] += sign * answer(config, column, moved)[output] / (2 * step)
    return np.abs(ours - theirs).max()


@pytest.mark.parametrize("name", NO_FEEDBACK)
def test_where_nothing_is_fed_back_an_error_flows_to_earlier_inputs(name):
    # Differences of numbers near 1 over 1e-5 are rounded to some 1e-11.
    assert deviation_from_differences(name) < 1e-9


@pytest.mark.parametrize(
    ("term", "other"),
    [
        ("[1.0 - mu]", "[1.0]"),
        ("mu * np.eye(", "np.eye("),
        (" * net.steps[-1].slopes @", " @"),
    ],
)
def test_differences_notice_another_term(term, other):
    assert deviation_from_differences("gamma memory", mutate((flow,), term, other)) > MISSING


def test_beyond_its_window_nothing_of_an_error_is_left():
    config = NETS["time-delay net"]
    x, _, _ = sequence(config)
    column = config.start(np.random.default_rng(0))
    left = network_flow(config, column, x, [1, 2, 3, 4])["to the inputs"].largest
    assert np.isfinite(left[:2]).all()  # it sees three steps
    assert (left[2:] == -np.inf).all()


def test_a_net_that_sees_nothing_earlier_is_refused():
    config = NARX(inputs=1, outputs=1, output_taps=0)
    with pytest.raises(InputError, match=r"^no error flows back in time in this network of narx"):
        config.check_measurable()


def test_a_network_that_has_diverged_is_refused():
    config = NETS["narx"]
    with pytest.raises(InputError, match=r"^the network's weights must be finite"):
        config.error_paths(np.full(config.layout.rows, np.nan), sequence(config)[0], 3)
