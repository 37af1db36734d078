"""The compiled functions of one large LSTM network; the equations are in `longlag.learners.lstm`.

A step first computes all activations into scratch rows. A prediction therefore stops before `grow`
and `commit`, and leaves the network unchanged. `longlag.learners.tiles` explains S, p and h.
"""

from longlag.compiled.compiling import inner
from longlag.contract import UnitKernel
from longlag.learners.lstm.cell import emit, logistic_error, state_error, store
from longlag.learners.lstm.units_plan import CELLS, FORGET, HIDDEN, IN, OUT
from longlag.learners.tiles.outputs import answer, feed_back, find_output_errors, learn_outputs
from longlag.learners.tiles.units import change_weight, learn_from_nets, net, show_inputs
from longlag.learners.traces import carried
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import get_lane, rows_from, set_lane
from longlag.simd.tiles import TILE, zeros
from longlag.simd.vectors import fma


@inner
def gates(S, p, first, end, tile, states):
    """The activations of a tile of each kind of gates; peepholes see the rows from `states` on."""
    for kind in range(first, end):
        total = net(S, p, kind, tile)
        row = p.weights[kind] + (tile + 1) * p.fan_in[kind] - p.peepholes
        for v in range(p.peepholes):
            total = fma(S[row + v], S[states + v * p.gate_tiles + tile], total)
        # The padding of a tile has zero weights, and logistic(0) is 0.5: `present` silences it.
        S[p.gates[kind] + tile] = logistic(total) * S[p.present + tile]


@inner
def forward(S, p, X, t):
    """One step with the inputs X[t]: gates, new states, features, and slopes of the partials."""
    z = rows_from(S, p.sources)
    for tile in range(p.source_tiles):
        z[tile] = S[p.activations + tile]
    show_inputs(S, p, X, t)
    for tile in range(p.gate_tiles):
        gates(S, p, IN, FORGET + p.forget, tile, p.states)
        y_in, y_forget = S[p.gates[IN] + tile], S[p.gates[FORGET] + tile]
        for v in range(p.block_size):
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
        for v in range(p.block_size):
            c = v * p.gate_tiles + tile
            S[p.features + c] = emit(S[p.squashed + c], y_out)
    for tile in range(p.hidden_tiles):
        y = logistic(net(S, p, HIDDEN, tile)) * S[p.hidden_present + tile]
        S[p.hidden + tile] = y
        if p.hidden_features:
            S[p.features + p.cell_tiles + tile] = y


@inner
def find_errors(S, p, Y, t):
    """Eqs 18-22: errors of outputs, states, output gates and hidden units."""
    find_output_errors(S, p, Y, t)
    for tile in range(p.gate_tiles):
        y_out, e_out = S[p.gates[OUT] + tile], zeros(S)
        for v in range(p.block_size):
            c = v * p.gate_tiles + tile
            back, h = feed_back(S, p, c), S[p.squashed + c]
            e_out = fma(h, back, e_out)
            S[p.state_errors + c] = state_error(back, h, y_out, p.h_identity)
        S[p.net_errors[OUT] + tile] = logistic_error(e_out, y_out)
    for tile in range(p.hidden_tiles):
        back = zeros(S)
        if p.hidden_features:
            back = feed_back(S, p, p.cell_tiles + tile)
        S[p.net_errors[HIDDEN] + tile] = logistic_error(back, S[p.hidden + tile])


@inner
def learn_directly(S, p, h):
    """Eq 23: change the weights into outputs, output gates and hidden units."""
    learn_outputs(S, p, h)
    for kind in range(OUT, HIDDEN + 1):
        for tile in range(p.unit_tiles[kind]):
            learn_from_nets(S, p, h, kind, tile, S[p.net_errors[kind] + tile])
    for tile in range(p.gate_tiles * p.out):
        row = p.weights[OUT] + (tile + 1) * p.fan_in[OUT] - p.peepholes
        for v in range(p.peepholes):
            state = S[p.new_states + v * p.gate_tiles + tile]
            change_weight(S, p, h, row + v, S[p.net_errors[OUT] + tile] * state)


@inner
def grow(S, p, h, learning):
    """Eqs 24-28: update the stored partials and, if `learning`, descend along them.

    Partials and weights change in one sweep, which reads each of them from memory only once.
    """
    for tile in range(p.gate_tiles):
        for kind in range(CELLS, FORGET + p.forget):
            if kind == CELLS or p.block_size == 1:
                for v in range(p.block_size):
                    grow_own(S, p, h, learning, kind, v * p.gate_tiles + tile, tile)
            else:
                grow_shared(S, p, h, learning, kind, tile)


@inner
def grow_own(S, p, h, learning, kind, tile, gate):
    """`grow` for a tile of units with one cell each: the cells, or gates of one cell."""
    z = rows_from(S, p.sources)
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
                change_weight(S, p, h, row + l, error * d)
        row += count
        trace += count
    if p.peepholes and kind != CELLS:
        d = carried(S[trace], kept, slope, S[p.states + tile])
        S[trace] = d
        if learning:
            change_weight(S, p, h, row, error * d)


@inner
def grow_shared(S, p, h, learning, kind, tile):
    """`grow` for a tile of gates with several cells each: gradients are sums over the cells."""
    z = rows_from(S, p.sources)
    kept, size, stride = S[p.gates[FORGET] + tile], p.block_size, p.gate_tiles
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
            change_weight(S, p, h, row + l, gradient)
        trace += size


@inner
def commit(S, p):
    """End the step: new states and activations become s(t-1) and y(m,t-1) of the next step.

    Activations are packed without padding, unit by unit, because the sources of a tile are read one
    number at a time.
    """
    for c in range(p.cell_tiles):
        S[p.states + c] = S[p.new_states + c]
    z = rows_from(S, p.activations)
    for i in range(1, 1 + p.inputs):
        set_lane(z, 0, i, get_lane(S, p.sources, i))
    for i in range(p.hidden_units):
        set_lane(z, 0, p.hidden_place + i, get_lane(S, p.hidden, i))
    width = p.gate_tiles * TILE
    for v in range(p.block_size):
        for j in range(p.blocks):
            y = get_lane(S, p.features, v * width + j)
            set_lane(z, 0, p.cell_place + j * p.block_size + v, y)
    for kind in range(IN, OUT + 1):
        if (kind != FORGET or p.forget) and (kind != OUT or p.out):
            for j in range(p.blocks):
                set_lane(z, 0, p.gate_places[kind] + j, get_lane(S, p.gates[kind], j))


@inner
def learn(S, p, h, Y, t, learning):
    """See `UnitKernel`."""
    if learning:
        find_errors(S, p, Y, t)
        learn_directly(S, p, h)
    grow(S, p, h, learning)
    commit(S, p)


KERNEL = UnitKernel(forward, answer, learn)
