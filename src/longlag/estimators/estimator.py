"""What regressors and classifiers of streams have in common."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from longlag.errors import InputError, check_choice, check_whole
from longlag.estimators.features import Features, real_number, table
from longlag.estimators.sequences import column, is_sequences, samples
from longlag.estimators.stream import Stream
from longlag.learners.lstm import LSTM
from longlag.rules import rules

#: Initial biases of input gates go from one to the other; forget gates have the opposite ones.
#: So the first cells hold what they see for about a step and the last for e**8, some 3,000 steps:
#: whatever the lag, some are right for it. The idea is that of Tallec & Ollivier (2018).
OPEN, SHUT = 2.0, -8.0

#: RMSProp's mean square is that of some 2,000 targets. It begins at 0, so that the first steps are
#: ten times and more as long as later ones, and get shorter as those of AdaGrad do.
DECAY = 0.9995


class StreamEstimator(ABC):
    """See `longlag.LSTMRegressor`, which lists the parameters."""

    citation = ("hochreiter1997", "gers2000", "tallec2018", "welford1962")

    def __init__(
        self,
        cells: int = 32,
        *,
        block_size: int = 1,
        rule: Literal["rmsprop", "adam", "gradient-descent"] = "rmsprop",
        rate: float = 0.003,
        forget_gates: bool = True,
        peepholes: bool = False,
        scaling: bool = True,
        epochs: int = 1,
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ):
        # Only kept here, and checked when learning begins, as scikit-learn demands.
        self.cells = cells
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
        self._begin([])

    # What a regressor or a classifier decides.

    @abstractmethod
    def _targets_of(self, y: np.ndarray) -> Any:
        """Targets (n,) as `_learn` takes them; raises `InputError` for what is none."""

    @abstractmethod
    def _learn(self, rows: np.ndarray, targets: Any) -> np.ndarray:
        """Step through rows (n, features), learning from their targets; the answers before each."""

    @abstractmethod
    def _begin(self, targets: list[Any]) -> None:
        """Forget earlier targets; those that `fit` is about to learn from are given."""

    _output: Literal["linear", "softmax"]

    # A stream.

    def reset(self) -> None:
        """Begin a new sequence: the network's state is cleared; weights and scales stay."""
        if self._stream:
            self._stream.network.reset()

    def save(self, path: str | Path, notes: dict[str, Any] | None = None) -> None:
        """See `longlag.estimators.saving.save`."""
        from longlag.estimators.saving import save  # which knows the classes derived from this one

        save(self, path, notes)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """See `longlag.estimators.saving.load`."""
        from longlag.estimators.saving import load

        model = load(path)
        if not isinstance(model, cls):
            raise InputError(f"{path} holds an {type(model).__name__}, no {cls.__name__}")
        return model

    @property
    def features_(self) -> list[str | int]:
        """Names of the features seen so far, in the order of the network's inputs."""
        return list(self._stream.features.names) if self._stream else []

    @property
    def n_features_in_(self) -> int:
        """Number of features seen so far."""
        if self._stream is None:
            raise AttributeError("n_features_in_ is known once there was something to learn from")
        return len(self._stream.features.names)

    def _row(self, x: Mapping[Any, Any], *, learning: bool) -> np.ndarray:
        """The row of one sample. Only learning makes room for new features."""
        if not isinstance(x, Mapping):
            raise InputError(f"a sample must be a dict of features, got {type(x).__name__}")
        if learning and not (self._stream and self._stream.features.has(x)):
            for name, value in x.items():
                real_number("feature", name, value)  # is refused before anything changes
            self._make_room(list(x))
        return self._begun.features.row(x)

    def _learn_rows(self, X: Any, y: Any) -> np.ndarray:
        """The answers before learning from each row of X."""
        names, rows = table(X)
        targets = self._targets_of(column(y, len(rows)))
        return self._learn(self._arranged(names, rows, learning=True), targets)

    def _arranged(self, names: list[Any] | None, rows: np.ndarray, *, learning: bool) -> np.ndarray:
        """Columns in the order of the network's inputs; those without names are known by place."""
        if names is None:
            known = len(self._stream.features.names) if self._stream else rows.shape[1]
            if rows.shape[1] != known:
                raise InputError(
                    f"X has {rows.shape[1]} features, but {type(self).__name__} is expecting "
                    f"{known} features as input: columns without names must be those seen before"
                )
            names = list(range(known)) if self._stream is None else self._stream.features.names
        if learning:
            self._make_room(names)
        return self._begun.features.arrange(names, rows)

    def _make_room(self, names: list[Any]) -> None:
        """Features that appear; the first ones begin the stream."""
        if self._stream is None:
            new = Features().new(names)
            if not new:
                raise InputError("the first sample has no features: give it at least one")
            learner = self._learner(len(new))
            self._stream = Stream.start(learner, new, self._parameters())
        elif new := self._stream.features.new(names):
            self._stream.add_features(new)

    @property
    def _begun(self) -> Stream:
        if self._stream is None:
            raise InputError(f"{type(self).__name__} has learned nothing yet: fit or learn first")
        return self._stream

    def _parameters(self) -> dict[str, Any]:
        """The constructor's parameters as plain Python values, such as searches do not give."""
        found = {}
        for name, value in self.get_params().items():
            found[name] = value.item() if isinstance(value, np.generic) else value
        for name in ("forget_gates", "peepholes", "scaling"):
            if not isinstance(found[name], bool):
                raise InputError(f"{name} must be True or False, got {found[name]!r}")
        return found

    def _learner(self, inputs: int) -> LSTM:
        """The network's equations. Raises `InputError` for parameters that are out of range."""
        given = self._parameters()
        cells, size, rule = given["cells"], given["block_size"], given["rule"]
        check_whole("cells", cells, 1, 100_000)
        check_whole("block_size", size, 1, 100_000)
        if cells % size:
            raise InputError(f"cells must be a multiple of block_size, got {cells} and {size}")
        check_choice("rule", rule, tuple(rules()))
        blocks = cells // size
        fields = {"decay": DECAY} if rule == "rmsprop" else {}
        openness = [OPEN + (SHUT - OPEN) * (j + 0.5) / blocks for j in range(blocks)]
        return LSTM(
            inputs=inputs,
            outputs=1,
            blocks=blocks,
            block_size=size,
            forget_gates=given["forget_gates"],
            forget_gate_biases=tuple(-each for each in openness) if given["forget_gates"] else (),
            input_gate_biases=tuple(openness),
            peepholes=given["peepholes"],
            cell_sources=("inputs", "cells"),
            gate_sources=("inputs",),  # calmer than gates that see the cells, and cheaper
            output_sources=("inputs", "cells"),
            output=self._output,
            rule=rules()[rule](rate=given["rate"], **fields),
        )

    # scikit-learn.

    def fit(self, X: Any, y: Any) -> Self:
        """Forget everything, then learn from samples in time order, `epochs` times.

        X (n, features) is one stream, y (n,) its targets. Or X is a list of such arrays, one for
        each sequence, and y a list of their targets: each (n,), or one alone, that of the last
        step. Every sequence and every epoch begins with the state cleared.
        """
        epochs = self._parameters()["epochs"]
        check_whole("epochs", epochs, 1)
        targets = [each for *_, each in self._samples(X, y)]
        self._stream = None
        self._begin(targets)
        for epoch in range(epochs):
            if epoch:
                self.reset()
            self.partial_fit(X, y)
        return self

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Learn from more samples in time order: of the same stream, or a list of sequences."""
        for names, rows, targets in self._samples(X, y):
            if is_sequences(X):
                self.reset()
            self._learn(self._arranged(names, rows, learning=True), targets)
        return self

    def _samples(self, X: Any, y: Any) -> list[tuple[list[Any] | None, np.ndarray, Any]]:
        """The samples of each sequence, all of them checked: columns, rows and targets."""
        return [(each.names, each.rows, self._targets_of(each.y)) for each in samples(X, y)]

    def _looks(self, X: Any) -> list[np.ndarray]:
        """What the network answers to a stream that goes on, or to each sequence by itself."""
        if not is_sequences(X):
            return [self._begun.look(self._arranged(*table(X), learning=False))]
        fresh = self._begun.fresh()
        return [fresh.look(self._arranged(*table(x), learning=False)) for x in X]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's parameters."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Change the constructor's parameters; they hold when learning begins anew."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise InputError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}: "
                    f"known are {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        given = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value != given[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return self._stream is not None

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=True),
            input_tags=InputTags(allow_nan=True, three_d_array=True),
        )
