"""What is known of many series of classes when their next rows are answered, and how they fared.

`longlag.forecasting.classes` keeps one series in an object. Here each series has a record, and two
compiled walks take the rows of all series in one call, with the same equations: one before the
networks, which names classes by their places among those of the series and writes down what the
networks are shown; and one after them, which judges. The horizon is 0 or 1.
"""

from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.compiled.driver import Driver
from longlag.fleet.past import copy_row
from longlag.fleet.record_array import RECENT
from longlag.fleet.visits import Visits
from longlag.forecasting.class_scores import judge_row


class ClassPasts(NamedTuple):
    """What is kept of each series: views of the records."""

    names: np.ndarray  #: (series, classes): which class each of the series is, -1 for none
    last: np.ndarray  #: (series, 1): place of the last class, -1 before the first
    step: np.ndarray  #: (series, horizon, 2 + features): step that waits for its target
    frequencies: np.ndarray  #: (series, classes): rows of each class
    said: np.ndarray  #: (series, horizon, classes): probabilities whose targets have not come
    counts: np.ndarray  #: (series, 3): rows, whether the network has learned, rows of this run
    scores: np.ndarray  #: (series, SCORES)
    recent: np.ndarray  #: (series, RECENT, 2): codes of targets and answers, of row n at n % RECENT


class ClassSeen(NamedTuple):
    """The rows of a call, and what is known when each of them is answered.

    What the networks are shown (rows, features + classes) are the features, and for each class
    whether it was the last one, NaN for those that had not come.
    """

    features: np.ndarray  #: (rows, features), NaN where one is missing
    classes: np.ndarray  #: (rows,), -1 where one is missing
    codes: np.ndarray  #: (rows,): written, the place of the class among those of its series, or -1
    before: np.ndarray  #: (rows,): written, the place of the last class before the row, or -1
    steps: np.ndarray  #: written, what the network is shown
    learned: np.ndarray  #: written, of the step whose target comes with the row; NaN without


class Shares(NamedTuple):
    """The answers of the networks to the rows of a call."""

    shares: np.ndarray  #: (rows, classes): probabilities, 0 before the network has learned any
    taught: np.ndarray  #: (rows,): whether the network has learned with the row
    errors: np.ndarray  #: (rows, PREDICTED): written, NaN where one cannot be judged
    chances: np.ndarray  #: (rows, 2): written, of the class, by the network and by frequencies; NaN


@uncounted
def show_last(step, features, known, last):
    """Whether each of the known classes was the last one."""
    for n in range(known):
        step[features + n] = 1.0 if n == last else 0.0


@uncounted
def look(pasts, k, seen, place, horizon):
    """What is known of series k at a row."""
    names, features = pasts.names[k], seen.features.shape[1]
    known, code, wanted = 0, -1, seen.classes[place]
    while known < len(names) and names[known] >= 0.0:
        if names[known] == wanted:
            code = known
        known += 1
    last = np.int64(pasts.last[k, 0])
    seen.before[place] = last
    if horizon > 0:
        waiting = pasts.step[k, 0]
        copy_row(waiting[2:], seen.learned[place])
        show_last(seen.learned[place], features, np.int64(waiting[0]), np.int64(waiting[1]))
    if wanted >= 0:
        if code < 0:
            code = known
            names[known] = wanted
            known += 1
        pasts.last[k, 0] = code
    seen.codes[place] = code
    shown = np.int64(pasts.last[k, 0]) if horizon > 0 else last
    copy_row(seen.features[place], seen.steps[place])
    show_last(seen.steps[place], features, known, shown)
    if horizon > 0:
        pasts.step[k, 0, 0], pasts.step[k, 0, 1] = known, shown
        copy_row(seen.features[place], pasts.step[k, 0, 2:])


def _look_back(pasts, visits, seen, horizon, start, stride):
    """Walk through the rows of every `stride`-th visit, from visit `start` on."""
    for v in range(start, len(visits.slot), stride):
        for t in range(visits.first[v], visits.first[v] + visits.length[v]):
            look(pasts, visits.slot[v], seen, visits.places[t], horizon)
    return len(visits.slot)


def _judge_answers(pasts, visits, seen, said, start, stride):
    """Judge what was said of the rows of every `stride`-th visit, from visit `start` on."""
    for v in range(start, len(visits.slot), stride):
        k = visits.slot[v]
        rows, waits = pasts.counts[k], pasts.said.shape[1] > 0
        for t in range(visits.first[v], visits.first[v] + visits.length[v]):
            place = visits.places[t]
            code, answer = seen.codes[place], said.shares[place]
            due = pasts.said[k, 0] if waits else answer
            errors, chances = said.errors[place], said.chances[place]
            counts, before = pasts.frequencies[k], seen.before[place]
            best = judge_row(pasts.scores[k], due, counts, code, before, errors, chances)
            recent = pasts.recent[k, np.int64(rows[0]) % RECENT]
            recent[0], recent[1] = code, best
            if code >= 0:
                pasts.frequencies[k, code] += 1.0
            if waits:
                copy_row(answer, pasts.said[k, 0])
            if said.taught[place]:
                rows[1] = 1.0
            rows[0] += 1.0
            rows[2] += 1.0
    return len(visits.slot)


_look = Driver(_look_back, "look back at classes")
_judge = Driver(_judge_answers, "judge answers of classes")


def look_back(
    pasts: ClassPasts, visits: Visits, seen: ClassSeen, horizon: int, start: int, stride: int
) -> None:
    """Write down what is known at the rows of every `stride`-th visit, from visit `start` on."""
    _look(pasts, visits, seen, horizon, start, stride)


def judge_answers(
    pasts: ClassPasts, visits: Visits, seen: ClassSeen, said: Shares, start: int, stride: int
) -> None:
    """Judge what was said of the rows of every `stride`-th visit, from visit `start` on."""
    _judge(pasts, visits, seen, said, start, stride)
