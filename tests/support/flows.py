"""What the tests of error flow share: how flows are compared, and with what tolerance."""

import inspect

import numpy as np

STEPS = 7
LAGS = (1, 2, 5)

# Two ways to compute the same products of a few matrices of size 1: some rounding errors of 1e-16,
# relative to results as small as 1e-3. In decimal logarithms a missing term shows by more than
# MISSING.
ROUNDING, MISSING = 1e-10, 1e-3

# Central differences with step h err by h^2/6 times a third derivative, and by rounding, 1e-16 / h,
# of derivatives as small as 1e-3: some 1e-8 of them.
H, DIFFERENCES = 1e-5, 1e-6


def sizes(matrix):
    """Decimal logarithms of the largest entry and of the spectral norm."""
    return np.log10([np.abs(matrix).max(), np.linalg.norm(matrix, 2)])


def measured(flow, q):
    at = list(flow.lags).index(q)
    return np.array([flow.largest[at], flow.norm[at]])


def inputs(steps=STEPS, width=2, seed=2):
    return np.random.default_rng(seed).uniform(-1, 1, (steps, width))


def mutated(where, term, replacement):
    """The names of a module in whose source a term is replaced."""
    source = inspect.getsource(where)
    assert source.count(term) == 1, term
    namespace = {"__name__": where.__name__}
    exec(compile(source.replace(term, replacement), "mutated", "exec"), namespace)
    return namespace
