"""The compiled functions of nets with local feedback; see the module `learner`."""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.descent import compile_descent, weighted_sums
from longlag.learners.local_feedback.topology import Layer, LocalTopology
from longlag.learners.outputs import squash_outputs
from longlag.simd.activations import tanh_half
from longlag.simd.banks import over_rows, rows_from
from longlag.simd.denormals import flushed
from longlag.simd.vectors import fma, select

tanh_half_rows = over_rows(tanh_half)


@inner
def _nothing(S):
    pass


@inner
def _shift(rows, count, by):
    """Move the rows on by some places, the last ones out."""
    for i in range(count - 1, by - 1, -1):
        rows[i] = rows[i - by]


def net_inputs(layer: Layer, w_row: int, seen_row: int, own_row: int) -> Callable:
    """net(S, out, first): the net inputs of a layer."""
    from_seen = weighted_sums(layer.group)
    units, own, first_own = layer.units, layer.own, layer.first_own

    @inner
    def net(S, out, first):
        w, past = rows_from(S, w_row), rows_from(S, own_row)
        from_seen(out, first, w, rows_from(S, seen_row), w[0])
        for i in range(own * units):
            out[first + i % units] = fma(w[first_own + i], past[i], out[first + i % units])

    return net


def each_weight(layer: Layer, seen_row: int, own_row: int, carry: Callable) -> Callable:
    """carry_layer(S): carry(S, weight, unit, source) for every weight of a layer."""
    units, seen, own = layer.units, 1 + layer.seen * layer.sources, layer.own

    @inner
    def carry_layer(S):
        z, past = rows_from(S, seen_row), rows_from(S, own_row)
        for j in range(seen):
            for i in range(units):
                carry(S, j * units + i, i, z[j])
        for n in range(own):
            for i in range(units):
                carry(S, (seen + n) * units + i, i, past[n * units + i])

    return carry_layer


def compile_traces(topology: LocalTopology) -> Callable:
    """carry_all(S): the derivatives of units by weights, of this step."""
    layout, hidden, output = topology.layout, topology.hidden, topology.output
    units, outputs, weights = hidden.units, output.units, hidden.rows
    w_row, slope_row = layout.start("weights"), layout.start("slopes")
    out_slope_row, p_row = layout.start("output_slopes"), layout.start("traces")
    q_row, own_row = layout.start("output_traces"), layout.start("own_traces")
    traced, apart, own_weights = topology.traced, outputs * weights, output.rows
    traced_outputs = topology.traced_outputs
    hidden_own, output_own = hidden.own, output.own
    first_hidden_own, first_output_own = hidden.first_own, output.first_own
    seen, first_seen = output.seen, output.start + outputs  # after the biases

    @inner
    def carry_hidden(S, weight, i, z):
        w, p = rows_from(S, w_row), rows_from(S, p_row + weight)
        total = z
        for m in range(hidden_own):
            total = fma(w[first_hidden_own + m * units + i], p[m * weights], total)
        for m in range(traced - 1, 0, -1):
            p[m * weights] = p[(m - 1) * weights]
        p[0] = flushed(S[slope_row + i] * total)
        for k in range(outputs):
            q = rows_from(S, q_row + k * weights + weight)
            through = 0.0 * z
            for n in range(seen):
                at = first_seen + (n * units + i) * outputs + k
                through = fma(w[at], p[n * weights], through)
            for m in range(output_own):
                at = first_output_own + m * outputs + k
                through = fma(w[at], q[m * apart], through)
            for m in range(traced_outputs - 1, 0, -1):
                q[m * apart] = q[(m - 1) * apart]
            q[0] = flushed(S[out_slope_row + k] * through)

    @inner
    def carry_output(S, weight, k, z):
        w, q = rows_from(S, w_row), rows_from(S, own_row + weight)
        total = z
        for m in range(output_own):
            at = first_output_own + m * outputs + k
            total = fma(w[at], q[m * own_weights], total)
        for m in range(traced_outputs - 1, 0, -1):
            q[m * own_weights] = q[(m - 1) * own_weights]
        q[0] = flushed(S[out_slope_row + k] * total)

    rows = layout.start
    hidden_rows, output_rows = (
        (rows(f"{name}_seen"), rows(f"{name}_own")) for name in ("hidden", "output")
    )
    carry_hidden_weights = each_weight(hidden, *hidden_rows, carry_hidden)
    carry_output_weights = each_weight(output, *output_rows, carry_output)

    @inner
    def carry_all(S):
        carry_hidden_weights(S)
        carry_output_weights(S)

    return carry_all


