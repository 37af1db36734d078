"""The compiled functions of one large LSTM network; the equations are in `longlag.learners.lstm`.

Sizes are numbers read at run time, so one compiled kernel serves every topology. S is the bank of a
network's tiles and p its plan, see `longlag.learners.lstm_single_layout`. A step first computes all
activations into scratch rows; until `grow` and `commit` the network is as it was.
"""

from numba import njit

from longlag.kernels.activations import clamp, exponential, logistic, tanh_half
from longlag.kernels.banks import bank, get_lane, rows_from, set_lane
from longlag.kernels.compiling import inner
from longlag.kernels.denormals import flush_denormals, restore_denormals
from longlag.kernels.simd import fma
from longlag.kernels.tiles import TILE, sum_of_tile, weighted_sum, zeros
from longlag.learners.lstm_single_layout import (
    CELLS,
    FORGET,
    HIDDEN,
    IN,
    LINEAR,
    OUT,
    OUTPUTS,
    SOFTMAX,
)
from longlag.learners.lstm_single_rules import begin_update, descend


@inner
def net(S, p, kind, tile):
    """Eqs 6-9: sum over m of w(l,m) y(m,t-1), for a tile of units l."""
    z = rows_from(S, p.activations)
    row = p.weights[kind] + tile * p.fan_in[kind]
    first = weighted_sum(S, row, z, p.first[kind, 0], p.count[kind, 0])
    row += p.count[kind, 0]
    return first + weighted_sum(S, row, z, p.first[kind, 1], p.count[kind, 1])


@inner
def gate(S, p, kind, tile, states):
    """The activations of a tile of gates, which see the states of their blocks by peepholes."""
    total = net(S, p, kind, tile)
    row = p.weights[kind] + (tile + 1) * p.fan_in[kind] - p.peepholes
    for v in range(p.peepholes):
        total = fma(S[row + v], S[states + v * p.gate_tiles + tile], total)
    return logistic(total)


@inner
def forward(S, p, X, t):
    """One step with the inputs X[t]: gates, new states, features, and slopes of the partials."""
    z = rows_from(S, p.activations)
    for i in range(p.inputs):
        set_lane(z, 0, 1 + i, X[t, i])
    for tile in range(p.gate_tiles):
        y_in = gate(S, p, IN, tile, p.states) * S[p.there + tile]
        S[p.gates[IN] + tile] = y_in
        y_forget = zeros(S) + 1.0
        if p.forget:
            y_forget = gate(S, p, FORGET, tile, p.states)
        S[p.gates[FORGET] + tile] = y_forget
        for v in range(p.size):
            c = v * p.gate_tiles + tile
            f = logistic(net(S, p, CELLS, c))
            g = fma(f, p.g_scale, p.g_offset)
            before = S[p.states + c]
            s = fma(y_in, g, y_forget * before)
            S[p.new_states + c] = s
            S[p.slopes[CELLS] + c] = f * (1.0 - f) * p.g_scale * y_in
            S[p.slopes[IN] + c] = g * y_in * (1.0 - y_in)
            S[p.slopes[FORGET] + c] = before * y_forget * (1.0 - y_forget)
            if p.h_identity:
                S[p.squashed + c] = s
            else:
                S[p.squashed + c] = tanh_half(s)
        y_out = zeros(S) + 1.0
        if p.out:
            y_out = gate(S, p, OUT, tile, p.new_states)
        S[p.gates[OUT] + tile] = y_out
        for v in range(p.size):
            c = v * p.gate_tiles + tile
            S[p.features + c] = S[p.squashed + c] * y_out
    for tile in range(p.hidden_tiles):
        S[p.hidden + tile] = logistic(net(S, p, HIDDEN, tile)) * S[p.hidden_there + tile]


@inner
def answer(S, p):
    """Eq 8, from the activations of this step; and the slopes of the output units."""
    last = p.features + p.cell_tiles
    if p.hidden_features:
        for tile in range(p.hidden_tiles):
            S[last + tile] = S[p.hidden + tile]
        last += p.hidden_tiles
    tail, z = rows_from(S, last), rows_from(S, p.activations)
    if p.bias_features:
        set_lane(tail, 0, 0, 1.0)
    if p.input_features:
        for i in range(p.inputs):
            set_lane(tail, 0, p.bias_features + i, get_lane(z, 0, 1 + i))

    answers, row = rows_from(S, p.answers), p.weights[OUTPUTS]
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
        below = S[p.answers + tile] - largest
        m, s = exponential(clamp(below, 80.0))  # no probability is 0, whose logarithm is infinite
        S[p.answers + tile] = fma(m, s, s)
        S[p.answer_slopes + tile] = 1.0
    total = get_lane(answers, 0, 0)
    for k in range(1, p.outputs):
        total += get_lane(answers, 0, k)
    for tile in range(p.output_tiles):
        S[p.answers + tile] = S[p.answers + tile] / total


