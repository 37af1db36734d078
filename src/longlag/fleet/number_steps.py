"""The steps of a fleet whose networks answer numbers."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import inlined, uncounted
from longlag.compiled.driver import Driver, driver
from longlag.estimators.moments import MEAN, deviation
from longlag.estimators.scaling import standardised
from longlag.fleet.steps import LANES, LAST, compile_steps, judge
from longlag.forecasting.intervals import USUAL, give, move
from longlag.learners.base import Learner
from longlag.simd.banks import bank


class Samples(NamedTuple):
    """Those of a call, NaN where a number is missing."""

    X: np.ndarray  #: (rows, features)
    y: np.ndarray  #: (rows, targets)
    answers: np.ndarray  #: (rows, targets), or (rows, 3 targets) with intervals; these are written
    outside: float  #: share of the targets that an interval leaves out at each end


@inlined
def show_targets(samples, place, work, k):
    """Scale the targets of a row for lane k, and count them."""
    table, features = work.statistics.scales[k], samples.X.shape[1]
    scaling = table.shape[1] > 0
    work.teach[0, k] = 0
    for n in range(samples.y.shape[1]):
        target, wanted = samples.y[place, n], 0.0
        if scaling:
            work.centre[n, k] = table[MEAN, features + n]
            work.spread[n, k] = deviation(table, features + n)
        if target == target:
            wanted = standardised(table, features + n, target) if scaling else target
            work.teach[0, k] = 1
        work.Y[n, k] = wanted


@uncounted
def tell(samples, place, work, out_row, k):
    """Write the answers of lane k, and judge those whose targets are known."""
    width = samples.answers.shape[1] // samples.y.shape[1]
    for n in range(samples.y.shape[1]):
        out, target = work.S[out_row + n, k], samples.y[place, n]
        answer = work.centre[n, k] + work.spread[n, k] * out
        answers = samples.answers[place, n * width : (n + 1) * width]
        answers[0] = answer
        if width > 1:
            bounds = work.statistics.bounds[k, 3 * n : 3 * n + 3]
            if bounds[USUAL, 0] > 0.0:
                give(bounds, 1.0, answers)
            error = target - answer
            if error - error == 0.0:  # neither NaN nor infinite
                move(bounds, samples.outside, 1.0, answers, target)
        if target == target:
            scores = work.statistics.scores[k, n]
            judge(scores, target, abs(target - answer), abs(target - scores[LAST]))
        else:
            work.Y[n, k] = out  # no error, if there are other targets


@lru_cache(maxsize=64)
def number_driver(learner: Learner, dtype: str) -> Driver:
    """The driver of networks with this learner's kernel: see `compile_steps`, with `Samples`."""
    lanes = LANES[dtype]
    kernel = learner.kernel(lanes)
    answer_outputs, out_row = kernel.answer, learner.layout.start("outputs")

    @uncounted
    def answer(work):
        answer_outputs(bank(work.S, lanes))

    @inlined
    def finish_row(samples, place, work, k):
        """Numbers need no second answer."""
        tell(samples, place, work, out_row, k)
        return False

    run = compile_steps(kernel, lanes, show_targets, answer, finish_row)
    return driver(run, ("fleet", learner.structure, lanes))
