"""Other settings of the learner of `longlag show far`, on one of its rows: which of them solve it.

Run it:  python benchmarks/far_settings.py "3a T=1000" --seed 1 --range 1.5 2 3
         python benchmarks/far_settings.py "3a T=100000" --seed 1 --cap 4000 --range 2 --open 3
         python benchmarks/far_settings.py "6a T=10000" --cost
Several values of an option are tried in all combinations. `--cost` takes a few sequences and says
how long a step takes, in all lanes together and for one network.
"""

import argparse
import time
from itertools import product

from longlag.experiments.files import published
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

CELLS = 12
TEST = 256


def conditions(
    row: str, seed: int, cap: int, bias: float | None, wide: float, opened: float, cells: int
) -> Conditions:
    """Of a row of `far`, with another bias, range of weights, output gates, number of cells."""
    experiment = published("far")
    given = experiment.conditions(row, "by-lag", seed=seed).learner.input_gate_biases[0]
    changes = {
        "learner.blocks": cells,
        "learner.input_gate_biases": [given if bias is None else bias] * cells,
        "learner.weight_range": wide,
        "learner.output_gate_biases": [opened] * cells,
        "cap": cap,
        "test": TEST,
    }
    return experiment.conditions(row, "by-lag", seed=seed, overrides=changes)


def run(conditions: Conditions, trials: int, lanes: int) -> tuple[list[TrialRecord], float]:
    """The records of some trials, and the seconds of a core that they took."""
    began = time.process_time()
    keys = [TrialKey("far-settings", "", "", trial) for trial in range(trials)]
    study = Study([(key, conditions) for key in keys], workers=1, lanes=lanes)
    return study.run(), time.process_time() - began


def show(label: str, records: list[TrialRecord], seconds: float) -> None:
    """One line for a setting."""
    solved = sorted(each.sequences for each in records if each.status is Status.SOLVED)
    wrong = max((each.wrong for each in records if each.status is Status.SOLVED), default=0)
    mean = f"{sum(solved) / len(solved):,.0f} ({solved[0]:,} to {solved[-1]:,})" if solved else "-"
    print(
        f"{label}: {len(solved)} of {len(records)}, {mean}, at most {wrong} of {TEST} wrong, "
        f"{seconds:,.0f} s of a core",
        flush=True,
    )


def cost(conditions_of: dict[int, Conditions], lanes: int) -> None:
    """The time of a step: that of a longer run less that of a shorter one, after compiling."""
    (few, short), (many, long) = sorted(conditions_of.items())
    run(short, lanes, lanes)
    records, less = run(short, lanes, lanes)
    more = run(long, lanes, lanes)[1]
    steps = (many - few) * records[0].steps / records[0].sequences
    each = (more - less) / steps * 1e9
    print(f"{each:.0f} ns a step of {lanes} lanes, {each / lanes:.1f} ns a network")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=int, default=20_000)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--bias", type=float, nargs="+", default=[None], help="of input gates")
    parser.add_argument("--range", type=float, nargs="+", default=[1.5], help="of weights")
    parser.add_argument("--open", type=float, nargs="+", default=[0.0], help="output-gate biases")
    parser.add_argument("--cells", type=int, nargs="+", default=[CELLS])
    parser.add_argument("--cost", action="store_true")
    asked = parser.parse_args()
    for bias, wide, opened, cells in product(asked.bias, asked.range, asked.open, asked.cells):
        if asked.cost:
            caps = {
                cap: conditions(asked.row, asked.seed, cap, bias, wide, opened, cells)
                for cap in (4, 24)
            }
            cost(caps, asked.lanes)
            continue
        tried = conditions(asked.row, asked.seed, asked.cap, bias, wide, opened, cells)
        label = (
            f"{asked.row}, seed {asked.seed}: {cells} cells, weights in [-{wide:g}, {wide:g}], "
            f"output gates {opened:g}, input gates {tried.learner.input_gate_biases[0]:g}"
        )
        show(label, *run(tried, asked.trials, asked.lanes))


if __name__ == "__main__":
    main()