@inner
def errors(S, p, Y, t):
    """Eqs 18-22: errors of outputs, states, output gates and hidden units."""
    answers, slopes = rows_from(S, p.answers), rows_from(S, p.answer_slopes)
    e = rows_from(S, p.errors)
    for k in range(p.outputs):
        target = Y[t, k]
        error = get_lane(slopes, 0, k) * (target - get_lane(answers, 0, k))
        set_lane(e, 0, k, error if target == target else 0.0)  # NaN: no target

    row = p.weights[OUTPUTS]
    for tile in range(p.gate_tiles):
        y_out, e_out = S[p.gates[OUT] + tile], zeros(S)
        for v in range(p.size):
            c = v * p.gate_tiles + tile
            total = feedback(S, p, row + c)
            h = S[p.squashed + c]
            e_out = fma(h, total, e_out)
            e_s = total * y_out
            if not p.h_identity:
                e_s = e_s * 0.5 * (1.0 - h * h)
            S[p.state_errors + c] = e_s
        S[p.out_errors + tile] = e_out * y_out * (1.0 - y_out)
    for tile in range(p.hidden_tiles):
        total = zeros(S)
        if p.hidden_features:
            total = feedback(S, p, row + p.cell_tiles + tile)
        y = S[p.hidden + tile]
        S[p.hidden_errors + tile] = total * y * (1.0 - y)


@inner
def feedback(S, p, row):
    """Sum over k of w(k,m) e_k, for a tile of features m."""
    e, total = rows_from(S, p.errors), zeros(S)
    for k in range(p.outputs):
        total = fma(S[row + k * p.feature_tiles], get_lane(e, 0, k), total)
    return total


@inner
def learn_directly(S, p, h):
    """Eq 23: the weights into outputs, output gates and hidden units."""
    e, row = rows_from(S, p.errors), p.weights[OUTPUTS]
    for k in range(p.outputs):
        error = get_lane(e, 0, k)
        for i in range(p.feature_tiles):
            gradient = S[p.features + i] * error
            descend(h, S, row + i, p.first_moments, p.second_moments, gradient)
        row += p.feature_tiles
    if p.out:
        for tile in range(p.gate_tiles):
            error = S[p.out_errors + tile]
            row = along_sources(S, p, h, OUT, tile, error)
            for v in range(p.peepholes):
                gradient = error * S[p.new_states + v * p.gate_tiles + tile]
                descend(h, S, row + v, p.first_moments, p.second_moments, gradient)
    for tile in range(p.hidden_tiles):
        along_sources(S, p, h, HIDDEN, tile, S[p.hidden_errors + tile])


@inner
def along_sources(S, p, h, kind, tile, error):
    """Descend along error * source, for the weights into a tile; returns the row after them."""
    z = rows_from(S, p.activations)
    row = p.weights[kind] + tile * p.fan_in[kind]
    for i in range(2):
        first, count = p.first[kind, i], p.count[kind, i]
        for l in range(count):
            gradient = error * get_lane(z, 0, first + l)
            descend(h, S, row + l, p.first_moments, p.second_moments, gradient)
        row += count
    return row


@inner
def grow(S, p, h):
    """Eqs 24-28: stored partials grow, and the weights that have them descend along them."""
    for tile in range(p.gate_tiles):
        for v in range(p.size):
            grow_own(S, p, h, CELLS, v * p.gate_tiles + tile, tile)
        for kind in range(IN, FORGET + p.forget):
            if p.size == 1:
                row, trace = grow_own(S, p, h, kind, tile, tile)
                grow_peephole(S, p, h, kind, tile, row, trace)
            else:
                grow_shared(S, p, h, kind, tile)


@inner
def grow_own(S, p, h, kind, tile, gate):
    """The weights into a tile of units that have one cell each."""
    z, first, second = rows_from(S, p.activations), p.first_moments, p.second_moments
    kept, slope = S[p.gates[FORGET] + gate], S[p.slopes[kind] + tile]
    error = S[p.state_errors + tile]
    row = p.weights[kind] + tile * p.fan_in[kind]
    trace = p.traces[kind] + tile * p.fan_in[kind]
    for i in range(2):
        start, count = p.first[kind, i], p.count[kind, i]
        for l in range(count):
            d = fma(slope, get_lane(z, 0, start + l), kept * S[trace + l])
            S[trace + l] = d
            descend(h, S, row + l, first, second, error * d)
        row += count
        trace += count
    return row, trace


