"""The compiled functions of one large LSTM network; the equations are in `longlag.learners.lstm`.

Sizes are numbers read at run time, so one compiled kernel serves every topology. S is the bank of a
network's tiles and p its plan, see `longlag.learners.lstm.units_layout`. A step first computes all
activations into scratch rows; until `grow` and `commit` the network is as it was.
"""

from functools import cache

from longlag.compiled.compiling import inlined, inner
from longlag.compiled.driver import Driver
from longlag.learners.lstm.cell import emit, logistic_error, state_error, store
from longlag.learners.lstm.units_layout import (
    CELLS,
    FORGET,
    HIDDEN,
    IN,
    LINEAR,
    OUT,
    OUTPUTS,
    SOFTMAX,
)
from longlag.learners.traces import carried
from longlag.rules.base import Rule
from longlag.rules.rows import descend
from longlag.simd.activations import clamp, exponential, logistic, tanh_half
from longlag.simd.banks import bank, get_lane, rows_apart, rows_from, set_lane
from longlag.simd.denormals import flush_denormals, restore_denormals
from longlag.simd.tiles import TILE, sum_of_tile, weighted_sum, zeros
from longlag.simd.vectors import fma


@inner
def net(S, p, kind, tile):
    """Eqs 6-9: sum over m of w(l,m) y(m,t-1), for a tile of units l."""
    z, total = rows_from(S, p.sources), zeros(S)
    row = p.weights[kind] + tile * p.fan_in[kind]
    for run in range(2):
        total = total + weighted_sum(S, row, z, p.first[kind, run], p.count[kind, run])
        row += p.count[kind, run]
    return total


@inner
def gates(S, p, first, end, tile, states):
    """The activations of a tile of each kind of gates; by peepholes they see the given states."""
    for kind in range(first, end):
        total = net(S, p, kind, tile)
        row = p.weights[kind] + (tile + 1) * p.fan_in[kind] - p.peepholes
        for v in range(p.peepholes):
            total = fma(S[row + v], S[states + v * p.gate_tiles + tile], total)
        S[p.gates[kind] + tile] = logistic(total) * S[p.there + tile]


@inner
def forward(S, p, X, t):
    """One step with the inputs X[t]: gates, new states, features, and slopes of the partials."""
    z = rows_from(S, p.sources)
    for tile in range(p.source_tiles):
        z[tile] = S[p.activations + tile]
    for i in range(p.inputs):
        set_lane(z, 0, 1 + i, X[t, i])
    for tile in range(p.gate_tiles):
        gates(S, p, IN, FORGET + p.forget, tile, p.states)
        y_in, y_forget = S[p.gates[IN] + tile], S[p.gates[FORGET] + tile]
        for v in range(p.size):
            c = v * p.gate_tiles + tile
            f = logistic(net(S, p, CELLS, c))
            s, cell_slope, gate_slope, forget_slope = store(
                S[p.states + c], f, y_in, y_forget, p.g_scale, p.g_offset
            )
            S[p.new_states + c] = s
            S[p.slopes[CELLS] + c] = cell_slope
            S[p.slopes[IN] + c] = gate_slope
            S[p.slopes[FORGET] + c] = forget_slope
            if p.h_identity:
                S[p.squashed + c] = s
            else:
                S[p.squashed + c] = tanh_half(s)
        gates(S, p, OUT, OUT + p.out, tile, p.new_states)
        y_out = S[p.gates[OUT] + tile]
        for v in range(p.size):
            c = v * p.gate_tiles + tile
            S[p.features + c] = emit(S[p.squashed + c], y_out)
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
    tail, z = rows_from(S, last), rows_from(S, p.sources)
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
            S[p.state_errors + c] = state_error(total, h, y_out, p.h_identity)
        S[p.direct_errors[OUT] + tile] = logistic_error(e_out, y_out)
    for tile in range(p.hidden_tiles):
        total = zeros(S)
        if p.hidden_features:
            total = feedback(S, p, row + p.cell_tiles + tile)
        S[p.direct_errors[HIDDEN] + tile] = logistic_error(total, S[p.hidden + tile])


@inner
def feedback(S, p, row):
    """Sum over k of w(k,m) e_k, for a tile of features m."""
    e, total = rows_from(S, p.errors), zeros(S)
    for k in range(p.outputs):
        total = fma(S[row + k * p.feature_tiles], get_lane(e, 0, k), total)
    return total


@inlined
def change_weight(S, apart, rule, row, gradient):
    """A tile of weights changes by the update rule."""
    descend(rule, S, rows_from(S, apart), row, apart, gradient, True)


@inner
def learn_directly(S, p, rule):
    """Eq 23: the weights into outputs, output gates and hidden units."""
    e, row, apart = rows_from(S, p.errors), p.weights[OUTPUTS], p.apart
    for k in range(p.outputs):
        error = get_lane(e, 0, k)
        for i in range(p.feature_tiles):
            gradient = S[p.features + i] * error
            change_weight(S, apart, rule, row + i, gradient)
        row += p.feature_tiles
    for kind in range(OUT, HIDDEN + 1):
        for tile in range(p.unit_tiles[kind]):
            along_sources(S, p, rule, kind, tile)


