"""The interface between tasks, learners and drivers, none of which imports another.

A task writes sequences (`TaskKernel`). A learner steps networks through the sequences
(`LaneKernel`). A driver reads the sizes of its arrays from both (`TaskSizes`, `LearnerSizes`).
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np

from longlag.compiled.compiling import inlined

CHUNK = 32  #: steps written ahead: few, so that the buffers stay in the first-level cache
STRETCH = 8  #: steps that a learner may take together; a chunk is a whole number of them
IDLE, TRAINING, EXAM, TESTING, OVER = range(5)  #: phases of a lane
BEGINS, TARGET, ENDS = 1, 2, 4  #: bits of an event: a sequence begins, has a target, ends
POSITION, LENGTH = range(2)  #: rows of a lane's clock: the next step, and the sequence's length

MOST_LESSONS = 15  #: of the training set of a batch learner


class TaskKernel(NamedTuple):
    """A task's compiled functions; compile each with `longlag.compiled.compiling.inlined`.

    p holds the task's `parameters`, and m the `memory` numbers of one sequence. The functions read
    and write p, m, x, y and out by index, and draw from `stream` with `longlag.simd.random`.

    With `branch_free`, `element` and `target` compute all lanes at once: every number is a vector,
    and `longlag.simd.vectors.select` replaces ``if``, ``and`` and ``or``. This is several times
    faster. Without `branch_free`, and in plain Python, the functions compute one lane.
    """

    begin: Callable  #: begin(stream, p, m) -> length: draw a sequence for one lane, keep it in m
    element: Callable  #: element(stream, p, m, t, x): write the inputs of step t to x
    target: Callable  #: target(p, m, t, y) -> bool: write the target of step t to y, if it has one
    judge: Callable  #: judge(p, y, out) -> (largest, mean) deviation of the outputs from y
    branch_free: bool = False  #: whether `element` and `target` compute all lanes at once
    #: exam(stream, p, m, i) -> length: begin the i-th test sequence; None: `begin` does
    exam: Callable | None = None
    #: member(stream, p, m, i) -> length: begin the i-th sequence of a training set; None: `exam`
    #: does, or else `begin`
    member: Callable | None = None


class LaneKernel(NamedTuple):
    """The compiled functions of a learner that takes a step at a time, for all lanes at once.

    S is the bank (see `longlag.simd.banks`) of the learner's `layout`. A mask selects lanes; the
    networks of all other lanes must not change. The inputs of the step begin at row `at` of the
    bank X, and the targets at row `at` of the bank Y.
    """

    reset: Callable  #: reset(S, mask): a new sequence begins
    step: Callable  #: step(S, X, at): advance every lane by one time step
    answer: Callable  #: answer(S): compute the outputs into the rows "outputs"
    learn: Callable  #: learn(S, Y, at, mask): learn from the error of the last answer
    finish: Callable  #: finish(S, mask): a sequence ended
    #: observe(S, X, at, mask): learn from the inputs of a step, before `step` takes them; called in
    #: training only, for learners that learn where there is no target
    observe: Callable | None = None
    #: stretch(S, X, at, apart): take STRETCH steps, to the same bits as `step`, in which no lane
    #: begins or ends a sequence or has a target; a step's inputs begin `apart` rows after the last
    #: step's. A learner that observes has none
    stretch: Callable | None = None


class UnitKernel(NamedTuple):
    """The compiled functions of one network whose units fill tiles (see `longlag.simd.tiles`).

    S is the bank of its tiles, p the record that its plan holds: sizes and first rows, among them
    `outputs` and the row `answers`. h are the coefficients of the update rule. A step is prepared
    in rows of its own, and the network stays as it was until `learn`.
    """

    step: Callable  #: step(S, p, X, t): prepare a step with the inputs X[t]
    answer: Callable  #: answer(S, p): compute the outputs of this step into the row "answers"
    learn: Callable  #: learn(S, p, h, Y, t, learning): take the step, and learn from the targets
    #: Y[t] if `learning`; NaN is no target


class TaskSizes(Protocol):
    """The sizes of a task that a driver allocates for; see `longlag.tasks.base.Task`."""

    memory: ClassVar[int]  #: numbers a sequence remembers while it is written
    extras: ClassVar[int]  #: numbers written after the targets, for `judge` alone

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers that the compiled functions receive as p."""
        ...

    @property
    def width(self) -> int:
        """Numbers written per step."""
        ...

    @property
    def outputs(self) -> int:
        """Output units."""
        ...


