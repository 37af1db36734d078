"""A designed sweep over the details that the paper of 1997 leaves open, for tables that we miss.

Run it:  python benchmarks/reading_sweep.py embedded-reber STORE [--combinations 48]
Also:    two-sequence-noisy-signal, adding, temporal-order

1. Screen: random combinations of the levels of all factors, each level equally often, the least
   correlated of 300 such designs; few networks of seeds 1 to 5, low caps, the cheaper rows.
2. A linear model of main effects, and of the three pairs that explain most of what is left.
3. Seeds 1 to 5 in full, all rows: the four best combinations of the screen, the two best of the
   model, the present reading, and the text taken literally.
4. Seeds 6 to 10: the best of these beside the present reading. Nothing is chosen on these seeds.

The score was fixed before the first run. Of a row: |ln(mean / published)|, where a network that was
not solved counts with the cap, plus twice the shortfall from the published share of solved networks
(1 where none is printed). Of a combination: the mean over the rows, plus 0.1 for each detail that
differs from the text. STORE keeps every trial, so the same command continues an interrupted sweep.
"""

import argparse
import itertools
import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from longlag.experiments.experiment import Experiment
from longlag.experiments.files import published
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

CHOOSING, SHOWING = range(1, 6), range(6, 11)  #: seeds
SHORTFALL, DETAIL = 2.0, 0.1  #: what a missed share and a differing detail cost
UNITS = ("cells", "input_gates", "output_gates", "outputs")
SOURCES = ("inputs", "cells", "gates")


@dataclass(frozen=True)
class Level:
    """One choice for a detail; `differs` counts what stands in the text otherwise."""

    label: str
    differs: int = 0
    changes: tuple[tuple[str, object], ...] = ()  #: sets are toggled in the table's own set


def level(label: str, differs: int = 0, **changes: object) -> Level:
    """A level; `__` stands for the dot of a key."""
    return Level(
        label, differs, tuple((key.replace("__", "."), value) for key, value in changes.items())
    )


def graded(step: float, blocks: int) -> list[float]:
    """Biases of the gates of all blocks, as the paper has them."""
    return [-step * (block + 1) for block in range(blocks)]


TEXT = level("text")
GATES = frozenset({"gates"})
FEEDBACK = level("gates not fed back", 1, learner__cell_sources=GATES, learner__gate_sources=GATES)
G = level("g in [-1,1]", 1, learner__g="[-1,1]")
WHOLE = level("whole gradient", 0, learner__rule__descends="whole")
OUTPUT_BIAS = level("output bias toggled", 1, learner__biased=frozenset({"outputs"}))
CELL_BIAS = level("cell bias toggled", 1, learner__biased=frozenset({"cells"}))
NEGATIVE = [
    level(f"output gates from -{step}", 0, learner__output_gate_biases=partial(graded, step))
    for step in (1, 2)
]


def ranges(name: str, label: str, *values: float) -> list[Level]:
    """The printed range, and wider ones."""
    return [TEXT, *(level(f"{label} {value}", 1, **{name: value}) for value in values)]


@dataclass(frozen=True)
class Sweep:
    """What is swept in an experiment: factors whose levels compile anew, then all others."""

    compiled: list[list[Level]]
    others: list[list[Level]]
    screened: dict[str, tuple[int, float]]  #: row: networks per seed, cap over published mean
    full: dict[str, int]  #: networks per seed of every row
    present: tuple[str, ...]  #: labels of the reading that is shown today


