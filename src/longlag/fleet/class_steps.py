"""The steps of a fleet whose networks name classes.

The outputs of a network stand for the classes of its key, in the order in which the key had them.
An output without a class has weights of zero, no error, and no part in the sum of the softmax: so
each network is that of an `LSTMClassifier`, which gets an output for each class that appears. The
kernels are those of linear outputs, and the softmax is here, because it is over as many outputs as
a lane has classes.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import inlined, uncounted
from longlag.compiled.driver import Driver, driver
from longlag.fleet.steps import LANES, LAST, compile_steps, count_classes, judge
from longlag.learners.base import Learner
from longlag.learners.outputs import softmax_outputs
from longlag.simd.banks import bank, rows_from


class ClassRows(NamedTuple):
    """The samples of a call."""

    X: np.ndarray  #: (rows, features), NaN where a number is missing
    codes: np.ndarray  #: (rows,), of the classes, -1 where one is missing
    #: (rows, classes): written, the probability of each code, 0 of classes that the key has not had
    shares: np.ndarray
    best: np.ndarray  #: (rows,): written, the most probable code, -1 before the first class


@uncounted
def name_class(rows, place, work, out_row, k):
    """Write the answer of lane k, and judge it; returns whether the class is new to the key.

    A new class gets the next output.
    """
    classes, code = work.statistics.classes[k, 0], rows.codes[place]
    known, total, largest, best = count_classes(work, k), 0.0, -1.0, -1
    for n in range(known):
        total += np.float64(work.S[out_row + n, k])
    for n in range(known):
        share, of = np.float64(work.S[out_row + n, k]) / total, np.int64(classes[n])
        if of < rows.shares.shape[1]:
            rows.shares[place, of] = share
        if share > largest:
            largest, best = share, of
    rows.best[place] = best
    if code < 0:
        return False
    scores = work.statistics.scores[k, 0]
    wrong, changed = 1.0 if best != code else 0.0, 1.0 if scores[LAST] != code else 0.0
    judge(scores, np.float64(code), wrong, changed)
    for n in range(known):
        if classes[n] == code:
            return False
    classes[known] = code
    count_classes(work, k)
    return True


@uncounted
def want_class(rows, place, work, k):
    """Let the output of the class of a row be 1 in lane k, and the others 0."""
    classes, code = work.statistics.classes[k, 0], rows.codes[place]
    work.teach[0, k] = code >= 0
    for n in range(len(classes)):
        work.Y[n, k] = 1.0 if classes[n] == code else 0.0


@lru_cache(maxsize=64)
def class_driver(learner: Learner, dtype: str) -> Driver:
    """The driver of networks with this learner's kernel: see `compile_steps`, with `ClassRows`.

    The outputs of the learner are linear. A class that is new to a key has a probability while it
    is learned, though it had none in the answer: the lanes then answer again.
    """
    lanes = LANES[dtype]
    kernel, softmax = learner.kernel(lanes), softmax_outputs(learner.outputs)
    answer_outputs, out_row = kernel.answer, learner.layout.start("outputs")

    @inlined
    def show(rows, place, work, k):
        """A class is known by its name alone: there is nothing to scale before the answer."""

    @uncounted
    def answer(work):
        S, counts = bank(work.S, lanes), bank(work.counts, lanes)
        answer_outputs(S)
        softmax(rows_from(S, out_row), counts[0])

    @inlined
    def finish_row(rows, place, work, k):
        is_new = name_class(rows, place, work, out_row, k)
        want_class(rows, place, work, k)
        return is_new

    run = compile_steps(kernel, lanes, show, answer, finish_row)
    return driver(run, ("fleet of classes", learner.structure, lanes))
