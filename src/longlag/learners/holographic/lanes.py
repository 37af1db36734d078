"""The compiled functions of holographic nets; see `longlag.learners.holographic.learner`."""

from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.descent import compile_descent, descend, weighted_sums
from longlag.learners.holographic.topology import HolographicTopology
from longlag.learners.outputs import feed_back, output_errors, softmax_outputs, squash_outputs
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma, select


@lru_cache(maxsize=64)
def compile_holographic(topology: HolographicTopology) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, units, outputs = topology.layout, topology.units, topology.outputs
    real_inputs, gain, shares = topology.real_inputs, topology.gain, topology.shares
    is_softmax = topology.softmax
    w_row, key_row, first_row = (layout.start(name) for name in ("weights", "key", "first"))
    symbol_row, shown_row, basis_row = (layout.start(n) for n in ("symbol", "shown", "basis"))
    power_row, turned_row, h_row = (layout.start(n) for n in ("power", "turned", "activations"))
    code_row, read_row, net_row = (layout.start(name) for name in ("codes", "read", "nets"))
    out_row, slope_row = layout.start("outputs"), layout.start("output_slopes")
    e_row, E_row = layout.start("output_errors"), layout.start("unit_errors")
    code_error_row, to_outputs = layout.start("code_errors"), topology.output_group.row(1) or 0

    code_net, output_net = weighted_sums(topology.codes), weighted_sums(topology.output_group)
    reach, find_output_errors = feed_back(outputs), output_errors(outputs, layout)
    squash, softmax = squash_outputs(outputs, layout), softmax_outputs(outputs)
    descent = compile_descent(topology, layout)
    begin_descent, so_far, settle = descent.begin, descent.so_far, descent.settle
    after_target = descent.after_target
    descend_codes = descend(topology.codes, descent)
    descend_outputs = descend(topology.output_group, descent)

    @inner
    def convolve(out, a, b):
        for j in range(units):
            total = 0.0 * a[0]
            for m in range(units):
                total = fma(a[m], b[(j - m) % units], total)
            out[j] = total

    @inner
    def reset(S, mask):
        S[first_row] = select(mask, 1.0, S[first_row])

    @inner
    def step(S, X, at):
        first = S[first_row] > 0.5
        shown, power, turned = (
            rows_from(S, shown_row),
            rows_from(S, power_row),
            rows_from(S, turned_row),
        )
        S[symbol_row] = select(first, X[at], S[symbol_row])
        for i in range(real_inputs):
            shown[i] = select(first, X[at + i], shown[i])
        convolve(turned, rows_from(S, key_row), power)
        for j in range(units):
            power[j] = select(first, 1.0 if j == 0 else 0.0, turned[j])
        codes = rows_from(S, code_row)
        code_net(codes, 0, rows_from(S, w_row), shown, S[symbol_row])
        convolve(rows_from(S, h_row), power, codes)
        S[first_row] = 0.0 * S[first_row]

    @inner
    def answer(S):
        w, h, read = rows_from(S, w_row), rows_from(S, h_row), rows_from(S, read_row)
        net, out, slope = rows_from(S, net_row), rows_from(S, out_row), rows_from(S, slope_row)
        read[0] = 1.0
        for j in range(units):
            read[1 + j] = h[j]
        output_net(net, 0, w, read, net[0])
        for k in range(outputs):
            out[k] = w[gain] * net[k]
        if is_softmax:
            for k in range(outputs):
                slope[k] = 1.0  # the cross-entropy has cancelled the slopes
            softmax(out, outputs * slope[0])
        else:
            squash(S, out, slope)

    @inner
    def find_errors(S, Y, at, mask):
        """Errors of the codes, and of the outputs' sums before the gain; returns that of the gain.

        Both are 0 outside the mask.
        """
        w, e, net = rows_from(S, w_row), rows_from(S, e_row), rows_from(S, net_row)
        E, power, code = rows_from(S, E_row), rows_from(S, power_row), rows_from(S, code_error_row)
        find_output_errors(S, Y, at, mask)
        of_gain = 0.0 * e[0]
        for k in range(outputs):
            of_gain = fma(e[k], net[k], of_gain)
            e[k] = w[gain] * e[k]
        reach(E, units, w, to_outputs, e)
        for m in range(units):
            total = 0.0 * of_gain
            for j in range(units):
                total = fma(E[j], power[(j - m) % units], total)
            code[m] = total
        if shares:
            shared = S[symbol_row] < S[basis_row]
            of_gain = select(shared, of_gain, 0.0)
            for k in range(outputs):
                e[k] = select(shared, e[k], 0.0)
        return of_gain

    @inner
    def learn(S, Y, at, mask):
        of_gain, symbol = find_errors(S, Y, at, mask), S[symbol_row]
        begin_descent(S, mask)
        settle(S, gain, so_far(S, gain) + of_gain, mask)
        descend_outputs(S, rows_from(S, read_row), symbol, rows_from(S, e_row), mask)
        descend_codes(S, rows_from(S, shown_row), symbol, rows_from(S, code_error_row), mask)
        after_target(S, mask)

    return LaneKernel(reset, step, answer, learn, descent.after_sequence)
