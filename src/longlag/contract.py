"""What tasks, learners and the engine's drivers agree on; none of them imports another.

A task writes sequences (`TaskKernel`), a learner steps networks through them (`LaneKernel`), and a
driver asks both for the sizes of what it allocates (`TaskSizes`, `LearnerSizes`).
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple, Protocol

from longlag.compiled.compiling import inlined

CHUNK = 32  #: steps written ahead: few, so that the buffers stay in the first-level cache
IDLE, TRAINING, EXAM, TESTING, OVER = range(5)  #: phases of a lane
BEGINS, TARGET, ENDS = 1, 2, 4  #: bits of an event: a sequence begins, has a target, ends
POSITION, LENGTH = range(2)  #: rows of a lane's clock: the next step, and the sequence's length

LARGEST = 1e100  #: feature or target of a stream: squares of larger ones overflow


class TaskKernel(NamedTuple):
    """A task's compiled functions; compile each with `longlag.compiled.compiling.inlined`.

    p holds the task's `parameters`, m the `memory` numbers of one sequence. These and x, y and out
    are read and written by index. `stream` is drawn from with `longlag.simd.random`.

    With `branch_free`, `element` and `target` see all lanes at once: what they read is a vector,
    and they choose with `longlag.simd.vectors.select` instead of ``if``, ``and``, ``or``. This is
    several times faster. Otherwise, and in plain Python, they see the numbers of one lane.
    """

    begin: Callable  #: begin(stream, p, m) -> length: draw a sequence of one lane, remember it in m
    element: Callable  #: element(stream, p, m, t, x): write the inputs of step t to x
    target: Callable  #: target(p, m, t, y) -> bool: write the target of step t to y, if it has one
    judge: Callable  #: judge(p, y, out) -> (largest, mean) deviation of the outputs from y
    branch_free: bool = False
    exam: Callable | None = (
        None  #: exam(stream, p, m, i) -> length: begin the i-th of the sequences
    )
    #: that a network is tested on; left out where these are drawn like the others, by `begin`


class LaneKernel(NamedTuple):
    """The compiled functions of a learner that takes a step at a time, for all lanes at once.

    S is the bank (see `longlag.simd.banks`) of the learner's `layout`. A mask says which lanes
    are concerned, and the others must come out with the networks they had. The inputs of the step
    begin at row `at` of the bank X, the targets at row `at` of the bank Y.
    """

    reset: Callable  #: reset(S, mask): a new sequence begins
    step: Callable  #: step(S, X, at): advance every lane by one time step
    answer: Callable  #: answer(S): compute the outputs into the rows "outputs"
    learn: Callable  #: learn(S, Y, at, mask): learn from the error of the last answer
    finish: Callable  #: finish(S, mask): a sequence ended


class TaskSizes(Protocol):
    """What a driver must know of a task to allocate; see `longlag.tasks.base.Task`."""

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
    """What a driver must know of a layout; see `longlag.learners.layout.Layout`."""

    rows: int


class LearnerSizes(Protocol):
    """What a driver must know of a learner to allocate; see `longlag.learners.base.Learner`."""

    @property
    def layout(self) -> Rows:
        """The rows of one network."""
        ...


def beginner(task: TaskKernel) -> Callable:
    """begin(stream, p, m, i): the i-th sequence of a test, or one to train on where i < 0."""
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
