"""Update rules against torch.optim on the same gradients, and under a mask."""

import numpy as np
import pytest
import torch
from numba import njit

from longlag.errors import InputError
from longlag.rules import RULES, Adam, GradientDescent, RMSProp
from longlag.simd.banks import aligned_zeros, bank, lane_mask
from longlag.simd.vectors import select

LANES, WEIGHTS, UPDATES = 4, 5, 60

# Each rule and the optimiser of PyTorch that it must equal, also far from the defaults.
PAIRS = [
    (GradientDescent(0.5), lambda w: torch.optim.SGD(w, lr=0.5)),
    (GradientDescent(0.5, "whole"), lambda w: torch.optim.SGD(w, lr=1.0)),
    (RMSProp(), lambda w: torch.optim.RMSprop(w, lr=0.003, alpha=0.99, eps=1e-8)),
    (RMSProp(0.1, 0.5, 1e-3), lambda w: torch.optim.RMSprop(w, lr=0.1, alpha=0.5, eps=1e-3)),
    (Adam(), lambda w: torch.optim.Adam(w, lr=0.003, betas=(0.9, 0.999), eps=1e-8)),
    (
        Adam(0.1, 0.5, 0.9, 1e-3),
        lambda w: torch.optim.Adam(w, lr=0.1, betas=(0.5, 0.9), eps=1e-3),
    ),
]


def run(rule, weights, gradients, masks):
    """Weights, numbers and moments after descending along (updates, weights, lanes) gradients."""
    advance, change = rule.kernel()

    @njit
    def update(W, H, U, V, G, flags):
        w, h, g = bank(W, 0, LANES), bank(H, 0, LANES), bank(G, 0, LANES)
        u, v = bank(U, 0, LANES), bank(V, 0, LANES)
        for n in range(len(flags)):
            mask = lane_mask(flags, n, LANES, 1)
            advance(h, mask)
            for i in range(WEIGHTS):
                changed = w[i] + change(h, u, v, i, g[n * WEIGHTS + i], mask)
                w[i] = select(mask, changed, w[i])

    W, U, V = (aligned_zeros((WEIGHTS, LANES), np.float64) for _ in range(3))
    H = aligned_zeros((len(rule.numbers), LANES), np.float64)
    G = aligned_zeros((len(gradients) * WEIGHTS, LANES), np.float64)
    W[:], H[:] = weights, np.array(rule.numbers)[:, None]
    G[:] = -gradients.reshape(G.shape)  # the engine's gradients point downhill
    update(W, H, U, V, G, masks.astype(np.uint8))
    return W, H, U, V


@pytest.fixture
def drawn():
    rng = np.random.default_rng(6)
    # Magnitudes from 1e-4 to 1e2, so that epsilon matters for some weights and not for others.
    scale = 10.0 ** rng.integers(-4, 3, (1, WEIGHTS, LANES))
    return rng.normal(size=(WEIGHTS, LANES)), rng.normal(size=(UPDATES, WEIGHTS, LANES)) * scale


@pytest.mark.parametrize(("rule", "optimiser"), PAIRS)
def test_rules_equal_torch(rule, optimiser, drawn):
    weights, gradients = drawn
    ours, *_ = run(rule, weights, gradients, np.ones((UPDATES, LANES)))
    theirs = torch.tensor(weights, requires_grad=True)
    optimiser_ = optimiser([theirs])
    for gradient in gradients:
        theirs.grad = torch.tensor(gradient)
        optimiser_.step()
    # Some ten roundings an update of 60, in another order: 600 units of 1.1e-16, doubled.
    assert np.allclose(ours, theirs.detach().numpy(), rtol=1.4e-13, atol=1.4e-13)


@pytest.mark.parametrize("rule", [RMSProp(), Adam()], ids=lambda rule: rule.name)
def test_masked_lanes_keep_weights_moments_and_numbers(rule, drawn):
    """A lane that sits out some updates ends as if they had not happened."""
    weights, gradients = drawn
    masks = np.random.default_rng(7).random((UPDATES, LANES)) < 0.5
    together = run(rule, weights, gradients, masks)
    for lane in range(LANES):
        taken = gradients[masks[:, lane]]
        alone = run(rule, weights, taken, np.ones((len(taken), LANES)))
        for ours, wanted in zip(together, alone, strict=True):
            assert np.array_equal(ours[:, lane], wanted[:, lane])


@pytest.mark.parametrize("rule", RULES)
def test_a_rate_of_zero_changes_no_weight(rule, drawn):
    weights, gradients = drawn
    after, *_ = run(RULES[rule](rate=0.0), weights, gradients, np.ones((UPDATES, LANES)))
    assert np.array_equal(after, weights)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GradientDescent(-1), "learning rate must be a number in [0, 1000000.0], got -1"),
        (lambda: GradientDescent(float("nan")), "got nan"),
        (lambda: GradientDescent("fast"), "got 'fast'"),
        (lambda: GradientDescent(descends="all"), "descends of gradient-descent must be"),
        (lambda: RMSProp(decay=1.5), "decay must be a number in [0, 1], got 1.5"),
        (lambda: RMSProp(epsilon=0), "epsilon must be a number in (0, 1], got 0"),
        (lambda: Adam(beta1=1.0), "beta1 must be a number in [0, 0.999999], got 1.0"),
        (lambda: Adam(beta2=-0.1), "beta2"),
    ],
)
def test_bad_numbers_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
