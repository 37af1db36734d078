"""Drivers that several processes compiled, loaded by one: each runs functions of its own.

The proof is in the bits: those that find everything on disk are compared with processes that each
compiled all that they ran, with an empty folder.
"""

import os
import random
import shutil
from itertools import product

import pytest
from support.compiled_runs import digests, fitting

from longlag.learners import learners
from longlag.tasks import tasks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="guard pages are those of POSIX")

WIDTHS_AND_TYPES = list(product((4, 8, 16), ("float32", "float64")))


def check(runs, folder, processes):
    """All runs, compiled by so many processes, loaded together in several orders.

    Twice with every array of every driver against a page that nobody may touch.
    """
    alone, shared = {}, folder / "shared"
    for i in range(processes):
        own = folder / str(i)
        outcome = digests(runs[i::processes], own)
        assert outcome.compiled == len(list(own.glob("longlag/compiled/*"))) > 0
        alone |= outcome.digests
        shutil.copytree(own, shared, dirs_exist_ok=True)
    mixed = random.Random(1).sample(runs, len(runs))
    for order, guard in ((runs, ""), (runs[::-1], "after"), (mixed, "before")):
        assert digests(order, shared, guard=guard) == (alone, 0)


def test_a_draw(tmp_path):
    """Two widths, as of a study that narrows."""
    check([f"lanes latch guessing {width} float32" for width in (4, 8)], tmp_path, processes=2)


@pytest.mark.slow
@pytest.mark.parametrize("learner", learners())
def test_every_task_in_lanes(learner, tmp_path):
    """Each task in one width and number type after another, and one task in all of them."""
    fit = [task for task in tasks() if fitting(task, learner)]
    assert len(fit) > 5
    runs = [f"lanes {fit[0]} {learner} {width} {dtype}" for width, dtype in WIDTHS_AND_TYPES]
    for i, task in enumerate(fit[1:]):
        width, dtype = WIDTHS_AND_TYPES[i % len(WIDTHS_AND_TYPES)]
        runs.append(f"lanes {task} {learner} {width} {dtype}")
    check(runs, tmp_path, processes=4)


@pytest.mark.slow
@pytest.mark.parametrize("learner", learners())
def test_trials_that_move_to_fewer_lanes(learner, tmp_path):
    check([f"narrowing latch {learner} {dtype}" for dtype in ("float32", "float64")], tmp_path, 2)


@pytest.mark.slow
def test_every_tasks_sequences(tmp_path):
    check([f"sequences {task}" for task in tasks()], tmp_path, processes=3)


@pytest.mark.slow
def test_streams_and_single_networks(tmp_path):
    runs = [
        f"stream {rule} {dtype} {cells}"
        for rule, dtype in product(("gradient-descent", "rmsprop", "adam"), ("float32", "float64"))
        for cells in (3, 18)
    ]
    runs += [f"network {each} {dtype}" for each in learners() for dtype in ("float32", "float64")]
    runs += [f"scale {layout}" for layout in ("C", "F", "gaps")]
    check(runs, tmp_path, processes=4)
