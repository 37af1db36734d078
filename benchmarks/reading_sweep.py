"""A designed sweep over the details that the paper of 1997 leaves open, for tables that we miss.

Run it:  python benchmarks/reading_sweep.py EXPERIMENT STORE

`reading_sweep.toml` names the experiments, their factors and the levels of these.

1. Screen: random combinations of the levels of all factors, each level equally often, the least
   correlated of 300 such designs; few networks of seeds 1 to 5, low caps, the cheaper rows.
2. A linear model of main effects, and of the three pairs that explain most of what is left.
3. Seeds 1 to 5 in full, all rows: the two best combinations of the screen, the one that the model
   expects most of, and the present reading.
4. Seeds 6 to 10: the best of these beside the present reading. Nothing is chosen on these seeds.

The score was fixed before the first run. Of a row: |ln(mean / published)|, where a network that was
not solved counts with the cap, plus twice the shortfall from the published share of solved networks
(1 where none is printed). Of a combination: the mean over the rows, plus 0.1 for each detail that
differs from the text. STORE keeps every trial, so the same command continues an interrupted sweep.
"""

import itertools
import math
import sys
from pathlib import Path

import msgspec
import numpy as np

from longlag.experiments.experiment import Experiment
from longlag.experiments.files import published
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

CHOOSING, SHOWING = range(1, 6), range(6, 11)  #: seeds
SHORTFALL, DETAIL = 2.0, 0.1  #: what a missed share and a differing detail cost
EACH = 4  #: combinations that share what is compiled
UNITS = ("cells", "input_gates", "output_gates", "hidden", "outputs")


class Level(msgspec.Struct, eq=False):
    """One way to read a detail: see `reading_sweep.toml`."""

    label: str
    differs: int = 0
    changes: dict[str, object] = {}
    toggles: tuple[str, ...] = ()
    graded: dict[str, float] = {}


class Sweep(msgspec.Struct):
    """What is swept in an experiment, and the labels of the reading that is shown today."""

    present: tuple[str, ...]
    combinations: int
    screened: dict[str, tuple[int, float]]
    full: dict[str, tuple[int, float]]
    shown: dict[str, tuple[int, float]]
    compiled: int
    factors: dict[str, list[Level]]


Combination = tuple[Level, ...]
Found = dict[str, list[TrialRecord]]  #: the trials of a combination, by row


