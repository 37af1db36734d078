"""Learners that take a step at a time, on a training set that grows."""

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from longlag import contract
from longlag.compiled.driver import Driver, driver
from longlag.engine import growing
from longlag.experiments.kinds.base import Fields, Kind, made_of, sizes, write_lane, write_network
from longlag.experiments.kinds.online import Online
from longlag.experiments.stop import GrowingSet
from longlag.simd.random import Purpose, numpy_stream, stream_state

if TYPE_CHECKING:
    from longlag.experiments.trial import Conditions


class Growing(Kind):
    """Online learners under the stop rule `GrowingSet`: see `longlag.engine.growing`."""

    name = "online"
    stop_rules = Online.stop_rules
    counted, counts = "sequences", "presented sequences"
    curves, geometric = False, False
    of_trial = "network with a training set of its own"

    lane = growing.LANE
    columns = ("m", "clock", "stream")
    rows = ("members", "wrong")
    fresh: ClassVar = {"test_stream": Purpose.TESTING, "set_stream": Purpose.SETS}

    def allocate(self, conditions: "Conditions", lanes: int) -> growing.Arrays:
        """See `Kind`."""
        c = conditions
        return growing.allocate(c.task, c.learner, lanes, self.window(c), c.dtype)

    def compile(self, conditions: "Conditions", lanes: int) -> Driver:
        """See `Kind`."""
        advance = growing.compile_growing(
            type(conditions.task).kernel(),
            conditions.learner.kernel(lanes),
            lanes,
            sizes(conditions),
        )
        return driver(advance, ("growing", *made_of(conditions, lanes)))

    def parts(self, conditions: "Conditions") -> list[tuple]:
        """See `Kind`."""
        whole = (self.window(conditions),)
        return [
            *super().parts(conditions),
            ("members", np.bool_, whole),
            ("wrong", np.bool_, whole),
        ]

    def window(self, conditions: "Conditions") -> int:
        """See `Kind`: the whole set."""
        assert isinstance(conditions.stop, GrowingSet)
        return conditions.stop.sequences

    def begin(self, conditions: "Conditions", trial: int, state: Fields) -> None:
        """See `Kind`."""
        c, rule = conditions, conditions.stop
        assert isinstance(rule, GrowingSet)
        write_network(state, c.learner, numpy_stream(c.seed, trial, Purpose.WEIGHTS))
        state["stream"] = stream_state(c.seed, trial, Purpose.SETS)
        state["members"][: rule.first] = True
        write_lane(
            state,
            phase=contract.TRAINING,
            cap=c.cap,
            more=rule.more,
            passes=rule.passes,
            cycles=rule.cycles,
            exam=rule.sequences,
            wrong_below=rule.sequences + 1,
            average_below=math.inf,
            tolerance=c.task.tolerance,
            shown=rule.first,
            last_error=math.nan,
            to_test=c.test,
        )
