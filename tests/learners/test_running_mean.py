"""The running mean: its reference against finite differences, and its kernel against both."""

from dataclasses import replace

import numpy as np
import pytest
from support.lane_bits import assert_same_bits
from support.lane_deviation import lane_deviation
from support.mutations import mutate
from support.recurrent_nets import sequence

from longlag import Adam, GradientDescent, InputError, RunningMean
from longlag.learners.running_mean import lanes, reference

# Central differences with step h err by h^2/6 times a third derivative of size 10, about 1e-10, and
# by rounding, 1e-16 / h, about 1e-11. A missing term shows by more than MISSING in some weight.
H, TOLERANCE, MISSING = 1e-5, 1e-9, 1e-4

# The kernel and the reference compute the same float64 sums in another order. Adam divides a
# gradient near zero by its own size, which magnifies rounding errors of 1e-17 by up to 1e6.
# Attention moves an average little, so its missing terms show by SHOWN only.
AGREEMENT, SHOWN = 1e-11, 1e-6

PLAIN = RunningMean(2, 2, features=3, hidden=2, output="linear", weight_range=1.0)
NETS = {
    "plain": PLAIN,
    "attention": replace(PLAIN, attention=True, output="logistic", output_range=(-0.5, 1.5)),
    "symbols": replace(PLAIN, inputs=4, coding="symbol", attention=True),
}


def deviation(config, module=reference):
    """Of the gradient at the end of a sequence from differences of half the squared error."""
    x, targets, _ = sequence(config)

    def shown(weights):
        net = module.ReferenceMean(config)
        column = config.start(np.random.default_rng(0))
        config.layout.view(column, "weights")[:] = weights
        net.load(column)
        for now in x:
            net.step(now)
        return net, 0.5 * np.sum((targets[-1] - net.answer()) ** 2)

    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights").copy()
    net, _ = shown(weights)
    slopes = [
        (shown(weights + shift)[1] - shown(weights - shift)[1]) / (2 * H)
        for shift in H * np.eye(len(weights))
    ]
    return np.abs(net.gradient(targets[-1]) + slopes).max()


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_of_a_sequence_is_exact(name):
    assert deviation(NETS[name]) < TOLERANCE


MUTATIONS = {
    "f' of features": ("self.slopes[t] * e_h", "e_h"),
    "x in dw": ("* e_h, x)", "* e_h, 0 * x + 1)"),
    "f' of hidden units": ("df(self.net_a) * (self", "(self"),
    "f' of outputs": ("e = self.out_slopes * (np", "e = (np"),
    "c in du": ("np.outer(e_a, self.c)", "np.outer(e_a, self.h[-1])"),
    "the average in e_q": ("self.h[t][1:] - self.c[1:])", "self.h[t][1:])"),
    "tanh' of the attention": ("np.exp(e) * (1 - e**2)", "np.exp(e)"),
    "features through the attention": ("e_h + e_net * self.v[0, 1:]", "e_h"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_differences_notice_another_term(name):
    assert deviation(NETS["attention"], mutate((reference,), *MUTATIONS[name])) > MISSING


@pytest.mark.parametrize("name", NETS)
def test_the_answer_does_not_depend_on_the_order_of_the_steps(name):
    config = NETS[name]
    x, _, _ = sequence(config, steps=9)
    answers = []
    for order in (x, x[::-1]):
        net = config.reference()
        net.load(config.start(np.random.default_rng(0)))
        for now in order:
            net.step(now)
        answers.append(net.answer())
    # Sums of 9 numbers of size 1 in two orders.
    np.testing.assert_allclose(*answers, rtol=0, atol=1e-14)


def largest_deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference, over three sequences."""
    sequences = (sequence(config, number, steps=10) for number in range(3))
    return lane_deviation(config, sequences, kernel, groups=("weights",))


# Targets at several steps of a sequence move the weights under the traces.
LEARNING = {
    "plain": replace(NETS["plain"], rule=Adam()),
    "symbols": replace(NETS["symbols"], rule=GradientDescent(0.5), update="sequence"),
}


@pytest.mark.parametrize("name", LEARNING)
def test_kernel_against_reference(name):
    """The reference stores a sequence; the kernel carries traces."""
    assert largest_deviation(LEARNING[name]) < AGREEMENT


KERNEL_MUTATIONS = {
    "q in a sum": ("fma(q, h, total[1 + i])", "h + total[1 + i]"),
    "q in P": ("slope[k * traces] = q * f_slope", "slope[k * traces] = f_slope"),
    "f' in R": ("f_slope * m_slope[i]", "m_slope[i]"),
    "h in M": ("m_slope[1 + i] = q_slope * h", "m_slope[1 + i] = q_slope"),
    "G_0": ("G[0] = of_all", "G[0] = 0.0 * of_all"),
    "v in dw": ("v[k] * G[i]", "G[i]"),
    "the sum of q in G": ("G[i] = G[i] / steps", "G[i] = G[i]"),
}


@pytest.mark.parametrize("name", KERNEL_MUTATIONS)
def test_comparison_notices_a_missing_term(name):
    kernel = mutate((lanes,), *KERNEL_MUTATIONS[name]).compile_mean(NETS["symbols"].topology)
    assert largest_deviation(LEARNING["symbols"], kernel) > SHOWN


@pytest.mark.slow
def test_same_bits_in_any_lane_at_any_step():
    assert_same_bits(LEARNING["symbols"], 4, "float64")


def test_a_falling_range_of_the_output():
    with pytest.raises(InputError, match=r"^output_range of running-mean must be two rising"):
        RunningMean(2, 1, output_range=(1.0, 0.0))
