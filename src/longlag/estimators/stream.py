"""A network on a stream: rows with named features in, answers out, each given before its target."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np

from longlag.contract import StreamLearner
from longlag.engine.mixed_network import AnyNetwork, MixedNetwork
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.features import Features, Input
from longlag.estimators.parameters import check_like
from longlag.estimators.scaling import RunningScale, Scale, new_scale, saved_scale
from longlag.estimators.tables import Table
from longlag.estimators.target import Label, Target, Tensors
from longlag.quoting import quoted

SCALE, NETWORK = "scale.inputs", "network."  #: names of tensors; the network's begin like that


class StreamState(NamedTuple):
    """Everything that a stream goes on from."""

    parameters: dict[str, Any]
    inputs: list[Input]
    blank: list[Name]  #: features that have only been missing so far
    labels: list[Label]
    outputs: int
    tensors: Tensors


class Stream:
    """The features seen so far, their scale, the network, and the targets that it learns."""

    def __init__(
        self,
        parameters: dict[str, Any],
        features: Features,
        scale: Scale,
        network: AnyNetwork,
        target: Target,
    ):
        self.parameters = parameters  #: of the estimator when the stream began, but the rate of now
        self.features, self.scale, self.network, self.target = features, scale, network, target

    @classmethod
    def start(
        cls,
        parameters: dict[str, Any],
        inputs: list[Input],
        learner: StreamLearner,
        target: Target,
    ) -> Self:
        """A stream before its first sample; the learner has these inputs."""
        common = {"seed": parameters["seed"], "dtype": parameters["dtype"]}
        if isinstance(parameters["rate"], tuple):
            network = MixedNetwork(learner, parameters["rate"], **common)
        else:
            network = StreamNetwork(learner, **common)
        scale = new_scale(parameters["scaling"], len(inputs))
        return cls(parameters, Features(inputs), scale, network, target)

    def learn_at(self, rate: Any) -> None:
        """Learn at this rate from the next target on, or at these, if the stream has begun so.

        Raises `InputError` for another number of rates, and for one that is out of range.
        """
        check_like(rate, self.parameters["rate"])
        self.network.learn_at(rate)
        self.parameters["rate"] = rate

    def make_room(self, inputs: Sequence[Input]) -> None:
        """Inputs that appear from now on; those that are there already stay as they are."""
        if new := self.features.new(inputs):
            self.network.add(inputs=len(new))
            self.features.add(new)
            self.scale.add_columns(len(new))

    def learn(self, samples: Table, targets: Any, weights: np.ndarray | None = None) -> np.ndarray:
        """See `step`; features and values of categories that are new get inputs.

        Raises `InputError` for what the network cannot take, before anything has changed.
        """
        self._check(samples.numbers, targets)
        targets = self.target.arranged(targets)
        found, start = [], 0
        for stop, inputs, rows in self.features.pieces(samples):
            self.make_room(inputs)
            rows = self.features.arrange(inputs, rows)
            part = None if weights is None else weights[start:stop]
            found.append(self.step(rows, targets[start:stop], part))
            start = stop
        return _joined(found)

    def learn_row(self, row: Sequence[float], targets: Any, weight: float | None = None) -> None:
        """`learn` of one sample whose features are known, as a row (inputs,)."""
        if isinstance(self.scale, RunningScale) and self._settled:
            coded = self.target.coded(targets)
            if coded is not None:
                self.network.learn_row(self.scale.one_row(row, counted=True), coded, weight)
                return
        rows = np.array([row])
        self._check(rows, targets)
        weights = None if weight is None else np.array([weight])
        self.step(rows, self.target.arranged(targets), weights)

    def peek_row(self, row: Sequence[float]) -> list[float]:
        """The answer (outputs,) to a sample that comes next, as a row (inputs,)."""
        if isinstance(self.scale, RunningScale) and self._settled:
            answer = self.network.predict_one(self.scale.one_row(row, counted=False))
            return self.target.decoded(answer.tolist())
        return np.atleast_1d(self.step(np.array([row]), [])[0]).tolist()

    @property
    def _settled(self) -> bool:
        """Whether inputs and outputs are what the network has, and none is still blank."""
        outputs = max(1, len(self.target.labels))
        return not self.features.blank and self.network.learner.outputs == outputs

    def peek(self, samples: Table) -> np.ndarray:
        """The answers to samples that come next; nothing changes."""
        return self.step(self.features.rows(samples), [])

    def step(self, rows: np.ndarray, targets: Any, weights: np.ndarray | None = None) -> np.ndarray:
        """Answers to rows (n, inputs), each given before its target is learned.

        There may be fewer targets than rows. The others are answered as the next ones, but not
        taken: without targets, the stream stays as it is. The error of a target is multiplied by
        its weight. Raises `LonglagError` if the network has diverged.
        """
        if not self.parameters["scaling"]:
            self.network.check_range(rows)
        if self.features.blank:
            self.features.note(rows[: len(targets)])
        inputs = self.scale.standardise(rows, len(targets))
        return self.target.step(self.network, inputs, targets, weights)

    def _check(self, rows: np.ndarray, targets: Any) -> None:
        if new := self.target.new_outputs(targets):
            self.network.check_room(new)
        if not self.parameters["scaling"]:
            self.network.check_range(rows)
            self.network.check_range(self.target.numbers(targets))

    def copy(self, into: AnyNetwork | None = None) -> Self:
        """Another stream that goes on by itself; see `StreamNetwork.copy`."""
        features, network = self.features.copy(), self.network.copy(into)
        scale, target = self.scale.copy(), self.target.copy()
        return type(self)(dict(self.parameters), features, scale, network, target)

    def sibling(self) -> Self:
        """Another stream with the same weights, inputs and outputs, before its first sample."""
        other, parameters = self.fresh(), self.parameters
        other.features = Features(self.features.inputs)
        other.scale = self.scale.emptied()
        other.target = type(self.target).start(parameters["scaling"])
        other.target.expect(self.target.labels)
        return other

    def take_weights(self, other: "Stream") -> None:
        """Go on with what a sibling has learned; this one keeps its states and its scales."""
        if new := other.features.inputs[len(self.features.inputs) :]:
            self.network.add(inputs=len(new))
            self.features.add(new)
            self.scale.grow_like(other.scale)
        if self.target.labels != other.target.labels:
            self.target.expect(other.target.labels)
        more = other.network.learner.outputs - self.network.learner.outputs
        if more > 0:
            self.network.add(outputs=more)
        self.network.take_weights(other.network)

    def fresh(self) -> Self:
        """Another stream that knows the same, at the beginning of a sequence."""
        other = self.copy()
        other.network.reset()
        return other

    def state(self) -> StreamState:
        """What `from_state` goes on from; raises `InputError` if the network has diverged."""
        tensors = {NETWORK + name: array for name, array in self.network.arrays().items()}
        for name, array in tensors.items():
            if not np.isfinite(array).all():
                raise InputError(f"a network that has diverged is not saved: {name} is not finite")
        return StreamState(
            dict(self.parameters),
            list(self.features.inputs),
            [each for each in self.features.names if each in self.features.blank],
            list(self.target.labels),
            self.network.learner.outputs,
            tensors | self.scale.tensors(SCALE) | self.target.tensors(),
        )

    @classmethod
    def from_state(
        cls, state: StreamState, build: Callable[[int], StreamLearner], kind: type[Target]
    ) -> Self:
        """The stream of a state; `build` makes the learner for a number of inputs.

        Raises `InputError` for what `state` has not returned: nothing is believed unchecked.
        """
        parameters, inputs, blank, labels, outputs, tensors = state
        scaling, count = parameters["scaling"], len(inputs)
        if len(set(inputs)) != count or not set(blank) <= set(inputs):
            raise InputError(f"its features must be different, got {quoted(inputs)}")
        features = Features(inputs, blank)
        if not count or outputs != max(1, len(labels)):
            raise InputError(
                f"it must have at least one feature and an output for each of {len(labels)} "
                f"classes, got {count} and {outputs}"
            )
        rest = dict(tensors)
        target = kind.from_state(scaling, labels, rest)
        scale = saved_scale(scaling, count, SCALE, rest)
        arrays = {name.removeprefix(NETWORK): array for name, array in rest.items()}
        learner = replace(build(count), outputs=outputs)
        if isinstance(parameters["rate"], tuple):
            network = MixedNetwork.from_arrays(learner, parameters["rate"], arrays)
        else:
            network = StreamNetwork.from_arrays(learner, arrays)
        if network.dtype != parameters["dtype"]:
            raise InputError(f"its network must be of {parameters['dtype']}, got {network.dtype}")
        return cls(dict(parameters), features, scale, network, target)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """The answers of all parts; 0 for classes that had not been seen then."""
    if len(parts) == 1:
        return parts[0]
    if parts[-1].ndim == 1:
        return np.concatenate(parts)
    answers = np.zeros((sum(map(len, parts)), parts[-1].shape[1]))
    start = 0
    for part in parts:
        answers[start : start + len(part), : part.shape[1]] = part
        start += len(part)
    return answers
