"""Stored trials run again from their beginning, and compared with what is stored, bit by bit."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from longlag.experiments.conditions import to_fingerprint
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord

#: What the conditions and the number of a trial determine, besides its arrays.
OUTCOME = ("status", "sequences", "guesses", "steps", "wrong", "tested", "test_error")

_SEED = 0  # of samples: the same sample every time


@dataclass(frozen=True)
class Comparison:
    """A stored trial beside its second run."""

    stored: TrialRecord
    rerun: TrialRecord

    @property
    def finished(self) -> bool:
        """Whether the second run came to its end."""
        return self.rerun.status is not Status.INTERRUPTED

    @property
    def differences(self) -> list[str]:
        """What differs, with the numbers of both where there are two to show."""
        found = []
        for name in OUTCOME:
            was, now = getattr(self.stored, name), getattr(self.rerun, name)
            if repr(was) != repr(now):  # which tells all numbers apart, and no NaN from another
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
        # A trial may be stored under several names, and one name may have several conditions.
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
        """Time steps of training that the trials took when they were stored."""
        return sum(stored[0].steps for stored in self._stored.values())

    @property
    def longest(self) -> float:
        """Seconds that the longest of the trials took when it was stored."""
        return max((stored[0].seconds for stored in self._stored.values()), default=0.0)

    def compare(self, reruns: Iterable[TrialRecord]) -> list[Comparison]:
        """One comparison for each stored record."""
        return [Comparison(stored, rerun) for rerun in reruns for stored in self._stored[rerun.key]]


def sample(records: Sequence[TrialRecord], count: int) -> list[TrialRecord]:
    """`count` of the records, or all if there are fewer: as many as possible of every row.

    Within a row, which is an experiment's row under one reading and seed, each record is as likely
    as any other, for long trials are those that a fault had most time to meet. Equal records give
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
    """Whether all bits are equal; numbers that are not numbers count as one, whatever their bits.

    Which bits a NaN has depends on the order of the operands, and this on the compiler.
    """
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "f":
        a, b = (np.where(np.isnan(each), np.nan, each).astype(each.dtype) for each in (a, b))
    return a.tobytes() == b.tobytes()
