"""The compiled driver of a fleet whose networks name classes.

The outputs of a network stand for the classes of its key, in the order in which the key had them.
An output without a class has weights of zero, no error, and no part in the sum of the softmax: so
each network is that of an `LSTMClassifier`, which gets an output for each class that appears. The
kernels are those of linear outputs, and the softmax is here, because it is over as many outputs as
a lane has classes.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.compiled.driver import Driver, driver
from longlag.fleet.steps import LANES, LAST, judge, lend, put_back, show_features
from longlag.learners.base import Learner
from longlag.simd.activations import clamp, exponential
from longlag.simd.banks import bank, lane_mask, rows_from
from longlag.simd.denormals import flush_denormals, restore_denormals
from longlag.simd.vectors import fma, select

#: Differences from the largest net input beyond this count as this much, so that no probability is
#: 0: the logarithm of 0 is infinite. As in `longlag.learners.tiles.outputs`.
FARTHEST = 80.0


class ClassRows(NamedTuple):
    """The samples of a call."""

    X: np.ndarray  #: (rows, features), NaN where a number is missing
    codes: np.ndarray  #: (rows,), of the classes, -1 where one is missing
    #: (rows, classes): written, the probability of each code, 0 of classes that the key has not had
    shares: np.ndarray
    best: np.ndarray  #: (rows,): written, the most probable code, -1 before the first class


@uncounted
def count_classes(work, k):
    """How many outputs of lane k have a class."""
    classes, found = work.statistics.classes[k, 0], 0
    while found < len(classes) and classes[found] >= 0.0:
        found += 1
    work.counts[0, k] = max(found, 1)  # an estimator has one output from the start
    return found


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
    """The driver of networks with this learner's kernel, whose outputs are linear."""
    lanes, outputs = LANES[dtype], learner.outputs
    _, step, answer, learn, *_ = learner.kernel(lanes)
    out_row = learner.layout.start("outputs")

    @uncounted
    def find_shares(work):
        """exp(net_k) / sum over the classes k of a lane of exp(net_k), 0 for other outputs."""
        S, counts = bank(work.S, lanes), bank(work.counts, lanes)
        answer(S)
        out, count = rows_from(S, out_row), counts[0]
        largest = out[0]
        for k in range(1, outputs):
            larger = (count > k) & (out[k] > largest)
            largest = select(larger, out[k], largest)
        total = largest * 0.0
        for k in range(outputs):
            m, s = exponential(clamp(out[k] - largest, FARTHEST))
            out[k] = select(count > k, fma(m, s, s), 0.0)
            total = total + out[k]
        for k in range(outputs):
            out[k] = out[k] / total

    @uncounted
    def take_steps(work):
        """Advance all lanes; a lane without a row holds a network that was put back before."""
        step(bank(work.S, lanes), bank(work.X, lanes), 0)
        find_shares(work)

    @uncounted
    def learn_targets(work):
        """Let the lanes that have a class learn it: e_k = target_k - y(k), of the cross-entropy."""
        S, Y = bank(work.S, lanes), bank(work.Y, lanes)
        learn(S, Y, 0, lane_mask(work.teach, 0, lanes, 1))

    def run(networks, visits, rows, work, gains, changes, start, stride):
        """Take the steps of every `stride`-th group of visits, from group `start` on.

        Every answer is written before the network learns from its class. A class that is new to a
        key has a probability while it is learned, though it had none in the answer. `gains`
        (features,) are those of scaled features. Without `changes` the records stay as they are.
        """
        first, length, slot = visits.first, visits.length, visits.slot
        setting = flush_denormals()
        for base in range(start * lanes, len(slot), stride * lanes):
            busy = min(lanes, len(slot) - base)
            for k in range(lanes):
                work.teach[0, k] = 0
                work.counts[0, k] = 1
            for k in range(busy):
                lend(networks, slot[base + k], work, k)
                count_classes(work, k)
            for t in range(length[base]):
                for k in range(busy):
                    place = visits.places[first[base + k] + t]
                    show_features(rows.X, place, gains, work, k)
                take_steps(work)
                new = False
                for k in range(busy):
                    place = visits.places[first[base + k] + t]
                    if name_class(rows, place, work, out_row, k):
                        new = True
                    want_class(rows, place, work, k)
                if new:
                    find_shares(work)
                learn_targets(work)
                while busy > 0 and length[base + busy - 1] == t + 1:
                    busy -= 1
                    work.teach[0, busy] = 0
                    if changes:
                        put_back(networks, slot[base + busy], work, busy)
        restore_denormals(setting)
        return len(slot)

    return driver(run, ("fleet of classes", learner.structure, lanes))
