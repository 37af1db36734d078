"""Runs the compiled side of update rules, as lanes do and as units do."""

from functools import cache

import numpy as np
from numba import njit

from longlag.rules.rows import descend
from longlag.simd.banks import aligned_zeros, bank, lane_mask, rows_apart
from longlag.simd.vectors import select


@cache
def _in_lanes(kernel, lanes):
    advance, count = kernel.advance, len(kernel._fields)

    @njit
    def run(W, M, H, G, flags):
        w, m = bank(W, lanes), bank(M, lanes)
        h, g = bank(H, lanes), bank(G, lanes)
        weights = len(W)
        for n in range(len(flags)):
            mask = lane_mask(flags, n, lanes, 1)
            before = kernel(*rows_apart(h, 0, 1, count))
            after = advance(before)
            for i in range(count):
                h[i] = select(mask, after[i], before[i])
            for i in range(weights):
                now = kernel(*rows_apart(h, 0, 1, count))
                descend(now, w, m, i, weights, g[n * weights + i], mask)

    return run


@cache
def _in_units(kernel, lanes):
    advance, count = kernel.advance, len(kernel._fields)

    @njit
    def run(W, M, coefficients, G):
        w, m, g = bank(W, lanes), bank(M, lanes), bank(G, lanes)
        weights = len(W)
        h = kernel(*rows_apart(coefficients, 0, 1, count))
        for n in range(len(G) // weights):
            h = advance(h)
            for i in range(weights):
                descend(h, w, m, i, weights, g[n * weights + i], True)
        for i in range(count):
            coefficients[i] = h[i]

    return run


def in_lanes(rules, weights, gradients, masks=None, dtype="float64"):
    """Weights, moments and coefficients after descending along gradients.

    `rules` has one for each lane, all of a class; `weights` is (weights, lanes), `gradients`, which
    point downhill, (updates, weights, lanes), and `masks` (updates, lanes).
    """
    kernel, lanes = rules[0].kernel, len(rules)
    W, M, G = _banks(kernel, weights, gradients, dtype)
    H = aligned_zeros((len(kernel._fields), lanes), dtype)
    H[:] = np.array([rule.coefficients for rule in rules]).T
    flags = np.ones((len(gradients), lanes)) if masks is None else masks
    _in_lanes(kernel, lanes)(W, M, H, G, flags.astype(np.uint8))
    return W, M, H


def in_units(rule, weights, gradients, dtype="float64"):
    """The same where one network's units lie side by side: the last axis is units."""
    W, M, G = _banks(rule.kernel, weights, gradients, dtype)
    coefficients = np.array(rule.coefficients, float)
    _in_units(rule.kernel, weights.shape[1])(W, M, coefficients, G)
    return W, M, coefficients


def _banks(kernel, weights, gradients, dtype):
    rows, lanes = weights.shape
    W = aligned_zeros((rows, lanes), dtype)
    M = aligned_zeros((rows * len(kernel.moments), lanes), dtype)
    G = aligned_zeros((len(gradients) * rows, lanes), dtype)
    W[:], G[:] = weights, gradients.reshape(G.shape)
    return W, M, G
