"""Conditioning experiments of animal learning: when will the next reward come, and how much of it?

A stimulus is shown, and after a gap the unconditioned stimulus (US), such as food. Then nothing
happens for some time. The target of every step is the return, the discounted sum of all US to come:

    G(t) = sum_k gamma^k US(t+1+k)

Rafiee et al. (2023) made such experiments benchmarks of what a learner keeps of the past: of trace
conditioning, where one stimulus announces the US, trace patterning, where some patterns of several
stimuli do, and noisy patterning, without a gap but with US that come or fail by chance. Distractors
come and go all the time. The usual measure is the mean squared return error. It does not reach 0
where gaps are drawn: nobody knows how long a gap will be.
"""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Annotated

import numpy as np
from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.errors import InputError, check_whole
from longlag.simd.random import Purpose, below, numpy_stream, uniform
from longlag.tasks.base import Task, absolute_errors

_BITS, _PATTERNS, _DISTRACTORS = 8, 70, 20  # tasks have room for all, because they share a driver

# Parameters; then a code for each pattern, its bits in binary. The first patterns lead to the US.
_LENGTH, _GAMMA, _ISI, _ISIS, _ITI, _ITIS = range(6)
_STIMULUS, _US, _DISTRACT, _LINES, _KNOWN, _ACTIVE, _NOISE, _CODES = range(6, 14)

# The memory of a sequence: of the present conditioning trial and of the next one, the step of the
# stimulus, the step of the US, whether it comes, and the code of the stimulus; then the steps for
# which each distractor stays on.
_ONSET, _AT, _COMES, _CODE = range(4)
_NEXT, _ON = 4, 8

