"""The error flow in unfolded nets: its paths are those of the gradient."""

from itertools import accumulate

import numpy as np
import pytest
from support.mutations import mutate
from support.recurrent_nets import gradient, reference, sequence
from support.unfolded_nets import NETS

from longlag import InputError
from longlag.learners.unfolded import flow
from longlag.learners.unfolded.reference import ReferenceUnfolded

# The same products of a few matrices of size 1 in another order; a missing term shows by more.
ROUNDING, MISSING = 1e-12, 1e-4

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


@pytest.mark.parametrize("name", ["time-delay net", "gamma memory"])
def test_no_error_flows_back_where_nothing_is_fed_back(name):
    with pytest.raises(InputError, match=r"^no error flows back in time in this network of"):
        NETS[name].check_measurable()


def test_a_network_that_has_diverged_is_refused():
    config = NETS["narx"]
    with pytest.raises(InputError, match=r"^the network's weights must be finite"):
        config.error_paths(np.full(config.layout.rows, np.nan), sequence(config)[0], 3)
