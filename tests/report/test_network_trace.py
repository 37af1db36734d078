"""Which network the report looks into, and what it sees there."""

from dataclasses import replace

import numpy as np
from support.made_up_records import CAP, CONDITIONS, experiment, record, study

from longlag.experiments.trial import Status
from longlag.learners.lstm import LSTM
from longlag.report.study.mechanism import mechanism
from longlag.report.study.network_trace import most_typical, observe
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.adding import Adding
from longlag.tasks.temporal_order import TemporalOrder


def test_the_median_trial_of_the_shortest_row_is_shown():
    (shown,) = most_typical(experiment(), study())
    assert (shown.key.row, shown.key.trial, shown.sequences) == ("T=100", 1, 62_111)


def test_a_trial_of_the_chosen_reading_is_shown_if_it_solved():
    literal = [record(i, 1_000 + i, reading="as-printed") for i in range(3)]
    (shown,) = most_typical(experiment(), [*literal, record(5, 70_000)])
    assert (shown.key.reading, shown.key.trial) == ("linear-output", 5)
    (shown,) = most_typical(experiment(), [*literal, record(5, CAP, Status.CAP)])
    assert (shown.key.reading, shown.key.trial) == ("as-printed", 1)
    assert most_typical(experiment(), [record(5, CAP, Status.CAP)]) == []


def test_the_shortest_lag_is_shown_and_every_task():
    def of(task, trial, row):
        one = record(trial, 50_000, row=row)
        return replace(one, conditions=replace(CONDITIONS, task=task))

    trials = [
        of(Adding(500), 0, "T=500"),
        of(TemporalOrder(), 1, "T=500"),
        of(Adding(100), 2, "T=100"),
    ]
    assert [each.key.trial for each in most_typical(experiment(), trials)] == [2, 1]


def test_a_network_that_reads_symbols_is_observed_at_work():
    task = TemporalOrder()
    learner = LSTM(task.inputs, task.outputs, coding="symbol", output_gates=False, h="identity")
    start = learner.start(numpy_stream(7, 0, Purpose.WEIGHTS))
    conditions = replace(CONDITIONS, task=task, learner=learner)
    column = start[: learner.layout.kept].astype(np.float32)
    trace = observe(replace(record(0, 9_000), conditions=conditions, column=column))
    x, target = next(task.sequences(7, 0, Purpose.TESTING))
    steps = len(x)
    assert trace.x.tolist() == x.tolist()
    assert np.array_equal(trace.target, target, equal_nan=True)
    assert trace.symbols == tuple("EBabcdXY")
    assert {trace.symbols[int(x[step, 0])] for step in trace.marked} <= {"X", "Y"}
    assert len(trace.marked) == 2
    assert trace.output_gates is None
    assert trace.input_gates.shape == (steps, learner.blocks)
    assert trace.states.shape == trace.cell_outputs.shape == (steps, 4)
    assert trace.outputs.shape == (steps, 4)
    assert np.isfinite(trace.outputs).all()
    assert len(mechanism(trace).axes) == 5
