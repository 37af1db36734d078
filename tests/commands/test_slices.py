"""Slices of rows follow the work that they are, not the clock."""

import time

import numpy as np
import pytest

from longlag.commands.slices import SLICE, slices
from longlag.readers.sources import Rows

ROWS = 200_000


class Machine:
    """Clocks of a machine: each row takes so much work, and so much more by the clock."""

    def __init__(self, monkeypatch, work, slower):
        self.work, self.slower, self.spent, self.now = work, slower, 0.0, 0.0
        monkeypatch.setattr(time, "process_time", lambda: self.spent)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def take(self, work):
        self.spent += work
        self.now += work * self.slower + 1.0


def sizes(machine, extra=None):
    """The rows of each slice; slice number i is `extra[i]` seconds of other work besides."""
    rows, found = Rows(1, np.zeros((ROWS, 0)), np.zeros(ROWS), None), []
    for each in slices([rows]):
        machine.take(len(each.features) * machine.work + (extra or {}).get(len(found), 0.0))
        found.append(len(each.features))
    assert sum(found) == ROWS
    return found


@pytest.mark.parametrize("slower", [1.0, 50.0])
def test_a_busy_machine_has_the_slices_of_an_idle_one(monkeypatch, slower):
    work = 1e-4
    found = sizes(Machine(monkeypatch, work, slower))
    assert found[:5] == [1, 2, 4, 8, 16]
    assert set(found[20:-1]) == {round(SLICE / work)}


def test_one_slice_of_other_work_costs_one_size(monkeypatch):
    found = sizes(Machine(monkeypatch, 1e-5, 1.0), extra={10: 60.0})
    assert found[9:13] == [512, 1024, 512, 1024]
