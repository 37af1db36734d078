"""Which numbers of a series are believed at once, and which only when more has come.

A forecast that starts from the last number repeats every wild reading. So the last number is held
as long as the change to the next one is wild (`longlag.estimators.moments`), and is taken up

- by a number that is no wild change from the number held: it was a wild reading;
- by a number that is no wild change from the one before it, and another one: the level of the
  series has changed. A sensor that is stuck repeats one number exactly, and confirms nothing.
- when as many changes in a row were wild as tell a change of scale.
"""

from longlag.compiled.compiling import inlined
from longlag.estimators.moments import count_value, is_wild


@inlined
def believe_next(table, ends, number):
    """The number that is believed after the next number.

    `table` holds the moments of the changes, and `ends` the number believed and the one that came
    last, NaN for none.
    """
    last, came = ends[0], ends[1]
    ends[0] = ends[1] = number
    if last == last:  # not NaN: there was one
        step = number - came
        settled = came != last and step != 0.0 and not is_wild(table, 0, step)
        if count_value(table, 0, number - last) and not settled:
            ends[0] = last
    return ends[0]
