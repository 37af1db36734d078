"""Strings in alphabetical order, and what a random machine says of them."""

from itertools import islice, product

import numpy as np

from longlag import FirstStrings
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.machine_strings import draw_machine

TASK = FirstStrings(states=5, strings=12, longest=4)
ALPHABETICAL = ["".join(bits) for n in range(5) for bits in product("01", repeat=n)]


def shown(task, purpose, count, trial=0):
    """Strings with their targets, in the order in which they come."""
    for x, target in islice(task.sequences(1, trial, purpose), count):
        assert x[-1, 0] == 2
        assert np.isnan(target[:-1]).all()
        yield "".join(str(int(each)) for each in x[:-1, 0]), target[-1, 0]


def test_tests_and_training_sets_are_in_alphabetical_order():
    tested = [string for string, _ in shown(TASK, Purpose.TESTING, 32)]
    assert tested == [*ALPHABETICAL, ""]
    of_set = [string for string, _ in shown(TASK, Purpose.SETS, 13)]
    assert of_set == [*ALPHABETICAL[:12], ""]


def test_training_draws_from_the_first_strings():
    drawn = {string for string, _ in shown(TASK, Purpose.TRAINING, 300)}
    assert drawn == set(ALPHABETICAL[:12])


def test_the_target_is_what_the_machine_of_the_trial_says():
    for trial in range(3):
        machine = draw_machine(numpy_stream(1, trial, Purpose.SETS), 5)
        for string, target in shown(TASK, Purpose.TESTING, 31, trial):
            assert target == machine.accepts(string)


def test_tasks_share_a_driver():
    assert len(TASK.parameters) == len(FirstStrings(states=20).parameters)
