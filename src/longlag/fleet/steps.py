"""The compiled driver of a fleet: rows of many keys, whose networks take their steps in lanes.

In studies a lane keeps its network. Here a lane is lent: the network of a key comes into a lane,
takes a step for each row of its key in this call, and goes back to its record. The lanes take their
steps together. So the keys are sorted by their number of rows: few lanes of a group then wait for
the key with the most rows.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.compiled.driver import Driver, driver
from longlag.estimators.moments import MEAN, deviation
from longlag.estimators.scaling import standardised
from longlag.forecasting.intervals import USUAL, give, move
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


class Visits(NamedTuple):
    """Which rows belong to which keys; a key with more rows comes first."""

    places: np.ndarray  #: (rows,): the rows of a key follow each other, in order of arrival
    first: np.ndarray  #: (visits,): the first of `places`
    length: np.ndarray  #: (visits,): rows
    slot: np.ndarray  #: (visits,): record

    @property
    def last(self) -> np.ndarray:
        """The last (visits,) of `places`."""
        return self.first + self.length - 1

    def each(self) -> Iterator[np.ndarray]:
        """The rows of each visit, in order of arrival."""
        for first, length in zip(self.first.tolist(), self.length.tolist(), strict=True):
            yield self.places[first : first + length]


class Samples(NamedTuple):
    """Those of a call, NaN where a number is missing."""

    X: np.ndarray  #: (rows, features)
    y: np.ndarray  #: (rows, targets)
    answers: np.ndarray  #: (rows, targets), or (rows, 3 targets) with intervals; these are written


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
    return Lanes(
        aligned_zeros((learner.layout.rows, lanes), dtype),
        learner.layout.kept,
        aligned_zeros((learner.inputs, lanes), dtype),
        aligned_zeros((outputs, lanes), dtype),
        np.zeros((1, lanes), np.uint8),
        aligned_zeros((1, lanes), dtype),
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
def show_targets(rows, place, work, k):
    """Scale the targets of a row for lane k, and count them."""
    table, features = work.statistics.scales[k], rows.X.shape[1]
    scaling = table.shape[1] > 0
    work.teach[0, k] = 0
    for n in range(rows.y.shape[1]):
        target, wanted = rows.y[place, n], 0.0
        if scaling:
            work.centre[n, k] = table[MEAN, features + n]
            work.spread[n, k] = deviation(table, features + n)
        if target == target:
            wanted = standardised(table, features + n, target) if scaling else target
            work.teach[0, k] = 1
        work.Y[n, k] = wanted


@uncounted
def tell(rows, place, outside, work, out_row, k):
    """Write the answers of lane k, and judge those whose targets are known."""
    width = rows.answers.shape[1] // rows.y.shape[1]
    for n in range(rows.y.shape[1]):
        out, target = work.S[out_row + n, k], rows.y[place, n]
        answer = work.centre[n, k] + work.spread[n, k] * out
        answers = rows.answers[place, n * width : (n + 1) * width]
        answers[0] = answer
        if width > 1:
            bounds = work.statistics.bounds[k, 3 * n : 3 * n + 3]
            if bounds[USUAL, 0] > 0.0:
                give(bounds, 1.0, answers)
            error = target - answer
            if error - error == 0.0:  # neither NaN nor infinite
                move(bounds, outside, 1.0, answers, target)
        if target == target:
            scores = work.statistics.scores[k, n]
            judge(scores, target, abs(target - answer), abs(target - scores[LAST]))
        else:
            work.Y[n, k] = out  # no error, if there are other targets


@uncounted
def judge(scores, target, error, last_error):
    """Count the errors of an answer and of the last target, if there was a target before."""
    if scores[LAST] == scores[LAST]:
        scores[JUDGED] += 1.0
        scores[ERROR] += error
        scores[LAST_ERROR] += last_error
    scores[LAST] = target


@lru_cache(maxsize=64)
def fleet_driver(learner: Learner, dtype: str) -> Driver:
    """The driver of networks with this learner's kernel."""
    lanes = LANES[dtype]
    _, step, answer, learn, *_ = learner.kernel(lanes)
    out_row = learner.layout.start("outputs")

    @uncounted
    def take_steps(work):
        """Advance all lanes; a lane without a row holds a network that was put back before."""
        S, X = bank(work.S, lanes), bank(work.X, lanes)
        step(S, X, 0)
        answer(S)

    @uncounted
    def learn_targets(work):
        """Let the lanes that have a target learn from it."""
        S, Y = bank(work.S, lanes), bank(work.Y, lanes)
        learn(S, Y, 0, lane_mask(work.teach, 0, lanes, 1))

    def run(networks, visits, rows, work, gains, outside, changes, start, stride):
        """Take the steps of every `stride`-th group of visits, from group `start` on.

        Every answer is written before the network learns from its target. `gains` (features,) are
        those of scaled features, and an interval leaves the share `outside` out at each end.
        Without `changes` the records stay as they are.
        """
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
                    show_features(rows.X, place, gains, work, k)
                    show_targets(rows, place, work, k)
                take_steps(work)
                for k in range(busy):
                    place = visits.places[first[base + k] + t]
                    tell(rows, place, outside, work, out_row, k)
                learn_targets(work)
                while busy > 0 and length[base + busy - 1] == t + 1:
                    busy -= 1
                    work.teach[0, busy] = 0
                    if changes:
                        put_back(networks, slot[base + busy], work, busy)
        restore_denormals(setting)
        return len(slot)

    return driver(run, ("fleet", learner.structure, lanes))