Steps = Annotated[int, Meta(ge=1, le=1_000_000)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Conditioning(Task):
    """The common part: a piece of an endless stream of conditioning trials.

    The return counts the US of the present trial and of the next one. The one after that would add
    less than 0.001, as `iti` and `gamma` must see to.
    """

    citation = ("rafiee2023", "javed2023")
    targets = "every step"
    memory = _ON + _DISTRACTORS

    iti: tuple[Steps, Steps]
    stimulus: Steps
    us: Steps
    distractors: Annotated[int, Meta(ge=0, le=_DISTRACTORS)]
    gamma: Annotated[float, Meta(ge=0, lt=1)]
    length: Annotated[int, Meta(ge=1, le=1_000_000_000)]

    def __post_init__(self):
        super().__post_init__()
        for label, (first, last) in (("isi", self._gaps()), ("iti", self.iti)):
            if first > last:
                raise InputError(f"{label} of {self.name} must rise, got {first} and {last}")
        check_whole(f"isi of {self.name}", self._gaps()[0], self.stimulus)
        check_whole(f"iti of {self.name}", self.iti[0], self.us)
        later = self.gamma ** self.iti[0] * self.us
        if later > 0.001:
            raise InputError(
                f"gamma of {self.name} must let a US of {self.us} steps count at most 0.001 if it "
                f"is {self.iti[0]} steps away, got {self.gamma}, which gives {later:.2g}: lower "
                "gamma, or raise iti"
            )

    @abstractmethod
    def _gaps(self) -> tuple[int, int]:
        """Fewest and most steps from the beginning of the stimulus to the US."""

    @abstractmethod
    def _stimuli(self, seed: int, trial: int) -> tuple[int, list[int], int, float]:
        """The number of lines, the codes of the patterns, how many of them lead to the US, noise.

        Those that lead to the US come first.
        """

    @property
    def lines(self) -> int:
        """Inputs that show the stimulus."""
        return 1

    @property
    def inputs(self) -> int:
        """The US, the lines of the stimulus, the distractors."""
        return 1 + self.lines + self.distractors

    @property
    def outputs(self) -> int:
        """The return."""
        return 1

    @property
    def minimal_lag(self) -> int:
        """From the end of a stimulus to its US."""
        return self._gaps()[0] - self.stimulus

    @property
    def tolerance(self) -> float:
        """Our own: the literature has the mean squared error only."""
        return 0.2

    @property
    def parameters(self) -> tuple[float, ...]:
        """Those of the first trial of seed 0."""
        return self.trial_parameters(0, 0)

    def trial_parameters(self, seed: int, trial: int) -> tuple[float, ...]:
        """Length, discount, spans of time, and the patterns."""
        (isi, last_isi), (iti, last_iti) = self._gaps(), self.iti
        lines, codes, active, noise = self._stimuli(seed, trial)
        spans = isi, last_isi - isi + 1, iti, last_iti - iti + 1, self.stimulus, self.us
        counts = self.distractors, lines, len(codes), active
        room = [0] * (_PATTERNS - len(codes))
        return tuple(map(float, (self.length, self.gamma, *spans, *counts, noise, *codes, *room)))

    @classmethod
    def kernel(cls) -> TaskKernel:
        """See `TaskKernel`."""
        return _kernel()


@dataclass(frozen=True)
class TraceConditioning(Conditioning):
    """One stimulus, and the US some steps after it began (Rafiee et al. 2023).

    Args:
        isi: fewest and most steps from the beginning of the stimulus to the US, two rising whole
            numbers from `stimulus` to 1e6; (7, 13) by default
        iti: fewest and most steps from the beginning of the US to the next stimulus, two rising
            whole numbers from `us` to 1e6; (80, 129) by default
        stimulus: steps for which a stimulus or a distractor is on, from 1 to 1e6; 4 by default
        us: steps for which the US is on, from 1 to 1e6; 2 by default
        distractors: from 0 to 20; distractor k begins with probability 1/(10 k) in a step; 10 by
            default
        gamma: discount of a step, a number in [0, 1); 0.9 by default
        length: steps of a sequence, from 1 to 1e9; 1000 by default
    """

    isi: tuple[Steps, Steps] = (7, 13)
    iti: tuple[Steps, Steps] = (80, 129)
    stimulus: Steps = 4
    us: Steps = 2
    distractors: Annotated[int, Meta(ge=0, le=_DISTRACTORS)] = 10
    gamma: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    length: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1000

    name = "trace-conditioning"

    def _gaps(self) -> tuple[int, int]:
        return self.isi

    def _stimuli(self, seed: int, trial: int) -> tuple[int, list[int], int, float]:
        return 1, [1], 1, 0.0


class _Patterning(Conditioning):
    """Several lines, half of them on; some of the patterns lead to the US."""

    bits: int
    active: int
    noise: float

    def __post_init__(self):
        super().__post_init__()
        if self.bits % 2:
            raise InputError(f"bits of {self.name} must be even, got {self.bits}")
        if self.active > (patterns := len(_halves(self.bits))):
            raise InputError(
                f"active of {self.name} counts some of the {patterns} patterns of {self.bits} bits,"
                f" got {self.active}"
            )

    @property
    def lines(self) -> int:
        """See `Conditioning`."""
        return self.bits

    def _stimuli(self, seed: int, trial: int) -> tuple[int, list[int], int, float]:
        codes = numpy_stream(seed, trial, Purpose.SETS).permutation(_halves(self.bits))
        return self.bits, codes.tolist(), self.active, self.noise


@dataclass(frozen=True)
class TracePatterning(_Patterning):
    """Patterns of several stimuli, some of which lead to the US (Rafiee et al. 2023).

    Half of the lines are on in a pattern. All patterns are equally frequent; which of them are
    active, that is lead to the US, is drawn for each trial of a study. The defaults are those of
    Javed et al. (2023).

    Args:
        isi: fewest and most steps from the beginning of the stimulus to the US, two rising whole
            numbers from `stimulus` to 1e6; (24, 36) by default
        iti: fewest and most steps from the beginning of the US to the next stimulus, two rising
            whole numbers from `us` to 1e6; (80, 120) by default
        bits: lines of the stimulus, an even number from 2 to 8; 6 by default
        active: patterns that lead to the US, from 0 to 70, at most all (20 of 6 bits); 10 by
            default
        noise: probability that the US fails after an active pattern, and comes after another one,
            from 0 to 1; 0 by default
        stimulus: steps for which a stimulus or a distractor is on, from 1 to 1e6; 1 by default
        us: steps for which the US is on, from 1 to 1e6; 1 by default
        distractors: from 0 to 20; distractor k begins with probability 1/(10 k) in a step; 5 by
            default
        gamma: discount of a step, a number in [0, 1); 0.9 by default
        length: steps of a sequence, from 1 to 1e9; 1000 by default
    """

    isi: tuple[Steps, Steps] = (24, 36)
    iti: tuple[Steps, Steps] = (80, 120)
    bits: Annotated[int, Meta(ge=2, le=_BITS)] = 6
    active: Annotated[int, Meta(ge=0, le=_PATTERNS)] = 10
    noise: Share = 0.0
    stimulus: Steps = 1
    us: Steps = 1
    distractors: Annotated[int, Meta(ge=0, le=_DISTRACTORS)] = 5
    gamma: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    length: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1000

    name = "trace-patterning"

    def _gaps(self) -> tuple[int, int]:
        return self.isi


@dataclass(frozen=True)
class NoisyPatterning(_Patterning):
    """Trace patterning without a gap, but with noise: the US follows the stimulus at once.

    Args:
        iti: fewest and most steps from the beginning of the US to the next stimulus, two rising
            whole numbers from `us` to 1e6; (80, 120) by default
        bits: lines of the stimulus, an even number from 2 to 8; 6 by default
        active: patterns that lead to the US, from 0 to 70, at most all (20 of 6 bits); 10 by
            default
        noise: probability that the US fails after an active pattern, and comes after another one,
            from 0 to 1; 0.1 by default
        stimulus: steps for which a stimulus or a distractor is on, from 1 to 1e6; 4 by default
        us: steps for which the US is on, from 1 to 1e6; 2 by default
        distractors: from 0 to 20; distractor k begins with probability 1/(10 k) in a step; 5 by
            default
        gamma: discount of a step, a number in [0, 1); 0.9 by default
        length: steps of a sequence, from 1 to 1e9; 1000 by default
    """

    iti: tuple[Steps, Steps] = (80, 120)
    bits: Annotated[int, Meta(ge=2, le=_BITS)] = 6
    active: Annotated[int, Meta(ge=0, le=_PATTERNS)] = 10
    noise: Share = 0.1
    stimulus: Steps = 4
    us: Steps = 2
    distractors: Annotated[int, Meta(ge=0, le=_DISTRACTORS)] = 5
    gamma: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    length: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1000

    name = "noisy-patterning"

    def _gaps(self) -> tuple[int, int]:
        return self.stimulus, self.stimulus


def _halves(bits: int) -> np.ndarray:
    """The codes of all patterns in which half of the bits are on."""
    return np.array([sum(1 << i for i in on) for on in combinations(range(bits), bits // 2)])


@inlined
def power(base, exponent):
    """`base` to the power of a whole number from 0 on."""
    found, square, left = 1.0, base, int(exponent)
    while left > 0:
        if left & 1:
            found *= square
        square *= square
        left >>= 1
    return found


@inlined
def draw_trial(stream, p, m, onset):
    """Draw the next conditioning trial, whose stimulus begins at step `onset`."""
    m[_NEXT + _ONSET] = onset
    m[_NEXT + _AT] = onset + p[_ISI] + below(stream, p[_ISIS])
    pattern = below(stream, p[_KNOWN])
    flips = uniform(stream) < p[_NOISE]
    m[_NEXT + _COMES] = 1.0 if (pattern < p[_ACTIVE]) != flips else 0.0
    m[_NEXT + _CODE] = p[_CODES + int(pattern)]


@inlined
def return_of(p, m, trial, t):
    """What the US of the present (0) or the next (_NEXT) trial adds to the return of step t."""
    total = 0.0
    if m[trial + _COMES] == 1.0:
        for i in range(int(p[_US])):
            later = m[trial + _AT] + i - t - 1.0
            if later >= 0.0:
                total += power(p[_GAMMA], later)
    return total


@cache
def _kernel() -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        for i in range(_ON + int(p[_DISTRACT])):
            m[i] = 0.0
        m[_ONSET] = -p[_STIMULUS]  # no trial is there yet
        draw_trial(stream, p, m, p[_ITI] + below(stream, p[_ITIS]))
        return int(p[_LENGTH])

    @inlined
    def element(stream, p, m, t, x):
        if t == m[_NEXT + _ONSET]:
            for i in range(_NEXT):
                m[i] = m[_NEXT + i]
            draw_trial(stream, p, m, m[_AT] + p[_ITI] + below(stream, p[_ITIS]))
        on = (t >= m[_AT]) & (t < m[_AT] + p[_US])
        x[0] = m[_COMES] if on else 0.0
        lines, code = int(p[_LINES]), int(m[_CODE])
        shown = t < m[_ONSET] + p[_STIMULUS]
        for i in range(lines):
            x[1 + i] = 1.0 if shown and (code >> i) & 1 else 0.0
        for i in range(int(p[_DISTRACT])):
            if m[_ON + i] > 0.0:
                m[_ON + i] -= 1.0
            elif uniform(stream) * (10.0 * (i + 1)) < 1.0:
                m[_ON + i] = p[_STIMULUS]
            x[1 + lines + i] = 1.0 if m[_ON + i] > 0.0 else 0.0

    @inlined
    def target(p, m, t, y):
        y[0] = return_of(p, m, 0, t) + return_of(p, m, _NEXT, t)
        return True

    return TaskKernel(begin, element, target, absolute_errors)