SWEEPS = {
    "embedded-reber": Sweep(
        [
            [TEXT, OUTPUT_BIAS],
            [TEXT, CELL_BIAS],
            [TEXT, FEEDBACK],
            [TEXT, level("inputs feed outputs", 1, learner__output_sources=frozenset({"inputs"}))],
            [TEXT, level("one update per string", 0, learner__update="sequence")],
            [TEXT, G],
        ],
        [
            [TEXT, level("most active is legal", 0, task__criterion="most active")],
            [TEXT, WHOLE],
            [TEXT, level("exam every 50", 0, stop__every=50), level("1000", 0, stop__every=1000)],
            ranges("learner__weight_range", "weights", 0.5, 1.0),
            [TEXT, level("no duplicates", 0, task__duplicates=False)],
            [TEXT, level("input gates from -1", 1, learner__input_gate_biases=partial(graded, 1))],
        ],
        {row: (3, 4.0) for row in ("4x1 lr=0.1", "3x2 lr=0.1", "4x1 lr=0.5", "3x2 lr=0.5")},
        {f"{net} lr={rate}": 6 for net in ("4x1", "3x2") for rate in (0.1, 0.2, 0.5)},
        ("output bias toggled", "inputs feed outputs", "most active is legal", "whole gradient"),
    ),
    "two-sequence-noisy-signal": Sweep(
        [[TEXT, OUTPUT_BIAS], [TEXT, CELL_BIAS], [TEXT, FEEDBACK], [TEXT, G]],
        [
            [TEXT, level("exam every 100", 0, stop__every=100), level("3000", 0, stop__every=3000)],
            [TEXT, WHOLE],
            ranges("learner__weight_range", "weights", 0.2, 0.3),
            ranges("learner__bias_range", "biases of cells", 0.3, 0.5, 0.7),
        ],
        {f"T=100 N={n} ST2": (2, 4.0) for n in (3, 1)},
        {f"T=100 N={n} {st}": 4 for n in (3, 1) for st in ("ST1", "ST2")} | {"T=1000 N=1 ST2": 1},
        ("biases of cells 0.5",),
    ),
    "adding": Sweep(
        [[TEXT, OUTPUT_BIAS], [TEXT, CELL_BIAS], [TEXT, FEEDBACK], [TEXT, G]],
        [
            [
                level("linear output", 1, learner__output="linear"),
                level("output in [-0.5,1.5]", 1, learner__output_range=(-0.5, 1.5)),
                level("output in [-0.1,1.1]", 1, learner__output_range=(-0.1, 1.1)),
            ],
            ranges("learner__weight_range", "weights", 0.3, 1.0),
            [TEXT, level("biases 0.1", 0, learner__bias_range=0.1)],
            [TEXT, *NEGATIVE],
            [TEXT, WHOLE],
        ],
        {"T=100": (2, 4.0), "T=500": (1, 2.5)},
        {"T=100": 4, "T=500": 4, "T=1000": 2},
        ("linear output", "weights 1.0"),
    ),
    "temporal-order": Sweep(
        [[TEXT, OUTPUT_BIAS], [TEXT, CELL_BIAS], [TEXT, FEEDBACK], [TEXT, G]],
        [
            ranges("learner__weight_range", "weights", 0.2, 0.5),
            [TEXT, *NEGATIVE],
            [TEXT, WHOLE],
            [TEXT, level("output in [-0.1,1.1]", 1, learner__output_range=(-0.1, 1.1))],
        ],
        {"6a": (1, 4.0), "6b": (2, 3.0)},
        {"6a": 4, "6b": 4},
        (),
    ),
}

Combination = tuple[Level, ...]


