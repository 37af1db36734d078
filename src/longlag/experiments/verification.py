"""Runs stored trials again from the beginning and compares all bits with the stored results."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from longlag.experiments.conditions import to_fingerprint
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

#: The fields that the conditions and the number of a trial determine, besides the arrays.
OUTCOME = ("status", "sequences", "guesses", "steps", "wrong", "tested", "test_error")

_SEED = 0  # fixed, so that a sample is the same every time


@dataclass(frozen=True)
class Comparison:
    """A stored trial beside its second run."""

    stored: TrialRecord
    rerun: TrialRecord

    @property
    def finished(self) -> bool:
        """Whether the second run ended."""
        return self.rerun.status is not Status.INTERRUPTED

    @property
    def differences(self) -> list[str]:
        """The differences, with both numbers where a difference is one of numbers."""
        found = []
        for name in OUTCOME:
            was, now = getattr(self.stored, name), getattr(self.rerun, name)
            if repr(was) != repr(now):  # `repr` distinguishes all numbers, but equates all NaNs
                found.append(f"{name.replace('_', ' ')} (stored {was}, now {now})")
        if not _same(self.stored.curve, self.rerun.curve):
            found.append("curve")
        if not _same(self.stored.column, self.rerun.column):
            found.append("network")
        return found


class Verification:
    """The trials to run again. Give `trials` to a `Study` without a store, and then its records to
    `compare`.
    """

    def __init__(self, records: Iterable[TrialRecord]):
        # A store may hold a trial under several names, and one name with several conditions.
        alike: dict[tuple[str, int], list[TrialRecord]] = {}
        for record in records:
            identity = to_fingerprint(record.conditions), record.key.trial
            alike.setdefault(identity, []).append(record)
        self._stored: dict[TrialKey, list[TrialRecord]] = {}
        for (fingerprint, _), stored in alike.items():
            key = stored[0].key
            if key in self._stored:
                key = replace(key, reading=f"{key.reading} {fingerprint}")
            self._stored[key] = stored

    @property
    def trials(self) -> list[tuple[TrialKey, Conditions]]:
        """Each trial once."""
        return [(key, stored[0].conditions) for key, stored in self._stored.items()]

    @property
    def steps(self) -> int:
        """The training steps of all trials, according to the store."""
        return sum(stored[0].steps for stored in self._stored.values())

    @property
    def longest(self) -> float:
        """The seconds of the longest trial, according to the store."""
        return max((stored[0].seconds for stored in self._stored.values()), default=0.0)

    def compare(self, reruns: Iterable[TrialRecord]) -> list[Comparison]:
        """One comparison for each stored record."""
        return [Comparison(stored, rerun) for rerun in reruns for stored in self._stored[rerun.key]]


def sample(records: Sequence[TrialRecord], count: int) -> list[TrialRecord]:
    """A sample of `count` records, or all if there are fewer, spread evenly over the rows.

    A row here is an experiment's row under one reading and seed. All records of a row are equally
    likely, including long trials, in which a fault had the most time to occur. Equal records give
    equal samples.
    """
    rows: dict[tuple, list[TrialRecord]] = {}
    for record in records:
        key, conditions = record.key, record.conditions
        row = key.experiment, key.row, key.reading, to_fingerprint(conditions)
        rows.setdefault(row, []).append(record)
    draw = random.Random(_SEED)
    shuffled = [draw.sample(sorted(row, key=_trial), len(row)) for _, row in sorted(rows.items())]
    draw.shuffle(shuffled)
    deepest = max(map(len, shuffled), default=0)
    in_turn = [row[turn] for turn in range(deepest) for row in shuffled if turn < len(row)]
    chosen = {id(record) for record in in_turn[:count]}
    return [record for record in records if id(record) in chosen]


def _trial(record: TrialRecord) -> int:
    return record.key.trial


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether all bits are equal; NaNs count as equal, whatever their bits.

    The bits of a NaN depend on the order of operands, which the compiler chooses.
    """
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "f":
        a, b = (np.where(np.isnan(each), np.nan, each).astype(each.dtype) for each in (a, b))
    return a.tobytes() == b.tobytes()
