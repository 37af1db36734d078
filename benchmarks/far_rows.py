"""Rows of `longlag show far` in a store, one after another: how many networks solve each, and when.

Run it:  python benchmarks/far_rows.py far.longlag "6a T=1000000" "3c T=100000/any-lag" --seed 2
         python benchmarks/far_rows.py far.longlag "6b T=1000000" --trials 5 6 7 8 9 --lanes 4
The trials are those of `longlag reproduce far`, and go on where an earlier run in the store ended;
the processor time is that of this run. Each row has one core, so that two of them can run at once,
with a store for each.
"""

import argparse
import sys
import time
from pathlib import Path

from longlag.errors import LonglagError
from longlag.experiments.files import published
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey, TrialRecord

sys.path[:0] = [str(Path(__file__).parent)]
from far_settings import summary  # noqa: E402

SAID = 300  #: seconds between two lines of progress


def run(row: str, reading: str, store: Store, asked: argparse.Namespace) -> list[TrialRecord]:
    """The records of the trials of a row; says now and then how far they are."""
    conditions = published("far").conditions(row, reading, seed=asked.seed)
    keys = [TrialKey("far", row, reading, trial) for trial in asked.trials]
    study = Study([(key, conditions) for key in keys], store, workers=1, lanes=asked.lanes)
    said = time.monotonic()

    def progress(study: Study) -> None:
        nonlocal said
        if time.monotonic() - said > SAID:
            said = time.monotonic()
            live = sorted(standing.sequences for standing in study.running())
            print(f"{len(study.done)} of {study.total}; sequences of the others: {live}")

    return study.run(progress, every=1.0)


def show(name: str, records: list[TrialRecord], seconds: float) -> None:
    """One line for a row, and one for each network that did not solve it."""
    found = summary(records, records[0].conditions.test)
    print(f"{name}: {found}, {seconds:,.0f} s of a core")
    for record in records:
        if record.status is not Status.SOLVED:
            print(f"  {record.key.trial}: {record.status.value} after {record.sequences:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store")
    parser.add_argument("rows", nargs="+", help='such as "3c T=1000", or "3c T=1000/any-lag"')
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--trials", type=int, nargs="+", default=list(range(10)))
    parser.add_argument("--lanes", type=int, help="default: by the number of trials that are left")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    with Store(asked.store) as store:
        for name in asked.rows:
            row, _, reading = name.partition("/")
            began = time.process_time()
            records = run(row, reading or "by-lag", store, asked)
            show(name, records, time.process_time() - began)
            if any(record.status is Status.INTERRUPTED for record in records):
                break


if __name__ == "__main__":
    try:
        main()
    except LonglagError as problem:
        sys.exit(str(problem))
