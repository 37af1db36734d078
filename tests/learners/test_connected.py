"""Connected nets of 1994: kernels against their equations in NumPy, and these against autograd."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.connected_reference import ReferenceNet, flattened, matrices
from support.lane_bits import assert_same_bits
from support.lanes import Lanes
from support.mutations import mutate

from longlag import Annealing, DiscreteError, InputError, MultiGrid, PseudoNewton
from longlag.learners.connected import backward, credit
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, numpy_stream, open_stream

WIDE = PseudoNewton(2, 2, hidden=2, unit_inputs=1, biased=("outputs",), squashing="tanh", rate=0.5)
NETS = {
    "back-propagation": replace(WIDE, curvature="none"),
    "pseudo-Newton": WIDE,
    "time-weighted": replace(WIDE, curvature="each step", damping=0.01),
    "logistic": PseudoNewton(1, 1, curvature="each step", rate=0.5),
    "discrete": DiscreteError(2, 2, hidden=2, biased=("hidden", "outputs")),
}


def sequence(learner, number, steps=7):
    rng = np.random.default_rng((number, steps))
    x = rng.uniform(-1, 1, (steps, learner.inputs))
    return x, rng.choice([-1.0, 1.0], learner.outputs)


def weights_of(learner, seed=3):
    return learner.layout.view(learner.start(np.random.default_rng(seed)), "weights").copy()


def deviation(learner, kernel=None):
    """The largest of the weights after each of three sequences, from those of the reference."""
    flat = weights_of(learner)
    lane = Lanes(learner, [learner.start(np.random.default_rng(3))], kernel=kernel)
    largest = []
    for number in range(3):
        x, target = sequence(learner, number)
        lane.reset()
        for now in x:
            lane.step(now)
        net = ReferenceNet(learner, flat, x)
        assert np.abs(lane.answer()[:, 0] - net.answer).max() < 1e-6 or largest
        lane.learn(target)
        lane.finish()
        flat = flat + net.change(target)
        largest.append(np.abs(lane.view("weights")[:, 0] - flat).max())
    return max(largest)


@pytest.mark.parametrize("name", NETS)
def test_kernels_compute_the_equations(name):
    """Rounding alone: sums of some 50 numbers of size 1, over a damping of 0.01."""
    assert deviation(NETS[name]) < 1e-11


MUTATIONS = {
    "credit of an output through hidden units": (
        "time-weighted",
        "total = pull(S, total, out_to_hidden + k * n, after, n)",
        "total = total",
    ),
    "credit of a hidden unit through itself": (
        "back-propagation",
        "total = pull(S, total, hidden_to_hidden + j * n, after, n)",
        "total = total",
    ),
    "slope of tanh": ("pseudo-Newton", "fma(-y, y, 1.0) if tanh", "1.0 + 0.0 * y if tanh"),
    "slope of the logistic function": ("logistic", "else y * (1.0 - y)", "else y"),
    "squared weights": ("pseudo-Newton", "S[row + u] * S[row + u], S[at", "S[row + u], S[at"),
    "squared slope of hidden units": (
        "time-weighted",
        "slope * slope * bend_to_hidden",
        "slope * bend_to_hidden",
    ),
    "squared sources": ("pseudo-Newton", "(z * z)", "z"),
    "damping": ("pseudo-Newton", "+ S[number + DAMPING])", "+ 1.0)"),
    "a fulfilled wish": ("discrete", "(votes > 0.0) & (y < 0.0)", "(votes > 0.0)"),
    "steps of the sequence": ("discrete", "rate / S[steps]", "rate"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_comparison_notices_another_term(name):
    net, term, other = MUTATIONS[name]
    module = mutate((credit, backward), term, other)
    assert deviation(NETS[net], module.compile_stored(NETS[net].structure, 1)) > 1e-5


def torch_error(learner, weights, x, target):
    """Half the squared error, in PyTorch."""
    hidden, outputs = weights
    f = torch.tanh if learner.squashing == "tanh" else torch.sigmoid
    n, weighted = learner.hidden, learner.inputs - learner.unit_inputs
    h, y = torch.zeros(n, dtype=torch.float64), torch.zeros(learner.outputs, dtype=torch.float64)
    for now in torch.tensor(x):
        for layer, name in ((hidden, "hidden"), (outputs, "outputs")):
            bias = torch.ones(int(name in learner.biased), dtype=torch.float64)
            seen = torch.cat([now[:weighted], h, y, bias])
            found = f(layer @ seen + now[weighted:].sum())
            if name == "hidden":
                h = found
            else:
                y = found
    return 0.5 * ((torch.tensor(target) - y) ** 2).sum()


@pytest.mark.parametrize("name", ["back-propagation", "logistic"])
def test_derivatives_are_those_of_autograd(name):
    learner = replace(NETS[name], curvature="none", rate=1.0)
    x, target = sequence(learner, 1)
    flat = weights_of(learner)
    weights = [torch.tensor(each.copy(), requires_grad=True) for each in matrices(learner, flat)]
    torch_error(learner, weights, x, target).backward()
    downhill = flattened(*(-each.grad.numpy() for each in weights))
    assert np.abs(downhill).max() > 0.01
    assert ReferenceNet(learner, flat, x).change(target) == pytest.approx(downhill, abs=1e-14)


def test_curvatures_are_those_of_differences_where_there_is_one_path():
    """One hidden unit and no weights from the output: the curvature is (dy(T) / dnet(t))^2.

    Central differences err by a third derivative times 1e-10 and by rounding over 1e-5.
    """
    learner = PseudoNewton(1, 1, squashing="tanh")
    x, _ = sequence(learner, 2, steps=4)
    hidden, outputs = (each.copy() for each in matrices(learner, weights_of(learner)))
    hidden[:, 2] = outputs[:, 2] = 0.0
    flat = flattened(hidden, outputs)
    _, c = ReferenceNet(learner, flat, x).back(np.zeros(1))
    for at in np.ndindex(4, 2):
        shift = np.zeros((4, 2))
        shift[at] = 1e-5
        answers = [ReferenceNet(learner, flat, x, sign * shift).answer[0] for sign in (1, -1)]
        slope = (answers[0] - answers[1]) / 2e-5
        assert c[at] == pytest.approx(slope**2, rel=1e-6, abs=1e-12)
    assert np.count_nonzero(c) == 5  # outputs before the end reach nothing


def test_much_damping_is_back_propagation_with_a_lower_rate():
    """The curvatures here are below 10, so that 1e6 exceeds them by 1e5."""
    x, target = sequence(WIDE, 3)
    flat = weights_of(WIDE)
    plain = ReferenceNet(replace(WIDE, curvature="none"), flat, x).change(target)
    for curvature in ("summed", "each step"):
        damped = replace(WIDE, curvature=curvature, damping=1e6)
        change = 1e6 * ReferenceNet(damped, flat, x).change(target)
        assert change == pytest.approx(plain, rel=1e-3, abs=1e-9)


def test_without_feedback_a_wish_is_the_perceptron_rule():
    learner = DiscreteError(2, 1, hidden=1, biased=("outputs",))
    flat = weights_of(learner)
    wrong = 0
    for number in range(8):
        x, target = sequence(learner, number, steps=1)
        net = ReferenceNet(learner, flat, x)
        _, change = matrices(learner, net.change(target))
        missed = target[0] != net.answer[0]
        wrong += missed
        # Both inputs and the hidden unit of this step, no output before, and the bias.
        assert change[0] == pytest.approx(missed * 0.1 * target[0] * np.array(net.seen[0][1]))
    assert 0 < wrong < 8


class Search:
    """A search whose passes are a function of the weights, without a net."""

    def __init__(self, learner, epoch=None, seed=5):
        self.generator = numpy_stream(seed, 0, Purpose.WEIGHTS)
        column = learner.start(self.generator)
        self.layout, self.S = learner.layout, column[:, None].copy()
        self.state = self.generator.bit_generator.state["state"]["state"][:, None].copy()
        self.epoch = epoch or learner.epoch

    @property
    def weights(self):
        return self.layout.view(self.S[:, 0], "weights").copy()

    def view(self, name):
        return self.layout.view(self.S[:, 0], name)

    def go_on(self, cost):
        self.view("totals")[:] = 4 * cost(self.weights), 4.0
        stream = open_stream(self.state, 0)
        self.epoch(stream, numbers(self.S, 0))
        close_stream(stream, self.state, 0)


def hills(weights):
    """A cost with many minima."""
    return float(np.mean(weights**2 / 20 + np.sin(3 * weights) ** 2))


def grid_by_hand(learner, passes, generator):
    """The networks of a multi-grid search, in plain Python."""
    count = learner.weights
    w = best = learner.weight_range * (2 * generator.random(count) - 1)
    width, failed, least = learner.weight_range, 0, math.inf
    for _ in range(passes):
        yield w
        cost = hills(w)
        if cost < least:
            width = max(learner.smallest, width / 2) if least < math.inf else width
            best, least, failed = w, cost, 0
        else:
            failed += 1
            if failed == learner.failures:
                width, failed = min(learner.largest, 2 * width), 0
        w = best + width * (2 * generator.random(count) - 1)


GRID = MultiGrid(1, 1, smallest=0.05, largest=1.5, failures=4)


def test_multi_grid_is_that_of_plain_python():
    search = Search(GRID)
    wanted = grid_by_hand(GRID, 300, numpy_stream(5, 0, Purpose.WEIGHTS))
    costs = []
    for weights in wanted:
        assert np.array_equal(search.weights, weights)
        search.go_on(hills)
        costs.append(hills(search.view("points")[0]))
    assert costs == sorted(costs, reverse=True)  # no step uphill
    assert len(set(costs)) >= 5


def anneal_by_hand(learner, passes, generator):
    """The networks of an annealing and how many of its moves were accepted, in plain Python."""
    count = learner.weights

    def moves():
        """A search from a new network until it is cold."""
        current = learner.weight_range * (2 * generator.random(count) - 1)
        yield current
        cost = hills(current)
        best, least = current, cost
        steps, T = np.full(count, learner.weight_range), learner.temperature
        while T >= 1e-6:
            for _ in range(learner.rounds):
                taken = np.zeros(count)
                for _ in range(learner.sweeps):
                    for i in range(count):
                        moved = current.copy()
                        moved[i] += steps[i] * (2 * generator.random() - 1)
                        yield moved
                        rise = hills(moved) - cost
                        if rise < 0 or generator.random() < math.exp(-rise / T):
                            current, cost = moved, hills(moved)
                            taken[i] += 1
                        if cost < least:
                            best, least = current, cost
                share = taken / learner.sweeps
                faster, slower = 1 + 2 * (share - 0.6) / 0.4, 1 + 2 * (0.4 - share) / 0.4
                steps = np.where(share > 0.6, steps * faster, steps)
                steps = np.minimum(np.where(share < 0.4, steps / slower, steps), 1000)
            T *= 0.85
            current, cost = best, least

    while True:
        for weights in moves():
            yield weights
            passes -= 1
            if not passes:
                return


COOL = Annealing(1, 1, hidden=1, biased=(), temperature=1e-5, sweeps=4, rounds=2)


def test_annealing_is_that_of_plain_python():
    """Two searches, the second from a new network, as the first is cold after 15 temperatures."""
    search, passes = Search(COOL), 16 * 48 + 200
    generator = numpy_stream(5, 0, Purpose.WEIGHTS)
    deviations = []
    for weights in anneal_by_hand(COOL, passes, generator):
        deviations.append(np.abs(search.weights - weights).max())
        search.go_on(hills)
    # Costs are means in another order of operations.
    assert max(deviations) < 1e-9


def test_on_a_flat_cost_every_move_is_accepted_and_steps_triple():
    learner = replace(COOL, temperature=1.0)
    search = Search(learner)
    for _ in range(1 + learner.sweeps * learner.weights):
        search.go_on(lambda weights: 1.0)
    assert np.allclose(search.view("points")[2], 3.0, rtol=1e-12)


def test_without_heat_annealing_never_goes_uphill():
    search = Search(replace(COOL, temperature=2e-6))
    costs = []
    for _ in range(200):  # it is cold, and begins anew, after 240
        search.go_on(hills)
        costs.append(hills(search.view("points")[1]))
    rises = np.diff(costs)
    # exp(-rise / T) is above 1e-9 only for rises below 21 T.
    assert rises.max() < 21 * 2e-6
    assert rises.min() < 0


def test_the_cost_of_a_pass_is_the_mean_squared_error():
    lanes = Lanes(GRID, [GRID.start(np.random.default_rng(k)) for k in range(2)])
    squared = np.zeros(2)
    for number in range(3):
        x, target = sequence(GRID, number)
        lanes.reset()
        for now in x:
            lanes.step(now)
        squared += (lanes.answer()[0] - target[0]) ** 2 * (1, number < 2)
        lanes.learn(target, mask=[True, number < 2])
    assert lanes.view("totals")[0] == pytest.approx(squared, rel=1e-14)
    assert list(lanes.view("totals")[1]) == [3.0, 2.0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["time-weighted", "discrete"])
def test_same_bits_in_any_lane_at_any_step(name):
    assert_same_bits(NETS[name], 4, "float64")


@pytest.mark.parametrize(
    ("learner", "fields", "message"),
    [
        (MultiGrid, {"smallest": 3.0}, "half-widths of multi-grid must rise from smallest"),
        (MultiGrid, {"unit_inputs": 2}, "unit_inputs of multi-grid must be at most 1, the number"),
        (Annealing, {"temperature": 0.0}, "temperature of annealing must be a number in (0, 1"),
        (PseudoNewton, {"coding": "symbol"}, "coding of pseudo-newton must be"),
        (DiscreteError, {"squashing": "tanh"}, "squashing of discrete-error must be"),
    ],
)
def test_bad_fields_are_refused(learner, fields, message):
    with pytest.raises(InputError) as caught:
        learner(1, 1, **fields)
    assert message in str(caught.value)
