"""Units in tiles: inputs, nets, and weights that learn from the errors of nets."""

from longlag.compiled.compiling import inlined, inner
from longlag.rules.rows import descend
from longlag.simd.banks import get_lane, rows_from, set_lane
from longlag.simd.tiles import weighted_sum, zeros


@inner
def show_inputs(S, p, X, t):
    """Copy the inputs of a step into the sources, after the bias."""
    z = rows_from(S, p.sources)
    for i in range(p.inputs):
        set_lane(z, 0, 1 + i, X[t, i])


@inner
def net(S, p, kind, tile):
    """Sum over the sources m of w(l,m) y(m), for a tile of units l of a kind."""
    z, total = rows_from(S, p.sources), zeros(S)
    row = p.weights[kind] + tile * p.fan_in[kind]
    for run in range(2):
        total = total + weighted_sum(S, row, z, p.first[kind, run], p.count[kind, run])
        row += p.count[kind, run]
    return total


@inlined
def change_weight(S, p, h, row, gradient):
    """Change a tile of weights by the update rule."""
    descend(h, S, rows_from(S, p.apart), row, p.apart, gradient, True)


@inner
def learn_from_nets(S, p, h, kind, tile, error):
    """Change the weights into a tile of units along (error of the net) * source."""
    z, row = rows_from(S, p.sources), p.weights[kind] + tile * p.fan_in[kind]
    for run in range(2):
        start, count = p.first[kind, run], p.count[kind, run]
        for l in range(count):
            change_weight(S, p, h, row + l, error * get_lane(z, 0, start + l))
        row += count
