"""Recurrent Cascade-Correlation against its equations in NumPy, and these against differences."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from support.cascade_reference import ReferenceCascade
from support.lanes import Lanes
from support.mutations import mutate

from longlag.errors import InputError
from longlag.learners.cascade import CascadeCorrelation, lanes, passes
from longlag.learners.cascade.topology import UNITS, CascadeTopology
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, numpy_stream, open_stream
from longlag.tasks.reber import EmbeddedReber

#: Phases of a few passes, so that all of them come soon.
SHORT = {"epochs": 5, "output_patience": 3, "candidate_patience": 3}
SMALL = CascadeCorrelation(7, 7, hidden=2, pool=2, coding="symbol", **SHORT)
TANH = replace(
    SMALL, squashing="tanh", offset=0.05, weight_range=0.5, growth=1.75, output_decay=0.01
)
SET, SEED = 2, 3


def strings(trial=0):
    return list(islice(EmbeddedReber().sequences(SEED, trial, Purpose.SETS), SET))


def reference_of(learner, trial=0):
    return ReferenceCascade(learner, strings(trial), SEED, trial)


def grown(learner, units):
    """A reference with so many hidden units, whose outputs are trained."""
    reference = reference_of(learner)
    reference.train_outputs()
    for _ in range(units):
        reference.add_unit()
        reference.train_outputs()
    return reference


class Trained:
    """One network whose functions Python runs as they are written."""

    def __init__(self, learner, trial=0, kernel=None, epoch=None):
        generator = numpy_stream(SEED, trial, Purpose.WEIGHTS)
        self.lanes = Lanes(learner, [learner.start(generator)], kernel=kernel)
        self.state = generator.bit_generator.state["state"]["state"][:, None].copy()
        self.epoch, self.shown, self.passes = epoch or learner.epoch, strings(trial), 0

    def view(self, name):
        return self.lanes.view(name)[..., 0]

    def go_on(self, passes):
        """Until there have been so many passes."""
        while self.passes < passes:
            for x, target in self.shown:
                self.lanes.reset()
                for symbol, wanted in zip(x, target, strict=True):
                    self.lanes.step(symbol)
                    if not np.isnan(wanted[0]):
                        self.lanes.answer()
                        self.lanes.learn(wanted)
                self.lanes.finish()
            stream = open_stream(self.state, 0)
            self.epoch(stream, numbers(self.lanes.S, 0))
            close_stream(stream, self.state, 0)
            self.passes += 1


def weights_of(reference, topology):
    """The weights in the order of the layout."""
    found = np.zeros(topology.weights(topology.units))
    outputs = found[: topology.outputs * topology.sources].reshape(-1, topology.outputs)
    outputs[: reference.outputs.values.shape[1]] = reference.outputs.values.T
    first, most = topology.first_unit, topology.units
    for k, (w, s) in enumerate(reference.hidden):
        into = found[topology.into_units : topology.into_units + first * most].reshape(-1, most)
        into[:, k] = w[:first]
        for i in range(k):
            found[topology.between_units(i) + k - i - 1] = w[first + i]
        found[topology.to_self + k] = s
    return found


@pytest.mark.parametrize("learner", [SMALL, TANH], ids=["logistic", "tanh"])
def test_a_net_grows_as_in_plain_numpy(learner):
    """All weights after each phase of the outputs, until all units are there.

    Rounding, enlarged by the jumps of Quickprop over some 20 passes: measured below 1e-12.
    """
    trained, reference = Trained(learner, trial=1), reference_of(learner, trial=1)
    for units in range(learner.hidden + 1):
        if units:
            reference.add_unit()
        reference.train_outputs()
        trained.go_on(reference.passes)
        assert trained.view("progress")[UNITS] == units
        assert trained.view("ready")[0] == 1.0
        found, wanted = trained.view("weights"), weights_of(reference, learner.structure)
        assert np.abs(found - wanted).max() < 1e-9 * np.abs(wanted).max()
        assert learner.weights_of(trained.lanes.S[:, 0]) == np.count_nonzero(wanted)


MUTATIONS = {
    "self-weight in the derivative": (lanes, "fma(s, S[at], S[z + i])", "S[z + i]"),
    "derivative by the self-weight": (lanes, "fma(s, S[own_trace + p], before)", "before"),
    "slope of candidates": (lanes, "fma(-y, y, half * half)", "fma(-y, y, half * half) + 0.1"),
    "mean of the errors": (lanes, "error - S[mean + k], 0.0)", "error, 0.0)"),
    "offset": (lanes, "(slope + S[offset])", "slope"),
    "signs": (passes, "1.0 if product > 0.0 else -1.0", "1.0"),
    "denominator": (passes, "1.0 / max(c[total + DENOMINATOR], SMALLEST))", "1.0)"),
    "first weight of a unit": (passes, "= -c[products", "= c[products"),
}


@pytest.mark.slow  # each takes some seconds
@pytest.mark.parametrize("name", MUTATIONS)
def test_the_comparison_notices_another_term(name):
    module, term, other = MUTATIONS[name]
    mutated = mutate([module], term, other)
    kernel = getattr(mutated, "compile_cascade", lanes.compile_cascade)(SMALL.structure)
    epoch = getattr(mutated, "compile_epoch", passes.compile_epoch)(SMALL.structure)
    trained, reference = Trained(SMALL, kernel=kernel, epoch=epoch), grown(SMALL, 1)
    trained.go_on(reference.passes)
    wanted = weights_of(reference, SMALL.structure)
    assert np.abs(trained.view("weights") - wanted).max() > 1e-4


@pytest.mark.parametrize("learner", [SMALL, TANH], ids=["logistic", "tanh"])
def test_gradients_are_those_of_differences(learner):
    """Central differences of the score, with signs held, and of the squared error without offset.

    They are wrong by the third derivative times 1e-10, and by rounding over 1e-5.
    """
    reference = grown(learner, 1)
    weights = np.random.default_rng(1).uniform(-1, 1, 10)
    e = reference.errors()

    def covariances(w):
        return reference.covariances(reference.candidate(w)[0], e)

    signs = np.sign(covariances(weights))
    slopes = reference.score_gradient(weights, signs)
    h = 1e-5 * np.eye(len(weights))
    differences = [
        (np.abs(covariances(weights + d)).sum() - np.abs(covariances(weights - d)).sum()) / 2e-5
        for d in h
    ]
    assert np.abs(slopes).max() > 1e-3
    assert slopes == pytest.approx(differences, rel=1e-6, abs=1e-9)

    reference.learner = replace(learner, offset=0.0)
    slopes = reference.errors().T @ reference.everything()
    outputs = reference.outputs.values
    for at in [(0, 0), (3, 2), (6, 8)]:
        squared = []
        for shift in (1e-5, -1e-5):
            outputs[at] += shift
            squared.append((reference.misses() ** 2).sum() / 2)
            outputs[at] -= shift
        assert slopes[at] == pytest.approx((squared[0] - squared[1]) / 2e-5, rel=1e-6, abs=1e-8)


def test_a_new_unit_changes_the_answers_by_its_weights_alone():
    reference = grown(SMALL, 1)
    nets = reference.everything() @ reference.outputs.values.T
    before = reference.outputs.values.copy()
    reference.add_unit()
    values = reference.outputs.values
    assert np.array_equal(values[:, :-1], before)
    added = np.outer(reference.everything()[:, -1], values[:, -1])
    assert reference.everything() @ values.T == pytest.approx(nets + added, rel=1e-12)


@pytest.mark.parametrize(("units", "weights"), [(0, 56), (7, 189), (8, 212), (9, 236)])
def test_weights_are_counted_as_published(units, weights):
    """7 (8 + h) + sum of (8 + k)."""
    assert CascadeTopology(7, True, 7, 15, 8).weights(units) == weights
    assert weights == 7 * (8 + units) + sum(8 + k for k in range(1, units + 1))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"hidden": 0}, "hidden of cascade-correlation must be from 1 to 1000, got 0"),
        ({"pool": 0}, "pool of cascade-correlation must be from 1 to 1000, got 0"),
        ({"growth": 0.0}, "growth of cascade-correlation must be a number in (0, 10], got 0.0"),
        ({"squashing": "relu"}, "squashing of cascade-correlation must be one of"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        CascadeCorrelation(2, 1, **fields)
    assert message in str(caught.value)
