"""What is known of many series when their next rows are answered.

`longlag.forecasting` keeps the history, the seasons and the blends of one series in objects. Here
each series has a record, and a compiled walk takes the rows of all series in one call, by the same
functions for a row. The horizon is 0 or 1.
"""

from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import inlined, uncounted
from longlag.compiled.driver import Driver
from longlag.fleet.visits import Visits
from longlag.forecasting.blending import blend_row
from longlag.forecasting.history import history_at
from longlag.forecasting.outlook import FORECASTS
from longlag.forecasting.seasons import COUNT as SEASONAL
from longlag.forecasting.seasons import recall_row

FEEDBACK = 3  #: what the network is told besides features: last number, change, usual number


class Blends(NamedTuple):
    """A blend for each series, see `longlag.forecasting.blending`."""

    table: np.ndarray  #: (series, 4, forecasts)
    usual: np.ndarray  #: (series, 2)
    forecasts: np.ndarray  #: (series, horizon, forecasts), whose targets have not come
    blended: np.ndarray  #: (series, horizon)


class Pasts(NamedTuple):
    """What is kept of the numbers of each series: views of the records."""

    numbers: np.ndarray  #: (series, NUMBERS), see `longlag.forecasting.history`
    believed: np.ndarray  #: (series, 2): the number believed, and the one that came last
    changes: np.ndarray  #: (series, ROWS, 1): moments of the changes
    ring: np.ndarray  #: (series, slots): numbers of the latest slots
    ends: np.ndarray  #: (series, 3): of the ring, see `Seasons`
    latest: np.ndarray  #: (series, 1): the latest number in the ring
    blends: Blends  #: of all naive predictions
    step: np.ndarray  #: (series, horizon, 1 + columns): origin and step that waits for its target


class Given(NamedTuple):
    """The rows of a call, NaN where a number is missing."""

    features: np.ndarray  #: (rows, features)
    targets: np.ndarray  #: (rows,)
    slots: np.ndarray  #: (rows,): from the row before, as in `Places`
    lags: np.ndarray  #: (rows, SEASONAL): slots of each season


class Seen(NamedTuple):
    """What is known when each row is answered; all of this is written."""

    steps: np.ndarray  #: (rows, 1 + columns): origin, and what the network is given
    learned: np.ndarray  #: (rows, 1 + columns): the step whose target comes with the row; or NaN
    rivals: np.ndarray  #: (rows, 2): origin and usual number, as forecasts
    naive: np.ndarray  #: (rows, 3): last number, mean and best season, for the scores


def nothing_seen(rows: int, features: int) -> Seen:
    """Room for rows with so many features: NaN throughout."""
    step = 1 + features + FEEDBACK
    widths = step, step, 2, 3
    return Seen(*(np.full((rows, width), np.nan) for width in widths))


@inlined
def copy_row(source, target):
    """Copy numbers to the first places of a row."""
    for i in range(len(source)):
        target[i] = source[i]


@inlined
def blank(row):
    """Let all numbers of a row be missing."""
    for i in range(len(row)):
        row[i] = np.nan


@uncounted
def blend_next(blends, k, forecasts, target, first, stop):
    """The blend of the forecasts of series k, and the best of those from `first` to `stop`."""
    table, usual, waits = blends.table[k], blends.usual[k], blends.blended.shape[1] > 0
    due = blends.forecasts[k, 0] if waits else forecasts
    due_blend = blends.blended[k, 0] if waits else np.nan
    blended, leading = blend_row(
        table, usual, due, due_blend, forecasts, target, waits, first, stop
    )
    if waits:
        copy_row(forecasts, blends.forecasts[k, 0])
        blends.blended[k, 0] = blended
    return blended, leading


@uncounted
def look(pasts, k, given, seen, place, horizon, forecasts):
    """What is known of series k at a row; `forecasts` (FORECASTS,) is room to work in."""
    target, features = given.targets[place], given.features.shape[1]
    if horizon > 0:
        copy_row(pasts.step[k, 0], seen.learned[place])
    number, last, mean, change, origin, came, came_mean = history_at(
        pasts.numbers[k], pasts.believed[k], pasts.changes[k], target, horizon > 0
    )
    blank(forecasts)
    forecasts[0], forecasts[1] = last, mean
    recall_row(
        pasts.ring[k],
        pasts.ends[k],
        pasts.latest[k],
        given.slots[place],
        given.lags[place],
        number,
        horizon,
        forecasts[2:],
    )
    usual, season = blend_next(pasts.blends, k, forecasts, target, 2, 2 + SEASONAL)
    step, naive = seen.steps[place], seen.naive[place]
    step[0] = origin
    copy_row(given.features[place], step[1:])
    step[1 + features], step[2 + features], step[3 + features] = last, change, usual - origin
    if horizon > 0:
        copy_row(step, pasts.step[k, 0])
    else:
        copy_row(step, seen.learned[place])
    seen.rivals[place, 0], seen.rivals[place, 1] = origin, usual
    naive[0], naive[1], naive[2] = came, came_mean, season if season == season else came


def _look_back(pasts, visits, given, seen, horizon, forecasts, start, stride):
    """Walk through the rows of every `stride`-th visit, from visit `start` on."""
    for v in range(start, len(visits.slot), stride):
        for t in range(visits.first[v], visits.first[v] + visits.length[v]):
            look(pasts, visits.slot[v], given, seen, visits.places[t], horizon, forecasts)
    return len(visits.slot)


_walk = Driver(_look_back, "look back")


def look_back(
    pasts: Pasts, visits: Visits, given: Given, seen: Seen, horizon: int, start: int, stride: int
) -> None:
    """Write down what is known at the rows of every `stride`-th visit, from visit `start` on."""
    _walk(pasts, visits, given, seen, horizon, np.empty(FORECASTS), start, stride)
