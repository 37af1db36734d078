"""Other settings of the learner of `longlag show far`, on one of its rows: which of them solve it.

Run it:  python benchmarks/far_settings.py "adding T=1000" --seed 1 --range 0.5 1 2
         python benchmarks/far_settings.py "3a T=100000" --cap 4000
         python benchmarks/far_settings.py "6b T=1000" --reading marks --beta2 0.999 0.9999
         python benchmarks/far_settings.py "6a T=10000" --cost
Several values of an option are tried in all combinations. `--cost` takes a few sequences and says
how long a step takes, in all lanes together and for one network.
"""

import argparse
import sys
import time
from itertools import product
from typing import NamedTuple

from longlag.errors import LonglagError
from longlag.experiments.files import published
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

TEST = 256


class Setting(NamedTuple):
    """What of a reading is another; None where nothing is."""

    bias: float | None  #: of input gates
    wide: float | None  #: weights start in [-wide, wide]
    opened: float | None  #: bias of output gates
    cells: int | None
    rate: float | None  #: of Adam
    beta2: float | None  #: of Adam


def conditions(row: str, reading: str, seed: int, cap: int, setting: Setting) -> Conditions:
    """Of a row of `far` under a reading, in another setting."""
    experiment = published("far")
    learner = experiment.conditions(row, reading, seed=seed).learner
    cells = learner.blocks if setting.cells is None else setting.cells
    changes = {"learner.blocks": cells, "cap": cap, "test": TEST}
    lists = {
        "input_gate_biases": setting.bias,
        "output_gate_biases": setting.opened,
        "hidden_to_input_gates": None,  # no option sets it
    }
    for field, asked in lists.items():
        if asked is not None:
            changes[f"learner.{field}"] = [asked]
        elif cells != learner.blocks and len(getattr(learner, field)) > 1:
            sys.exit(f"--cells is for readings whose cells are alike: {reading} has {field}")
    given = {
        "learner.weight_range": setting.wide,
        "learner.rule.rate": setting.rate,
        "learner.rule.beta2": setting.beta2,
    }
    changes |= {key: value for key, value in given.items() if value is not None}
    return experiment.conditions(row, reading, seed=seed, overrides=changes)


def run(conditions: Conditions, trials: int, lanes: int) -> tuple[list[TrialRecord], float]:
    """The records of some trials, and the seconds of a core that they took."""
    began = time.process_time()
    keys = [TrialKey("far-settings", "", "", trial) for trial in range(trials)]
    study = Study([(key, conditions) for key in keys], workers=1, lanes=lanes)
    return study.run(), time.process_time() - began


def summary(records: list[TrialRecord], test: int) -> str:
    """How many networks solved the task, when, and how many of so many test sequences are wrong."""
    solved = sorted(each.sequences for each in records if each.status is Status.SOLVED)
    wrong = max((each.wrong for each in records if each.status is Status.SOLVED), default=0)
    mean = f"{sum(solved) / len(solved):,.0f} ({solved[0]:,} to {solved[-1]:,})" if solved else "-"
    return f"{len(solved)} of {len(records)}, {mean}, at most {wrong} of {test} wrong"


def described(row: str, tried: Conditions) -> str:
    """What a line begins with."""
    learner = tried.learner
    return (
        f"{row}, seed {tried.seed}: {learner.blocks} cells, weights to {learner.weight_range:g}, "
        f"output gates {listed(learner.output_gate_biases or (0.0,))}, "
        f"input gates {listed(learner.input_gate_biases)}, rate {learner.rule.rate:g}, "
        f"beta2 {learner.rule.beta2:g}"
    )


def listed(numbers: tuple[float, ...]) -> str:
    """A number that all cells share, or the first and the last one."""
    return f"{numbers[0]:g}" if len(set(numbers)) == 1 else f"{numbers[0]:g} ... {numbers[-1]:g}"


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
    parser.add_argument("--reading", default="by-lag")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=int, default=20_000)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--bias", type=float, nargs="+", default=[None], help="of input gates")
    parser.add_argument("--range", type=float, nargs="+", default=[None], help="of weights")
    parser.add_argument("--open", type=float, nargs="+", default=[None], help="output-gate biases")
    parser.add_argument("--cells", type=int, nargs="+", default=[None])
    parser.add_argument("--rate", type=float, nargs="+", default=[None], help="of Adam")
    parser.add_argument("--beta2", type=float, nargs="+", default=[None], help="of Adam")
    parser.add_argument("--cost", action="store_true")
    asked = parser.parse_args()
    options = (asked.bias, asked.range, asked.open, asked.cells, asked.rate, asked.beta2)
    for setting in map(Setting._make, product(*options)):
        if asked.cost:
            cost(
                {
                    cap: conditions(asked.row, asked.reading, asked.seed, cap, setting)
                    for cap in (4, 24)
                },
                asked.lanes,
            )
            continue
        tried = conditions(asked.row, asked.reading, asked.seed, asked.cap, setting)
        records, seconds = run(tried, asked.trials, asked.lanes)
        found = summary(records, TEST)
        print(f"{described(asked.row, tried)}: {found}, {seconds:,.0f} s of a core", flush=True)


if __name__ == "__main__":
    try:
        main()
    except LonglagError as problem:
        sys.exit(str(problem))
