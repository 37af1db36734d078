"""Sequences that a random network on four time scales generates (El Hihi & Bengio 1996)."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import Purpose, numpy_stream, uniform
from longlag.tasks.base import Task

PERIODS = (1, 1, 1, 2, 2, 2, 4, 4, 8, 8)  #: of the units that generate
UNITS = len(PERIODS)
_SEEN = UNITS + 2  # a bias, the input, all units
CLAMPED = 0.05  #: share of the steps at which the input is drawn

# Parameters: steps of a sequence, squared error from which on an answer is wrong; the weights of
# the units, of the input from the units, and of the output.
_T, _TOLERANCE, _UNITS = range(3)
_INPUT = _UNITS + UNITS * _SEEN
_OUTPUT = _INPUT + UNITS
# The memory of a sequence: the input, then the units before and after a step.
_X, _BEFORE, _AFTER = 0, 1, 1 + UNITS


@dataclass(frozen=True)
class NetworkGenerated(Task):
    """Predict what a random network on four time scales puts out (El Hihi & Bengio 1996).

    The network is drawn for each trial, its inputs from its own units. Ten units have the periods
    1, 2, 4 and 8: a unit is computed at steps that its period divides, and keeps its activation
    between. All see a bias, the input and all units. The input comes from the units of the step
    before, and the output from those of the step. All squash a sum x to x / (1 + abs(x)), which is
    plain arithmetic, in place of tanh. At the first step, and at one of twenty later ones at
    random, the input is drawn uniformly from [-1, 1] instead. The target at each step is the
    output. The deviation of an answer is its squared error, so that the mean over a test is the
    mean squared error.

    Args:
        T: length in steps, from 1 to 1e9; 40 by default
        weights: of the units are uniform in [-weights, weights], those of input and output too, a
            number in (0, 100]; 2 by default
        correct_below: squared error at any step from which on an answer is wrong, a number in
            (0, 100]; 0.04 by default
    """

    T: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 40
    weights: Annotated[float, Meta(gt=0, le=100)] = 2.0
    correct_below: Annotated[float, Meta(gt=0, le=100)] = 0.04

    name = "network-generated"
    citation = ("elhihi1996",)
    targets = "every step"
    memory = 1 + 2 * UNITS

    @property
    def inputs(self) -> int:
        """One number."""
        return 1

    @property
    def outputs(self) -> int:
        """One number."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The input of a step matters to the units of period 1."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """The length, the tolerance, and the weights of the trial's network."""
        count = UNITS * _SEEN + 2 * UNITS
        drawn = numpy_stream(seed, trial, Purpose.SETS).uniform(-self.weights, self.weights, count)
        return tuple(map(float, (self.T, self.correct_below, *drawn)))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        for i in range(UNITS):
            m[_AFTER + i] = 0.0
        return int(p[_T])

    @inlined
    def squashed(p, m, total, first, units):
        """`total` and a weighted sum of the units, squashed."""
        for i in range(UNITS):
            total += p[first + i] * m[units + i]
        return total / (1.0 + abs(total))

    @inlined
    def element(stream, p, m, t, x):
        if t == 0 or uniform(stream) < CLAMPED:
            m[_X] = 2.0 * uniform(stream) - 1.0
        else:
            m[_X] = squashed(p, m, 0.0, _INPUT, _AFTER)
        x[0] = m[_X]
        for i in range(UNITS):
            m[_BEFORE + i] = m[_AFTER + i]
        for i in range(UNITS):
            if (t + 1) % PERIODS[i] == 0:
                row = _UNITS + i * _SEEN
                own = p[row] + p[row + 1] * m[_X]
                m[_AFTER + i] = squashed(p, m, own, row + 2, _BEFORE)

    @inlined
    def target(p, m, t, y):
        y[0] = squashed(p, m, 0.0, _OUTPUT, _AFTER)
        return True

    @inlined
    def judge(p, y, out):
        error = (y[0] - out[0]) * (y[0] - out[0])
        return error, error

    return TaskKernel(begin, element, target, judge)
