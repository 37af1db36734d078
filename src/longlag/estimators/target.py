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
from longlag.estimators.sequences import Several
from longlag.estimators.tables import check_savable, real_numbers
from longlag.quoting import quoted

Label = str | int | float | bool

Tensors = dict[str, np.ndarray]

NOTHING = np.empty((0, 0))  #: no targets
EXACT = 2.0**53  #: whole numbers beyond it are not told apart as floats
SCALE = "scale.targets"  #: name of the tensor


class Target(ABC):
    """The targets of one stream so far, as an estimator needs them."""

    output: Literal["linear", "softmax"]  #: of the network
    #: classes seen so far, or names of several numbers, in the order of the network's outputs
    labels: list[Label]

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
    def checked(y: np.ndarray | Several) -> Any:
        """Targets as `arranged` takes them; raises `InputError` for what is none."""

    @staticmethod
    @abstractmethod
    def labels_of(targets: list[Any]) -> list[Label]:
        """The classes among checked targets of some sequences, or the names of several numbers.

        Raises `InputError` if all targets are missing.
        """

    @abstractmethod
    def fit_together(self, targets: Any) -> None:
        """Raise `InputError` unless checked targets may follow those before."""

    @abstractmethod
    def new_outputs(self, targets: Any) -> int:
        """How many more outputs the network needs for checked targets."""

    @staticmethod
    def numbers(targets: Any) -> Any:
        """The numbers of checked targets, as an array; none of classes."""
        return ()

    @abstractmethod
    def arranged(self, targets: Any) -> Any:
        """Checked targets as `step` takes them; new names of several numbers become known.

        Raises `InputError` as `fit_together` does.
        """

    @abstractmethod
    def step(self, network: StreamNetwork, inputs: np.ndarray, targets: Any) -> np.ndarray:
        """Answers of a network to inputs (n, inputs), each given before its target is learned.

        There may be fewer targets than inputs: the network answers to the others, but takes no step
        there. Raises `LonglagError` if the network has diverged.
        """

    @abstractmethod
    def expect(self, labels: Iterable[Label | None]) -> None:
        """Classes, or names of several numbers, that will come, if they are new."""

    @abstractmethod
    def tensors(self) -> Tensors:
        """The state besides the labels, by name."""


class NumberTarget(Target):
    """A number, or several with names, standardised by their running means and deviations.

    NaN is a number that is missing.
    """

    output = "linear"

    def __init__(self, scale: Scale, labels: Iterable[Label], several: bool | None):
        self.scale, self.labels = scale, list(labels)
        self._several = several  #: None before the first target

    @classmethod
    def start(cls, scaling: bool) -> Self:
        """See `Target.start`."""
        return cls(new_scale(scaling, 1, full=math.inf), [], None)

    @classmethod
    def from_state(cls, scaling: bool, labels: Sequence[Label], tensors: Tensors) -> Self:
        """See `Target.from_state`."""
        if len(set(labels)) != len(labels):
            raise InputError(f"its targets must be different, got {quoted(labels)}")
        scale = saved_scale(scaling, max(1, len(labels)), SCALE, tensors, full=math.inf)
        return cls(scale, labels, bool(labels) if labels or scale.counted else None)

    @staticmethod
    def checked(y: np.ndarray | Several) -> np.ndarray | Several:
        """See `Target.checked`: numbers (n,), or several."""
        targets = real_numbers("y", y.numbers if isinstance(y, Several) else y)
        large = np.argwhere(np.abs(targets) > LARGEST)
        if len(large):
            place = tuple(large[0].tolist())
            raise InputError(
                f"y must hold finite numbers below {LARGEST:g}, or NaN where there is no target, "
                f"got {targets[place]} at {', '.join(map(str, place))}"
            )
        return y._replace(numbers=targets) if isinstance(y, Several) else targets

    @staticmethod
    def labels_of(targets: list[np.ndarray | Several]) -> list[Label]:
        """See `Target.labels_of`."""
        several = [each for each in targets if isinstance(each, Several)]
        numbers = [each.numbers if isinstance(each, Several) else each for each in targets]
        if all(np.isnan(each).all() for each in numbers):
            raise InputError("y must have a target for some sample, got none: all are missing")
        return list(dict.fromkeys(name for each in several for name in each.names))

    def fit_together(self, targets: Several | Sequence[float]) -> None:
        """See `Target.fit_together`."""
        several = isinstance(targets, Several)
        if self._several is None or several == self._several:
            return
        if several or not np.isnan(targets).all():  # a target that is missing is any
            before, now = "several targets", "one"
            if several:
                before, now = "one target", f"several, {quoted(list(targets.names))}"
            raise InputError(f"the model has learned {before} a sample, got {now}: give the same")

    def new_outputs(self, targets: Several | Sequence[float]) -> int:
        """See `Target.new_outputs`."""
        names = targets.names if isinstance(targets, Several) else ()
        new = sum(name not in self.labels for name in names)
        return new if self.labels else max(0, new - 1)  # one output is there from the start

    @staticmethod
    def numbers(targets: Several | Sequence[float]) -> Any:
        """See `Target.numbers`."""
        return targets.numbers if isinstance(targets, Several) else targets

    def arranged(self, targets: Several | Sequence[float]) -> np.ndarray | Sequence[float]:
        """See `Target.arranged`: (n,) or (n, targets)."""
        self.fit_together(targets)
        if isinstance(targets, Several):
            self.expect(targets.names)
            if targets.names == self.labels:
                return targets.numbers
            arranged = np.full((len(targets.numbers), len(self.labels)), math.nan)
            arranged[:, [self.labels.index(name) for name in targets.names]] = targets.numbers
            return arranged
        if self._several is None and not np.isnan(targets).all():
            self._several = False
        return np.full((len(targets), len(self.labels)), math.nan) if self._several else targets

    def step(
        self, network: StreamNetwork, inputs: np.ndarray, targets: np.ndarray | Sequence[float]
    ) -> np.ndarray:
        """See `Target.step`: targets and answers (n,), or (n, targets)."""
        width = max(1, len(self.labels))
        if network.learner.outputs < width:
            network.add(outputs=width - network.learner.outputs)
        rows = np.full((len(inputs), width), math.nan)
        rows[: len(targets)] = np.reshape(targets, (-1, width))
        scaled, centre, spread = self.scale.standardise_targets(rows)
        answers = centre + spread * network.step(inputs, scaled[: len(targets)])
        return answers if self.labels else answers[:, 0]

    def expect(self, labels: Iterable[Label | None]) -> None:
        """See `Target.expect`."""
        for label in labels:
            if label is not None and label not in self.labels:
                if self.labels:  # the first one has the column that is there from the start
                    self.scale.add_columns(1)
                self.labels.append(label)
                self._several = True

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
    def checked(y: np.ndarray | Several) -> list[Label | None]:
        """See `Target.checked`: n classes."""
        if isinstance(y, Several):
            raise InputError(
                f"y must be one class a sample, got {len(y.names)}: take a classifier for each"
            )
        return [label_of(value) for value in y.tolist()]

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