@inner
def grow_peephole(S, p, h, kind, tile, row, trace):
    """The weights from the only cells of their blocks."""
    if p.peepholes:
        kept, slope = S[p.gates[FORGET] + tile], S[p.slopes[kind] + tile]
        d = fma(slope, S[p.states + tile], kept * S[trace])
        S[trace] = d
        gradient = S[p.state_errors + tile] * d
        descend(h, S, row, p.first_moments, p.second_moments, gradient)


@inner
def grow_shared(S, p, h, kind, tile):
    """The weights into a tile of gates that have several cells each."""
    z = rows_from(S, p.activations)
    row = p.weights[kind] + tile * p.fan_in[kind]
    trace = p.traces[kind] + tile * p.fan_in[kind] * p.size
    for i in range(2):
        start, count = p.first[kind, i], p.count[kind, i]
        for l in range(count):
            source = zeros(S) + get_lane(z, 0, start + l)
            grow_weight(S, p, h, kind, tile, row, trace, source)
            row += 1
            trace += p.size
    for v in range(p.peepholes):
        grow_weight(S, p, h, kind, tile, row, trace, S[p.states + v * p.gate_tiles + tile])
        row += 1
        trace += p.size


@inner
def grow_weight(S, p, h, kind, tile, row, trace, source):
    """One weight of each gate of a tile: its gradient is a sum over the cells of the block."""
    kept, gradient = S[p.gates[FORGET] + tile], zeros(S)
    for v in range(p.size):
        c = v * p.gate_tiles + tile
        d = fma(S[p.slopes[kind] + c], source, kept * S[trace + v])
        S[trace + v] = d
        gradient = fma(S[p.state_errors + c], d, gradient)
    descend(h, S, row, p.first_moments, p.second_moments, gradient)


@inner
def commit(S, p):
    """The step is over: new states and activations are those of the step before the next."""
    for c in range(p.cell_tiles):
        S[p.states + c] = S[p.new_states + c]
    z = rows_from(S, p.activations)
    for i in range(p.hidden_units):
        set_lane(z, 0, p.hidden_place + i, get_lane(S, p.hidden, i))
    width = p.gate_tiles * TILE
    for v in range(p.size):
        for j in range(p.blocks):
            y = get_lane(S, p.features, v * width + j)
            set_lane(z, 0, p.cell_place + j * p.size + v, y)
    for kind in range(IN, OUT + 1):
        if (kind != FORGET or p.forget) and (kind != OUT or p.out):
            for j in range(p.blocks):
                set_lane(z, 0, p.gate_places[kind] + j, get_lane(S, p.gates[kind], j))


@inner
def has_target(Y, t):
    """Whether any output has a target: a number, not NaN."""
    found = False
    for k in range(Y.shape[1]):
        found |= Y[t, k] == Y[t, k]
    return found


@inner
def first_bad(X, Y):
    """The first row of X that is not finite, or of Y that is infinite; -1 if there is none."""
    for t in range(len(X)):
        good = True
        for i in range(X.shape[1]):
            good &= X[t, i] - X[t, i] == 0.0
        if len(Y):
            for k in range(Y.shape[1]):
                good &= (Y[t, k] - Y[t, k] == 0.0) | (Y[t, k] != Y[t, k])
        if not good:
            return t
    return -1


@njit(nogil=True, error_model="numpy")
def run(S, plan, rule, X, Y, out):
    """Step through X (n, inputs), learning from Y (n, outputs) or from nothing if Y is empty.

    Every answer goes to out (n, outputs) before its target is learned from. Returns -1, or the
    first row that holds what is no number; then nothing has happened.
    """
    bad = first_bad(X, Y)
    if bad >= 0:
        return bad
    p, network = plan[0], bank(S, 0, TILE)
    setting = flush_denormals()
    for t in range(len(X)):
        forward(network, p, X, t)
        answer(network, p)
        for k in range(p.outputs):
            out[t, k] = get_lane(network, p.answers, k)
        if len(Y) and has_target(Y, t):
            errors(network, p, Y, t)
            h = begin_update(rule, rows_from(network, p.corrections))
            learn_directly(network, p, h)
            grow(network, p, h)
        else:
            grow(network, p, ())
        commit(network, p)
    restore_denormals(setting)
    return -1


@njit(nogil=True, error_model="numpy")
def look(S, plan, X, Y, out):
    """The answer to the one row of X as the next step; the network stays as it was."""
    bad = first_bad(X, Y)
    if bad >= 0:
        return bad
    p, network = plan[0], bank(S, 0, TILE)
    setting = flush_denormals()
    forward(network, p, X, 0)
    answer(network, p)
    for k in range(p.outputs):
        out[0, k] = get_lane(network, p.answers, k)
    restore_denormals(setting)
    return -1