@inner
def along_sources(S, p, rule, kind, tile):
    """The weights into a tile of output gates or hidden units: error * source."""
    z, apart = rows_from(S, p.sources), p.apart
    error = S[p.direct_errors[kind] + tile]
    row = p.weights[kind] + tile * p.fan_in[kind]
    for run in range(2):
        start, count = p.first[kind, run], p.count[kind, run]
        for l in range(count):
            change_weight(S, apart, rule, row + l, error * get_lane(z, 0, start + l))
        row += count
    for v in range(p.peepholes * (kind == OUT)):
        state = S[p.new_states + v * p.gate_tiles + tile]
        change_weight(S, apart, rule, row + v, error * state)


@inner
def grow(S, p, rule, learning):
    """Eqs 24-28: stored partials grow, and if learning their weights descend along them."""
    for tile in range(p.gate_tiles):
        for kind in range(CELLS, FORGET + p.forget):
            if kind == CELLS or p.size == 1:
                for v in range(p.size):
                    grow_own(S, p, rule, learning, kind, v * p.gate_tiles + tile, tile)
            else:
                grow_shared(S, p, rule, learning, kind, tile)


@inner
def grow_own(S, p, rule, learning, kind, tile, gate):
    """The weights into a tile of units with one cell each: the cells, or gates of one cell."""
    z, apart = rows_from(S, p.sources), p.apart
    kept, slope = S[p.gates[FORGET] + gate], S[p.slopes[kind] + tile]
    error = S[p.state_errors + tile]
    row = p.weights[kind] + tile * p.fan_in[kind]
    trace = p.traces[kind] + tile * p.fan_in[kind]
    for run in range(2):
        start, count = p.first[kind, run], p.count[kind, run]
        for l in range(count):
            d = carried(S[trace + l], kept, slope, get_lane(z, 0, start + l))
            S[trace + l] = d
            if learning:
                change_weight(S, apart, rule, row + l, error * d)
        row += count
        trace += count
    if p.peepholes and kind != CELLS:
        d = carried(S[trace], kept, slope, S[p.states + tile])
        S[trace] = d
        if learning:
            change_weight(S, apart, rule, row, error * d)


@inner
def grow_shared(S, p, rule, learning, kind, tile):
    """The weights into a tile of gates of several cells each: gradients are sums over the cells."""
    z, apart = rows_from(S, p.sources), p.apart
    kept, size, stride = S[p.gates[FORGET] + tile], p.size, p.gate_tiles
    slopes, errors = rows_from(S, p.slopes[kind] + tile), rows_from(S, p.state_errors + tile)
    row = p.weights[kind] + tile * p.fan_in[kind]
    trace = p.traces[kind] + tile * p.fan_in[kind] * size
    start, count = p.first[kind, 0], p.count[kind, 0]
    later, counted = p.first[kind, 1], p.count[kind, 0] + p.count[kind, 1]
    for l in range(p.fan_in[kind]):
        if l < count:
            y = zeros(S) + get_lane(z, 0, start + l)
        elif l < counted:
            y = zeros(S) + get_lane(z, 0, later + l - count)
        else:
            y = S[p.states + (l - counted) * stride + tile]
        gradient = zeros(S)
        for v in range(size):
            d = carried(S[trace + v], kept, slopes[v * stride], y)
            S[trace + v] = d
            gradient = fma(errors[v * stride], d, gradient)
        if learning:
            change_weight(S, apart, rule, row + l, gradient)
        trace += size


@inner
def commit(S, p):
    """The step is over: new states and activations are those y(m,t-1) of the next."""
    for c in range(p.cell_tiles):
        S[p.states + c] = S[p.new_states + c]
    z = rows_from(S, p.activations)
    for i in range(1, 1 + p.inputs):
        set_lane(z, 0, i, get_lane(S, p.sources, i))
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
    if len(Y):
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


@cache
def driver_for(rule: type[Rule]) -> Driver:
    """The kernel of every network that learns by this rule."""
    kernel, count = rule.kernel, len(rule.kernel._fields)
    advance = kernel.advance

    def run(S, plan, coefficients, X, Y, out, go_on):
        """Step through X (n, inputs), learning from Y (n, outputs), or from nothing if it is empty.

        Every answer goes to out (n, outputs) before its target is learned from. Unless `go_on`, the
        network stays as it was after each. `coefficients` are those of the rule. Returns -1, or the
        first row with a number that is not allowed; then nothing has happened.
        """
        bad = first_bad(X, Y)
        if bad >= 0:
            return bad
        p, network = plan[0], bank(S, 0, TILE)
        now = kernel(*rows_apart(coefficients, 0, 1, count))
        setting = flush_denormals()
        for t in range(len(X)):
            forward(network, p, X, t)
            answer(network, p)
            for k in range(p.outputs):
                out[t, k] = get_lane(network, p.answers, k)
            if not go_on:
                continue
            learning = has_target(Y, t)
            if learning:
                now = advance(now)
                errors(network, p, Y, t)
                learn_directly(network, p, now)
            grow(network, p, now, learning)
            commit(network, p)
        restore_denormals(setting)
        for i in range(count):
            coefficients[i] = now[i]
        return -1

    return Driver(run, ("lstm units", rule))  # sizes are read at run time, so nothing else decides
