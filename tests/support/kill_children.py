"""Runs a study in child processes, kills them, and prints as JSON what became of it.

    python kill_children.py FOLDER KILLS

The parent first runs the study undisturbed, in memory, which also compiles the driver: the children
inherit it, so that each is at work within milliseconds. This needs an interpreter of its own: a
fork copies one thread only, and here there is no other (test_kill.py keeps the libraries of linear
algebra from starting any).
"""

import json
import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from longlag.experiments import study as study_module
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import TrialKey
from support import studies

# Seconds: several slices and checkpoints before each kill.
study_module.SLICE, study_module.CHECKPOINT = 0.01, 0.03
LATEST = 0.25  #: seconds that a child has at most,
SHARE = 0.12  #: or this share of what the longest trial takes, on a busy machine

# Some seconds of work, in trials that are over after different times.
CAPS = (20_000, 60_000, 100_000)
TRIALS = [
    (TrialKey("killed", f"cap {cap}", "only", i), studies.endless(cap, T=40))
    for i, cap in enumerate(CAPS * 6)
]


def in_a_child(path: Path, kill_after: float | None) -> int:
    """Run the study with the store at this path; returns the exit status, negative for a signal."""
    child = os.fork()
    if not child:
        status = 1
        try:
            with Store(path) as store:
                Study(TRIALS, store, workers=2, lanes=4).run(every=0.005)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)  # without the parent's clean-up
    if kill_after is not None:
        time.sleep(kill_after)  # the moment of the kill, not a synchronisation
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def finished(path: Path) -> tuple[int, int]:
    """How many trials of the study are over, and how many have a checkpoint."""
    with Store(path) as store:
        done = sum(store.find(*trial) is not None for trial in TRIALS)
        begun = sum(store.checkpoint(*trial) is not None for trial in TRIALS)
    return done, begun


def same(path: Path, expected: list[tuple]) -> bool:
    """Whether the store has the records of the undisturbed study, to the bit."""
    with Store(path) as store:
        found = [store.find(*trial) for trial in TRIALS]
    return [record and studies.bits(record) for record in found] == expected


def main(folder: Path, kills: int) -> dict[str, int]:
    """Kill until there were enough, study after study; then let the last one finish."""
    counts = dict.fromkeys(("killed", "midway", "resumed", "failed", "studies", "equal"), 0)
    undisturbed = Study(TRIALS, workers=2, lanes=4).run(every=0.005)
    latest = max(LATEST, SHARE * max(record.seconds for record in undisturbed))
    expected = [studies.bits(record) for record in undisturbed]
    generator = np.random.default_rng(11)

    def attempt(path: Path, kill_after: float | None) -> bool:
        """One child; returns whether the study is finished now."""
        status = in_a_child(path, kill_after)
        done, begun = finished(path)
        counts["killed"] += status == -signal.SIGKILL
        counts["failed"] += status not in (0, -signal.SIGKILL)
        counts["midway"] += status == -signal.SIGKILL and done < len(TRIALS)
        counts["resumed"] += begun > 0
        if done == len(TRIALS):
            counts["studies"] += 1
            counts["equal"] += same(path, expected)
        return done == len(TRIALS)

    path = folder / "0.longlag"
    for turn in range(10 * kills):  # at most: a study may be over before its kill
        if counts["killed"] == kills:
            break
        if attempt(path, generator.uniform(0, latest)):
            path = folder / f"{turn + 1}.longlag"
    attempt(path, None)
    return counts


if __name__ == "__main__":
    warnings.simplefilter("error")
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
