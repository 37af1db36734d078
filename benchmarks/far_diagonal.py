"""Cells that feed no unit, with the exact gradient, on the tasks of `longlag show far`.

Run it:  python benchmarks/far_diagonal.py [--T 1000] [--tasks adding 6a] [--seed 2] [--networks 10]

Twelve memory cells in six blocks, whose gates see the inputs alone: so the gradient that is carried
forward is exact. Tests, stop rules, caps, the input gates that begin at -ln T - 2.2 and the epsilon
of Adam are those of `far`; weights start in [-1.5, 1.5], and the rate is 0.006. Forget gates, which
these cells always have, begin open.
"""

import argparse

from longlag.experiments.files import published
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey

BLOCKS, OPEN, RANGE, RATE = 6, 16.0, 1.5, 0.006
TASKS = ("adding", "multiplication", "6a", "6b", "3a", "3c")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--T", type=int, default=1_000)
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--networks", type=int, default=10)
    asked = parser.parse_args()
    experiment = published("far")
    for task in asked.tasks:
        row = f"{task} T={asked.T}"
        given = experiment.conditions(row, seed=asked.seed).learner
        changes = {
            "learner": {
                "type": "rotating",
                "cells": 0,
                "blocks": BLOCKS,
                "output": given.output,
                "weight_range": RANGE,
                "input_gate_biases": given.input_gate_biases,
                "forget_gate_biases": [OPEN],
                "rule": {"type": "adam", "rate": RATE, "epsilon": given.rule.epsilon},
            }
        }
        conditions = experiment.conditions(row, seed=asked.seed, overrides=changes)
        keys = [TrialKey("far-diagonal", row, "", trial) for trial in range(asked.networks)]
        records = Study([(key, conditions) for key in keys]).run()
        solved = sorted(each.sequences for each in records if each.status is Status.SOLVED)
        mean = (
            f"{sum(solved) / len(solved):,.0f} ({solved[0]:,} to {solved[-1]:,})" if solved else ""
        )
        wrong = max((each.wrong for each in records if each.status is Status.SOLVED), default="-")
        print(
            f"{row}, {conditions.learner.weights} weights: {len(solved)} of {len(records)} by "
            f"{conditions.cap:,}, {mean or '-'}, at most {wrong} wrong",
            flush=True,
        )


if __name__ == "__main__":
    main()
