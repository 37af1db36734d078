"""A nonlinear system to identify, a task of Horne & Giles (1995) after Narendra (1992).

    x1(k+1) = (x1(k) + 2 x2(k)) / (1 + x2(k)^2) + u(k)
    x2(k+1) = x1(k) x2(k) / (1 + x2(k)^2) + u(k)
    y(k)    = x1(k) + x2(k)

The scan of the source has lost a part of the first equation, and the third.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.simd.random import uniform
from longlag.tasks.base import Task
from longlag.tasks.trajectories import sine

FREQUENCY = 0.04  #: of the test signal, in radians a step

# Parameters: lengths of training and test sequences, largest training input, amplitude of the test
# signal, variance of its response.
_LENGTH, _TESTED, _LARGEST, _AMPLITUDE, _VARIANCE = range(5)
# The memory of a sequence: the two states, and whether it is the test signal.
_X1, _X2, _TEST = range(3)


@dataclass(frozen=True)
class SystemIdentification(Task):
    """What the system answers to an input, at every step: noise in training, a sine in tests.

    The input of a training sequence is uniform in [-largest, largest] at every step. There is one
    test sequence, with the input `amplitude` sin(0.04 k). The target at a step is the output of the
    system after the input of this step; its states are 0 before a sequence. The deviation of an
    answer is its squared error over the variance of the targets of the test sequence, so that the
    mean over the test is the normalised mean squared error.

    Args:
        length: of a training sequence in steps, from 1 to 1e6; 50 by default
        tested: steps of the test sequence, from 10 to 500; 314 by default, two periods
        largest: absolute input in training, a number in (0, 100]; 2 by default
        amplitude: of the test signal, a number in (0, 100]; 1 by default
        correct_below: deviation at any step from which on an answer is wrong, a number in
            (0, 1e6]; 100 by default, ten standard deviations
    """

    length: Annotated[int, Meta(ge=1, le=1_000_000)] = 50
    tested: Annotated[int, Meta(ge=10, le=500)] = 314
    largest: Annotated[float, Meta(gt=0, le=100)] = 2.0
    amplitude: Annotated[float, Meta(gt=0, le=100)] = 1.0
    correct_below: Annotated[float, Meta(gt=0, le=1_000_000)] = 100.0

    name = "system-identification"
    citation = ("horne1995", "narendra1992")
    targets = "every step"
    memory = 3

    @property
    def inputs(self) -> int:
        """The input of the system."""
        return 1

    @property
    def outputs(self) -> int:
        """The output of the system."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """The input of the same step matters."""
        return 0

    @property
    def tolerance(self) -> float:
        """See `correct_below`."""
        return self.correct_below

    @property
    def parameters(self) -> tuple[float, ...]:
        """Lengths, sizes of the inputs, and the variance of the targets of the test sequence."""
        u = [self.amplitude * sine(FREQUENCY * t) for t in range(self.tested)]
        variance = float(np.var(respond(np.array(u))))
        numbers = self.length, self.tested, self.largest, self.amplitude, variance
        return tuple(map(float, numbers))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


def respond(u: np.ndarray) -> np.ndarray:
    """The outputs of the system after each of the inputs u, both of shape (steps,)."""
    x1 = x2 = 0.0
    outputs = []
    for now in u:
        share = 1.0 + x2 * x2
        x1, x2 = (x1 + 2.0 * x2) / share + now, x1 * x2 / share + now
        outputs.append(x1 + x2)
    return np.array(outputs)


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin_sequence(p, m, test):
        m[_X1] = m[_X2] = 0.0
        m[_TEST] = test
        return int(p[_TESTED] if test else p[_LENGTH])

    @inlined
    def begin(stream, p, m):
        return begin_sequence(p, m, 0.0)

    @inlined
    def exam(stream, p, m, i):
        return begin_sequence(p, m, 1.0)

    @inlined
    def element(stream, p, m, t, x):
        if m[_TEST] > 0.0:
            x[0] = p[_AMPLITUDE] * sine(FREQUENCY * t)
        else:
            x[0] = p[_LARGEST] * (2.0 * uniform(stream) - 1.0)
        x1, x2 = m[_X1], m[_X2]
        share = 1.0 + x2 * x2
        m[_X1] = (x1 + 2.0 * x2) / share + x[0]
        m[_X2] = x1 * x2 / share + x[0]

    @inlined
    def target(p, m, t, y):
        y[0] = m[_X1] + m[_X2]
        return True

    @inlined
    def judge(p, y, out):
        error = (y[0] - out[0]) * (y[0] - out[0]) / p[_VARIANCE]
        return error, error

    return TaskKernel(begin, element, target, judge, exam=exam)
