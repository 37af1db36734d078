"""Numbers as targets: one a sample, or several with names."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from longlag.engine.mixed_network import AnyNetwork
from longlag.errors import LARGEST, InputError
from longlag.estimators.scaling import RunningScale, Scale, new_scale, saved_scale
from longlag.estimators.sequences import Several
from longlag.estimators.tables import real_numbers
from longlag.estimators.target import Label, Target, Tensors
from longlag.quoting import quoted

SCALE = "scale.targets"  #: name of the tensor


class NumberTarget(Target):
    """A number, or several with names, standardised by their running means and deviations.

    NaN is a number that is missing.
    """

    output = "linear"
    named = True

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

    def copy(self) -> Self:
        """See `Target.copy`."""
        return type(self)(self.scale.copy(), self.labels, self._several)

    @staticmethod
    def checked(y: np.ndarray | Several) -> np.ndarray | Several:
        """See `Target.checked`: numbers (n,), or several."""
        if not isinstance(y, Several):
            targets = real_numbers("y", y)
        elif y.numbers.dtype.kind in "fiub":
            targets = real_numbers("y", y.numbers)
        else:  # by columns, so that a message names the one that holds no numbers
            columns = zip(y.names, y.numbers.T, strict=True)
            found = [real_numbers(f"target {quoted(name)}", each) for name, each in columns]
            targets = np.column_stack(found)
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
        if not several and len(self.labels) == 1:  # the only one
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
        if len(self.labels) > 1:
            return np.full((len(targets), len(self.labels)), math.nan)
        return targets

    @staticmethod
    def without(targets: np.ndarray | Several, left_out: np.ndarray) -> np.ndarray | Several:
        """See `Target.without`."""
        if isinstance(targets, Several):
            numbers = np.where(left_out[:, None], math.nan, targets.numbers)
            return targets._replace(numbers=numbers)
        return np.where(left_out, math.nan, targets)

    def step(
        self,
        network: AnyNetwork,
        inputs: np.ndarray,
        targets: np.ndarray | Sequence[float],
        weights: np.ndarray | None = None,
    ) -> np.ndarray:
        """See `Target.step`: targets and answers (n,), or (n, targets)."""
        width = max(1, len(self.labels))
        if network.learner.outputs < width:
            network.add(outputs=width - network.learner.outputs)
        scaled, centre, spread = self.scaled(targets, len(inputs))
        answers = centre + spread * network.step(inputs, scaled[: len(targets)], weights)
        return answers if self.labels else answers[:, 0]

    def scaled(
        self, targets: np.ndarray | Sequence[float], count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Count and scale targets (k,) or (k, targets), the first of `count`; the rest is missing.

        Also returned is what scales back the answers that were given before each of them.
        """
        rows = np.full((count, max(1, len(self.labels))), math.nan)
        rows[: len(targets)] = np.reshape(targets, (-1, rows.shape[1]))
        return self.scale.standardise_targets(rows)

    def coded(self, targets: Several | Sequence[float]) -> np.ndarray | None:
        """See `Target.coded`."""
        if not isinstance(self.scale, RunningScale):
            return None
        if isinstance(targets, Several):
            known, numbers = targets.names == self.labels, targets.numbers[0]
        else:
            known, numbers = self._several is False, targets
        return self.scale.one_target(numbers)[0] if known else None

    def decoded(self, answer: list[float]) -> list[float]:
        """See `Target.decoded`."""
        if not isinstance(self.scale, RunningScale):
            return answer
        _, before = self.scale.one_target([math.nan] * len(answer))
        means, deviations = before.tolist()
        return [m + d * a for m, d, a in zip(means, deviations, answer, strict=True)]

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