def design(sweep: Sweep) -> list[Combination]:
    """Balanced random combinations."""
    generator, n = np.random.default_rng(1), sweep.combinations
    best, least = np.zeros((0, 0), int), math.inf
    for _ in range(300):
        columns = []
        for i, levels in enumerate(sweep.factors.values()):
            size = n // EACH if i < sweep.compiled else n
            column = generator.permutation(np.arange(size) % len(levels))
            columns.append(np.repeat(column, n // size))
        correlation = np.square(np.corrcoef(columns)).sum()
        if correlation < least:
            best, least = np.stack(columns, axis=1), correlation
    factors = sweep.factors.values()
    return [tuple(levels[i] for levels, i in zip(factors, row, strict=True)) for row in best]


def named(sweep: Sweep, labels: tuple[str, ...]) -> Combination:
    """The combination with these levels, and the first level of all other factors."""
    return tuple(
        next((level for level in levels if level.label in labels), levels[0])
        for levels in sweep.factors.values()
    )


def in_words(combination: Combination) -> str:
    """The labels that are not the text's."""
    return ", ".join(level.label for level in combination if level.label != "text") or "text"


def differing(combination: Combination) -> int:
    """How many details differ from the text."""
    return sum(level.differs for level in combination)


def conditions(
    experiment: Experiment, row: str, combination: Combination, seed: int, cap: int
) -> Conditions:
    """The conditions of one combination; the text is the reading `as-printed`."""
    changes: dict[str, object] = {"cap": cap, "test": 256}
    blocks = experiment.conditions(row, "as-printed").learner.blocks
    biased = set(experiment.learner.get("biased", UNITS))
    for level in combination:
        changes |= level.changes
        biased ^= set(level.toggles)
        for key, first in level.graded.items():
            changes[key] = [first * (block + 1) for block in range(blocks)]
    changes["learner.biased"] = [unit for unit in UNITS if unit in biased]
    return experiment.conditions(row, "as-printed", seed=seed, overrides=changes)


def run(
    experiment: Experiment,
    store: Store,
    combinations: list[Combination],
    seeds: range,
    rows: dict[str, tuple[int, int]],
) -> list[Found]:
    """The trials of each combination; `rows` has the networks of each seed, and the cap."""
    trials = [
        (
            TrialKey(experiment.name, row, f"{in_words(combination)}; seed {seed}; {cap}", trial),
            conditions(experiment, row, combination, seed, cap),
        )
        for combination in combinations
        for row, (networks, cap) in rows.items()
        for seed in seeds
        for trial in range(networks)
    ]
    found = iter(Study(trials, store, workers=1, lanes=16).run())
    return [
        {row: [next(found) for _ in range(each * len(seeds))] for row, (each, _) in rows.items()}
        for _ in combinations
    ]


def solved(trials: list[TrialRecord]) -> list[int]:
    """The sequences to success of the networks that were solved."""
    return [trial.sequences for trial in trials if trial.status == Status.SOLVED]


def capped_mean(trials: list[TrialRecord]) -> float:
    """The mean sequences to success; a network that was not solved counts with the cap."""
    successes = solved(trials)
    missing = len(trials) - len(successes)
    return (sum(successes) + missing * trials[0].conditions.cap) / len(trials)


def distance(experiment: Experiment, records: Found) -> float:
    """The score of a combination without what its details cost."""
    distances = []
    for row, trials in records.items():
        figures = experiment.find_row(row).published
        wanted = 1.0 if figures.solved is None else figures.solved
        missed = max(wanted - len(solved(trials)) / len(trials), 0.0)
        ratio = capped_mean(trials) / figures.sequences
        distances.append(abs(math.log(ratio)) + SHORTFALL * missed)
    return float(np.mean(distances))


def effects(combinations: list[Combination], values: np.ndarray) -> dict[str, float]:
    """What each level, and the pairs that matter most, add to the value; "" is the constant.

    Least squares, with a little of ridge: levels that never occur apart share their effect.
    """
    singles = {
        label: np.array([label in {each.label for each in row} for row in combinations], float)
        for label in dict.fromkeys(each.label for row in combinations for each in row)
        if label != "text"
    }

    def fit(terms: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
        matrix = np.stack([np.ones(len(values)), *terms.values()], axis=1)
        penalty = np.diag([0.0, *[0.5] * len(terms)])
        weights = np.linalg.solve(matrix.T @ matrix + penalty, matrix.T @ values)
        return float(np.square(values - matrix @ weights).sum()), weights

    terms = dict(singles)
    both = {f"{a} & {b}": singles[a] * singles[b] for a, b in itertools.combinations(singles, 2)}
    pairs = {name: column for name, column in both.items() if column.sum() >= 3}
    for _ in range(3):
        name = min(pairs, key=lambda pair: fit(terms | {pair: pairs[pair]})[0])
        terms[name] = pairs.pop(name)
    return dict(zip(["", *terms], fit(terms)[1].tolist(), strict=True))


def expected(found: dict[str, float], combination: Combination) -> float:
    """The value that the model expects."""
    labels = {"", *(level.label for level in combination)}
    return sum(effect for name, effect in found.items() if labels >= {*name.split(" & ")})


def show(
    title: str, experiment: Experiment, combinations: list[Combination], records: list[Found]
) -> list[Combination]:
    """Print the combinations and their rows, the best first; returns them in that order."""

    def score(i: int) -> float:
        return distance(experiment, records[i]) + DETAIL * differing(combinations[i])

    order = sorted(range(len(records)), key=score)
    print(title)
    for i in order:
        print(f"{score(i):.2f}, {differing(combinations[i])} details: {in_words(combinations[i])}")
        for row, trials in records[i].items():
            figures = solved(trials) or [math.nan]
            wanted = experiment.find_row(row).published.sequences
            print(
                f"    {row:<14} {len(solved(trials))} of {len(trials)} solved, mean "
                f"{np.mean(figures):,.0f}, median {np.median(figures):,.0f}, with caps "
                f"{capped_mean(trials):,.0f}, published {wanted:,}"
            )
    return [combinations[i] for i in order]


def main() -> None:
    """Run the four stages and print them."""
    text = Path(__file__).with_suffix(".toml").read_bytes()
    sweeps = msgspec.toml.decode(text, type=dict[str, Sweep])
    _, name, path = sys.argv
    experiment, sweep, store = published(name), sweeps[name], Store(path)
    low, full, last = (
        {
            row: (networks, int(times * experiment.find_row(row).published.sequences))
            for row, (networks, times) in rows.items()
        }
        for rows in (sweep.screened, sweep.full, sweep.shown)
    )
    present = named(sweep, sweep.present)
    combinations = list(dict.fromkeys([present, named(sweep, ()), *design(sweep)]))
    records = run(experiment, store, combinations, CHOOSING, low)
    best = show(f"SCREEN, {len(combinations)} combinations", experiment, combinations, records)
    found = effects(combinations, np.array([distance(experiment, each) for each in records]))
    print("EFFECTS on the distance, without what details cost")
    for name, effect in sorted(found.items(), key=lambda pair: -abs(pair[1])):
        print(f"    {effect:+.2f} {name or 'all'}")

    untried = [
        each for each in itertools.product(*sweep.factors.values()) if each not in combinations
    ]
    promised = min(untried, key=lambda each: expected(found, each) + DETAIL * differing(each))
    finalists = list(dict.fromkeys([*best[:2], promised, present]))
    records = run(experiment, store, finalists, CHOOSING, full)
    winner, *_ = show("SEEDS 1 TO 5, in full", experiment, finalists, records)
    shown = list(dict.fromkeys([winner, present]))
    records = run(experiment, store, shown, SHOWING, last)
    show("SEEDS 6 TO 10, which chose nothing", experiment, shown, records)


if __name__ == "__main__":
    main()