class Rows(Protocol):
    """The part of a layout that a driver reads; see `longlag.learners.layout.Layout`."""

    rows: int


class LearnerSizes(Protocol):
    """The sizes of a learner that a driver allocates for; see `longlag.learners.base.Learner`."""

    @property
    def layout(self) -> Rows:
        """The rows of one network."""
        ...


class NamedRows(Rows, Protocol):
    """Rows in groups; see `longlag.learners.layout.Layout`."""

    def view(self, column: np.ndarray, name: str) -> np.ndarray:
        """The group of that name."""
        ...


class Units(Protocol):
    """One network of a learner as tiles; see `longlag.learners.tiles.layout.TileLayout`."""

    plan: np.ndarray  #: (1,) of a record: p

    @property
    def kernel(self) -> UnitKernel:
        """The same for all networks of a class."""
        ...

    @property
    def tiles(self) -> Rows:
        """What lies in S, of shape (rows, 16)."""
        ...

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of what is no state: the weights and their moments."""
        ...

    learned_rows: int  #: rows of S, from the first one, that hold this and nothing else

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Of everything that the network knows, by name, in its order."""
        ...

    def blank(self) -> dict[str, np.ndarray]:
        """What the network knows before any weight is drawn."""
        ...

    def find(self, name: str) -> np.ndarray:
        """The place in S, flat, of everything of that name."""
        ...

    def mark(self, S: np.ndarray) -> None:
        """Fill the rows of an empty S that say which units are there."""
        ...

    def moved(self, wide: Self) -> Mapping[str, np.ndarray]:
        """Where everything goes in a network with more inputs or outputs: flat places, by name."""
        ...


class Forgetting(NamedTuple):
    """The weights that decide how long each cell of a network on a stream keeps its state."""

    biases: np.ndarray  #: (cells,), biases of the forget gates
    weights: np.ndarray  #: (cells, inputs), weights from the inputs to the forget gates
    phases: np.ndarray  #: (cells,), radians by which a state turns at each step; 0 for no turn
    fed: np.ndarray  #: (cells, inputs), magnitude of the weights from the inputs to the states


class StreamLearner(Protocol):
    """What a network of a stream must know of its learner, which is a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def inputs(self) -> int:
        """Input units."""
        ...

    @property
    def outputs(self) -> int:
        """Output units."""
        ...

    @property
    def rule(self) -> Any:
        """The update rule, see `longlag.rules.base.Rule`."""
        ...

    @property
    def layout(self) -> NamedRows:
        """The rows of one network in lanes, among them "weights"."""
        ...

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: one column of shape (rows,), float64."""
        ...

    def units(self) -> Units:
        """Its tiles; raises `InputError` where the learner has none."""
        ...

    def forgetting(self, weights: np.ndarray) -> Forgetting | None:
        """The forget gates of a network with these weights, in the order of the layout.

        None for a learner without forget gates, or with gates that see more than the inputs.
        """
        ...


def beginner(task: TaskKernel) -> Callable:
    """begin(stream, p, m, i): begin the i-th test sequence, or a training sequence where i < 0."""
    begin_, exam_ = task.begin, task.exam
    if exam_ is None:

        @inlined
        def begin(stream, p, m, i):
            return begin_(stream, p, m)

    else:

        @inlined
        def begin(stream, p, m, i):
            return begin_(stream, p, m) if i < 0 else exam_(stream, p, m, i)

    return begin


def set_beginner(task: TaskKernel) -> Callable:
    """begin(stream, p, m, i): begin the i-th sequence of a training set, i from 0.

    The stream is the same at the beginning of every pass over the set.
    """
    return task.member or beginner(task)
