"""The compiled functions of one large network of rotating cells, in tiles.

The equations are in `longlag.learners.rotating.learner`; S, p and h in `longlag.learners.tiles`.
"""

from longlag.compiled.compiling import inner
from longlag.contract import UnitKernel
from longlag.learners.lstm.cell import emit, logistic_error, state_error, store
from longlag.learners.rotating.cell import phase_slopes, turned
from longlag.learners.rotating.rotation import cosine_and_sine
from longlag.learners.rotating.units_plan import CELLS, FORGET, IN, OUT, PHASES
from longlag.learners.tiles.outputs import answer, feed_back, find_output_errors, learn_outputs
from longlag.learners.tiles.units import change_weight, learn_from_nets, net, show_inputs
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import get_lane, rows_from
from longlag.simd.vectors import fma


@inner
def forward(S, p, X, t):
    """One step with the inputs X[t]: gates, new states, features, and slopes of the traces."""
    show_inputs(S, p, X, t)
    n = p.pair_tiles
    for tile in range(n):
        for kind in range(IN, OUT + 1):
            S[p.gates[kind] + tile] = logistic(net(S, p, kind, tile)) * S[p.present + tile]
        y_in, y_forget = S[p.gates[IN] + tile], S[p.gates[FORGET] + tile]
        y_out = S[p.gates[OUT] + tile]
        cosine, sine = cosine_and_sine(S[p.weights[PHASES] + tile])
        S[p.kept + tile], S[p.kept + n + tile] = y_forget * cosine, y_forget * sine
        r = turned(S[p.states + tile], S[p.states + n + tile], cosine, sine)
        for part in range(2):
            c = part * n + tile
            f = logistic(net(S, p, CELLS, c))
            s, cell_slope, gate_slope, forget_slope = store(r[part], f, y_in, y_forget, 4.0, -2.0)
            h = tanh_half(s)
            S[p.new_states + c], S[p.squashed + c] = s, h
            S[p.features + c] = emit(h, y_out)
            S[p.slopes[CELLS] + c] = cell_slope
            S[p.slopes[IN] + c], S[p.slopes[FORGET] + c] = gate_slope, forget_slope
        re, im = phase_slopes(r[0], r[1], y_forget)
        rotating = S[p.rotating + tile]
        S[p.slopes[PHASES] + tile], S[p.slopes[PHASES] + n + tile] = re * rotating, im * rotating


@inner
def find_errors(S, p, Y, t):
    """Errors of outputs, states and output gates."""
    find_output_errors(S, p, Y, t)
    n = p.pair_tiles
    for tile in range(n):
        y_out = S[p.gates[OUT] + tile]
        re, im = feed_back(S, p, tile), feed_back(S, p, n + tile)
        h_re, h_im = S[p.squashed + tile], S[p.squashed + n + tile]
        S[p.gate_errors + tile] = logistic_error(fma(h_im, im, h_re * re), y_out)
        S[p.state_errors + tile] = state_error(re, h_re, y_out, False)
        S[p.state_errors + n + tile] = state_error(im, h_im, y_out, False)


@inner
def carry(S, p, h, learning, kind, tile, pair, slope_re, slope_im):
    """Turn, fade and grow the traces of the weights into a tile of units, and change the weights.

    The units belong to the pairs of states in the tile `pair`: one unit for each pair or each part.
    """
    z, n = rows_from(S, p.sources), p.pair_tiles
    keep_re, keep_im = S[p.kept + pair], S[p.kept + n + pair]
    e_re, e_im = S[p.state_errors + pair], S[p.state_errors + n + pair]
    row = p.weights[kind] + tile * p.fan_in[kind]
    trace = p.traces[kind] + tile * p.fan_in[kind] * 2
    for l in range(p.fan_in[kind]):
        y = get_lane(z, 0, p.first[kind, 0] + l)
        re, im = turned(S[trace], S[trace + 1], keep_re, keep_im)
        re, im = fma(slope_re, y, re), fma(slope_im, y, im)
        S[trace], S[trace + 1] = re, im
        if learning:
            change_weight(S, p, h, row + l, fma(e_im, im, e_re * re))
        trace += 2


@inner
def learn(S, p, h, Y, t, learning):
    """See `UnitKernel`."""
    n = p.pair_tiles
    if learning:
        find_errors(S, p, Y, t)
        learn_outputs(S, p, h)
        for tile in range(n):
            learn_from_nets(S, p, h, OUT, tile, S[p.gate_errors + tile])
    for tile in range(n):
        # net_re moves only the real part, and net_im only the imaginary part.
        re, im = S[p.slopes[CELLS] + tile], S[p.slopes[CELLS] + n + tile]
        carry(S, p, h, learning, CELLS, tile, tile, re, 0.0 * re)
        carry(S, p, h, learning, CELLS, n + tile, tile, 0.0 * im, im)
        for kind in (IN, FORGET, PHASES):
            re, im = S[p.slopes[kind] + tile], S[p.slopes[kind] + n + tile]
            carry(S, p, h, learning, kind, tile, tile, re, im)
        for part in range(2):
            c = part * n + tile
            S[p.states + c] = S[p.new_states + c]


KERNEL = UnitKernel(forward, answer, learn)