def design(sweep: Sweep, combinations: int, each: int = 4) -> list[Combination]:
    """Balanced random combinations; `each` of them share what is compiled."""
    generator = np.random.default_rng(1)
    best: tuple[float, np.ndarray] = (math.inf, np.zeros(0))
    for _ in range(300):
        columns = []
        for factors, size in (
            (sweep.compiled, -(-combinations // each)),
            (sweep.others, combinations),
        ):
            for levels in factors:
                column = generator.permutation(np.arange(size) % len(levels))
                columns.append(np.resize(np.repeat(column, combinations // size), combinations))
        drawn = np.stack(columns, axis=1)
        correlations = np.corrcoef(drawn.T) - np.eye(drawn.shape[1])
        best = min(best, (float(np.square(correlations).sum()), drawn), key=lambda pair: pair[0])
    factors = [*sweep.compiled, *sweep.others]
    return [
        tuple(levels[i] for levels, i in zip(factors, row, strict=True)) for row in best[1].tolist()
    ]


def named(sweep: Sweep, labels: tuple[str, ...]) -> Combination:
    """The combination with these levels, and the first level of all other factors."""
    factors = [*sweep.compiled, *sweep.others]
    return tuple(
        next((level for level in levels if level.label in labels), levels[0]) for levels in factors
    )


def in_words(combination: Combination) -> str:
    """The labels that are not the text's."""
    return ", ".join(each.label for each in combination if each != TEXT) or "text"


def conditions(
    experiment: Experiment, row: str, combination: Combination, seed: int, cap: int
) -> Conditions:
    """The conditions of one combination; the text is the reading `as-printed`."""
    changes: dict[str, object] = {"cap": cap, "test": 256}
    learner = experiment.learner | {
        key.removeprefix("learner."): value
        for key, value in experiment.find_row(row).changes.items()
    }
    present = {
        "learner.biased": learner.get("biased", UNITS),
        "learner.cell_sources": SOURCES,
        "learner.gate_sources": SOURCES,
        "learner.output_sources": ("cells",),
    }
    for key, value in (change for each in combination for change in each.changes):
        if isinstance(value, frozenset):
            toggled = set(changes.get(key, present[key])) ^ value
            value = [
                name for name in ("inputs", *UNITS[:1], "gates", *UNITS[1:]) if name in toggled
            ]
        elif isinstance(value, partial):
            value = value(learner["blocks"])
        changes[key] = value
    return experiment.conditions(row, "as-printed", seed=seed, overrides=changes)


def run(
    experiment: Experiment,
    store: Store,
    combinations: list[Combination],
    seeds: range,
    rows: dict[str, tuple[int, int]],  #: networks per seed, and the cap
) -> list[dict[str, list[TrialRecord]]]:
    """The trials of each combination, by row."""
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
        {
            row: [next(found) for _ in range(networks * len(seeds))]
            for row, (networks, _) in rows.items()
        }
        for _ in combinations
    ]


def distance(experiment: Experiment, records: dict[str, list[TrialRecord]]) -> float:
    """The score of a combination without what its details cost."""
    distances = []
    for row, trials in records.items():
        figures = experiment.find_row(row).published
        assert figures and figures.sequences
        mean = np.mean(
            [
                trial.sequences if trial.status == Status.SOLVED else trial.conditions.cap
                for trial in trials
            ]
        )
        share = np.mean([trial.status == Status.SOLVED for trial in trials])
        wanted = 1.0 if figures.solved is None else figures.solved
        missed = SHORTFALL * max(wanted - float(share), 0.0)
        distances.append(abs(math.log(mean / figures.sequences)) + missed)
    return float(np.mean(distances))


def differing(combination: Combination) -> int:
    """How many details differ from the text."""
    return sum(each.differs for each in combination)


def effects(
    combinations: list[Combination], values: np.ndarray
) -> tuple[list[tuple[str, float]], dict[str, float]]:
    """Least squares of main effects, then of the three pairs that explain most of what is left.

    Returns what each level adds to the value beside the first level of its factor, and what each
    combination of levels adds to the mean, by its labels.
    """
    factors = [list(dict.fromkeys(column)) for column in zip(*combinations, strict=True)]
    singles = {
        each.label: np.array([each in combination for combination in combinations], float)
        for combination_levels in factors
        for each in combination_levels
        if each != TEXT
    }
    ones = np.ones(len(values))

    def left(terms: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
        matrix = np.stack([ones, *terms.values()], axis=1)
        # A little of ridge: levels that never occur apart share their effect.
        penalty = np.diag([0.0, *[0.5] * len(terms)])
        weights = np.linalg.solve(matrix.T @ matrix + penalty, matrix.T @ values)
        return float(np.square(values - matrix @ weights).sum()), weights

    terms = dict(singles)
    pairs = {
        f"{a} & {b}": singles[a] * singles[b]
        for a, b in itertools.combinations(singles, 2)
        if (singles[a] * singles[b]).sum() >= 3
    }
    for _ in range(3):
        name = min(pairs, key=lambda pair: left(terms | {pair: pairs[pair]})[0])
        terms[name] = pairs.pop(name)
    _, weights = left(terms)
    found = dict(zip(["", *terms], weights.tolist(), strict=True))
    ranked = sorted(list(found.items())[1:], key=lambda effect: -abs(effect[1]))
    return ranked, found


def expected(found: dict[str, float], combination: Combination) -> float:
    """The value that the model expects."""
    labels = {each.label for each in combination}
    return sum(
        effect for name, effect in found.items() if not name or {*name.split(" & ")} <= labels
    )


def show(
    experiment: Experiment, combination: Combination, records: dict[str, list[TrialRecord]]
) -> None:
    """One line of a combination, and one for each row."""
    apart, details = distance(experiment, records), differing(combination)
    print(
        f"{apart + DETAIL * details:.2f} = {apart:.2f} + {details} details: {in_words(combination)}"
    )
    for row, trials in records.items():
        solved = [trial.sequences for trial in trials if trial.status == Status.SOLVED]
        capped = solved + [trial.conditions.cap for trial in trials[len(solved) :]]
        figures = experiment.find_row(row).published
        assert figures and figures.sequences
        wrong = [trial.wrong for trial in trials if trial.wrong is not None]
        print(
            f"    {row:<14} {len(solved)} of {len(trials)} solved, mean "
            f"{np.mean(solved) if solved else math.nan:,.0f}, with caps {np.mean(capped):,.0f}, "
            f"median {np.median(capped):,.0f}, published {figures.sequences:,.0f}; wrong of 256: "
            f"{np.mean(wrong) if wrong else math.nan:.2f}"
        )


def main() -> None:
    """Run the four stages and print them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("experiment", choices=SWEEPS)
    parser.add_argument("store")
    parser.add_argument("--combinations", type=int, default=48)
    given = parser.parse_args()
    experiment, sweep, store = (
        published(given.experiment),
        SWEEPS[given.experiment],
        Store(given.store),
    )
    present, text = named(sweep, sweep.present), named(sweep, ())

    low = {
        row: (networks, int(times * experiment.find_row(row).published.sequences))
        for row, (networks, times) in sweep.screened.items()
    }
    combinations = list(dict.fromkeys([present, text, *design(sweep, given.combinations)]))
    records = run(experiment, store, combinations, CHOOSING, low)
    values = np.array([distance(experiment, each) for each in records])
    details = np.array([differing(each) for each in combinations])
    order = np.argsort(values + DETAIL * details)
    print(f"SCREEN, {len(combinations)} combinations")
    for i in order:
        show(experiment, combinations[i], records[i])
    ranked, found = effects(combinations, values)
    print("EFFECTS on the distance, without what details cost")
    for name, effect in ranked:
        print(f"    {effect:+.2f} {name}")

    everything = [*itertools.product(*sweep.compiled, *sweep.others)]
    everything.sort(key=lambda each: expected(found, each) + DETAIL * differing(each))
    tried = set(combinations)
    promised = [each for each in everything if each not in tried][:2]
    best = [combinations[i] for i in order[:4]]
    finalists = list(dict.fromkeys([*best, *promised, present, text]))
    full = {row: (n, experiment.find_row(row).cap) for row, n in sweep.full.items()}
    records = run(experiment, store, finalists, CHOOSING, full)
    scores = [
        distance(experiment, each) + DETAIL * differing(combination)
        for combination, each in zip(finalists, records, strict=True)
    ]
    print("SEEDS 1 TO 5, in full")
    for i in np.argsort(scores):
        show(experiment, finalists[i], records[i])
    winner = finalists[int(np.argmin(scores))]
    shown = list(dict.fromkeys([winner, present]))
    print("SEEDS 6 TO 10, which chose nothing")
    for combination, each in zip(shown, run(experiment, store, shown, SHOWING, full), strict=True):
        show(experiment, combination, each)


if __name__ == "__main__":
    main()
