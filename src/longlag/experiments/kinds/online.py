"""Learners that take a step at a time."""

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from longlag import contract
from longlag.compiled.driver import Driver, driver
from longlag.engine import online
from longlag.experiments.kinds.base import Fields, Kind, made_of, sizes, write_lane, write_network
from longlag.experiments.stop import Exam, GrowingSet, Recent, Status
from longlag.simd.random import Purpose, numpy_stream, stream_state

if TYPE_CHECKING:
    from longlag.experiments.trial import Conditions


class Online(Kind):
    """Learners that take a step at a time: see `longlag.engine.online`."""

    name = "online"
    stop_rules = Recent, Exam, GrowingSet  #: of which the last has a driver of its own
    counted, counts = "sequences", "training sequences"
    curves, geometric = True, False
    of_trial = "network, trained from its own random start on its own sequences"

    lane = online.LANE
    columns = ("m", "clock", "stream", "held_stream", "exam_stream")
    rows = ("recent", "recent_bad", "curve")
    fresh: ClassVar = {"test_stream": Purpose.TESTING}

    def allocate(self, conditions: "Conditions", lanes: int) -> online.Arrays:
        """See `Kind`."""
        c = conditions
        return online.allocate(c.task, c.learner, lanes, self.window(c), c.dtype)

    def compile(self, conditions: "Conditions", lanes: int) -> Driver:
        """See `Kind`."""
        advance = online.compile_online(
            type(conditions.task).kernel(),
            conditions.learner.kernel(lanes),
            lanes,
            sizes(conditions),
        )
        return driver(advance, made_of(conditions, lanes))

    def parts(self, conditions: "Conditions") -> list[tuple]:
        """See `Kind`."""
        window = self.window(conditions)
        return [
            *super().parts(conditions),
            ("recent", np.float32, (window,)),
            ("recent_bad", np.bool_, (window,)),
            ("curve", np.float64, (online.CURVE, 2)),
        ]

    def begin(self, conditions: "Conditions", trial: int, state: Fields) -> None:
        """See `Kind`."""
        c = conditions
        assert isinstance(c.stop, Recent | Exam)
        write_network(state, c.learner, numpy_stream(c.seed, trial, Purpose.WEIGHTS))
        state["stream"] = stream_state(c.seed, trial, Purpose.TRAINING)
        state["exam_stream"] = stream_state(c.seed, trial, Purpose.EXAM)
        write_lane(
            state,
            phase=contract.TRAINING,
            cap=c.cap,
            wrong_below=c.stop.wrong_below,
            average_below=c.stop.average_below,
            every=c.stop.every,
            exam=c.stop.sequences,
            due=c.stop.every or -1,
            tolerance=c.task.tolerance,
            stretch=1,
            to_test=c.test,
        )

    def outcome(self, conditions: "Conditions", state: Fields) -> dict[str, Any]:
        """See `Kind`."""
        found = super().outcome(conditions, state)
        weights = conditions.learner.layout.view(state["column"], "weights")
        if found["status"] is Status.CAP and not np.isfinite(weights).all():
            # The answers stayed finite, because a gate can hide an infinite weight.
            found["status"] = Status.DIVERGED
        return found | {"curve": _curve(state)}

    def error(self, conditions: "Conditions", lane: Fields) -> float:
        """See `Kind`."""
        seen = min(int(lane["sequences"]), self.window(conditions))
        return float(lane["recent_error"]) / seen if seen else math.nan


def _curve(state: Fields) -> np.ndarray:
    """Points (sequences so far, mean error, share wrong); the last stretch may be shorter."""
    lane = state["lane"]
    counts = np.full(int(lane["points"]), int(lane["stretch"]))
    if lane["filled"]:
        counts = np.append(counts, int(lane["filled"]))
    sums = state["curve"][: len(counts)]
    return np.column_stack([np.cumsum(counts), sums / counts[:, None]])
