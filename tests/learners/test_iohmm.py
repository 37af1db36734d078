"""EM of input-output hidden Markov models against sums over all paths, and differences."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from support.lanes import Lanes
from support.mutations import mutate

from longlag import IOHMM, InputError
from longlag.learners.iohmm import lanes
from longlag.learners.iohmm.learner import _Drawn
from longlag.learners.iohmm.passes import drawing
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, numpy_stream, open_stream

SOFT = IOHMM(2, 2, states=3, weight_range=2.0)
MODELS = {
    "softmax": SOFT,
    "table": IOHMM(3, 1, states=3, coding="symbol", transitions="table", weight_range=2.0),
    "signs": IOHMM(1, 1, states=2, transitions="table", weight_range=2.0),
    "chains": replace(SOFT, states=5, connections="two chains", stick=1.0),
}
#: Sums of at most 5^5 products of probabilities, in another order.
ROUNDING = 1e-12


def sequence(model, number, steps=5):
    rng = np.random.default_rng((number, steps))
    if model.coding == "symbol":
        x = rng.integers(0, model.inputs, (steps, 1)).astype(float)
    else:
        x = rng.uniform(-2, 2, (steps, model.inputs))
    return x, rng.integers(0, 2, model.outputs).astype(float)


def parts(model, weights):
    """Transitions (sources, from, to), and probabilities of answers (states, outputs)."""
    n = model.states
    return (
        weights[: -n * model.outputs].reshape(-1, n, n),
        weights[-n * model.outputs :].reshape(n, model.outputs),
    )


def moves(model, weights, x):
    """[from, to] of one step."""
    found, _ = parts(model, weights)
    if model.transitions == "table":
        return found[int(x[0]) if model.coding == "symbol" else int(x[0] > 0)]
    risen = model.allowed * np.exp(np.einsum("s,sji->ji", np.append(1.0, x), found))
    return risen / risen.sum(1, keepdims=True)


def paths(model, weights, x, target):
    """Every path of states, with its probability together with that of the target."""
    _, e = parts(model, weights)
    steps = [moves(model, weights, now) for now in x]
    for path in product(range(model.states), repeat=len(x)):
        chance, state = 1.0, 0
        for step, to in zip(steps, path, strict=True):
            chance, state = chance * step[state, to], to
        yield (0, *path), chance * np.prod(np.where(target == 1, e[state], 1 - e[state]))


def likelihood(model, weights, x, target):
    return sum(chance for _, chance in paths(model, weights, x, target))


def present(lane, x, targets, mask=True):
    """Targets by step, counted from 0."""
    lane.reset()
    for t, now in enumerate(x):
        lane.step(now)
        if t in targets:
            lane.answer()
            lane.learn(targets[t], mask)
    lane.finish(mask)


def shown(model, kernel=None, steps=5):
    """A model that has seen a sequence, and the sequence."""
    x, target = sequence(model, 0, steps)
    lane = Lanes(model, [model.start(np.random.default_rng(3))], kernel=kernel)
    present(lane, x, {len(x) - 1: target})
    return lane, lane.view("weights")[:, 0], x, target


@pytest.mark.parametrize("name", MODELS)
def test_the_answer_is_the_sum_over_all_paths(name):
    lane, weights, x, _ = shown(MODELS[name])
    for k in range(MODELS[name].outputs):
        one = MODELS[name]
        _, e = parts(one, weights)
        wanted = 0.0
        for path, chance in paths(one, weights, x, np.full(one.outputs, 0.0)):
            last = e[path[-1]]
            wanted += chance / np.prod(1 - last) * last[k]
        assert lane.answer()[k, 0] == pytest.approx(wanted, rel=ROUNDING)


def count_deviation(model, kernel=None):
    """Of the expected moves and ends from sums over all paths."""
    lane, weights, x, target = shown(model, kernel)
    total = likelihood(model, weights, x, target)
    wanted = np.zeros_like(parts(model, weights)[0])
    ends = np.zeros(model.states)
    for path, chance in paths(model, weights, x, target):
        for t, now in enumerate(x):
            symbol = int(now[0]) if model.coding == "symbol" else int(now[0] > 0)
            wanted[symbol, path[t], path[t + 1]] += chance / total
        ends[path[-1]] += chance / total
    found = lane.view("expected")[..., 0], lane.view("ends")[:, 0], lane.view("ones")[..., 0]
    return max(
        np.abs(found[0] - wanted).max(),
        np.abs(found[1] - ends).max(),
        np.abs(found[2] - ends[:, None] * target).max(),
    )


@pytest.mark.parametrize("name", ["table", "signs"])
def test_expected_moves_are_those_of_all_paths(name):
    assert count_deviation(MODELS[name]) < ROUNDING


def test_the_gradient_of_a_softmax_is_that_of_the_log_likelihood():
    """Central differences err by a third derivative times 1e-10 and by rounding over 1e-5."""
    for name in ("softmax", "chains"):
        model = MODELS[name]
        lane, weights, x, target = shown(model, steps=3)
        found = lane.view("expected")[..., 0]
        for at in range(found.size):
            shift = np.zeros_like(weights)
            shift[at] = 1e-5
            higher, lower = (
                np.log(likelihood(model, weights + s * shift, x, target)) for s in (1, -1)
            )
            assert found.flat[at] == pytest.approx((higher - lower) / 2e-5, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("connections", ["full", "two chains"])
def test_a_hundred_outputs_do_not_underflow(connections):
    """In single precision, where the probability of the targets is 0."""
    model = IOHMM(5, 130, 5, "symbol", "table", connections, weight_range=2.0)
    x, target = sequence(model, 0)
    found = []
    for dtype in ("float32", "float64"):
        lane = Lanes(model, [model.start(np.random.default_rng(3))], dtype)
        present(lane, x, {4: target})
        found.append([lane.view(name) for name in ("expected", "ends", "ones")])
    for single, double in zip(*found, strict=True):
        # Each of a hundred factors is rounded twice or so, in units of 6e-8.
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-30)
    moves, e = parts(model, lane.view("weights")[:, 0])
    alpha = np.eye(5)[0]
    for symbol in x[:, 0].astype(int):
        alpha = alpha @ moves[symbol]
    ends = np.log(np.maximum(alpha, 1e-300)) + np.log(np.where(target, e, 1 - e)).sum(axis=1)
    assert np.exp(ends).sum() < 1e-45
    ends = np.exp(ends - ends.max())
    np.testing.assert_allclose(found[1][1][:, 0], ends / ends.sum(), rtol=1e-10, atol=1e-30)


@pytest.mark.parametrize("stick", [-100.0, 100.0])
def test_a_model_with_steep_logits_begins_anew_in_single_precision(stick):
    model = IOHMM(2, 1, 3, "symbol", "table", "two chains", weight_range=100.0, stick=stick)
    column = model.start(np.random.default_rng(3)).astype(np.float32)[:, None]
    drawing(model.topology)(_Drawn(np.random.default_rng(3)), numbers(column, 0))
    again = model.layout.view(column[:, 0], "weights")
    drawn = model.layout.view(model.start(np.random.default_rng(3)), "weights")
    np.testing.assert_allclose(again, drawn, rtol=1e-5, atol=1e-30)
    np.testing.assert_allclose(parts(model, again)[0].sum(axis=2), 1.0, rtol=1e-6)


def test_two_targets_of_a_sequence_count_each():
    model = SOFT
    x, target = sequence(model, 0)
    lane, *_ = shown(model)
    whole = lane.view("expected").copy()
    early = Lanes(model, [model.start(np.random.default_rng(3))])
    present(early, x[:3], {2: 1 - target})
    both = Lanes(model, [model.start(np.random.default_rng(3))])
    present(both, x, {2: 1 - target, 4: target})
    wanted = whole + early.view("expected")
    assert both.view("expected") == pytest.approx(wanted, rel=1e-12, abs=1e-14)


MUTATIONS = {
    "evidence flows back": ("S[after + j] = select(mask, total", "S[after + j] = select(mask, 1.0"),
    "posterior of a move": ("moved = S[before + j] * S[move", "moved = S[move"),
    "the likelihood of the target": ("S[evidence + i] / total, 0.0)", "S[evidence + i], 0.0)"),
    "targets of 0": ("(1.0 - y) * (1.0 - e)", "(1.0 - y)"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_sums_notice_another_term(name):
    kernel = mutate((lanes,), *MUTATIONS[name]).compile_model(MODELS["table"].topology, 1)
    assert count_deviation(MODELS["table"], kernel) > 1e-3


def passes(model, count, size=6):
    """The log likelihood of a set before each pass."""
    generator = numpy_stream(2, 0, Purpose.WEIGHTS)
    lane = Lanes(model, [model.start(generator)])
    state = generator.bit_generator.state["state"]["state"][:, None].copy()
    drawn = [sequence(model, number, steps=3) for number in range(size)]
    for _ in range(count):
        weights = lane.view("weights")[:, 0].copy()
        yield sum(np.log(likelihood(model, weights, *each)) for each in drawn)
        for x, target in drawn:
            present(lane, x, {2: target})
        stream = open_stream(state, 0)
        model.epoch(stream, numbers(lane.S, 0))
        close_stream(stream, state, 0)


@pytest.mark.parametrize("name", MODELS)
def test_the_likelihood_never_falls(name):
    found = np.array(list(passes(MODELS[name], 12)))
    assert np.diff(found).min() > -1e-9  # rounding of a sum of six logarithms
    assert found[-1] - found[0] > 0.3


def test_a_model_begins_anew():
    anew = list(passes(replace(MODELS["table"], restart=5), 7))
    on = list(passes(MODELS["table"], 7))
    assert anew[:5] == on[:5]
    assert abs(anew[5] - on[5]) > 0.01
    assert anew[6] > anew[5]


def test_a_passed_over_sequence_counts_nothing():
    model = MODELS["table"]
    x, target = sequence(model, 0)
    pair = Lanes(model, [model.start(np.random.default_rng(3))] * 2)
    present(pair, x, {4: target}, [True, False])
    assert pair.view("expected")[..., 0].sum() == pytest.approx(5, rel=1e-12)
    assert not pair.view("expected")[..., 1].any()


def test_the_two_chains_keep_apart():
    model = IOHMM(1, 1, states=7, connections="two chains")
    reach = np.linalg.matrix_power(model.allowed, 10) > 0
    assert reach[0].all()
    assert not reach[1:4, 4:].any()
    assert not reach[4:, :4].any()
    assert model.allowed.sum() == 3 + 2 * 5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"states": 4, "connections": "two chains"}, "states of iohmm must be an odd number from"),
        ({"coding": "symbol"}, "transitions of iohmm must be 'table' where inputs are symbols"),
        ({"inputs": 2, "transitions": "table"}, "transitions of iohmm must be 'softmax' for"),
        ({"rate": 0.0}, "rate of iohmm must be a number in (0, 1000], got 0.0"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        IOHMM(**({"inputs": 1, "outputs": 1} | fields))
    assert message in str(caught.value)
