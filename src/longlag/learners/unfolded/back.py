"""A pass back through an unfolded net, compiled; see `longlag.learners.unfolded.learner`."""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.descent import send_errors_back, sum_gradients
from longlag.learners.unfolded.states import compile_products
from longlag.learners.unfolded.topology import UnfoldedTopology
from longlag.simd.banks import rows_from
from longlag.simd.denormals import flushed
from longlag.simd.vectors import fma, select


def compile_back(topology: UnfoldedTopology) -> tuple[Callable, Callable]:
    """begin(S): begin a pass; back(S, fresh, mask): go one step back, see `Passes`."""
    layout, units, outputs = topology.layout, topology.units, topology.outputs
    output_units, readout, multiplies = (
        topology.output_units,
        topology.readout,
        bool(topology.pairs),
    )
    keeps, by_clock = topology.keeping != "nothing", topology.keeping == "by clock"
    fed_back, all_fed_back = topology.fed_back, topology.taps * topology.fed_back
    farthest = max(all_fed_back - fed_back, 0)
    of_units = topology.feeds_back == "units" and topology.taps > 0
    of_outputs = topology.feeds_back == "outputs" and topology.taps > 0
    w_row, z_row, read_row = (layout.start(n) for n in ("weights", "sources", "read"))
    fed_row = layout.start("products" if multiplies else "sources")
    slope_row, out_slope_row = layout.start("slopes"), layout.start("output_slopes")
    k_row = layout.start("kept_shares" if by_clock else "time_scales")
    error_row, e_row = layout.start("target_errors"), layout.start("output_errors")
    E_row, d_row, later_row = (
        layout.start(name) for name in ("unit_errors", "deltas", "fed_back_errors")
    )
    multiply, send_products = compile_products(topology)
    send = send_errors_back(topology.recurrent, topology.first_fed_back)
    send_to_units = send_errors_back(topology.output_group, 1)
    add_gradients = sum_gradients(topology.learned, layout)
    add_output_gradients = sum_gradients(topology.output_group, layout)

    learns_mu = topology.gamma and not topology.fixed_mu
    stages, after_inputs = topology.stages, 1 + topology.inputs
    stage_slope_row, G_row = layout.start("stage_slopes"), layout.start("stage_errors")
    mu_row = layout.start("gradient") + topology.mu_row
    send_to_stages = send_errors_back(topology.recurrent, after_inputs)

    @inner
    def add_gradient_of_mu(S, w, d):
        G, slope = rows_from(S, G_row), rows_from(S, stage_slope_row)
        for i in range(stages):
            G[i] = 0.0
        send_to_stages(G, w, d)
        for i in range(stages):
            S[mu_row] = fma(G[i], slope[i], S[mu_row])

    @inner
    def begin(S):
        E, later = rows_from(S, E_row), rows_from(S, later_row)
        S[z_row] = S[read_row] = 1.0
        for i in range(units):
            E[i] = 0.0
        for i in range(all_fed_back):
            later[i] = 0.0

    @inner
    def find_output_errors(S, fresh, mask):
        """Add what the outputs of this step send to the units."""
        E, e, later = rows_from(S, E_row), rows_from(S, e_row), rows_from(S, later_row)
        error, slope = rows_from(S, error_row), rows_from(S, out_slope_row)
        for k in range(output_units):
            e[k] = select(fresh, error[k], 0.0) if k < outputs else 0.0 * error[0]
            if of_outputs:
                e[k] = e[k] + later[k]
            if readout:
                e[k] = select(mask, flushed(slope[k] * e[k]), 0.0)
            else:
                E[k] = E[k] + e[k]
        if readout:
            add_output_gradients(S, rows_from(S, read_row), e[0], e)
            send_to_units(E, rows_from(S, w_row), e)

    @inner
    def back(S, fresh, mask):
        w, z, d = rows_from(S, w_row), rows_from(S, z_row), rows_from(S, d_row)
        E, later = rows_from(S, E_row), rows_from(S, later_row)
        k, slope = rows_from(S, k_row), rows_from(S, slope_row)
        find_output_errors(S, fresh, mask)
        for i in range(units):
            if of_units:
                E[i] = E[i] + later[i]
            d[i] = select(mask, flushed(slope[i] * E[i]), 0.0)
            if keeps:
                E[i] = select(mask, k[i] * E[i], 0.0)
            else:
                E[i] = 0.0
        for i in range(fed_back, all_fed_back):
            later[i - fed_back] = later[i]
        for i in range(farthest, all_fed_back):
            later[i] = 0.0
        if multiplies:
            multiply(S)
            send_products(later, z, w, d)
        else:
            send(later, w, d)
        add_gradients(S, rows_from(S, fed_row), d[0], d)
        if learns_mu:
            add_gradient_of_mu(S, w, d)

    return begin, back
