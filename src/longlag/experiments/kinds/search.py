"""Learners that propose one network after another."""

import math
from typing import TYPE_CHECKING, Any, ClassVar

from longlag import contract
from longlag.compiled.driver import Driver, driver
from longlag.engine import search
from longlag.experiments.kinds.base import Fields, Kind, made_of, sizes, write_lane, write_network
from longlag.experiments.stop import TrainingSet
from longlag.learners.base import SearchLearner
from longlag.simd.random import Purpose, numpy_stream, stream_state

if TYPE_CHECKING:
    from longlag.experiments.trial import Conditions


class Search(Kind):
    """Learners that propose one network after another: see `longlag.engine.search`."""

    name = "search"
    stop_rules = (TrainingSet,)
    counted = counts = "guesses"
    curves, geometric = False, True
    of_trial = "trial with a training set of its own"

    lane = search.LANE
    columns = ("m", "clock", "stream", "guess_stream")
    rows = ()
    fresh: ClassVar = {"test_stream": Purpose.TESTING, "set_stream": Purpose.EXAM}

    def allocate(self, conditions: "Conditions", lanes: int) -> search.Arrays:
        """See `Kind`."""
        return search.allocate(conditions.task, conditions.learner, lanes, conditions.dtype)

    def compile(self, conditions: "Conditions", lanes: int) -> Driver:
        """See `Kind`."""
        assert isinstance(conditions.learner, SearchLearner)
        advance = search.compile_search(
            type(conditions.task).kernel(),
            conditions.learner.kernel(lanes),
            conditions.learner.proposal,
            lanes,
            sizes(conditions),
        )
        return driver(advance, made_of(conditions, lanes))

    def begin(self, conditions: "Conditions", trial: int, state: Fields) -> None:
        """See `Kind`; later proposals continue the stream that drew the first proposal."""
        c = conditions
        generator = numpy_stream(c.seed, trial, Purpose.WEIGHTS)
        write_network(state, c.learner, generator)
        state["guess_stream"] = generator.bit_generator.state["state"]["state"]
        state["stream"] = stream_state(c.seed, trial, Purpose.EXAM)
        write_lane(
            state,
            phase=contract.TRAINING,
            cap=c.cap,
            set=c.stop.sequences,
            tolerance=c.task.tolerance,
            guesses=1,
            to_test=c.test,
        )

    def outcome(self, conditions: "Conditions", state: Fields) -> dict[str, Any]:
        """See `Kind`."""
        guesses = int(state["lane"]["guesses"])
        return super().outcome(conditions, state) | {"guesses": guesses}

    def error(self, conditions: "Conditions", lane: Fields) -> float:
        """See `Kind`."""
        return math.nan
