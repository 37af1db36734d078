"""Classes as targets, which may appear at any time."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np

from longlag.engine.mixed_network import AnyNetwork
from longlag.errors import InputError
from longlag.estimators.sequences import Several
from longlag.estimators.tables import check_savable, is_pandas_na, items, single
from longlag.estimators.target import Label, Target, Tensors
from longlag.quoting import quoted

NOTHING = np.empty((0, 0))  #: no targets
EXACT = 2.0**53  #: whole numbers beyond it are not told apart as floats


class ClassTarget(Target):
    """Classes, each with an output unit from its first sample on; None where one is missing."""

    output = "softmax"

    def __init__(self, labels: Iterable[Label]):
        self.labels = list(labels)
        self._codes = {label: code for code, label in enumerate(self.labels)}

    @classmethod
    def start(cls, scaling: bool) -> Self:
        """See `Target.start`."""
        return cls([])

    @classmethod
    def from_state(cls, scaling: bool, labels: Sequence[Label], tensors: Tensors) -> Self:
        """See `Target.from_state`."""
        if len(set(labels)) != len(labels):
            raise InputError(f"its classes must be different, got {quoted(labels)}")
        return cls(labels)

    def copy(self) -> Self:
        """See `Target.copy`."""
        return type(self)(self.labels)

    @staticmethod
    def checked(y: np.ndarray | Several) -> list[Label | None]:
        """See `Target.checked`: n classes."""
        if isinstance(y, Several):
            raise InputError(
                f"y must be one class a sample, got {len(y.names)}: take a classifier for each"
            )
        return list(map(label_of, items(y)))

    @staticmethod
    def labels_of(targets: list[Sequence[Label | None]]) -> list[Label]:
        """See `Target.labels_of`."""
        found = ordered(label for labels in targets for label in labels)
        if not found:
            raise InputError("y must have a class for some sample, got none: all are missing")
        return found

    def fit_together(self, targets: Any) -> None:
        """See `Target.fit_together`: one class always does."""

    def new_outputs(self, targets: Iterable[Label | None]) -> int:
        """See `Target.new_outputs`."""
        new = {label for label in targets if label is not None and label not in self._codes}
        return len(new) if self._codes else max(0, len(new) - 1)  # one is there from the start

    def arranged(self, targets: Any) -> Any:
        """See `Target.arranged`: as they are."""
        return targets

    def expect(self, labels: Iterable[Label | None]) -> None:
        """See `Target.expect`."""
        self._number(labels)

    @staticmethod
    def without(targets: Sequence[Label | None], left_out: np.ndarray) -> list[Label | None]:
        """See `Target.without`."""
        pairs = zip(left_out.tolist(), targets, strict=True)
        return [None if gap else label for gap, label in pairs]

    def step(
        self,
        network: AnyNetwork,
        inputs: np.ndarray,
        targets: Sequence[Label | None],
        weights: np.ndarray | None = None,
    ) -> np.ndarray:
        """See `Target.step`: targets (n,), probabilities (n, classes), 0 of classes to come."""
        before, firsts = len(self._codes), self._number(targets)
        codes = np.array([-1 if label is None else self._codes[label] for label in targets], int)
        answers = np.zeros((len(inputs), len(self._codes)))
        # The network has an output for each class that it has seen: a new class begins a new part.
        for new, (start, stop) in enumerate(pairwise([0, *firsts, len(inputs)])):
            count = before + new
            if new and count > 1:  # its first sample is answered to before it has an output
                first = network.step(inputs[start : start + 1], NOTHING)
                answers[start, : count - 1] = first
            while network.learner.outputs < count:
                network.add(outputs=1)
            if start < stop:
                given = codes[start:stop, None]
                coded = np.where(given < 0, math.nan, given == np.arange(max(1, count)))
                part = None if weights is None else weights[start:stop]
                found = network.step(inputs[start:stop], coded, part)
                if count:
                    answered = int(new > 0)
                    answers[start + answered : stop, :count] = found[answered:]
        # Sums are 1 in double precision, too. They are taken in the order of the classes, so that
        # their bits are those of one row alone.
        total = np.zeros(len(inputs))
        for k in range(len(self._codes)):
            total += answers[:, k]
        return answers / np.where(total > 0, total, 1.0)[:, None]

    def coded(self, targets: Sequence[Label | None]) -> Sequence[float] | None:
        """See `Target.coded`."""
        label, width = targets[0], max(1, len(self.labels))
        if label is None:
            return [math.nan] * width
        code = self._codes.get(label)
        return None if code is None else [float(k == code) for k in range(width)]

    def decoded(self, answer: list[float]) -> list[float]:
        """See `Target.decoded`."""
        total = 0.0
        for each in answer:  # as `step` adds them; sum() of Python rounds otherwise
            total += each
        return [each / (total if total > 0 else 1.0) for each in answer]

    def tensors(self) -> Tensors:
        """See `Target.tensors`."""
        return {}

    def _number(self, labels: Iterable[Label | None]) -> list[int]:
        """Number the classes that are new; returns the places of their first samples."""
        firsts = []
        for place, label in enumerate(labels):
            if label is not None and label not in self._codes:
                self._codes[label] = len(self._codes)
                self.labels.append(label)
                firsts.append(place)
        return firsts


def label_of(y: Any) -> Label | None:
    """A class as a plain Python value; None, NaN and NA of pandas are none."""
    y = single(y)
    if y is None or (isinstance(y, float) and math.isnan(y)) or is_pandas_na(y):
        return None
    if isinstance(y, float) and not y.is_integer():
        raise InputError(
            f"Unknown label type: continuous, got {y}: a class is a text, a whole number or a "
            "boolean; to learn numbers take LSTMRegressor or Fleet"
        )
    if isinstance(y, float) and abs(y) > EXACT:
        raise InputError(
            f"a class must be a text or a whole number, got {y!r}, too large for floats to tell it "
            "from its neighbours: give it as a whole number, or as text"
        )
    if isinstance(y, complex):
        raise InputError(f"Complex data not supported, got {y}")
    if not isinstance(y, str | int | float):
        raise InputError(f"a class is a text, a whole number or a boolean, got {quoted(y)}")
    check_savable("a class", y)
    return y


def ordered(labels: Iterable[Label | None]) -> list[Label]:
    """Each class once, numbers before texts, as scikit-learn orders them."""
    found = {label for label in labels if label is not None}
    return sorted(found, key=lambda label: (isinstance(label, str), label))
