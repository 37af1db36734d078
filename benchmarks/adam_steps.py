"""The step of Adam for each experiment of 1997: chosen on seeds 2 and 3, shown on seed 1.

Run it:  python benchmarks/adam_steps.py STORE [EXPERIMENT ...]

Everything but the step is that of the reading `adam`, which has one step, 0.003, for all tables.
The chosen step has the lowest geometric mean, over the rows of the experiment that choose, of the
mean number of sequences, where a network that was not solved counts with three times the cap. STORE
keeps every trial, so the same command continues an interrupted run.
"""

import argparse
import statistics

from longlag.experiments.files import published
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey, TrialRecord

#: The rows that choose. The others are longer, or are the same network under Adam.
ROWS = {
    "noise-free": ["p=100"],
    "noise-free-random": ["p=100"],
    "two-sequence": ["T=100 N=3 ST2", "T=100 N=1 ST2"],
    "two-sequence-noisy-signal": ["T=100 N=3 ST2", "T=100 N=1 ST2"],
    "two-sequence-noisy-target": ["T=100 N=3", "T=100 N=1"],
    "adding": ["T=100", "T=500"],
    "multiplication": ["n_seq=13"],
    "temporal-order": ["6a", "6b"],
    "embedded-reber": ["4x1 lr=0.1", "3x2 lr=0.1"],
    "distractors": ["q=50 p=50", "q=100 p=100", "q=200 p=200"],
}
STEPS = (0.001, 0.003, 0.01, 0.03)
SEEDS = (2, 3)
NETWORKS = 2  #: of each seed
UNSOLVED = 3  #: caps that a network counts with which was not solved


def cost(trials: list[TrialRecord]) -> float:
    """The mean sequences of a row."""
    return statistics.mean(
        trial.sequences if trial.status == Status.SOLVED else UNSOLVED * trial.conditions.cap
        for trial in trials
    )


def main() -> None:
    """Print a line for each step and row, and the chosen step of each experiment."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("experiments", nargs="*", default=list(ROWS))
    given = parser.parse_args()
    store = Store(given.store)
    for name in given.experiments:
        experiment, rows = published(name), ROWS[name]
        trials = [
            (
                TrialKey(name, row, f"adam {step}, seed {seed}", trial),
                experiment.conditions(
                    row, "adam", seed=seed, overrides={"learner.rule.rate": step, "test": 1}
                ),
            )
            for step in STEPS
            for row in rows
            for seed in SEEDS
            for trial in range(NETWORKS)
        ]
        found = iter(Study(trials, store, workers=1, lanes=16).run())
        scores = {}
        for step in STEPS:
            costs = []
            for row in rows:
                networks = [next(found) for _ in range(NETWORKS * len(SEEDS))]
                costs.append(cost(networks))
                solved = sum(trial.status == Status.SOLVED for trial in networks)
                print(f"{name:<28}{step:<8}{row:<18}{solved} of {len(networks)}{costs[-1]:>14,.0f}")
            scores[step] = statistics.geometric_mean(costs)
        shown = ", ".join(f"{step}: {score:,.0f}" for step, score in scores.items())
        print(f"{name}: chosen {min(scores, key=scores.__getitem__)} ({shown})", flush=True)


if __name__ == "__main__":
    main()
