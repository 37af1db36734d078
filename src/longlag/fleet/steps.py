"""How the networks of many keys take their steps in lanes, whatever they answer.

In studies a lane keeps its network. Here a lane is lent: the network of a key comes into a lane,
takes a step for each row of its key in this call, and goes back to its record. The lanes take their
steps together. So the keys are sorted by their number of rows: few lanes of a group then wait for
the key with the most rows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.contract import LaneKernel
from longlag.estimators.scaling import standardised
from longlag.learners.base import Learner
from longlag.simd.banks import aligned_zeros, bank, lane_mask
from longlag.simd.denormals import flush_denormals, restore_denormals

LANES = {"float32": 16, "float64": 8}  #: numbers in a cache line

#: The scores of a key: its last target, the number of answers judged, the sum of their absolute
#: errors, and the sum of the errors that the last target would have made in their place.
LAST, JUDGED, ERROR, LAST_ERROR = np.arange(4)
SCORES = 4


class Statistics(NamedTuple):
    """What is kept of some series besides their networks, for keys or for lanes."""

    scales: np.ndarray  #: (n, ROWS, columns): moments of features and targets, or no columns
    bounds: np.ndarray  #: (n, 3 targets, 2): see `longlag.forecasting.intervals`; or (..., 0)
    scores: np.ndarray  #: (n, targets, SCORES), or (n, 1, SCORES) of classes
    classes: np.ndarray  #: (n, 1, outputs): code of the class of each output, or no columns


class Networks(NamedTuple):
    """What is kept of each key: views of the records."""

    numbers: np.ndarray  #: (keys, kept or one more): the rows of the layout that persist
    statistics: Statistics


class Lanes(NamedTuple):
    """Where one thread has its networks take their steps."""

    S: np.ndarray  #: (rows of the layout, lanes)
    kept: int  #: the first rows of S, which persist from step to step
    X: np.ndarray  #: (features, lanes)
    Y: np.ndarray  #: (outputs, lanes)
    teach: np.ndarray  #: (1, lanes): whether there is a target
    counts: np.ndarray  #: (1, lanes): outputs that have a class, at least 1
    statistics: Statistics
    centre: np.ndarray  #: (outputs, lanes): mean of the targets before this one
    spread: np.ndarray  #: (outputs, lanes): standard deviation of the targets before this one


def lanes_of(learner: Learner, networks: Networks) -> Lanes:
    """Empty lanes for networks of a learner, with the sizes and the type of these records."""
    dtype = str(networks.numbers.dtype)
    lanes, outputs = LANES[dtype], learner.outputs
    counts = aligned_zeros((1, lanes), dtype)
    counts[:] = 1.0
    return Lanes(
        aligned_zeros((learner.layout.rows, lanes), dtype),
        learner.layout.kept,
        aligned_zeros((learner.inputs, lanes), dtype),
        aligned_zeros((outputs, lanes), dtype),
        np.zeros((1, lanes), np.uint8),
        counts,
        Statistics(*(np.zeros((lanes, *each.shape[1:])) for each in networks.statistics)),
        np.zeros((outputs, lanes)),
        np.ones((outputs, lanes)),
    )


# A network is a column of the lanes. It is copied alone, so that its record is read from end to
# end: copying a block of rows of all lanes at a time takes longer.


@uncounted
def lend(networks, slot, work, k):
    """Copy a record into lane k."""
    for i in range(work.kept):
        work.S[i, k] = networks.numbers[slot, i]
    copy_statistics(networks.statistics, slot, work.statistics, k)
    count_classes(work, k)


@uncounted
def count_classes(work, k):
    """How many outputs of lane k have a class."""
    classes, found = work.statistics.classes[k, 0], 0
    while found < len(classes) and classes[found] >= 0.0:
        found += 1
    work.counts[0, k] = max(found, 1)  # an estimator has one output from the start
    return found


@uncounted
def put_back(networks, slot, work, k):
    """Copy lane k into a record."""
    for i in range(work.kept):
        networks.numbers[slot, i] = work.S[i, k]
    copy_statistics(work.statistics, k, networks.statistics, slot)


@uncounted
def copy_statistics(source, i, target, j):
    """Copy those of series i of the source to series j of the target."""
    copy_table(source.scales[i], target.scales[j])
    copy_table(source.bounds[i], target.bounds[j])
    copy_table(source.scores[i], target.scores[j])
    copy_table(source.classes[i], target.classes[j])


@uncounted
def copy_table(source, target):
    """Copy a table."""
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] = source[i, j]


@uncounted
def show_features(X, place, gains, work, k):
    """Scale the features of a row for lane k, and count them."""
    table = work.statistics.scales[k]
    scaling = table.shape[1] > 0
    for i in range(X.shape[1]):
        value, shown = X[place, i], 0.0
        if value == value:  # not NaN
            shown = standardised(table, i, value) * gains[i] if scaling else value
        work.X[i, k] = shown


@uncounted
def judge(scores, target, error, last_error):
    """Count the errors of an answer and of the last target, if there was a target before."""
    if scores[LAST] == scores[LAST]:
        scores[JUDGED] += 1.0
        scores[ERROR] += error
        scores[LAST_ERROR] += last_error
    scores[LAST] = target


def compile_steps(
    kernel: LaneKernel, lanes: int, show: Callable, answer: Callable, finish_row: Callable
) -> Callable:
    """run(networks, visits, samples, work, gains, changes, start, stride): for a `Driver`.

    It takes the steps of every `stride`-th group of visits, from group `start` on. Every answer is
    written before the network learns from its target. Samples have the features X (rows, features),
    whose scaled values `gains` (features,) multiply. Without `changes` the records stay as they
    are. What differs between numbers and classes is in three functions:

    - show(samples, place, work, k): prepare lane k for the row at a place, whose features it sees
    - answer(work): compute the outputs of all lanes after their step
    - finish_row(samples, place, work, k): write the answer to the row, and its target for lane k;
      returns whether the lanes must answer again before they learn

    Compile show and finish_row as `inlined`: the loop is then free of what one of them never does.
    """
    step, learn = kernel.step, kernel.learn

    @uncounted
    def take_step(work):
        """Advance all lanes; a lane without a row holds a network that was put back before."""
        step(bank(work.S, lanes), bank(work.X, lanes), 0)
        answer(work)

    @uncounted
    def learn_targets(work):
        """Let the lanes that have a target learn from it."""
        S, Y = bank(work.S, lanes), bank(work.Y, lanes)
        learn(S, Y, 0, lane_mask(work.teach, 0, lanes, 1))

    def run(networks, visits, samples, work, gains, changes, start, stride):
        first, length, slot = visits.first, visits.length, visits.slot
        setting = flush_denormals()
        for base in range(start * lanes, len(slot), stride * lanes):
            busy = min(lanes, len(slot) - base)
            for k in range(lanes):
                work.teach[0, k] = 0
            for k in range(busy):
                lend(networks, slot[base + k], work, k)
            for t in range(length[base]):
                for k in range(busy):
                    place = visits.places[first[base + k] + t]
                    show_features(samples.X, place, gains, work, k)
                    show(samples, place, work, k)
                take_step(work)
                again = False
                for k in range(busy):
                    place = visits.places[first[base + k] + t]
                    if finish_row(samples, place, work, k):
                        again = True
                if again:
                    answer(work)
                learn_targets(work)
                while busy > 0 and length[base + busy - 1] == t + 1:
                    busy -= 1
                    work.teach[0, busy] = 0
                    if changes:
                        put_back(networks, slot[base + busy], work, busy)
        restore_denormals(setting)
        return len(slot)

    return run
