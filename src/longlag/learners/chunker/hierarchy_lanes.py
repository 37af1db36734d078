"""The compiled functions of a chunker hierarchy; see `longlag.learners.chunker.hierarchy`.

Each level is made with the functions of the level above, which it calls where it was surprised.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.chunker.hierarchy_topology import HierarchyStructure
from longlag.learners.chunker.lanes import copy, farther, net_kernel, put_back
from longlag.simd.banks import rows_from
from longlag.simd.vectors import any_lane, fma, select


class Level(NamedTuple):
    """The functions of a level and of all levels above it; masks select lanes."""

    reset: Callable  #: reset(S, mask): a new sequence begins
    read: Callable  #: read(S, X, at, mask): read an input, and show it to the level above
    answer: Callable  #: answer(S): the rows "outputs" become those of the net that answers
    learn: Callable  #: learn(S, Y, at, mask): learn the target of the task
    learn_input: Callable  #: learn_input(S, X, at, mask): learn an input, and show it likewise
    finish: Callable  #: finish(S, mask): a sequence ended


@inner
def _ignore(S, mask):
    pass


@inner
def _ignore_rows(S, X, at, mask):
    pass


@inner
def _nothing(S):
    pass


_NO_LEVEL = Level(_ignore, _ignore_rows, _nothing, _ignore_rows, _ignore_rows, _ignore)


@inlined
def _number(X, at, k):
    return X[at + k]


@inlined
def _one_hot(X, at, k):
    return select(X[at] == k, 1.0, 0.0 * X[at])


@lru_cache(maxsize=64)
def compile_chunker_hierarchy(structure: HierarchyStructure, lanes: int) -> LaneKernel:
    """The kernel of every chunker hierarchy of this structure, for `lanes` of them."""
    first_row, stack = structure.layout.start("first"), _NO_LEVEL
    for number in reversed(range(structure.levels)):
        stack = _compile_level(structure, lanes, number, stack)
    reset_all, read_all, answer, learn, learn_input, finish_all = stack
    look = _compile_growth(structure)

    @inner
    def reset(S, mask):
        reset_all(S, mask)
        S[first_row] = select(mask, 1.0, S[first_row])

    @inner
    def step(S, X, at):
        read_all(S, X, at, S[first_row] >= 0.0)
        S[first_row] = 0.0 * S[first_row]

    @inner
    def observe(S, X, at, mask):
        learn_input(S, X, at, mask & (S[first_row] < 0.5))

    @inner
    def finish(S, mask):
        finish_all(S, mask)
        look(S, mask)

    if structure.predicts_inputs:
        return LaneKernel(reset, step, answer, learn, finish, observe)
    return LaneKernel(reset, step, answer, learn_input, finish)


def _compile_level(structure: HierarchyStructure, lanes: int, number: int, above: Level) -> Level:
    layout, part = structure.layout, structure.parts[number]
    inputs, outputs, predictions = structure.inputs, structure.outputs, structure.predictions
    predicts_inputs = structure.predicts_inputs
    shown = _one_hot if structure.net.topology.symbols else _number
    reset_net, step_net, answer_net, learn_net, finish_net, *_ = net_kernel(
        structure.net, lanes, part
    )
    reset_above, read_above, answer_above, learn_above, learn_input_above, finish_above = above

    answers, out_row, symbol_row = part.size("outputs"), part.start("outputs"), part.start("symbol")
    said_row = layout.start("said") + number * answers
    answer_row, saved_row = layout.start("outputs"), layout.start("saved")
    theta_row, first_row = layout.start("numbers"), layout.start("first")
    newest_row = layout.start("newest")
    w_row, w_rows = part.start("weights"), part.size("weights")
    kept_row, kept_rows = structure.rows_of(number)
    surprise_at_input = _compile_surprise(said_row + predictions, inputs, shown)
    surprise_at_target = _compile_surprise(
        said_row + predictions, inputs, shown if predicts_inputs else _number
    )
    teach = _compile_teacher(structure, number, answer_net, learn_net)
    learn_answer = teach(0, outputs, _number)
    learn_prediction = teach(predictions, inputs, shown if predicts_inputs else _number)

    @inner
    def reset(S, mask):
        reset_net(S, mask)
        reset_above(S, mask)

    @inner
    def step_masked(S, X, at, mask):
        """The net takes a step in the masked lanes, and stays as it is in all others."""
        copy(S, saved_row, w_row, w_rows)
        copy(S, saved_row + w_rows, kept_row, kept_rows)
        step_net(S, X, at)
        put_back(S, mask, w_row, w_rows, saved_row)
        put_back(S, mask, kept_row, kept_rows, saved_row + w_rows)

    @inner
    def read(S, X, at, mask):
        unexpected = (surprise_at_input(S, X, at) >= S[theta_row]) | (S[first_row] > 0.5)
        passed_on = mask & unexpected & (S[newest_row] > number)
        if number:
            step_masked(S, X, at, mask)
        else:
            step_net(S, X, at)  # the lowest level reads in every lane
        answer_net(S)
        for k in range(answers):
            S[said_row + k] = select(mask, S[out_row + k], S[said_row + k])
        if any_lane(passed_on):
            read_above(S, X, at, passed_on)

    @inner
    def is_sure(S):
        """Whether one output is near 1 and all others are near 0."""
        largest = second = 0.0 * S[said_row]
        for k in range(said_row, said_row + outputs):
            second = select(S[k] > largest, largest, select(S[k] > second, S[k], second))
            largest = select(S[k] > largest, S[k], largest)
        return (largest > 1.0 - S[theta_row]) & (second < S[theta_row])

    @inner
    def answer(S):
        answer_above(S)
        answering = S[newest_row] == number
        if not predicts_inputs:
            answering = answering | ((S[newest_row] > number) & is_sure(S))
        for k in range(outputs):
            S[answer_row + k] = select(answering, S[said_row + k], S[answer_row + k])

    @inner
    def learn(S, Y, at, mask):
        learn_answer(S, Y, at, mask & (S[newest_row] == number))
        learn_above(S, Y, at, mask)

    @inner
    def learn_input(S, X, at, mask):
        unexpected = surprise_at_target(S, X, at) >= S[theta_row]
        passed_on = mask & unexpected & (S[newest_row] > number)
        learn_prediction(S, X, at, mask & (S[newest_row] == number))
        if any_lane(passed_on):
            learn_input_above(S, X, at, passed_on)

    @inner
    def finish(S, mask):
        # A last pass of BPTT restores earlier symbols, and clears those of lanes without a pass.
        S[saved_row] = S[symbol_row]
        finish_net(S, mask)
        S[symbol_row] = S[saved_row]
        finish_above(S, mask)

    return Level(reset, read, answer, learn, learn_input, finish)


def _compile_surprise(said_row: int, inputs: int, wanted: Callable) -> Callable:
    """surprise(S, X, at): the largest distance of what a net said from what came."""

    @inner
    def surprise(S, X, at):
        distance = 0.0 * S[said_row]
        for k in range(inputs):
            distance = farther(distance, S[said_row + k], wanted(X, at, k))
        return distance

    return surprise


def _compile_teacher(
    structure: HierarchyStructure, number: int, answer_net: Callable, learn_net: Callable
) -> Callable:
    """teach(first, count, wanted) -> learn(S, X, at, mask): these outputs of a net learn."""
    layout, part = structure.layout, structure.parts[number]
    answers, out_row = part.size("outputs"), part.start("outputs")
    target_row, error_row = layout.start("targets"), layout.start("error")
    errors_row = layout.start("errors")

    def teach(first: int, count: int, wanted: Callable) -> Callable:
        @inner
        def learn(S, X, at, mask):
            if any_lane(mask):
                answer_net(S)
                copy(S, target_row, out_row, answers)  # no error of the other outputs
                total = S[error_row]
                for k in range(count):
                    S[target_row + first + k] = wanted(X, at, k)
                    error = S[target_row + first + k] - S[out_row + first + k]
                    total = fma(error, error, total)
                S[error_row] = select(mask, total, S[error_row])
                S[errors_row] = select(mask, S[errors_row] + 1.0, S[errors_row])
                learn_net(S, rows_from(S, target_row), 0, mask)

        return learn

    return teach


def _compile_growth(structure: HierarchyStructure) -> Callable:
    """look(S, mask): a sequence ended; where the newest level no longer improves, add the next."""
    layout, top = structure.layout, structure.levels - 1
    patience_row = layout.start("numbers") + 1
    newest_row, before_row = layout.start("newest"), layout.start("error_before")
    error_row, errors_row = layout.start("error"), layout.start("errors")
    sequences_row = layout.start("sequences")

    @inner
    def look(S, mask):
        S[sequences_row] = select(mask, S[sequences_row] + 1.0, S[sequences_row])
        due = mask & (S[sequences_row] >= S[patience_row])
        before, share = S[before_row], S[patience_row + 1]
        error = S[error_row] / select(S[errors_row] > 0.5, S[errors_row], 1.0)
        stopped = due & (before >= 0.0) & (error > share * before) & (S[newest_row] < top)
        S[newest_row] = select(stopped, S[newest_row] + 1.0, S[newest_row])
        S[before_row] = select(stopped, -1.0, select(due, error, before))
        for row in (error_row, errors_row, sequences_row):
            S[row] = select(due, 0.0, S[row])

    return look
