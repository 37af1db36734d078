"""What units see and keep, compiled: taps, a gamma memory, products, and time scales."""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.unfolded.topology import UnfoldedTopology
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma, select, sqrt


def compile_inputs(topology: UnfoldedTopology) -> Callable:
    """show(S, X, at): fill the bias unit and the inputs of a step."""
    z_row, inputs, symbols = topology.layout.start("sources"), topology.inputs, topology.symbols

    @inner
    def show(S, X, at):
        z = rows_from(S, z_row)
        z[0] = 1.0
        for i in range(inputs):
            if symbols:
                z[1 + i] = select(X[at] == i, 1.0, 0.0 * X[at])
            else:
                z[1 + i] = X[at + i]

    return show


def compile_sources(topology: UnfoldedTopology) -> tuple[Callable, Callable]:
    """look(S, X, at): fill the sources of a step; delay(S): keep what later steps see of them."""
    layout, inputs = topology.layout, topology.inputs
    older = (topology.input_taps - 1) * inputs
    fed_back, FED_BACK = topology.fed_back, topology.first_fed_back
    all_fed_back = topology.taps * fed_back
    nearest = fed_back if topology.taps else 0
    z_row, delayed_row = layout.start("sources"), layout.start("delayed")
    r_row = layout.start("activations" if topology.feeds_back == "units" else "outputs")

    show = compile_inputs(topology)

    @inner
    def look(S, X, at):
        z, delayed = rows_from(S, z_row), rows_from(S, delayed_row)
        show(S, X, at)
        for i in range(older + all_fed_back):
            z[1 + inputs + i] = delayed[i]

    @inner
    def delay(S):
        z, r = rows_from(S, z_row), rows_from(S, r_row)
        delayed, before = rows_from(S, delayed_row), rows_from(S, delayed_row + older)
        for i in range(older):
            delayed[i] = z[1 + i]
        for i in range(fed_back, all_fed_back):
            before[i] = z[FED_BACK + i - fed_back]
        for i in range(nearest):
            before[i] = r[i]

    return look, delay


def compile_stages(topology: UnfoldedTopology) -> tuple[Callable, Callable]:
    """As `compile_sources`, for a gamma memory; the slopes of its stages by mu are carried on."""
    layout, inputs, stages = topology.layout, topology.inputs, topology.stages
    z_row, g_row, trace_row = (layout.start(name) for name in ("sources", "delayed", "traces"))
    slope_row, mu_row = layout.start("stage_slopes"), topology.mu_row
    show = compile_inputs(topology)

    @inner
    def look(S, X, at):
        z, g, mu = rows_from(S, z_row), rows_from(S, g_row), S[mu_row]
        trace, slope = rows_from(S, trace_row), rows_from(S, slope_row)
        show(S, X, at)
        for i in range(stages):
            change = g[i] - g[inputs + i]  # from the stage before
            z[1 + inputs + i] = fma(mu, change, g[inputs + i])
            slope[i] = fma(-mu, trace[i], trace[i]) + change
            if i >= inputs:  # mu does not change the inputs
                slope[i] = fma(mu, trace[i - inputs], slope[i])

    @inner
    def delay(S):
        z, g = rows_from(S, z_row), rows_from(S, g_row)
        trace, slope = rows_from(S, trace_row), rows_from(S, slope_row)
        for i in range(inputs + stages):
            g[i] = z[1 + i]
        for i in range(stages):
            trace[i] = slope[i]

    return look, delay


def compile_products(topology: UnfoldedTopology) -> tuple[Callable, Callable]:
    """multiply(S): fill the products; send(E, z, w, d): propagate the errors d back to r, in E."""
    layout, units, FED_BACK = topology.layout, topology.units, topology.first_fed_back
    pairs = len(topology.pairs)
    left, right = tuple(m for m, _ in topology.pairs), tuple(n for _, n in topology.pairs)
    z_row, product_row = layout.start("sources"), layout.start("products")

    @inner
    def multiply(S):
        z, product = rows_from(S, z_row), rows_from(S, product_row)
        for p in range(pairs):
            product[p] = z[left[p]] * z[right[p]]

    @inner
    def send(E, z, w, d):
        for p in range(pairs):
            m, n = left[p], right[p]
            total = 0.0 * z[0]
            for i in range(units):
                total = fma(w[p * units + i], d[i], total)
            if m >= FED_BACK:
                E[m - FED_BACK] = fma(z[n], total, E[m - FED_BACK])
            if n >= FED_BACK:
                E[n - FED_BACK] = fma(z[m], total, E[n - FED_BACK])

    return multiply, send


def compile_keeping(topology: UnfoldedTopology) -> Callable:
    """move(S, u): h and its slopes, from the squashed nets u in the place of h(t)."""
    layout, units = topology.layout, topology.units
    h_row, slope_row = layout.start("activations"), layout.start("slopes")
    scale_row, phase_row = layout.start("time_scales"), layout.start("phases")
    share_row = layout.start("kept_shares")
    x_row, last_row, inputs = (
        layout.start("sources") + 1,
        layout.start("last_inputs"),
        topology.inputs,
    )

    @inner
    def replace(S, u):
        h = rows_from(S, h_row)
        for i in range(units):
            h[i] = u[i]

    @inner
    def leak(S, u):
        h, slope, k = rows_from(S, h_row), rows_from(S, slope_row), rows_from(S, scale_row)
        for i in range(units):
            h[i] = fma(k[i], h[i] - u[i], u[i])
            slope[i] = (1.0 - k[i]) * slope[i]

    @inner
    def tick(S, u):
        h, slope, period = rows_from(S, h_row), rows_from(S, slope_row), rows_from(S, scale_row)
        phase, share = rows_from(S, phase_row), rows_from(S, share_row)
        for i in range(units):
            now = phase[i] + 1.0
            on = now >= period[i]
            phase[i] = select(on, 0.0, now)
            h[i] = select(on, u[i], h[i])
            slope[i] = select(on, slope[i], 0.0)
            share[i] = select(on, 0.0, 0.0 * now + 1.0)

    @inner
    def add(S, u):
        h, slope = rows_from(S, h_row), rows_from(S, slope_row)
        x, last = rows_from(S, x_row), rows_from(S, last_row)
        square = 0.0 * u[0]
        for i in range(inputs):
            change = x[i] - last[i]
            square = fma(change, change, square)
            last[i] = x[i]
        distance = sqrt(square)
        for i in range(units):
            h[i] = fma(distance, u[i], h[i])
            slope[i] = distance * slope[i]

    moves = {"nothing": replace, "constant": leak, "by clock": tick, "all": add}
    return moves[topology.keeping]