@lru_cache(maxsize=64)
def compile_local_feedback(topology: LocalTopology) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, hidden, output = topology.layout, topology.hidden, topology.output
    inputs, units, outputs = topology.inputs, hidden.units, output.units
    weights, own_weights, symbols = hidden.rows, output.rows, topology.symbols
    w_row, h_row, out_row = (layout.start(n) for n in ("weights", "activations", "outputs"))
    slope_row, out_slope_row = layout.start("slopes"), layout.start("output_slopes")
    seen_row, out_seen_row = layout.start("hidden_seen"), layout.start("output_seen")
    hidden_own_row, out_own_row = layout.start("hidden_own"), layout.start("output_own")
    q_row, own_row = layout.start("output_traces"), layout.start("own_traces")
    seen, out_seen = hidden.seen * inputs, output.seen * units
    own, out_own = hidden.own * units, output.own * outputs
    nearest, out_nearest = min(own, units), min(out_own, outputs)
    net = net_inputs(hidden, w_row, seen_row, hidden_own_row)
    output_net = net_inputs(output, w_row, out_seen_row, out_own_row)
    squash, carry_all = squash_outputs(outputs, layout), compile_traces(topology)
    descent = compile_descent(topology, layout)
    begin, so_far, settle = descent.begin, descent.so_far, descent.settle
    after_target = descent.after_target

    @inner
    def reset(S, mask):
        for i in range(seen_row, out_row + outputs):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def step(S, X, at):
        h, out = rows_from(S, h_row), rows_from(S, out_row)
        past, out_past = rows_from(S, hidden_own_row), rows_from(S, out_own_row)
        z, out_z = rows_from(S, seen_row), rows_from(S, out_seen_row)
        slope = rows_from(S, slope_row)
        z[0] = out_z[0] = 0.0 * X[at] + 1.0
        _shift(rows_from(z, 1), seen, inputs)
        for i in range(inputs):
            z[1 + i] = select(X[at] == i, 1.0, 0.0 * X[at]) if symbols else X[at + i]
        _shift(past, own, units)
        for i in range(nearest):
            past[i] = h[i]
        _shift(out_past, out_own, outputs)
        for k in range(out_nearest):
            out_past[k] = out[k]
        net(S, h, 0)
        for i in range(units):
            h[i] = h[i] * 2.0
        tanh_half_rows(h, 0, units)
        _shift(rows_from(out_z, 1), out_seen, units)
        for i in range(units):
            slope[i] = fma(-h[i], h[i], 1.0)
            out_z[1 + i] = h[i]
        output_net(S, out, 0)
        squash(S, out, rows_from(S, out_slope_row))
        carry_all(S)

    @inner
    def learn(S, Y, at, mask):
        out = rows_from(S, out_row)
        begin(S, mask)
        for row in range(weights):
            total = so_far(S, row)
            for k in range(outputs):
                e = select(mask, Y[at + k] - out[k], 0.0)
                total = fma(e, S[q_row + k * weights + row], total)
            settle(S, row, total, mask)
        for row in range(own_weights):
            e = select(mask, Y[at + row % outputs] - out[row % outputs], 0.0)
            gradient = fma(e, S[own_row + row], so_far(S, weights + row))
            settle(S, weights + row, gradient, mask)
        after_target(S, mask)

    return LaneKernel(reset, step, _nothing, learn, descent.after_sequence)
