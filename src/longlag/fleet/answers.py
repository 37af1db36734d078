"""The answers to many series: those of their networks, blended with rivals, and judged.

What `longlag.forecasting.outlook` does for one series, by the same functions for a row, in one
compiled walk. The horizon is 0 or 1.
"""

from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.compiled.driver import Driver
from longlag.fleet.past import Blends, Seen, blank, blend_next, copy_row
from longlag.fleet.record_array import RECENT
from longlag.fleet.visits import Visits
from longlag.forecasting.intervals import bound_row
from longlag.forecasting.number_scores import PREDICTED, judge_row
from longlag.forecasting.outlook import RIVALS


class Outlooks(NamedTuple):
    """What is kept of the answers to each series: views of the records."""

    blends: Blends  #: of the network and its rivals
    bounds: np.ndarray  #: (series, 3, 2), or (series, 3, 0) without intervals
    said: np.ndarray  #: (series, horizon, columns): answers whose targets have not come
    naive: np.ndarray  #: (series, horizon, 3)
    counts: np.ndarray  #: (series, 3): rows, whether the network has learned, rows of this run
    scores: np.ndarray  #: (series, SCORES)
    recent: np.ndarray  #: (series, RECENT, 2): targets and their answers, of row n at n % RECENT


class Said(NamedTuple):
    """The rows of a call, and the answers to them."""

    targets: np.ndarray  #: (rows,)
    departures: np.ndarray  #: (rows,): targets that the network has learned with the row, NaN: none
    network: np.ndarray  #: (rows,): forecasts of the network
    rivals: np.ndarray  #: (rows, 2)
    naive: np.ndarray  #: (rows, 3)
    answers: np.ndarray  #: (rows, columns): written
    errors: np.ndarray  #: (rows, PREDICTED): written, NaN where one cannot be judged


def said_of(
    targets: np.ndarray, departures: np.ndarray, network: np.ndarray, seen: Seen, columns: int
) -> Said:
    """What is to be answered at rows where networks say (rows,) how targets depart from origins."""
    rows = len(targets)
    answers, errors = np.full((rows, columns), np.nan), np.full((rows, PREDICTED), np.nan)
    forecasts = network + seen.steps[:, 0]
    return Said(targets, departures, forecasts, seen.rivals, seen.naive, answers, errors)


@uncounted
def answer_next(outlooks, k, said, place, outside, forecasts):
    """Answer a row of series k, and judge the answer whose target has come with the row."""
    counts, target, answer = outlooks.counts[k], said.targets[place], said.answers[place]
    waits, learns = outlooks.said.shape[1] > 0, said.departures[place] == said.departures[place]
    if waits and learns:
        counts[1] = 1.0
    ours = said.network[place]
    if counts[1] == 0.0 or ours - ours != 0.0:  # untaught, or not finite
        ours = np.nan
    forecasts[0], forecasts[1], forecasts[2] = ours, said.rivals[place, 0], said.rivals[place, 1]
    blended, _ = blend_next(outlooks.blends, k, forecasts, target, 0, 0)
    blank(answer)
    if ours == ours:
        answer[0] = blended
    due = outlooks.said[k, 0] if waits else answer
    naive = outlooks.naive[k, 0] if waits else said.naive[place]
    if len(answer) > 1:
        bound_row(outlooks.bounds[k], outside, 1.0, due, answer, target, waits)
    judge_row(outlooks.scores[k], due, naive, target, said.errors[place])
    recent = outlooks.recent[k, np.int64(counts[0]) % RECENT]
    recent[0], recent[1] = target, due[0]
    if waits:
        copy_row(answer, outlooks.said[k, 0])
        copy_row(said.naive[place], outlooks.naive[k, 0])
    elif learns:
        counts[1] = 1.0
    counts[0] += 1.0
    counts[2] += 1.0


def _answer(outlooks, visits, said, outside, forecasts, start, stride):
    """Answer the rows of every `stride`-th visit, from visit `start` on."""
    for v in range(start, len(visits.slot), stride):
        for t in range(visits.first[v], visits.first[v] + visits.length[v]):
            answer_next(outlooks, visits.slot[v], said, visits.places[t], outside, forecasts)
    return len(visits.slot)


_walk = Driver(_answer, "answers")


def answer(
    outlooks: Outlooks, visits: Visits, said: Said, outside: float, start: int, stride: int
) -> None:
    """Answer the rows of every `stride`-th visit, from visit `start` on.

    An interval leaves the share `outside` out at each end.
    """
    _walk(outlooks, visits, said, outside, np.empty(RIVALS), start, stride)
