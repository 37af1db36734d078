"""One LSTM network of tens to hundreds of cells that learns from a stream, a sample at a time.

The equations, fields and initial weights are those of `longlag.learners.lstm.LSTM`. What differs is
what the processor's vector instructions act on: units of one network instead of many networks.
There are no sequences: states, activations and stored partials go on from sample to sample until
`reset`, at a cost per sample that depends on neither the past nor its length.

The cost is that of reading and writing each weight and each stored partial once, and what feeds the
gates decides how many there are. With n cells in blocks of one, cells that see the cells take n * n
weights and as many partials: in float32 a cache of 1 MB holds those of some 350 cells. Gates that
see the cells too make this four times the weights and, with forget gates, three times the partials.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from longlag.errors import InputError, check_choice, check_whole
from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.units_kernel import driver_for
from longlag.learners.lstm.units_layout import STATE, SingleLayout
from longlag.memory import check_memory
from longlag.quoting import quoted
from longlag.simd.banks import FEWER, aligned_zeros
from longlag.simd.random import Purpose, numpy_stream

DTYPES = ("float32", "float64")


class StreamNetwork:
    """A network and its state after the samples it has seen.

    >>> from longlag import LSTM, Adam
    >>> learner = LSTM(2, 1, blocks=16, block_size=1, output="linear", rule=Adam())
    >>> network = StreamNetwork(learner, seed=1)
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> network.learn_many(x, x[:, :1]).shape
    (100, 1)
    """

    def __init__(self, learner: LSTM, *, seed: int = 0, dtype: str = "float32"):
        """The network that `longlag.Network` of this learner and seed starts with."""
        check_whole("seed", seed, 0)
        check_choice("dtype", dtype, DTYPES)
        _check(learner)
        self.dtype = dtype
        self._build(learner)
        column = learner.start(numpy_stream(seed, 0, Purpose.WEIGHTS))
        self._put({name: learner.layout.view(column, name) for name in ("weights", *STATE)})

    def _build(self, learner: LSTM) -> None:
        """Tiles that know nothing yet, and buffers for one sample."""
        self.learner = learner  #: with the outputs that the network has by now
        self._layout = SingleLayout(learner)
        tiles, column = self._layout.tiles.rows * 16, learner.layout.rows
        size = tiles * np.dtype(self.dtype).itemsize + column * 8  # the latter while it is made
        check_memory("this network", size, FEWER)
        self._S = aligned_zeros((self._layout.tiles.rows, 16), self.dtype)
        self._layout.mark_units(self._S)
        self._driver = driver_for(type(learner.rule))
        self._coefficients = np.array(learner.rule.coefficients, np.float64)
        self._x = np.zeros((1, learner.inputs), self.dtype)
        self._y = np.zeros((1, learner.outputs), self.dtype)
        self._none = np.zeros((0, learner.outputs), self.dtype)
        self._out = np.zeros((1, learner.outputs), self.dtype)
        self._steps: dict[tuple[bool, bool], Callable[[], int]] = {}  # calls with these buffers

    def learn_many(self, X: ArrayLike, Y: ArrayLike) -> np.ndarray:
        """Take the steps of X (n, inputs), learning from Y (n, outputs) at each.

        NaN is no target; at a step without any, nothing is learned. Returns the answers (n,
        outputs), each given before learning from its target. The network goes on from its last
        call, with the same bits however a stream is cut into calls. Raises `InputError` for wrong
        shapes, and inputs that are not finite; then nothing has been learned.
        """
        x, y = self._rows("X", X, self.learner.inputs), self._rows("Y", Y, self.learner.outputs)
        if len(x) != len(y):
            raise InputError(f"X and Y must have as many rows, got {len(x)} and {len(y)}")
        out = np.empty_like(y)
        bad = self._driver(self._S, self._layout.plan, self._coefficients, x, y, out, True)
        if bad >= 0:
            raise InputError(
                f"X must be finite and Y finite or NaN, got {quoted(x[bad].tolist())} and "
                f"{quoted(y[bad].tolist())} at row {bad}: clean the data first"
            )
        return out

    def learn_one(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """`learn_many` of one sample: x (inputs,) and y (outputs,) give an answer (outputs,)."""
        self._fill("y", self._y, y)
        return self._step(x, self._y)

    def advance(self, x: ArrayLike) -> np.ndarray:
        """Take a step without a target: states, activations and stored partials go on."""
        return self._step(x, self._none)

    def predict_one(self, x: ArrayLike) -> np.ndarray:
        """What `learn_one` would answer to x; the network stays as it is."""
        return self._step(x, self._none, go_on=False)

    def reset(self) -> None:
        """States, activations and stored partials become zero; weights and moments stay."""
        self._put({name: np.zeros(self.learner.layout.shapes[name]) for name in STATE})
        self._S.reshape(-1)[self._layout.find("activations")[0]] = 1.0  # the bias unit

    def add_output(self) -> None:
        """One more output unit, after the others, which keep their weights.

        Its weights and their moments are zero, its bias is the learner's `output_bias` if given.
        """
        before, old = self.arrays(), self.learner
        new = replace(old, outputs=old.outputs + 1)
        kept, added = old.topology.groups[-1], new.topology.groups[-1]
        arrays = dict(before)
        for name in ("weights", *old.rule.kernel.moments):
            rows = before[name][kept.start : kept.start + kept.rows]
            wide = np.zeros((added.fan_in, added.units), self.dtype)
            wide[:, : kept.units] = rows.reshape(kept.fan_in, kept.units)
            if name == "weights" and kept.biased and old.output_bias is not None:
                wide[0, -1] = old.output_bias
            parts = before[name][: kept.start], wide.ravel()
            arrays[name] = np.concatenate([*parts, before[name][kept.start + kept.rows :]])
        self._build(new)
        self._put(arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything the network knows, by name: copies.

        Names, shapes and order are those of the learner's layout, one network alone; groups without
        numbers are left out. "running" are the running coefficients of the update rule, float64.
        """
        flat = self._S.reshape(-1)
        found = {name: flat[self._layout.find(name)] for name in _names(self.learner)}
        if self.learner.rule.running():
            found["running"] = self._running.copy()
        return found

    @classmethod
    def from_arrays(cls, learner: LSTM, arrays: Mapping[str, np.ndarray]) -> "StreamNetwork":
        """The network that `arrays` returned; its learner must be given with all its outputs.

        Raises `InputError` for names, shapes and types that are not those of the learner, and for
        numbers that are not finite.
        """
        _check(learner)
        expected = {name: learner.layout.shapes[name] for name in _names(learner)}
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
        if arrays["activations"][0] != 1:
            raise InputError(
                f"activations must begin with the bias unit, 1, got {arrays['activations'][0]}"
            )
        network = cls.__new__(cls)
        network.dtype = dtype
        network._build(learner)
        network._put(arrays)
        return network

    def copy(self) -> "StreamNetwork":
        """Another network that knows the same."""
        network = type(self).__new__(type(self))
        network.__setstate__(self.__getstate__())
        return network

    def __getstate__(self) -> dict[str, Any]:
        state = {"learner": self.learner, "dtype": self.dtype}
        return state | {"S": self._S, "coefficients": self._coefficients}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A pickled array need not begin on a cache line.
        self.dtype = state["dtype"]
        self._build(state["learner"])
        self._S[:], self._coefficients[:] = state["S"], state["coefficients"]

    @property
    def _running(self) -> np.ndarray:
        first = len(self._coefficients) - self.learner.rule.running()
        return self._coefficients[first:]

    def _put(self, arrays: Mapping[str, np.ndarray]) -> None:
        flat = self._S.reshape(-1)
        for name, array in arrays.items():
            if name == "running":
                self._running[:] = array
            else:
                flat[self._layout.find(name)] = array

    def _rows(self, name: str, values: ArrayLike, width: int) -> np.ndarray:
        try:
            array = np.asarray(values)
        except ValueError:
            raise InputError(f"{name} must have rows of one length: it is ragged") from None
        if array.dtype.kind not in "fiub":
            raise InputError(f"{name} must hold real numbers, got dtype {array.dtype}")
        if array.ndim != 2 or array.shape[1] != width:
            raise InputError(f"{name} must have shape (n, {width}), got {array.shape}")
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
            return np.ascontiguousarray(array, self.dtype)

    @staticmethod
    def _fill(name: str, buffer: np.ndarray, values: ArrayLike) -> None:
        try:
            buffer[0] = values
        except (TypeError, ValueError, OverflowError, RuntimeWarning):
            raise InputError(
                f"{name} must be {buffer.shape[1]} real numbers, got {quoted(values)}"
            ) from None

    def _step(self, x: ArrayLike, y: np.ndarray, go_on: bool = True) -> np.ndarray:
        self._fill("x", self._x, x)
        kind = len(y) > 0, go_on
        if kind not in self._steps:
            memory = self._S, self._layout.plan, self._coefficients, self._x, y, self._out
            self._steps[kind] = self._driver.bind(*memory, go_on)
        if self._steps[kind]() >= 0:
            raise InputError(
                "x must be finite and y finite or NaN, got "
                f"{quoted(self._x[0].tolist())} and {quoted(y.ravel().tolist())}: clean the data "
                "first"
            )
        return self._out[0].copy()


