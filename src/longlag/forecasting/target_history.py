"""What is known of a target so far, and what can be foretold from that alone.

A **code** stands for a class: its place among the classes in the order in which they were first
seen, -1 where the target is missing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np


class NumbersSoFar(msgspec.Struct):
    """The state of `KnownNumbers`."""

    last: float | None = None
    change: float | None = None
    total: float = 0.0
    count: float = 0.0
    errors: list[float] = msgspec.field(default_factory=lambda: [0.0, 0.0])


class ClassesSoFar(msgspec.Struct):
    """The state of `KnownClasses`."""

    classes: list[str]
    counts: list[float]
    last: int


class KnownNumbers:
    """The last number and the mean of all numbers so far: two naive predictions of the next.

    What is `known` has four columns: both of these; the last change, from one number to the next;
    and the **origin**, the naive prediction that was closer so far, from which a network predicts
    the departure.
    """

    naive = ("last value", "running mean")
    classes: Sequence[str] = ()

    def __init__(self) -> None:
        self.restore(NumbersSoFar())

    def pieces(self, targets: Any) -> Iterator[np.ndarray]:
        """All at once: numbers need no preparation."""
        yield targets

    def now(self) -> np.ndarray:
        """What `add` said last (1, 4); NaN before there was any number."""
        return self.add(np.array([np.nan]))

    def add(self, targets: np.ndarray) -> np.ndarray:
        """What is known (n, 4) when each of the targets (n,) is; NaN is no number."""
        there = ~np.isnan(targets)
        numbers = targets[there]
        # From here on, row k is what is known after k of the numbers. Sums are taken one after the
        # other, so that the bits do not depend on how a stream is cut.
        last = np.append(self._last, numbers)
        totals = np.cumsum(np.append(self._total, numbers))
        counts = self._count + np.arange(len(last))
        means = np.divide(totals, np.where(counts, counts, np.nan))
        naive = np.column_stack([last, means])
        missed = np.nan_to_num(np.abs(numbers[:, None] - naive[:-1]))  # nothing foretold the first
        errors = np.cumsum(np.vstack([self._errors, missed]), axis=0)
        changes = np.append(self._change, np.diff(last))
        origins = np.where(errors[:, 0] <= errors[:, 1], last, means)
        self._last, self._change, self._errors = last[-1], changes[-1], errors[-1]
        self._total, self._count = totals[-1], counts[-1]
        return np.column_stack([naive, changes, origins])[np.cumsum(there)]

    def foretold(self, known: np.ndarray) -> np.ndarray:
        """The naive predictions (n, 2) in what is known (n, 4)."""
        return known[:, :2]

    def origin(self, known: np.ndarray) -> np.ndarray:
        """The origin (n, 1) in what is known (n, 4)."""
        return known[:, 3:]

    def feedback(self, known: np.ndarray) -> np.ndarray:
        """What a network is told (n, 2) of what is known (n, 4): the last number and change."""
        return known[:, [0, 2]]

    def columns(self, target: str) -> list[str]:
        """Names for the columns of `feedback`."""
        return [target, f"change of {target}"]

    def state(self) -> NumbersSoFar:
        """Everything."""
        last, change = (None if np.isnan(x) else float(x) for x in (self._last, self._change))
        errors = self._errors.tolist()
        return NumbersSoFar(last, change, float(self._total), float(self._count), errors)

    def restore(self, state: NumbersSoFar) -> None:
        """Go on from a `state`; raises `ValueError` if it is none."""
        if len(state.errors) != 2:
            raise ValueError(f"the errors of two predictions are kept, got {len(state.errors)}")
        self._last = np.nan if state.last is None else state.last
        self._change = np.nan if state.change is None else state.change
        self._total, self._count = state.total, state.count
        self._errors = np.array(state.errors)


class KnownClasses:
    """The last class and how often each was there."""

    naive = ("last class", "majority class")

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._counts = np.zeros(0)
        self._last = -1

    @property
    def classes(self) -> list[str]:
        """In the order in which they were first seen."""
        return list(self._codes)

    def pieces(self, targets: Any) -> Iterator[np.ndarray]:
        """Codes, in pieces: a piece begins where there is a new class, whatever it came with."""
        first = 0
        for t, text in enumerate(targets):
            if text and text not in self._codes:
                if t > first:
                    yield self._encoded(targets[first:t])
                first = t
                self._codes[text] = len(self._codes)
                self._counts = np.append(self._counts, 0.0)
        yield self._encoded(targets[first:])

    def _encoded(self, targets: Sequence[str]) -> np.ndarray:
        return np.array([self._codes[text] if text else -1 for text in targets])

    def now(self) -> np.ndarray:
        """What `add` said last (1, 1 + classes)."""
        return np.array([[self._last, *self._counts]])

    def add(self, targets: np.ndarray) -> np.ndarray:
        """Code of the last class, and counts (n, 1 + classes), when each of the codes is known."""
        there = targets >= 0
        at = np.maximum.accumulate(np.where(there, np.arange(len(targets)), -1))
        last = np.where(at >= 0, targets[at], self._last)
        ones = targets[:, None] == np.arange(len(self._counts))
        counts = self._counts + np.cumsum(ones, axis=0)
        self._last, self._counts = int(last[-1]), counts[-1]
        return np.column_stack([last, counts])

    def foretold(self, known: np.ndarray) -> np.ndarray:
        """The naive predictions: the last class, and the counts that say which is most frequent."""
        return known

    def origin(self, known: np.ndarray) -> np.ndarray:
        """Nothing (n, 0): probabilities do not depart from anything."""
        return known[:, :0]

    def feedback(self, known: np.ndarray) -> np.ndarray:
        """What a network is told (n, classes): 1 for the last class, 0 for the others."""
        return (known[:, :1] == np.arange(len(self._counts))).astype(np.float64)

    def columns(self, target: str) -> list[str]:
        """Names for the columns of `feedback`."""
        return [f"{target}={name}" for name in self._codes]

    def state(self) -> ClassesSoFar:
        """Everything."""
        return ClassesSoFar(self.classes, self._counts.tolist(), self._last)

    def restore(self, state: ClassesSoFar) -> None:
        """Go on from a `state`; raises `ValueError` if it is none."""
        count = len(state.classes)
        if len(set(state.classes)) != count or len(state.counts) != count:
            raise ValueError("classes must be different, and have a count each")
        if not -1 <= state.last < count:
            raise ValueError(f"the last class must be from -1 to {count - 1}, got {state.last}")
        self._codes = {name: code for code, name in enumerate(state.classes)}
        self._counts, self._last = np.array(state.counts), state.last
