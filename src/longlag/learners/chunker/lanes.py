"""The compiled functions of a chunker; see `longlag.learners.chunker.learner`."""

from functools import lru_cache

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.chunker.topology import NetStructure, PairStructure, Part
from longlag.learners.recurrent.bptt import Structure as BPTTStructure
from longlag.learners.recurrent.bptt import compile_bptt
from longlag.learners.recurrent.rtrl import compile_rtrl
from longlag.simd.banks import rows_from
from longlag.simd.vectors import any_lane, fma, select


def net_kernel(net: NetStructure, lanes: int, part: Part) -> LaneKernel:
    """The kernel of one net among the rows of several."""
    if isinstance(net, BPTTStructure):
        return compile_bptt(net, lanes, part)
    return compile_rtrl(net, part)


@inlined
def farther(distance, x, y):
    """The larger of `distance` and |x - y|."""
    difference = select(x > y, x - y, y - x)
    return select(distance >= difference, distance, difference)


@inner
def copy(S, to, first, count):
    """Copy rows."""
    for i in range(count):
        S[to + i] = S[first + i]


@inner
def put_back(S, mask, first, count, saved):
    """The rows as they were saved, in all lanes but the masked ones."""
    for i in range(count):
        S[first + i] = select(mask, S[first + i], S[saved + i])


@lru_cache(maxsize=64)
def compile_chunker(structure: PairStructure, lanes: int) -> LaneKernel:
    """The kernel of every chunker of this structure, for `lanes` of them."""
    layout, (part_a, part_c) = structure.layout, structure.parts
    inputs, outputs, resets = structure.inputs, structure.outputs, structure.resets
    symbols = structure.automatizer.topology.symbols
    c_topology = structure.chunker.topology
    c_hidden, c_outputs = c_topology.hidden, part_c.size("outputs")
    reset_a, step_a, answer_a, learn_a, finish_a, *_ = net_kernel(
        structure.automatizer, lanes, part_a
    )
    reset_c, step_c, answer_c, learn_c, finish_c, *_ = net_kernel(structure.chunker, lanes, part_c)

    theta_row, first_row = layout.start("threshold"), layout.start("first")
    unread_row = layout.start("unread")
    a_out_row, a_target_row = layout.start("outputs"), layout.start("automatizer_targets")
    a_symbol_row, c_symbol_row = part_a.start("symbol"), part_c.start("symbol")
    shown_row = a_symbol_row if symbols else part_a.start("activations") + 1
    c_state_row = part_c.start("activations") + c_topology.first_unit
    c_out_row, c_target_row = part_c.start("outputs"), layout.start("chunker_targets")
    read_row, saved_row = layout.start("read"), layout.start("saved")
    w_row, w_rows = part_c.start("weights"), part_c.size("weights")
    c_row, c_rows = structure.chunker_rows
    answers = part_a.size("outputs")

    @inner
    def read(S, mask):
        """The chunker takes a step in the masked lanes, and stays as it is in all others."""
        copy(S, saved_row, w_row, w_rows)
        copy(S, saved_row + w_rows, c_row, c_rows)
        step_c(S, rows_from(S, read_row), 0)
        put_back(S, mask, w_row, w_rows, saved_row)
        put_back(S, mask, c_row, c_rows, saved_row + w_rows)

    @inner
    def shown(X, at, k):
        """Number k of an input vector; a symbol is a one-hot vector."""
        return select(X[at] == k, 1.0, 0.0 * X[at]) if symbols else X[at + k]

    @inner
    def reset(S, mask):
        if resets:
            reset_a(S, mask)
            reset_c(S, mask)
            S[first_row] = select(mask, 1.0, S[first_row])
            S[unread_row] = select(mask, 1.0, S[unread_row])

    @inner
    def finish(S, mask):
        # A last pass of BPTT restores earlier symbols, and clears those of lanes without a pass.
        if resets:
            S[saved_row] = S[a_symbol_row]
            finish_a(S, mask)
            S[a_symbol_row] = S[saved_row]
            S[saved_row] = S[c_symbol_row]
            finish_c(S, mask)
            S[c_symbol_row] = S[saved_row]

    @inner
    def learn_next_input(S, Y, at, mask):
        """The targets are the next inputs: an input that was not expected is read one step late."""
        out, target = rows_from(S, a_out_row), rows_from(S, a_target_row)
        due = mask & (S[unread_row] > 0.5)
        if any_lane(due):
            copy(S, read_row, shown_row, 1 if symbols else inputs)
            read(S, due)
        distance = 0.0 * out[0]
        for k in range(outputs):
            target[k] = Y[at + k]
            distance = farther(distance, out[k], target[k])
        copy(S, a_target_row + outputs, c_state_row, c_hidden)
        learn_a(S, target, 0, mask)
        failed = mask & (distance >= S[theta_row])
        if any_lane(failed):
            answer_c(S)
            learn_c(S, Y, at, failed)
        S[unread_row] = select(failed, 1.0, select(mask, 0.0, S[unread_row]))

    @inner
    def learn_target(S, Y, at, mask):
        out, target = rows_from(S, a_out_row), rows_from(S, a_target_row)
        c_target, c_input = rows_from(S, c_target_row), rows_from(S, read_row)
        copy(S, a_target_row, a_out_row, answers)  # no error of what is not the target's
        distance = 0.0 * out[0]
        for k in range(outputs):
            target[k] = Y[at + k]
            distance = farther(distance, out[k], target[k])
        learn_a(S, target, 0, mask)
        failed = mask & (distance >= S[theta_row])
        if any_lane(failed):
            answer_c(S)
            for k in range(inputs):
                c_target[k] = c_input[k] = shown(rows_from(S, shown_row), 0, k)
            for k in range(outputs):
                c_target[inputs + k] = Y[at + k]
                c_input[inputs + k] = fma(2.0, Y[at + k], -1.0)
            learn_c(S, c_target, 0, failed)
            read(S, failed)

    @inner
    def observe(S, X, at, mask):
        out, target = rows_from(S, a_out_row), rows_from(S, a_target_row)
        c_target, c_input = rows_from(S, c_target_row), rows_from(S, read_row)
        first, later = mask & (S[first_row] > 0.5), mask & (S[first_row] < 0.5)
        S[first_row] = select(mask, 0.0, S[first_row])
        answer_a(S)
        answer_c(S)
        copy(S, a_target_row, a_out_row, outputs)  # no error of the answer
        distance = 0.0 * out[0]
        for k in range(inputs):
            target[outputs + k] = c_target[k] = c_input[k] = shown(X, at, k)
            distance = farther(distance, out[outputs + k], target[outputs + k])
        copy(S, a_target_row + outputs + inputs, c_state_row, c_hidden)
        copy(S, a_target_row + outputs + inputs + c_hidden, c_out_row, c_outputs)
        learn_a(S, target, 0, later)
        failed = later & (distance >= S[theta_row])
        if any_lane(first | failed):
            copy(S, c_target_row + inputs, c_out_row + inputs, outputs)  # no target, no error
            for k in range(outputs):
                c_input[inputs + k] = 0.0
            learn_c(S, c_target, 0, failed)
            read(S, first | failed)

    if structure.predicts_inputs:
        return LaneKernel(reset, step_a, answer_a, learn_target, finish, observe)
    return LaneKernel(reset, step_a, answer_a, learn_next_input, finish)
