"""What regressors and classifiers of streams have in common: parameters and conventions."""

import copy
import inspect
from abc import ABC
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np

from longlag.contract import StreamLearner
from longlag.errors import InputError
from longlag.estimators import saving
from longlag.estimators.categories import Name
from longlag.estimators.exclusive import Turn, exclusive
from longlag.estimators.features import Features, Input
from longlag.estimators.parameters import first_rate, network_of, plain, plain_rate
from longlag.estimators.sequences import (
    Samples,
    Several,
    is_sequences,
    samples,
    targets_of,
    weights_together,
)
from longlag.estimators.stream import Stream, StreamState
from longlag.estimators.tables import Table, check_sample, check_unnamed, sample, single, table
from longlag.estimators.target import Label, Target
from longlag.estimators.weights import weight_of, weights_of
from longlag.quoting import quoted


class StreamEstimator(ABC):
    """See `longlag.LSTMRegressor`, which lists the parameters."""

    citation = ("hochreiter1997", "gers2000", "tallec2018", "welford1962")

    saved_as: ClassVar[saving.Estimator]  #: in files
    _kind: ClassVar[type[Target]]

    def __init__(
        self,
        cells: int = 32,
        *,
        cell: str = "memory",
        block_size: int = 1,
        rule: Literal["rmsprop", "adam", "gradient-descent"] = "rmsprop",
        rate: float | Sequence[float] | np.ndarray = 0.003,
        forget_gates: bool = True,
        peepholes: bool = False,
        scaling: bool = True,
        epochs: int = 1,
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ):
        # Only kept here, and checked when learning begins, as scikit-learn demands.
        self.cells = cells
        self.cell = cell
        self.block_size = block_size
        self.rule = rule
        self.rate = rate
        self.forget_gates = forget_gates
        self.peepholes = peepholes
        self.scaling = scaling
        self.epochs = epochs
        self.seed = seed
        self.dtype = dtype
        self._stream: Stream | None = None
        self._labels: list[Label] = []  # of classes that are known to come
        self._rate_pending = False  # set, but the stream cannot take it
        self._turn = Turn()

    # A stream.

    @property
    def stream(self) -> Stream:
        """The network on its stream; raises `InputError` before there was anything to learn."""
        if self._stream is None:
            raise InputError(f"{type(self).__name__} has learned nothing yet: fit or learn first")
        return self._stream

    @property
    def begun(self) -> bool:
        """Whether there was anything to learn."""
        return self._stream is not None

    def begin(self, stream: Stream) -> None:
        """Go on with this stream, of the same parameters."""
        self._stream = stream

    @exclusive
    def check_parameters(self) -> None:
        """Raise `InputError` for parameters with which learning cannot begin, or cannot go on.

        All of them count before there was anything to learn, and afterwards `rate`.
        """
        if self._stream is None:
            self._learner(inputs=1)
        elif self._rate_pending:
            self._stream.learn_at(plain_rate(self.rate))

    @exclusive
    def stream_of(self, inputs: Sequence[Input]) -> Stream:
        """The stream with these inputs; the first ones begin it."""
        if self._stream is None:
            new = Features().new(inputs)
            if not new:
                raise InputError("the first sample has no features: give it at least one")
            learner, parameters = self._learner(len(new)), plain(self.get_params())
            target = self._kind.start(parameters["scaling"])
            target.expect(self._labels)
            self._stream = Stream.start(parameters, new, learner, target)
        else:
            self._stream.make_room(inputs)
        return self._stream

    def compile(self) -> None:
        """Compile what learning and predicting need, or read it from the disk; nothing changes."""
        several = isinstance(plain(self.get_params())["rate"], tuple)
        rate = (0.001, 0.001) if several else 0.001
        usual = {"cells": 1, "block_size": 1, "epochs": 1, "rate": rate}
        small = type(self)(**(self.get_params() | usual))
        small.fit(np.arange(2.0)[:, None], np.arange(2))

    @exclusive
    def reset(self) -> None:
        """Begin a new sequence: the network's state is cleared; weights and scales stay."""
        if self._stream:
            self._stream.network.reset()

    @exclusive
    def state(self) -> StreamState:
        """Everything that was learned; raises `InputError` if that is nothing, or has diverged."""
        return self.stream.state()

    @classmethod
    def from_state(cls, state: StreamState) -> Self:
        """The estimator that goes on from a state; raises `InputError` for what is none."""
        if not isinstance(state, StreamState):
            raise InputError(f"a state is what state() returns, got {quoted(state)}")
        model = cls(**state.parameters)
        model._stream = Stream.from_state(state, model._learner, cls._kind)
        return model

    @exclusive
    def save(self, path: str | Path, notes: dict[str, Any] | None = None) -> None:
        """Write the model to a file; whatever was there is replaced in one instant, or not at all.

        `notes` is a dict of what else belongs to it, of JSON values. Raises `InputError` if the
        model has learned nothing yet or has diverged, and if the file cannot be written.
        """
        notes = {} if notes is None else notes
        saving.write(path, saving.Saved(self.saved_as, self.state(), notes))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that was saved; it goes on from there with the bits it would have had.

        Raises `InputError` for a file that cannot be read, or is not whole and sound.
        """
        saved = saving.read(path)
        if saved.estimator != cls.saved_as:
            kind = saved.estimator
            raise InputError(f"{path} holds an {kind}, no {cls.__name__}: read it with {kind}.load")
        with saving.sound(path):
            return cls.from_state(saved.state)

    @property
    def features_(self) -> list[Name]:
        """Names of the features seen so far, in the order in which they appeared."""
        return self._stream.features.names if self._stream else []

    @property
    def inputs_(self) -> list[Input]:
        """What the network sees, in its order: a feature, or (feature, value) of a category.

        The value "" stands for all values of a category beyond the first 32.
        """
        return list(self._stream.features.inputs) if self._stream else []

    @property
    def n_features_in_(self) -> int:
        """Number of features seen so far."""
        if self._stream is None:
            raise AttributeError("n_features_in_ is known once there was something to learn from")
        return len(self._stream.features.names)

    @property
    def labels(self) -> list[Label]:
        """The classes, or names of several targets, in the order of the network's outputs.

        There are none for one number.
        """
        return list(self._stream.target.labels) if self._stream else []

    # Samples.

    def _learn_one(self, x: Mapping[Any, Any], targets: Any, w: float) -> None:
        """Take one step with a sample, and learn from its checked target.

        Before there are any features, a sample without features passes by.
        """
        check_sample(x)
        if self._stream is None or self._rate_pending:
            self.check_parameters()
        weights = weight_of(w)
        if not x and self._stream is None:
            return
        stream = self._stream
        row = stream.features.row(x) if stream and stream.features.has(x) else None
        if stream is None or row is None:
            self._learn(sample(x), targets, weights)
        elif weights is None:
            stream.learn_row(row, targets)
        else:
            stream.learn_row(row, self._kind.without(targets, weights == 0), float(weights[0]))

    def _peek_one(self, x: Mapping[Any, Any]) -> list[float]:
        """The answer (outputs,) to a sample that comes next; nothing changes."""
        check_sample(x)
        row = self.stream.features.row(x)
        if row is None:
            return np.atleast_1d(self._peek(self.stream, sample(x))[0]).tolist()
        return self.stream.peek_row(row)

    def _learn(self, samples: Table, targets: Any, weights: np.ndarray | None = None) -> np.ndarray:
        """The answers to samples, each before its target is learned.

        A target of weight 0 is a missing one.
        """
        if weights is not None:
            targets = self._kind.without(targets, weights == 0)
        features = self._features
        samples = self._with_names(samples, features)
        features.check([samples])
        if self._stream:
            return self._stream.learn(samples, targets, weights)
        try:
            return self.stream_of(features.first(samples)).learn(samples, targets, weights)
        except InputError:
            self._stream = None  # it had not begun
            raise

    def _peek(self, stream: Stream, samples: Table) -> np.ndarray:
        """The answers of a stream to samples that come next; nothing changes."""
        samples = self._with_names(samples, stream.features)
        stream.features.check([samples])
        return stream.peek(samples)

    def _with_names(self, samples: Table, features: Features) -> Table:
        """The samples with names, as the features take them.

        Columns without names go by the place of the feature. Raises `InputError` where features
        have names: their order in an array is chance.
        """
        if samples.names is not None:
            return features.as_categories(samples)
        columns = samples.numbers.shape[1]
        seen = features.names or list(range(columns))
        check_unnamed(seen)
        if columns != len(seen):
            raise InputError(
                f"X has {columns} features, but {type(self).__name__} is expecting {len(seen)} "
                "features as input: columns without names must be those seen before"
            )
        return features.as_categories(samples._replace(names=seen))

    def _learn_many(self, X: Any, y: Any, w: Any) -> np.ndarray:
        """The answers to the rows of X (n, features), each before its target is learned."""
        self.check_parameters()
        samples = table(X)
        count = len(samples.numbers)
        targets = self._kind.checked(targets_of(y, count, named=self._has_names))
        return self._learn(samples, targets, weights_of(w, count))

    def _peek_many(self, X: Any) -> list[np.ndarray]:
        """The answers to a stream that goes on, or to each sequence by itself; nothing changes."""
        if not is_sequences(X):
            return [self._peek(self.stream, self._of_known_columns(X))]
        fresh = self.stream.fresh()
        return [self._peek(fresh, self._of_known_columns(x)) for x in X]

    def _of_known_columns(self, X: Any) -> Table:
        """Samples to answer; raises `InputError` if nothing was learned from any of the columns."""
        found, known = table(X), self.stream.features.names
        if found.names and known and not set(found.names) & set(known):
            raise InputError(
                f"X has none of the features that were learned from: known are {quoted(known)}, "
                f"got {quoted(found.names)}"
            )
        return found

    def _samples(self, X: Any, y: Any, w: Any, features: Features) -> list[Samples]:
        """The samples of each sequence, all of them checked beside the features so far."""
        named = self._has_names and features is self._features
        given = samples(X, y, w, named=named)
        found = [each._replace(y=self._kind.checked(each.y)) for each in given]
        features.check([self._with_names(each.x, features) for each in found])
        if len({isinstance(each.y, Several) for each in found}) > 1:
            raise InputError("y must have either one target a sample or several, got both")
        return found

    # scikit-learn.

    @exclusive
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Forget everything, then learn from samples in time order, `epochs` times.

        X (n, features) is one stream, y its targets: (n,), or several numbers (n, targets). Or X is
        a list of such arrays, one for each sequence, and y a list of their targets: each as above,
        or one alone, that of the last step. Every sequence and every epoch begins with the state
        cleared. `sample_weight` is (n,), or a list of such: weights as `learn_one` takes them.
        """
        self._learner(inputs=1)  # refuses bad parameters
        epochs = single(self.epochs)
        found = self._samples(X, y, sample_weight, Features())
        if sample_weight is not None and not weights_together(found).any():
            raise InputError("sample_weight must not be zero throughout: give some samples weight")
        learned = self._stream, self._labels, self._rate_pending
        self._stream, self._rate_pending = None, False
        self._labels = self._kind.labels_of([each.y for each in found])
        try:
            for epoch in range(epochs):
                if epoch:
                    self.reset()
                self._partial_fit(X, y, sample_weight)
        except InputError:  # such as memory that is too small for this network
            self._stream, self._labels, self._rate_pending = learned
            raise
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Learn from more samples, of the same stream or a list of sequences."""
        self.check_parameters()
        found = self._samples(X, y, sample_weight, self._features)
        if self._stream:
            for each in found:
                self._stream.target.fit_together(each.y)
        for x, targets, weights in found:
            if is_sequences(X):
                self.reset()
            self._learn(x, targets, weights)
        return self

    @property
    def _has_names(self) -> bool:
        """Whether the targets so far have names."""
        return self._kind.named and bool(self.labels)

    @property
    def _features(self) -> Features:
        return self._stream.features if self._stream else Features()

    def _learner(self, inputs: int) -> StreamLearner:
        parameters, output = plain(self.get_params()), self._kind.output
        first = {"rate": first_rate(parameters["rate"], output)}
        return network_of(parameters | first, inputs, output)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's parameters."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @exclusive
    def set_params(self, **params: Any) -> Self:
        """Change the constructor's parameters: `rate` at once, others when learning begins anew.

        Raises `InputError` for a name that is none. Values are checked when learning begins, and a
        rate when it goes on: what was learned stays, and `fit` begins anew.
        """
        known = self.get_params()
        for name in params:
            if name not in known:
                raise InputError(
                    f"Invalid parameter {quoted(name)} for estimator {type(self).__name__}: "
                    f"known are {', '.join(known)}"
                )
        for name, value in params.items():
            setattr(self, name, value)
        if self._stream and "rate" in params:
            try:
                self._stream.learn_at(plain_rate(self.rate))
                self._rate_pending = False
            except InputError:  # said when learning goes on, as scikit-learn has it
                self._rate_pending = True
        return self

    def __copy__(self) -> Self:
        # A shallow copy would share the network, and change with it.
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        given = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            # As texts: `==` of an array is an array.
            if repr(single(value)) != repr(given[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return self._stream is not None

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=True),
            input_tags=InputTags(allow_nan=True, three_d_array=True, categorical=True, string=True),
        )
