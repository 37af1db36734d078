"""The lane kernels of RTRL, BPTT and Elman nets against the references, and in other lanes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lane_bits import assert_same_bits, run
from support.lanes import Lanes
from support.mutations import mutate
from support.recurrent_nets import nets, reference, sequence

from longlag.learners import history
from longlag.learners.recurrent import BPTT, RTRL, Elman, bptt, elman, rtrl
from longlag.rules import Adam, GradientDescent, RMSProp

# The kernels and the references compute the same float64 sums in another order, with activations
# that differ by a few ulp (2e-16). Adam and RMSProp divide a gradient near zero by its own size,
# which magnifies its rounding error (1e-17) by at most rate / epsilon = 3e5. A missing term shows
# by more than MISSING. Numbers are compared relative to 1 + their size.
TOLERANCE, MISSING = 1e-11, 1e-4

#: Small steps: a net that diverges magnifies rounding errors.
SLOWLY = GradientDescent(0.1)

CHOSEN = {
    "rtrl": RTRL(
        *(3, 2),
        hidden=2,
        coding="symbol",
        connections="full",
        teacher_forcing=True,
        squashing="tanh",
        weight_range=1.0,
        rule=SLOWLY,
    ),
    "bptt": BPTT(2, 2, hidden=3, depth=4, interval=3, weight_range=1.0, rule=Adam(), clip=0.1),
    "elman": Elman(
        *(4, 2),
        hidden=2,
        coding="symbol",
        output_sources=("inputs", "hidden"),
        biased=("outputs",),
        weight_range=1.0,
        rule=GradientDescent(0.05, "whole"),
    ),
}


def largest_deviation(config, kernel=None, seed=0):
    """Of a one-lane float64 kernel from the reference, relative to 1 + size."""
    column = config.start(np.random.default_rng(seed))
    net, lane = reference(config, seed), Lanes(config, [column], kernel=kernel)
    deviations = []

    def compare(ours, group):
        theirs = lane.view(group)[..., 0]
        deviations.append(np.max(np.abs(ours - theirs) / (1 + np.abs(ours)), initial=0))

    for number in range(3):
        x, targets, learn = sequence(config, seed + number, steps=10)
        net.reset()
        lane.reset()
        for now, target, taught in zip(x, targets, learn, strict=True):
            net.step(now)
            lane.step(now)
            lane.answer()
            compare(net.answer(), "outputs")
            if taught:
                net.learn(target)
                lane.learn(target)
        net.finish()
        lane.finish()
        compare(net.weights(), "weights")
    return np.max(deviations)  # a number that is not one stays so


@pytest.mark.parametrize("name", CHOSEN)
def test_kernel_against_reference(name):
    assert largest_deviation(CHOSEN[name]) < TOLERANCE


def with_everything(config, draw):
    """How the gradient is used, at random too."""
    fields = {
        "update": draw(st.sampled_from(("step", "sequence"))),
        "rule": draw(st.sampled_from((SLOWLY, RMSProp(), Adam()))),
        "clip": draw(st.sampled_from((None, 0.1))),
    }
    if config.name == "bptt":
        fields["depth"] = draw(st.integers(1, 12))
        fields["interval"] = draw(st.integers(1, fields["depth"]))
    if config.name == "rtrl" and config.full:
        fields["teacher_forcing"] = draw(st.booleans())
    return replace(config, **fields)


@pytest.mark.parametrize("learner", [RTRL, BPTT, Elman])
@settings(max_examples=10, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_any_kernel_against_reference(learner, data, seed):
    config = with_everything(data.draw(nets(learner)), data.draw)
    assert largest_deviation(config, seed=seed) < TOLERANCE


def mutated(config, term, replacement):
    """The kernel of one lane with another term in its place."""
    last = {"rtrl": rtrl, "bptt": bptt, "elman": elman}[config.name]
    compile_kernel = getattr(mutate((history, last), term, replacement), f"compile_{config.name}")
    return compile_kernel(config.structure, *[1] * (config.name == "bptt"))


MUTATIONS = {
    "sum over p": ("rtrl", "p, 0, units, units)", "p, 0, units, 0)"),
    "p of other symbols": ("rtrl", "select(symbol == j, 1.0, 0.0 * symbol)", "0.0 * symbol + 1.0"),
    "p of a target": ("rtrl", "S[row] = select(mask, 0.0, S[row])", "pass"),
    "d of the step after": ("bptt", "after[l], total)", "0.0 * after[l], total)"),
    "errors only once": ("bptt", "since > ago", "since > -1.0"),
    "the ring": ("bptt", "select(place < 0.0, depth - 1.0, place)", "place"),
    "z of hidden units": ("elman", "descend_hidden(S, z,", "descend_hidden(S, y,"),
    "f' of hidden units": ("elman", "slope[i] * e_i[i]", "e_i[i]"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    learner, term, replacement = MUTATIONS[name]
    kernel = mutated(CHOSEN[learner], term, replacement)
    assert largest_deviation(CHOSEN[learner], kernel) > MISSING


def test_same_bits_of_bptt_in_any_lane_at_any_step():
    """The place in the history differs from lane to lane."""
    assert_same_bits(CHOSEN["bptt"], 4, "float64")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lanes", [4, 8, 16, 32])
@pytest.mark.parametrize("name", CHOSEN)
def test_same_bits_in_any_lane_at_any_step(name, lanes, dtype):
    assert_same_bits(CHOSEN[name], lanes, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_float32_against_float64(name):
    config = replace(CHOSEN[name], rule=SLOWLY)  # Adam magnifies rounding errors
    column = [config.start(np.random.default_rng(0))]
    (single, outputs_32), (double, outputs_64) = (
        run(config, column, [0], dtype) for dtype in ("float32", "float64")
    )
    # Numbers of size 1, each computed with rounding error 6e-8, over 27 steps of a dozen sums.
    np.testing.assert_allclose(outputs_32, outputs_64, rtol=0, atol=1e-4)
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-4)
    assert np.abs(single - double).max() > 1e-9  # they are not secretly the same
