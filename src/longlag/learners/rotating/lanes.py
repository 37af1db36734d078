"""The compiled functions of rotating cells in lanes; see `longlag.learners.rotating.learner`."""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.descent import compile_descent, descend, weighted_sums
from longlag.learners.lstm.cell import emit, logistic_error, state_error, store
from longlag.learners.outputs import feed_back, output_errors, squash_outputs
from longlag.learners.rotating.cell import phase_slopes, turned
from longlag.learners.rotating.rotation import cosine_and_sine
from longlag.learners.rotating.topology import RotatingTopology
from longlag.learners.traces import carry_traces, descend_traces
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import over_rows, rows_from
from longlag.simd.denormals import flushed
from longlag.simd.vectors import fma, select

logistic_rows = over_rows(logistic)
tanh_half_rows = over_rows(tanh_half)


def turn_traces(sources: int, states: int, cells: int) -> Callable:
    """turn(d, keep): turn and fade the traces of each cell like its state, in the end to 0.

    A trace has two numbers, like the state. A cell may have several traces.
    """
    per_cell = states // max(cells, 1)

    @inner
    def turn(d, keep):
        for l in range(sources):
            T = rows_from(d, l * states)
            for i in range(0, states, 2):
                j = i // per_cell * 2
                re, im = turned(T[i], T[i + 1], keep[j], keep[j + 1])
                T[i], T[i + 1] = flushed(re), flushed(im)

    return turn


