"""The compiled functions of running means; see `longlag.learners.running_mean.learner`."""

from functools import lru_cache

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.descent import compile_descent, descend, weighted_sums
from longlag.learners.outputs import feed_back, output_errors, squash_outputs
from longlag.learners.running_mean.topology import MeanTopology
from longlag.learners.traces import carry_traces, descend_traces, fade_traces
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma, select

LEAK = 0.01  #: slope of the rectifier below 0


@inlined
def rectifier_slope(net):
    """f'(net); f(net) is the product of both."""
    return select(net > 0.0, 1.0, 0.0 * net + LEAK)  # a vector decides the precision


@inlined
def attention_to(net):
    """q = exp(tanh(net)), and dq / dnet."""
    e = tanh_half(2.0 * net)
    f = logistic(e)
    q = f / (1.0 - f)
    return q, q * fma(-e, e, 1.0)


@lru_cache(maxsize=64)
def compile_mean(topology: MeanTopology) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, features, hidden = topology.layout, topology.features, topology.hidden
    outputs, real_inputs, FIRST = topology.outputs, topology.real_inputs, topology.first_feature
    attention, traces = topology.attention, topology.traces
    feature_group, attention_group, hidden_group, output_group = topology.groups

    w_row, x_row, sum_row = (layout.start(name) for name in ("weights", "activations", "sums"))
    p_row, m_row = layout.start("feature_traces"), layout.start("attention_traces")
    end_of_traces = m_row + layout.size("attention_traces")
    symbol_row, net_row = layout.start("symbol"), layout.start("nets")
    slope_row, m_slope_row = layout.start("slopes"), layout.start("attention_slopes")
    c_row, a_row = layout.start("average"), layout.start("hidden")
    a_slope_row, a_error_row = layout.start("hidden_slopes"), layout.start("hidden_errors")
    out_row, out_slope_row = layout.start("outputs"), layout.start("output_slopes")
    e_row, G_row = layout.start("output_errors"), layout.start("sum_errors")
    feature_error_row = layout.start("feature_errors")
    v_row = w_row + (attention_group.row(FIRST) or 0)

    feature_net, attention_net = weighted_sums(feature_group), weighted_sums(attention_group)
    hidden_net, output_net = weighted_sums(hidden_group), weighted_sums(output_group)
    to_hidden, to_outputs = hidden_group.row(1) or 0, output_group.row(1) or 0
    reach_hidden, reach_sums = feed_back(outputs), feed_back(hidden)
    squash, find_output_errors = squash_outputs(outputs, layout), output_errors(outputs, layout)

    def carry(group, states):
        return carry_traces(group, states, fade_traces(group.fan_in, states, 0))

    carry_features = carry(feature_group, features * traces)
    carry_attention = carry(attention_group, 1 + features)
    descent = compile_descent(topology, layout)
    begin_descent, after_target = descent.begin, descent.after_target
    descend_features = descend_traces(feature_group, descent, features * traces)
    descend_attention = descend_traces(attention_group, descent, 1 + features)
    descend_hidden, descend_outputs = descend(hidden_group, descent), descend(output_group, descent)

    @inner
    def reset(S, mask):
        for i in range(sum_row, end_of_traces):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def attend(S):
        """Add the features to their sums, weighted by attention, and carry its traces."""
        x, net, total = rows_from(S, x_row), rows_from(S, net_row), rows_from(S, sum_row)
        slope, m_slope = rows_from(S, slope_row), rows_from(S, m_slope_row)
        attention_net(net, features, rows_from(S, w_row), x, S[symbol_row])
        q, q_slope = attention_to(net[features])
        total[0] = total[0] + q
        m_slope[0] = q_slope
        for i in range(features):
            h = x[FIRST + i]
            total[1 + i] = fma(q, h, total[1 + i])
            m_slope[1 + i] = q_slope * h
        for k in range(features):
            f_slope = rectifier_slope(net[k])
            slope[k * traces] = q * f_slope
            for i in range(1 + features):
                slope[k * traces + 1 + i] = f_slope * m_slope[i]
        carry_attention(rows_from(S, m_row), m_slope, x, S[symbol_row], m_slope, 0)

    @inner
    def add(S):
        """Add the features to their sums."""
        x, net, total = rows_from(S, x_row), rows_from(S, net_row), rows_from(S, sum_row)
        slope = rows_from(S, slope_row)
        total[0] = total[0] + 1.0
        for i in range(features):
            total[1 + i] = total[1 + i] + x[FIRST + i]
            slope[i] = rectifier_slope(net[i])

    @inner
    def step(S, X, at):
        x, net, symbol = rows_from(S, x_row), rows_from(S, net_row), X[at]
        S[symbol_row] = symbol
        for i in range(real_inputs):
            x[1 + i] = X[at + i]
        feature_net(net, 0, rows_from(S, w_row), x, symbol)
        for i in range(features):
            x[FIRST + i] = net[i] * rectifier_slope(net[i])
        if attention:
            attend(S)
        else:
            add(S)
        slope = rows_from(S, slope_row)
        carry_features(rows_from(S, p_row), slope, x, symbol, slope, 0)

    @inner
    def answer(S):
        w, symbol, total = rows_from(S, w_row), S[symbol_row], rows_from(S, sum_row)
        c, a, a_slope = rows_from(S, c_row), rows_from(S, a_row), rows_from(S, a_slope_row)
        out = rows_from(S, out_row)
        c[0] = a[0] = S[x_row]  # the bias unit
        for i in range(1, 1 + features):
            c[i] = total[i] / total[0]
        hidden_net(a, 1, w, c, symbol)
        for l in range(hidden):
            a_slope[l] = rectifier_slope(a[1 + l])
            a[1 + l] = a[1 + l] * a_slope[l]
        output_net(out, 0, w, a, symbol)
        squash(S, out, rows_from(S, out_slope_row))

    @inner
    def find_errors(S, Y, at, mask):
        """Errors of the outputs, of the hidden units, and G; 0 outside the mask."""
        w, e, c = rows_from(S, w_row), rows_from(S, e_row), rows_from(S, c_row)
        a_error, a_slope = rows_from(S, a_error_row), rows_from(S, a_slope_row)
        G, steps = rows_from(S, G_row), S[sum_row]
        find_output_errors(S, Y, at, mask)
        reach_hidden(a_error, hidden, w, to_outputs, e)
        for l in range(hidden):
            a_error[l] = a_slope[l] * a_error[l]
        reach_sums(rows_from(G, 1), features, w, to_hidden, a_error)
        of_all = steps * 0.0
        for i in range(1, 1 + features):
            G[i] = G[i] / steps
            of_all = fma(-G[i], c[i], of_all)
        G[0] = of_all

    @inner
    def learn(S, Y, at, mask):
        v, symbol = rows_from(S, v_row), S[symbol_row]
        G, error = rows_from(S, G_row), rows_from(S, feature_error_row)
        find_errors(S, Y, at, mask)
        for k in range(features):
            error[k * traces] = G[1 + k]
            for i in range(traces - 1):
                error[k * traces + 1 + i] = v[k] * G[i]
        begin_descent(S, mask)
        descend_outputs(S, rows_from(S, a_row), symbol, rows_from(S, e_row), mask)
        descend_hidden(S, rows_from(S, c_row), symbol, rows_from(S, a_error_row), mask)
        descend_features(S, rows_from(S, p_row), error, mask)
        if attention:
            descend_attention(S, rows_from(S, m_row), G, mask)
        after_target(S, mask)

    return LaneKernel(reset, step, answer, learn, descent.after_sequence)
