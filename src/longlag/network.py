"""One network, fed by its user with NumPy arrays."""

import numpy as np
from numpy.typing import ArrayLike

from longlag.compiled.driver import driver
from longlag.engine.user_arrays import real_array
from longlag.engine.user_sequences import OBSERVE, compile_boundaries, compile_present
from longlag.errors import InputError, check_choice, check_whole
from longlag.learners.base import BatchLearner, Learner, SearchLearner
from longlag.simd.banks import aligned_zeros
from longlag.simd.random import Purpose, numpy_stream


class Network:
    """A network of an online learner, fed one sequence after another.

    >>> from longlag import LSTM, Adding, Network
    >>> network = Network(LSTM(inputs=2, outputs=1, output="linear"), seed=1)
    >>> x, target = next(Adding(T=30).sequences(seed=1))
    >>> network.learn(x, target).shape == target.shape
    True

    The memory of the network does not depend on the length of the sequences.
    """

    def __init__(self, learner: Learner, *, seed: int = 0, trial: int = 0, dtype: str = "float64"):
        """Start with the same network as trial number `trial` of a study with this seed."""
        check_whole("seed", seed, 0)
        check_whole("trial", trial, 0)
        check_choice("dtype", dtype, ("float32", "float64"))
        self.learner = learner
        self.dtype = dtype
        kernel = learner.kernel(1)
        layout = learner.layout
        made_of = type(learner), learner.structure
        present = compile_present(kernel, learner.outputs, layout.start("outputs"))
        reset, finish = compile_boundaries(kernel)
        self._present = driver(present, ("present", *made_of))
        self._reset = driver(reset, ("reset", *made_of))
        self._finish = driver(finish, ("finish", *made_of))
        self._S = aligned_zeros((layout.rows, 1), dtype)
        self._S[:, 0] = learner.start(numpy_stream(seed, trial, Purpose.WEIGHTS))
        self._all = np.ones((1, 1), np.uint8)

    @classmethod
    def from_column(cls, learner: Learner, column: ArrayLike) -> "Network":
        """A network that knows what a column of the learner's layout says, such as a trial's."""
        column = real_array("column", column)
        if column.shape != (learner.layout.kept,):
            raise InputError(
                f"column must have shape ({learner.layout.kept},) for this learner, "
                f"got {column.shape}"
            )
        network = cls(learner, dtype=str(column.dtype))
        network._S[: len(column), 0] = column
        return network

    def __reduce__(self) -> tuple:
        """How copies and pickles are made: compiled code is in neither, and no weight is shared."""
        return type(self).from_column, (self.learner, self.column)

    @property
    def column(self) -> np.ndarray:
        """The whole state of the network: a copy, of shape (layout.kept,)."""
        return self._S[: self.learner.layout.kept, 0].copy()

    @property
    def weights(self) -> np.ndarray:
        """The weights: a copy, of shape (learner.weights,)."""
        return self.learner.layout.view(self._S[:, 0], "weights").copy()

    def reset(self) -> None:
        """Begin a new sequence: activations, states and stored partials become zero."""
        self._reset(self._S, self._all)

    def learn(self, x: ArrayLike, target: ArrayLike) -> np.ndarray:
        """Learn from one whole sequence, online.

        x has shape (steps, inputs); with symbol coding x has shape (steps,) and holds whole
        numbers. target has shape (steps, outputs), with NaN at steps without a target, or shape
        (outputs,) for a single target at the end. Returns the answers, of shape (steps, outputs);
        the network gives each answer before it sees the target of that step. Raises `InputError`
        for wrong shapes and for numbers that are not finite.
        """
        if isinstance(self.learner, SearchLearner):
            raise InputError(
                f"{self.learner.name} does not learn from a sequence: it proposes whole networks; "
                "use a Study"
            )
        if isinstance(self.learner, BatchLearner):
            raise InputError(
                f"{self.learner.name} does not learn from one sequence: it learns from a set in "
                "passes; use a Study"
            )
        X = self._inputs(x)
        Y, flags = self._targets(target, len(X) // self.learner.width)
        self.reset()
        out, _ = self._run(X, Y, flags | OBSERVE, record=False)
        self._finish(self._S, self._all)
        return out

    def predict(self, x: ArrayLike) -> np.ndarray:
        """The answers to one sequence, of shape (steps, outputs); the network does not change."""
        return self._look(x, record=False)[0]

    def record(self, x: ArrayLike) -> dict[str, np.ndarray]:
        """The state of the network after each step of a sequence, by the names of the layout.

        Each array has shape (steps, ...). The network itself does not change.
        """
        columns = self._look(x, record=True)[1]
        layout = self.learner.layout
        return {name: np.moveaxis(layout.view(columns.T, name), -1, 0) for name in layout}

    def _look(self, x: ArrayLike, *, record: bool) -> tuple[np.ndarray, np.ndarray]:
        X = self._inputs(x)
        steps = len(X) // self.learner.width
        before = self._S.copy()
        self.reset()
        Y = aligned_zeros((steps * self.learner.outputs, 1), self.dtype)
        try:
            return self._run(X, Y, np.zeros((steps, 1), np.uint8), record=record)
        finally:
            self._S[:] = before

    def _run(
        self, X: np.ndarray, Y: np.ndarray, flags: np.ndarray, *, record: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        out = np.empty((len(flags), self.learner.outputs), self.dtype)
        columns = np.empty((len(flags) * record, len(self._S)), self.dtype)
        self._present(self._S, X, Y, flags, out, columns)
        return out, columns

    def _inputs(self, x: ArrayLike) -> np.ndarray:
        learner = self.learner
        numbers = _finite("x", x)
        if learner.coding == "symbol":
            if numbers.ndim != 1 or not len(numbers):
                raise InputError(f"x must have shape (steps,), got {numbers.shape}")
            if ((numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= learner.inputs)).any():
                raise InputError(f"x must hold symbols from 0 to {learner.inputs - 1}")
        elif numbers.ndim != 2 or not len(numbers) or numbers.shape[1] != learner.inputs:
            raise InputError(
                f"x must have shape (steps, {learner.inputs}) with at least one step, "
                f"got {numbers.shape}"
            )
        return self._aligned("x", numbers)

    def _targets(self, target: ArrayLike, steps: int) -> tuple[np.ndarray, np.ndarray]:
        outputs = self.learner.outputs
        numbers = real_array("target", target).astype(np.float64)
        if numbers.shape == (outputs,) and steps > 0:
            last, numbers = numbers, np.full((steps, outputs), np.nan)
            numbers[-1] = last
        if numbers.shape != (steps, outputs):
            raise InputError(
                f"target must have shape ({steps}, {outputs}) or ({outputs},), got {numbers.shape}"
            )
        given = np.asarray(~np.isnan(numbers).all(axis=1))
        if not np.isfinite(numbers[given]).all():
            raise InputError(
                "target must be finite in every output of a step, or NaN in all of them, "
                f"got {numbers[given][~np.isfinite(numbers[given]).all(axis=1)][0].tolist()}"
            )
        if not given.any():
            raise InputError("target must have a number at some step, got NaN at all of them")
        known = self._aligned("target", np.where(given[:, None], numbers, 0))
        return known, given[:, None].astype(np.uint8)

    def _aligned(self, name: str, numbers: np.ndarray) -> np.ndarray:
        largest = np.abs(numbers).max()
        if largest > np.finfo(self.dtype).max:
            raise InputError(f"{name} must be finite in {self.dtype}, got {largest}")
        array = aligned_zeros((numbers.size, 1), self.dtype)
        array[:, 0] = numbers.ravel()
        return array


def _finite(name: str, values: ArrayLike) -> np.ndarray:
    array = real_array(name, values).astype(np.float64)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        at = tuple(bad[0].tolist())
        raise InputError(f"{name} must be finite, got {array[at]} at {at}: clean the data first")
    return array