@lru_cache(maxsize=64)
def compile_rotating(topology: RotatingTopology) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, pairs, states = topology.layout, topology.pairs, topology.states
    cells, outputs, fixed = topology.cells, topology.outputs, topology.fixed
    real_inputs, FEATURES = topology.real_inputs, topology.places["cells"].start
    cell, input_gate, forget_gate, output_gate, phase, output = topology.groups
    IN, FORGET, OUT = 0, pairs, 2 * pairs  # among the gates
    OF_CELLS, OF_IN, OF_FORGET, OF_PHASES = 0, 2 * states, 3 * states, 4 * states  # among slopes

    w_row, y_row = layout.start("weights"), layout.start("activations")
    s_row, r_row = layout.start("states"), layout.start("turned_states")
    h_row = layout.start("squashed_states")
    t_cell_row, t_in_row = layout.start("cell_traces"), layout.start("gate_traces")
    t_forget_row, t_phase_row = layout.start("forget_traces"), layout.start("phase_traces")
    f_row, gate_row, m_row = (layout.start(name) for name in ("cell_inputs", "gates", "slopes"))
    keep_row, symbol_row = layout.start("kept"), layout.start("symbol")
    out_row, out_slope_row = layout.start("outputs"), layout.start("output_slopes")
    e_row, e_out_row = layout.start("output_errors"), layout.start("output_gate_errors")
    e_s_row, twice_row = layout.start("state_errors"), layout.start("state_errors_twice")
    phase_row, to_outputs = w_row + phase.start, output.row(FEATURES) or 0

    cell_net, in_net, forget_net, out_net, _, output_net = map(weighted_sums, topology.groups)
    carry_cells, carry_in, carry_forget, carry_phases = (
        carry_traces(group, numbers, turn_traces(group.fan_in, numbers, many))
        for group, numbers, many in (
            (cell, 2 * states, pairs),
            (input_gate, states, pairs),
            (forget_gate, states, pairs),
            (phase, 2 * cells, cells),
        )
    )
    descent = compile_descent(topology, layout)
    begin_descent, after_target = descent.begin, descent.after_target
    descend_cells = descend_traces(cell, descent, 2 * states)
    descend_in = descend_traces(input_gate, descent, states)
    descend_forget = descend_traces(forget_gate, descent, states)
    descend_phases = descend_traces(phase, descent, 2 * cells)
    descend_out, descend_outputs = descend(output_gate, descent), descend(output, descent)
    squash, find_output_errors = squash_outputs(outputs, layout), output_errors(outputs, layout)
    reach = feed_back(outputs)

    @inner
    def reset(S, mask):
        for i in range(t_cell_row, s_row + states):  # traces and states
            S[i] = select(mask, 0.0, S[i])
        for i in range(y_row + FEATURES, y_row + FEATURES + states):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def turn_states(S):
        """exp(j theta) s(t-1), and A = y(phi) exp(j theta)."""
        s, r, keep = rows_from(S, s_row), rows_from(S, r_row), rows_from(S, keep_row)
        theta, y_forget = rows_from(S, phase_row), rows_from(S, gate_row + FORGET)
        for j in range(cells):
            cosine, sine = cosine_and_sine(theta[j])
            r[2 * j], r[2 * j + 1] = turned(s[2 * j], s[2 * j + 1], cosine, sine)
            keep[2 * j], keep[2 * j + 1] = y_forget[j] * cosine, y_forget[j] * sine
        for j in range(cells, pairs):
            r[2 * j], r[2 * j + 1] = s[2 * j], s[2 * j + 1]
            keep[2 * j], keep[2 * j + 1] = y_forget[j], 0.0

    @inner
    def store_all(S):
        """New states, and their slopes in all nets and phases."""
        s, r = rows_from(S, s_row), rows_from(S, r_row)
        f, m, y = rows_from(S, f_row), rows_from(S, m_row), rows_from(S, gate_row)
        for c in range(states):
            j, other = c // 2, c ^ 1
            new, cell_slope, gate_slope, forget_slope = store(
                r[c], f[c], y[IN + j], y[FORGET + j], 4.0, -2.0
            )
            s[c] = new
            # net_re moves only the real part, and net_im only the imaginary part.
            m[OF_CELLS + 2 * c + c % 2] = cell_slope
            m[OF_CELLS + 2 * c + other % 2] = 0.0
            m[OF_IN + c], m[OF_FORGET + c] = gate_slope, forget_slope
        for j in range(cells):
            re, im = phase_slopes(r[2 * j], r[2 * j + 1], y[FORGET + j])
            m[OF_PHASES + 2 * j], m[OF_PHASES + 2 * j + 1] = re, im

    @inner
    def step(S, X, at):
        w, x, symbol = rows_from(S, w_row), rows_from(S, y_row), X[at]
        f, y = rows_from(S, f_row), rows_from(S, gate_row)
        S[symbol_row] = symbol
        for i in range(real_inputs):
            x[1 + i] = X[at + i]
        cell_net(f, 0, w, x, symbol)
        in_net(y, IN, w, x, symbol)
        forget_net(y, FORGET, w, x, symbol)
        out_net(y, OUT, w, x, symbol)
        logistic_rows(f, 0, states)
        logistic_rows(y, 0, 3 * pairs)

        turn_states(S)
        store_all(S)
        keep, m = rows_from(S, keep_row), rows_from(S, m_row)
        carry_cells(rows_from(S, t_cell_row), keep, x, symbol, m, OF_CELLS)
        carry_in(rows_from(S, t_in_row), keep, x, symbol, m, OF_IN)
        carry_forget(rows_from(S, t_forget_row), keep, x, symbol, m, OF_FORGET)
        if not fixed:
            carry_phases(rows_from(S, t_phase_row), keep, x, symbol, m, OF_PHASES)

        s, h = rows_from(S, s_row), rows_from(S, h_row)
        for c in range(states):
            h[c] = s[c]
        tanh_half_rows(h, 0, states)
        for c in range(states):
            x[FEATURES + c] = emit(h[c], y[OUT + c // 2])

    @inner
    def answer(S):
        out = rows_from(S, out_row)
        output_net(out, 0, rows_from(S, w_row), rows_from(S, y_row), S[symbol_row])
        squash(S, out, rows_from(S, out_slope_row))

    @inner
    def find_errors(S, Y, at, mask):
        """Errors of outputs, output gates and states; 0 outside the mask."""
        find_output_errors(S, Y, at, mask)
        h, y = rows_from(S, h_row), rows_from(S, gate_row)
        e, e_out = rows_from(S, e_s_row), rows_from(S, e_out_row)
        twice = rows_from(S, twice_row)
        reach(e, states, rows_from(S, w_row), to_outputs, rows_from(S, e_row))
        for j in range(pairs):
            back = fma(h[2 * j + 1], e[2 * j + 1], h[2 * j] * e[2 * j])
            e_out[j] = logistic_error(back, y[OUT + j])
        for c in range(states):
            e[c] = state_error(e[c], h[c], y[OUT + c // 2], False)
        for c in range(2 * states):
            twice[c] = e[c // 4 * 2 + c % 2]

    @inner
    def learn(S, Y, at, mask):
        x, symbol, e = rows_from(S, y_row), S[symbol_row], rows_from(S, e_s_row)
        find_errors(S, Y, at, mask)
        begin_descent(S, mask)
        descend_outputs(S, x, symbol, rows_from(S, e_row), mask)
        descend_out(S, x, symbol, rows_from(S, e_out_row), mask)
        descend_cells(S, rows_from(S, t_cell_row), rows_from(S, twice_row), mask)
        descend_in(S, rows_from(S, t_in_row), e, mask)
        descend_forget(S, rows_from(S, t_forget_row), e, mask)
        if not fixed:
            descend_phases(S, rows_from(S, t_phase_row), e, mask)
        after_target(S, mask)

    return LaneKernel(reset, step, answer, learn, descent.after_sequence)
