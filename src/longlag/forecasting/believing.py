"""Which numbers of a series are believed at once, and which only when more has come.

A forecast that starts from the last number repeats every wild reading. So the last number is held
as long as the change to the next one is wild (`longlag.estimators.moments`), and is taken up

- by a number that is no wild change from the number held: it was a wild reading;
- by a number that is no wild change from the one before it, and another one: the level of the
  series has changed. A sensor that is stuck repeats one number exactly, and confirms nothing.
- when as many changes in a row were wild as tell a change of scale.
"""

import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.estimators.moments import ROWS, count_value, is_wild, sound


class Believed:
    """The number of a series that is believed, and what its changes have been."""

    def __init__(self, last: float, came: float, changes: list[float]):
        """The number believed and the number that came last, NaN for none, and the moments."""
        self.table = np.array(changes or [0.0] * ROWS, np.float64)[:, None]
        self._ends = np.array([last, came])
        self.came = came  #: the number that came last, whether believed or not
        if self.table.shape != (ROWS, 1) or not sound(self.table):
            raise ValueError(f"the moments of changes are {ROWS} numbers, only means below 0")

    def step(self, numbers: np.ndarray) -> np.ndarray:
        """The number that is believed after each of the next numbers (n,)."""
        believed = np.array(numbers, np.float64)
        believe(self.table, self._ends, believed)
        self.came = float(self._ends[1])
        return believed


@inlined
def believe_next(table, ends, number):
    """The number that is believed after the next number; `ends` is the last of both."""
    last, came = ends[0], ends[1]
    ends[0] = ends[1] = number
    if last == last:  # not NaN: there was one
        step = number - came
        settled = came != last and step != 0.0 and not is_wild(table, 0, step)
        if count_value(table, 0, number - last) and not settled:
            ends[0] = last
    return ends[0]


def _believe(table, ends, numbers):
    """Replace each number by the one that is believed."""
    for k in range(len(numbers)):
        numbers[k] = believe_next(table, ends, numbers[k])
    return len(numbers)


believe = Driver(_believe, "believe")
