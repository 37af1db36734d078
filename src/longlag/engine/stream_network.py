"""One network of tens to hundreds of cells that learns from a stream, one sample at a time.

Equations, fields and initial weights are those of the learner. The difference from a study is in
the vectors: a vector instruction acts on several units of one network instead of one unit of
several networks. A stream has no sequences. States, activations and stored partials continue from
sample to sample until `reset`, and the cost of a sample does not depend on the past.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from longlag.contract import StreamLearner
from longlag.engine.stream import stream_driver
from longlag.engine.user_arrays import real_array
from longlag.errors import InputError, LonglagError, check_choice, check_whole
from longlag.memory import check_memory
from longlag.quoting import quoted
from longlag.simd.banks import FEWER, aligned_zeros
from longlag.simd.random import Purpose, numpy_stream
from longlag.simd.tiles import TILE

DTYPES = ("float32", "float64")
DIVERGED = (
    "the network has diverged, its answers are not finite: "
    "start anew at a lower rate, or go on from what was saved"
)


class StreamNetwork:
    """A network and its state after the samples so far.

    >>> from longlag import LSTM, Adam
    >>> learner = LSTM(2, 1, blocks=16, block_size=1, output="linear", rule=Adam())
    >>> network = StreamNetwork(learner, seed=1)
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> network.learn_many(x, x[:, :1]).shape
    (100, 1)
    """

    def __init__(
        self, learner: StreamLearner, *, seed: int = 0, dtype: str = "float32", number: int = 0
    ):
        """Start with the same network as `longlag.Network` with this learner and seed.

        Networks of other numbers, from 0 on, begin with other weights.
        """
        check_whole("seed", seed, 0)
        check_choice("dtype", dtype, DTYPES)
        _check(learner)
        self.dtype = dtype
        self._build(learner)
        self._put(self._units.blank())
        column = learner.start(numpy_stream(seed, number, Purpose.WEIGHTS))
        self._put({"weights": learner.layout.view(column, "weights")})

    def _build(self, learner: StreamLearner) -> None:
        """Allocate tiles of zeros, and buffers for one sample."""
        self._check_memory(learner)  # whatever is refused, nothing has changed
        self.learner = learner  #: with the current number of inputs and outputs
        self._units = units = learner.units()
        self._S = aligned_zeros((units.tiles.rows, TILE), self.dtype)
        units.mark(self._S)
        self._driver = stream_driver(type(units), units.kernel, learner.rule.kernel)
        self._coefficients = np.array(learner.rule.coefficients, np.float64)
        self._x = np.zeros((1, learner.inputs), self.dtype)
        self._y = np.zeros((1, learner.outputs), self.dtype)
        self._weight = np.zeros(1, self.dtype)
        self._out = np.zeros((1, learner.outputs), self.dtype)
        self._steps: dict[tuple[bool, ...], Callable[[], int]] = {}  # calls with these buffers

    def _check_memory(self, learner: StreamLearner) -> None:
        size, column = learner.units().tiles.rows * TILE, learner.layout.rows
        size = size * np.dtype(self.dtype).itemsize + column * 8  # the column is temporary
        check_memory("this network", size, FEWER)

    def learn_many(self, X: ArrayLike, Y: ArrayLike) -> np.ndarray:
        """Take a step for each row of X (n, inputs), and learn from the row of Y (n, outputs).

        NaN means no target; a step without any target changes no weight. Returns the answers, of
        shape (n, outputs); the network gives each answer before it sees the target. The network
        continues from its last call, and the bits do not depend on how a stream is cut into calls.
        Raises `InputError` for wrong shapes and for inputs that are not finite; the network is then
        unchanged.
        """
        x, y = self._rows("X", X, self.learner.inputs), self._rows("Y", Y, self.learner.outputs)
        if len(x) != len(y):
            raise InputError(f"X and Y must be of equal length, got {len(x)} and {len(y)} rows")
        return self._take_many(x, y)

    def learn_one(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """`learn_many` of one sample: x (inputs,) and y (outputs,) give an answer (outputs,)."""
        return self._take_one(x, y)

    def advance(self, x: ArrayLike) -> np.ndarray:
        """Take a step without a target, which updates states, activations and stored partials."""
        return self._take_one(x)

    def predict_one(self, x: ArrayLike) -> np.ndarray:
        """The answer that `learn_one` would give to x; the network does not change."""
        return self._take_one(x, changes=False)

    def step(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Answers (n, outputs) to x (n, inputs), each given before its row of y is learned.

        There may be fewer rows in y (k, outputs) than in x. The network answers to the other rows
        of x as to the next ones, but does not take them. The error of a row is multiplied by its
        weight (k,), a number from 0 on. Raises `LonglagError` if the network has diverged.
        """
        count, parts = len(y), []
        if count == 1:  # one row alone is faster in memory that is kept for it
            weight = None if weights is None else float(weights[0])
            parts.append(np.array([self.learn_row(x[0], y[0], weight)], self.dtype))
        elif count or not len(x):
            parts.append(self._take_many(x[:count], y, weights))
            if not np.isfinite(parts[0]).all():
                raise LonglagError(DIVERGED)
        if len(x) - count == 1:
            parts.append(self._take_one(x[-1], changes=False)[None, :])
        elif len(x) > count:
            parts.append(self.copy()._take_many(x[count:], y[:0]))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def learn_row(self, x: ArrayLike, y: ArrayLike, weight: float | None = None) -> list[float]:
        """`step` of one row x (inputs,) with targets y (outputs,): the answer (outputs,) to it."""
        answer = self._take_one(x, y, weight).tolist()
        if not all(map(math.isfinite, answer)):
            raise LonglagError(DIVERGED)
        return answer

    def reset(self) -> None:
        """Set states, activations and stored partials to zero; keep weights and moments."""
        known = self._units.blank().items()
        self._put({name: array for name, array in known if name not in self._units.learned})

    def learn_at(self, rate: float) -> None:
        """Learn at this rate from the next target on; raises `InputError` if it is out of range."""
        running, rule = self._running.copy(), replace(self.learner.rule, rate=rate)
        self.learner = replace(self.learner, rule=rule)
        self._coefficients[:] = rule.coefficients
        self._running[:] = running

    def add(self, *, inputs: int = 0, outputs: int = 0) -> None:
        """Add inputs or outputs after the others; the answers of the other outputs stay the same.

        The new weights, their moments and their stored partials are zero. The bias of a new output
        is the learner's `output_bias` if it has one, otherwise zero.
        """
        units, flat, learner = self._units, self._S.reshape(-1), self.learner
        wide = replace(learner, inputs=learner.inputs + inputs, outputs=learner.outputs + outputs)
        running = self._running.copy()
        self._build(wide)
        self._put(self._units.blank())
        places = units.moved(self._units)
        for name in units.shapes:
            found = self._units.find(name).reshape(-1)[places[name]]
            self._S.reshape(-1)[found] = flat[units.find(name)].reshape(-1)
        self._running[:] = running

    def check_room(self, outputs: int) -> None:
        """Raise `InputError` if `add` could not add so many outputs."""
        self._check_memory(replace(self.learner, outputs=self.learner.outputs + outputs))

    def check_range(self, numbers: ArrayLike) -> None:
        """Raise `InputError` for numbers, NaN aside, that the precision of the network lacks."""
        check_range(numbers, self.dtype)

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of the whole state of the network, by name.

        Names, shapes and order are those of the learner's layout for one network, without empty
        groups. "running" holds the running coefficients of the update rule, float64.
        """
        flat = self._S.reshape(-1)
        found = {name: flat[self._units.find(name)] for name in self._units.shapes}
        if self.learner.rule.running():
            found["running"] = self._running.copy()
        return found

    @classmethod
    def from_arrays(
        cls, learner: StreamLearner, arrays: Mapping[str, np.ndarray]
    ) -> "StreamNetwork":
        """The network that `arrays` came from; `learner` must have all outputs of that network.

        Raises `InputError` for names, shapes and types that do not fit the learner, and for numbers
        that are not finite.
        """
        _check(learner)
        expected = dict(learner.units().shapes)
        if learner.rule.running():
            expected["running"] = (learner.rule.running(),)
        if set(arrays) != set(expected):
            missing, unknown = set(expected) - set(arrays), set(arrays) - set(expected)
            raise InputError(
                "arrays must be those of the learner: "
                f"missing {quoted(sorted(missing))}, unknown {quoted(sorted(unknown, key=str))}"
            )
        dtype = str(getattr(arrays["weights"], "dtype", None))
        check_choice("dtype of weights", dtype, DTYPES)
        for name, shape in expected.items():
            array = arrays[name]
            wanted = "float64" if name == "running" else dtype
            if not isinstance(array, np.ndarray) or str(array.dtype) != wanted:
                kind = getattr(array, "dtype", type(array).__name__)
                raise InputError(f"{name} must be an array of {wanted}, got {kind}")
            if array.shape != shape:
                raise InputError(f"{name} must have shape {shape}, got {array.shape}")
            low, high = learner.rule.ranges.get(name, (-np.inf, np.inf))
            good = np.isfinite(array) & (array >= low) & (array <= high)
            if not good.all():
                raise InputError(
                    f"{name} must be finite numbers in [{low}, {high}], got {array[~good][0]}"
                )
        if "activations" in arrays and arrays["activations"][0] != 1:
            raise InputError(
                f"activations must begin with the bias unit, 1, got {arrays['activations'][0]}"
            )
        network = cls.__new__(cls)
        network.dtype = dtype
        network._build(learner)
        network._put(arrays)
        return network

    def copy(self, into: Any = None) -> "StreamNetwork":
        """A copy of the network, in the memory of another one if that one is of the same shape."""
        like = isinstance(into, StreamNetwork) and into.dtype == self.dtype
        if like and into.learner == self.learner:
            into._S[:], into._coefficients[:] = self._S, self._coefficients
            return into
        network = type(self).__new__(type(self))
        network.__setstate__(self.__getstate__())
        return network

    def take_weights(self, other: Any) -> None:
        """Go on with what a network of the same shape has learned; the states stay."""
        rows = self._units.learned_rows
        self._S[:rows] = other._S[:rows]
        self._running[:] = other._running

    def __getstate__(self) -> dict[str, Any]:
        state = {"learner": self.learner, "dtype": self.dtype}
        return state | {"S": self._S, "coefficients": self._coefficients}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Pickling does not keep the alignment to a cache line, so the tiles are built again.
        self.dtype = state["dtype"]
        self._build(state["learner"])
        self._S[:], self._coefficients[:] = state["S"], state["coefficients"]

    @property
    def _running(self) -> np.ndarray:
        return self._coefficients[len(self._coefficients) - self.learner.rule.running() :]

    def _put(self, arrays: Mapping[str, np.ndarray]) -> None:
        flat = self._S.reshape(-1)
        for name, array in arrays.items():
            if name == "running":
                self._running[:] = array
            else:
                flat[self._units.find(name)] = array

    def _rows(self, name: str, values: ArrayLike, width: int) -> np.ndarray:
        array = real_array(name, values)
        if array.ndim != 2 or array.shape[1] != width:
            raise InputError(f"{name} must have shape (n, {width}), got {array.shape}")
        return array

    def _take_many(
        self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """Answers to the rows of x; learns from those of y, if there are any."""
        with np.errstate(over="ignore"):  # too large for float32: becomes inf, refused below
            x, y = (np.ascontiguousarray(rows, self.dtype) for rows in (x, y))
        if weights is not None:
            y = y.copy()  # the driver overwrites it
        w = np.ascontiguousarray(() if weights is None else weights, self.dtype)
        out = np.empty((len(x), self.learner.outputs), self.dtype)
        bad = self._driver(self._S, self._units.plan, self._coefficients, x, y, w, out, True)
        if bad >= 0:
            raise InputError(
                f"X must be finite and Y finite or NaN, got {quoted(x[bad].tolist())} and "
                f"{quoted(y[bad].tolist() if len(y) else [])} at row {bad}: clean the data first"
            )
        return out

    def _take_one(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        weight: float | None = None,
        *,
        changes: bool = True,
    ) -> np.ndarray:
        """The answer to x; learns from y, if there is one. Without `changes` nothing changes."""
        _fill("x", self._x[0], x)
        if y is not None:
            _fill("y", self._y[0], y)
        if weight is not None:
            self._weight[0] = weight
        kind = y is not None, weight is not None, changes
        if kind not in self._steps:
            target, weights = self._y[: int(kind[0])], self._weight[: int(kind[1])]
            network = self._S, self._units.plan, self._coefficients
            given = self._x, target, weights, self._out, changes
            self._steps[kind] = self._driver.bind(*network, *given)
        if self._steps[kind]() >= 0:
            target = [] if y is None else self._y[0].tolist()
            raise InputError(
                f"x must be finite and y finite or NaN, got {quoted(self._x[0].tolist())} and "
                f"{quoted(target)}: clean the data first"
            )
        return self._out[0].copy()


def _fill(name: str, buffer: np.ndarray, values: ArrayLike) -> None:
    """Copy the numbers to the buffer; what a mask hides becomes NaN."""
    given: Any = values
    try:
        if isinstance(values, np.ma.MaskedArray):
            given = real_array(name, values)
        buffer[:] = given
        if len(given) == len(buffer):  # one number alone would fill the buffer
            return
    except (TypeError, ValueError, OverflowError, RuntimeWarning):
        pass
    raise InputError(f"{name} must be {len(buffer)} real numbers, got {quoted(values)}")


def check_range(numbers: ArrayLike, dtype: str) -> None:
    """Raise `InputError` for numbers, NaN aside, beyond those of a type of floats."""
    largest = float(np.finfo(dtype).max)
    beyond = np.abs(numbers) > largest
    if beyond.any():
        raise InputError(
            f"without scaling, {dtype} holds numbers up to {largest:.3g}, got "
            f"{np.asarray(numbers)[beyond][0]:g}: scale them first, take scaling=True, or "
            'dtype="float64"'
        )


def _check(learner: StreamLearner) -> None:
    if not callable(getattr(learner, "units", None)):
        raise InputError(f"a stream needs a learner, such as LSTM, got {quoted(learner)}")