def _names(learner: LSTM) -> list[str]:
    names = ("weights", *learner.rule.kernel.moments, *STATE)
    return [name for name in names if learner.layout.size(name)]


def _check(learner: LSTM) -> None:
    """Raise `InputError` for what only the lane kernel can do."""
    if not isinstance(learner, LSTM):
        raise InputError(f"a stream needs an LSTM learner, got {quoted(learner)}")
    for field, wrong, remedy in (
        ("coding", "symbol", "give each symbol an input of its own, 1 where it is shown"),
        ("update", "sequence", "a stream has no end of a sequence to learn at: take 'step'"),
        ("credit", "full", "a stream has no end to go back from: take 'truncated'"),
        ("credit", "one-step", "it is a control for studies: take 'truncated'"),
    ):
        if getattr(learner, field) == wrong:
            raise InputError(f"{field} of the learner of a stream cannot be {wrong!r}: {remedy}")
    if learner.rule.whole:
        raise InputError(
            f"rule of the learner of a stream cannot be {learner.rule.name}, which looks at the "
            "whole gradient before a weight changes: a stream changes each at once"
        )
    if learner.construction_window:
        raise InputError(
            "construction_window of the learner of a stream must be 0 (it counts sequences), "
            f"got {learner.construction_window}"
        )
