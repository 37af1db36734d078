"""Output units of a network in tiles: answers, errors and weight changes.

The sources of output units are features: tiles that a step fills, and a tail with the bias and the
inputs.
"""

import numpy as np

from longlag.compiled.compiling import inner
from longlag.learners.tiles.units import change_weight
from longlag.simd.activations import exponential_below, logistic
from longlag.simd.banks import get_lane, rows_from, set_lane
from longlag.simd.tiles import sum_of_tile, zeros
from longlag.simd.vectors import fma

# NumPy numbers, because Numba would compile a function again for each Python literal.
LINEAR, LOGISTIC, SOFTMAX = np.arange(3)
FORMS = {"linear": LINEAR, "logistic": LOGISTIC, "softmax": SOFTMAX}


@inner
def answer(S, p):
    """Eq 8: the outputs, from the features of this step, and the slopes f_k'(net_k).

    Tiles hold features, not outputs, because most networks have one output and many features.
    """
    tail, z = rows_from(S, p.tail), rows_from(S, p.sources)
    if p.bias_features:
        set_lane(tail, 0, 0, 1.0)
    if p.input_features:
        for i in range(p.inputs):
            set_lane(tail, 0, p.bias_features + i, get_lane(z, 0, 1 + i))

    answers, row = rows_from(S, p.answers), p.readout
    for k in range(p.outputs):
        total = zeros(S)
        for i in range(p.feature_tiles):
            total = fma(S[row + i], S[p.features + i], total)
        set_lane(answers, 0, k, sum_of_tile(total))
        row += p.feature_tiles
    if p.form == SOFTMAX:
        softmax(S, p)
        return
    for tile in range(p.output_tiles):
        S[p.answer_slopes + tile] = 1.0
        if p.form != LINEAR:
            f = logistic(S[p.answers + tile])
            S[p.answers + tile] = fma(f, p.span, p.low)
            S[p.answer_slopes + tile] = f * (1.0 - f) * p.span


@inner
def softmax(S, p):
    """exp(net_k) / sum over k of exp(net_k); with cross-entropy, e_k = target_k - y(k)."""
    answers = rows_from(S, p.answers)
    largest = get_lane(answers, 0, 0)
    for k in range(1, p.outputs):
        largest = max(largest, get_lane(answers, 0, k))
    for tile in range(p.output_tiles):
        S[p.answers + tile] = exponential_below(S[p.answers + tile] - largest)
        S[p.answer_slopes + tile] = 1.0
    total = get_lane(answers, 0, 0)
    for k in range(1, p.outputs):
        total += get_lane(answers, 0, k)
    for tile in range(p.output_tiles):
        S[p.answers + tile] = S[p.answers + tile] / total


@inner
def find_output_errors(S, p, Y, t):
    """e_k = f_k'(net_k) (target_k - y(k)); NaN means no target."""
    answers, slopes = rows_from(S, p.answers), rows_from(S, p.answer_slopes)
    e = rows_from(S, p.errors)
    for k in range(p.outputs):
        target = Y[t, k]
        error = get_lane(slopes, 0, k) * (target - get_lane(answers, 0, k))
        set_lane(e, 0, k, error if target == target else 0.0)  # NaN differs from itself


@inner
def feed_back(S, p, feature):
    """Sum over k of w(k,m) e_k, for a tile of features m."""
    e, total, row = rows_from(S, p.errors), zeros(S), p.readout + feature
    for k in range(p.outputs):
        total = fma(S[row + k * p.feature_tiles], get_lane(e, 0, k), total)
    return total


@inner
def learn_outputs(S, p, h):
    """Change the weights into the outputs along e_k * feature."""
    e, row = rows_from(S, p.errors), p.readout
    for k in range(p.outputs):
        error = get_lane(e, 0, k)
        for i in range(p.feature_tiles):
            change_weight(S, p, h, row + i, S[p.features + i] * error)
        row += p.feature_tiles
