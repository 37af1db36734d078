"""Learners that go through a training set in passes."""

import math
from typing import TYPE_CHECKING, ClassVar

from longlag import contract
from longlag.compiled.driver import Driver, driver
from longlag.engine import batch
from longlag.experiments.kinds.base import Fields, Kind, made_of, sizes, write_lane, write_network
from longlag.experiments.stop import ExamWhenReady, TrainingSet
from longlag.learners.base import BatchLearner
from longlag.simd.random import Purpose, numpy_stream, stream_state

if TYPE_CHECKING:
    from longlag.experiments.trial import Conditions


class Batch(Kind):
    """Learners that go through a training set in passes: see `longlag.engine.batch`."""

    name = "batch"
    stop_rules = TrainingSet, ExamWhenReady
    counted, counts = "sequences", "presented sequences"
    curves, geometric = False, False
    of_trial = "network with a training set of its own"

    lane = batch.LANE
    columns = ("m", "clock", "stream", "epoch_stream", "exam_stream")
    rows = ()
    fresh: ClassVar = {"test_stream": Purpose.TESTING, "set_stream": Purpose.SETS}

    def allocate(self, conditions: "Conditions", lanes: int) -> batch.Arrays:
        """See `Kind`."""
        return batch.allocate(conditions.task, conditions.learner, lanes, conditions.dtype)

    def compile(self, conditions: "Conditions", lanes: int) -> Driver:
        """See `Kind`."""
        learner = conditions.learner
        assert isinstance(learner, BatchLearner)
        advance = batch.compile_batch(
            type(conditions.task).kernel(),
            learner.kernel(lanes),
            learner.epoch,
            lanes,
            sizes(conditions),
            learner.layout.start("ready"),
        )
        return driver(advance, made_of(conditions, lanes))

    def begin(self, conditions: "Conditions", trial: int, state: Fields) -> None:
        """See `Kind`; the learner continues the stream that drew its first network."""
        c, rule = conditions, conditions.stop
        assert isinstance(rule, TrainingSet | ExamWhenReady)
        examined = isinstance(rule, ExamWhenReady)
        lessons = () if examined else rule.lessons
        whole = rule.set if examined else rule.sequences
        generator = numpy_stream(c.seed, trial, Purpose.WEIGHTS)
        write_network(state, c.learner, generator)
        state["epoch_stream"] = generator.bit_generator.state["state"]["state"]
        state["exam_stream"] = stream_state(c.seed, trial, Purpose.EXAM)
        state["stream"] = stream_state(c.seed, trial, Purpose.SETS)
        write_lane(
            state,
            phase=contract.TRAINING,
            cap=c.cap,
            set=lessons[0] if lessons else whole,
            whole_set=whole,
            lessons=[*lessons, *(0 for _ in range(len(lessons), contract.MOST_LESSONS + 1))],
            exam=rule.sequences if examined else 0,
            wrong_below=rule.wrong_below if examined else 0,
            average_below=rule.average_below if examined else 0.0,
            tolerance=c.task.tolerance,
            last_error=math.nan,
            to_test=c.test,
        )
