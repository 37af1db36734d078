"""The step of Adam for each experiment of 1997: chosen on seeds 2 and 3, shown on seed 1.

Run it:  python benchmarks/adam_steps.py STORE [EXPERIMENT ...]

Everything but the step is that of the reading `adam`, which has one step, 0.003, for all tables.
The chosen step has the lowest geometric mean, over the rows, of the mean number of sequences, where
a network that was not solved counts with three times the cap. STORE keeps every trial, so the same
command continues an interrupted run.
"""

import argparse
import statistics

from longlag.experiments.files import published
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey, TrialRecord

#: The rows that choose, and are shown: the shorter ones, and one for each network.
ROWS = {
    "noise-free": ["p=100"],
    "noise-free-random": ["p=100"],
    "two-sequence": ["T=100 N=3 ST2", "T=100 N=1 ST2"],
    "two-sequence-noisy-signal": ["T=100 N=3 ST2", "T=100 N=1 ST2"],
    "two-sequence-noisy-target": ["T=100 N=3", "T=100 N=1"],
    "adding": ["T=100"],
    "multiplication": ["n_seq=13"],
    "temporal-order": ["6a"],
    "embedded-reber": ["3x2 lr=0.5"],
    "distractors": ["q=50 p=50", "q=100 p=100"],
}
STEPS = (0.001, 0.003, 0.01, 0.03)
CHOOSING, SHOWING = (2, 3), (1,)  #: seeds
NETWORKS = 2  #: of each seed that chooses
UNSOLVED = 3  #: caps that a network counts with which was not solved

Run = tuple[float, str]  #: a step and a row


def run(
    store: Store, name: str, steps: list[float], seeds: tuple[int, ...], networks: int
) -> dict[Run, list[TrialRecord]]:
    """The trials of each step and row, printed."""
    experiment = published(name)
    trials = {
        TrialKey(name, row, f"adam {step}, seed {seed}", trial): experiment.conditions(
            row, "adam", seed=seed, overrides={"learner.rule.rate": step, "test": 1}
        )
        for step in steps
        for row in ROWS[name]
        for seed in seeds
        for trial in range(networks)
    }
    found = iter(Study(trials.items(), store, workers=1, lanes=16).run())
    runs = {
        (step, row): [next(found) for _ in range(networks * len(seeds))]
        for step in steps
        for row in ROWS[name]
    }
    for (step, row), records in runs.items():
        solved = [each.sequences for each in records if each.status == Status.SOLVED]
        mean = f"{statistics.mean(solved):,.0f}" if solved else "-"
        print(f"{name:<28}{step:<8}{row:<16}{len(solved)} of {len(records)}, mean {mean}")
    return runs


def cost(trials: list[TrialRecord]) -> float:
    """The mean sequences of a row."""
    return statistics.mean(
        trial.sequences if trial.status == Status.SOLVED else UNSOLVED * trial.conditions.cap
        for trial in trials
    )


def main() -> None:
    """Print a line for each step and row, the chosen step of each experiment, and its rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("experiments", nargs="*", default=list(ROWS))
    given = parser.parse_args()
    store = Store(given.store)
    for name in given.experiments:
        runs = run(store, name, list(STEPS), CHOOSING, NETWORKS)
        scores = {
            step: statistics.geometric_mean(cost(runs[step, row]) for row in ROWS[name])
            for step in STEPS
        }
        chosen = min(scores, key=scores.__getitem__)
        shown = ", ".join(f"{step}: {score:,.0f}" for step, score in scores.items())
        print(f"{name}: chosen {chosen} ({shown}); on seed 1:", flush=True)
        run(store, name, [chosen], SHOWING, published(name).trials)


if __name__ == "__main__":
    main()
