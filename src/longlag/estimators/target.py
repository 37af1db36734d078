"""What an estimator learns to answer: numbers, or classes.

A target object stands between the targets that people have and those of the network's output units,
and nothing else of an estimator asks which of the two kinds it is.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np

from longlag.contract import LARGEST
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.estimators.scaling import Scale, new_scale, saved_scale
from longlag.estimators.tables import real_numbers
from longlag.quoting import quoted

Label = str | int | float | bool

Tensors = dict[str, np.ndarray]

NOTHING = np.empty((0, 0))  #: no targets
SCALE = "scale.targets"  #: name of the tensor


class Target(ABC):
    """The targets of one stream so far, as an estimator needs them."""

    output: Literal["linear", "softmax"]  #: of the network
    labels: list[Label]  #: classes seen so far, in the order of the network's outputs; or none

    @classmethod
    @abstractmethod
    def start(cls, scaling: bool) -> Self:
        """Before the first target."""

    @classmethod
    @abstractmethod
    def from_state(cls, scaling: bool, labels: Sequence[Label], tensors: Tensors) -> Self:
        """From a state, which is taken out of other tensors; raises `InputError` if it is bad."""

    @staticmethod
    @abstractmethod
    def checked(y: np.ndarray) -> Any:
        """Targets (n,) as `step` takes them; raises `InputError` for what is none."""

    @staticmethod
    @abstractmethod
    def labels_of(targets: list[Any]) -> list[Label]:
        """The classes among checked targets of some sequences, none of numbers.

        Raises `InputError` if all targets are missing.
        """

    @abstractmethod
    def step(self, network: StreamNetwork, inputs: np.ndarray, targets: Any) -> np.ndarray:
        """Answers of a network to inputs (n, inputs), each given before its target is learned.

        There may be fewer targets than inputs: the network answers to the others, but takes no step
        there. Raises `LonglagError` if the network has diverged.
        """

    @abstractmethod
    def expect(self, labels: Iterable[Label | None]) -> None:
        """Classes that will come, if they are new; nothing for numbers."""

    @abstractmethod
    def tensors(self) -> Tensors:
        """The state besides the labels, by name."""


class NumberTarget(Target):
    """Numbers, standardised by their running mean and deviation; NaN where one is missing."""

    output = "linear"

    def __init__(self, scale: Scale):
        self.scale, self.labels = scale, []

    @classmethod
    def start(cls, scaling: bool) -> Self:
        """See `Target.start`."""
        return cls(new_scale(scaling, 1))

    @classmethod
    def from_state(cls, scaling: bool, labels: Sequence[Label], tensors: Tensors) -> Self:
        """See `Target.from_state`."""
        return cls(saved_scale(scaling, 1, SCALE, tensors))

    @staticmethod
    def checked(y: np.ndarray) -> np.ndarray:
        """See `Target.checked`: numbers (n,)."""
        targets = real_numbers("y", y)
        large = np.flatnonzero(np.abs(targets) > LARGEST)
        if len(large):
            raise InputError(
                f"y must hold finite numbers below {LARGEST:g}, or NaN where there is no target, "
                f"got {targets[large[0]]} at {large[0]}"
            )
        return targets

    @staticmethod
    def labels_of(targets: list[np.ndarray]) -> list[Label]:
        """See `Target.labels_of`."""
        if all(np.isnan(each).all() for each in targets):
            raise InputError("y must have a target for some sample, got none: all are missing")
        return []

    def step(self, network: StreamNetwork, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `Target.step`: targets (n,), answers (n,)."""
        column = np.full((len(inputs), 1), math.nan)
        column[: len(targets), 0] = targets
        scaled, centre, spread = self.scale.standardise_targets(column)
        answers = network.step(inputs, scaled[: len(targets)])
        return (centre + spread * answers)[:, 0]

    def expect(self, labels: Iterable[Label | None]) -> None:
        """See `Target.expect`."""

    def tensors(self) -> Tensors:
        """See `Target.tensors`."""
        return self.scale.tensors(SCALE)


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

    @staticmethod
    def checked(y: np.ndarray) -> list[Label | None]:
        """See `Target.checked`: n classes."""
        return [label_of(value) for value in y.tolist()]

    @staticmethod
    def labels_of(targets: list[Sequence[Label | None]]) -> list[Label]:
        """See `Target.labels_of`."""
        found = ordered(label for labels in targets for label in labels)
        if not found:
            raise InputError("y must have a class for some sample, got none: all are missing")
        return found

    def expect(self, labels: Iterable[Label | None]) -> None:
        """See `Target.expect`."""
        self._number(labels)

    def step(
        self, network: StreamNetwork, inputs: np.ndarray, targets: Sequence[Label | None]
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
                found = network.step(inputs[start:stop], coded)
                if count:
                    answered = int(new > 0)
                    answers[start + answered : stop, :count] = found[answered:]
        # Sums are 1 in double precision, too. They are taken in the order of the classes, so that
        # their bits are those of one row alone.
        total = np.zeros(len(inputs))
        for k in range(len(self._codes)):
            total += answers[:, k]
        return answers / np.where(total > 0, total, 1.0)[:, None]

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
    """A class as a plain Python value; None and NaN are none."""
    y = y.item() if isinstance(y, np.generic) else y
    if y is None or (isinstance(y, float) and math.isnan(y)):
        return None
    if isinstance(y, float) and not y.is_integer():
        raise InputError(
            f"Unknown label type: continuous, got {y}: a class is a text, a whole number or a "
            "boolean; to learn numbers take LSTMRegressor"
        )
    if isinstance(y, complex):
        raise InputError(f"Complex data not supported, got {y}")
    if not isinstance(y, str | int | float):
        raise InputError(f"a class is a text, a whole number or a boolean, got {quoted(y)}")
    return y


def ordered(labels: Iterable[Label | None]) -> list[Label]:
    """Each class once, numbers before texts, as scikit-learn orders them."""
    found = {label for label in labels if label is not None}
    return sorted(found, key=lambda label: (isinstance(label, str), label))
