"""Trajectories at varying speed (Sun, Chen & Lee 1993): which of three curves was drawn?

The curves are roses of two, three and four petals, turned by a random angle. A pen follows a curve
once, in steps of random size, so that time is warped. All curves begin and end at the origin: no
few steps tell them apart.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import check_whole
from longlag.simd.random import below, uniform
from longlag.tasks.base import Task

MOST = 200  #: samples of a curve, in the mean
_TURN = 2.0 * math.pi
# Parameters: samples of a curve in training, in the mean; fewest samples in a test, and how many
# numbers of samples there are.
_SAMPLES, _FEWEST, _TESTED = range(3)
# The memory of a sequence: its last step, its class, its angle, and the place of each step.
_LAST, _CLASS, _ANGLE, _PLACES = range(4)

# Terms of the Taylor series of the sine up to pi / 2: the first one omitted is below 2e-20.
_SINE = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in reversed(range(12)))
_PI_TAIL = 1.2246467991473532e-16  # the rounding error of `math.pi`

Samples = Annotated[int, Meta(ge=2, le=MOST)]


@dataclass(frozen=True)
class Trajectories(Task):
    """Name a curve at the end of its trajectory.

    With t from 0 to 2 pi and an angle b, uniform in [0, 2 pi), the curves are

        class 1:  abs(sin t) (sin(t + b), cos(t + b))
        class 2:  sin(1.5 t) (sin(t / 2 + b), cos(t / 2 + b))
        class 3:  sin(2 t) (sin(t + b), cos(t + b))

    At each step t grows by 2 pi r / `samples`, r uniform in [0, 2), and a sequence ends before t
    reaches 2 pi, or after twice as many steps as `samples`. The inputs are 1, x, y, x^2, y^2 and
    x y, divided by their norm. At the end the output of the class shall be 1 and the others 0; an
    answer is right if the output of the class is the largest. Each class has probability 1/3, in
    tests exactly.

    Args:
        samples: of a curve in training, in the mean, from 2 to 200; 60 by default
        tested: the fewest and the most samples of a curve in exams and tests, two numbers from 2 to
            200; (20, 200) by default. The number of each curve is uniform among them
    """

    samples: Samples = 60
    tested: tuple[Samples, Samples] = (20, 200)

    name = "trajectories"
    citation = ("sun1993",)
    memory = _PLACES + 2 * MOST
    extras = 1  # the class

    def __post_init__(self):
        super().__post_init__()
        check_whole("the second number of tested of trajectories", self.tested[1], self.tested[0])

    @property
    def inputs(self) -> int:
        """1, the two coordinates, their squares and their product."""
        return 6

    @property
    def outputs(self) -> int:
        """The classes."""
        return 3

    @property
    def tolerance(self) -> float:
        """The largest deviation is 1 where another output is as large as that of the class."""
        return 0.5

    @property
    def minimal_lag(self) -> int:
        """Every step matters, the last ones too."""
        return 0

    @property
    def parameters(self) -> tuple[float, ...]:
        """Samples in training, the fewest in tests, and how many numbers of samples there are."""
        fewest, most = self.tested
        return float(self.samples), float(fewest), float(most - fewest + 1)

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@inlined
def sine(x):
    """sin(x) for |x| < 20, to 1e-15: not the platform's, whose last bit may be another."""
    n = math.floor(x / math.pi + 0.5)
    r = (x - n * math.pi) - n * _PI_TAIL
    square, series = r * r, _SINE[0]
    for k in range(1, len(_SINE)):
        series = series * square + _SINE[k]
    return r * series if n % 2 == 0 else -r * series


@cache
def _kernel() -> TaskKernel:
    @inlined
    def draw(stream, m, kind, samples):
        m[_CLASS] = kind
        m[_ANGLE] = _TURN * uniform(stream)
        place, steps = 0.0, 0
        while place < _TURN and steps < 2 * samples:
            m[_PLACES + steps] = place
            place += 2.0 * uniform(stream) * _TURN / samples
            steps += 1
        m[_LAST] = steps - 1
        return steps

    @inlined
    def begin(stream, p, m):
        return draw(stream, m, below(stream, 3), int(p[_SAMPLES]))

    @inlined
    def exam(stream, p, m, i):
        return draw(stream, m, float(i % 3), int(p[_FEWEST]) + int(below(stream, p[_TESTED])))

    @inlined
    def element(stream, p, m, t, x):
        place, kind = m[_PLACES + int(t)], m[_CLASS]
        if kind == 0.0:
            radius, turned = abs(sine(place)), place
        elif kind == 1.0:
            radius, turned = sine(1.5 * place), 0.5 * place
        else:
            radius, turned = sine(2.0 * place), place
        across = radius * sine(turned + m[_ANGLE])
        up = radius * sine(turned + m[_ANGLE] + 0.5 * math.pi)
        square, other = across * across, up * up
        product = across * up
        norm = math.sqrt(1.0 + square + other + square * square + other * other + product * product)
        x[0] = 1.0 / norm
        x[1] = across / norm
        x[2] = up / norm
        x[3] = square / norm
        x[4] = other / norm
        x[5] = product / norm

    @inlined
    def target(p, m, t, y):
        for k in range(3):
            y[k] = 1.0 if m[_CLASS] == k else 0.0
        y[3] = m[_CLASS]
        return t == m[_LAST]

    @inlined
    def judge(p, y, out):
        largest, total = 0.0, 0.0
        wanted = int(y[3])
        for k in range(3):
            error = abs(y[k] - out[k])
            if error != error:
                return error, error  # a network that has diverged
            total += error
            if k != wanted and out[k] >= out[wanted]:
                largest = 1.0
        return largest, total / 3.0

    return TaskKernel(begin, element, target, judge, exam=exam)
