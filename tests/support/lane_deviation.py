"""A lane kernel beside the readable reference of its learner, over whole sequences."""

from collections.abc import Iterable, Sequence

import numpy as np

from longlag.learners.base import Observer
from support.lanes import Lanes


def lane_deviation(
    config, sequences: Iterable, kernel=None, *, groups: Sequence[str] = ("weights", "activations")
) -> float:
    """The largest deviation of a one-lane float64 kernel from the reference, NaN where one has it.

    Compared are the answers of every step, and the `groups` after each of the sequences, which are
    inputs, targets, and whether the networks learn. `kernel` is the learner's by default.
    """
    column = config.start(np.random.default_rng(0))
    net, lane = config.reference(), Lanes(config, [column], kernel=kernel)
    net.load(column)
    largest = []
    for x, targets, learn in sequences:
        net.reset()
        lane.reset()
        for now, target, taught in zip(x, targets, learn, strict=True):
            if isinstance(net, Observer):
                net.observe(now)
                lane.observe(now)
            net.step(now)
            lane.step(now)
            largest.append(np.abs(net.answer() - lane.answer()[:, 0]).max())
            if taught:
                net.learn(target)
                lane.learn(target)
        net.finish()
        lane.finish()
        largest.extend(
            np.abs(getattr(net, name)() - lane.view(name)[:, 0]).max() for name in groups
        )
    return np.max(largest)
