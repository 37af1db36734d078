"""Every registered task and learner keeps the contract; things that break it are found out."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numba import njit

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners import learners
from longlag.learners.lstm import LSTM
from longlag.simd.random import uniform
from longlag.tasks import tasks
from longlag.tasks.adding import Adding, draw_marks
from longlag.tasks.temporal_order import TemporalOrder
from longlag.testing import check_learner, check_task

SMALL = LSTM(inputs=2, outputs=1)


@pytest.mark.parametrize("name", tasks())
def test_tasks_keep_the_contract(name):
    check_task(tasks()[name]())


#: How a check runs the functions of a learner. To compile them takes half a minute.
how = pytest.mark.parametrize(
    "compiled", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["python", "compiled"]
)


@how
@pytest.mark.parametrize("name", learners())
def test_learners_keep_the_contract(name, compiled):
    learner = learners()[name](inputs=2, outputs=1)
    if hasattr(learner, "hidden") and not compiled:
        learner = replace(learner, hidden=2)  # RTRL takes some 20,000 operations for 8
    check_learner(learner, compiled=compiled)


@how
def test_symbol_coding_keeps_the_contract(compiled):
    learner = replace(SMALL, inputs=3, outputs=2, coding="symbol", hidden=1)
    check_learner(learner, "float64", compiled=compiled)


def test_registered_names_are_those_of_the_classes():
    for known in (tasks(), learners()):
        assert known
        assert all(name == kind.name for name, kind in known.items())


@dataclass(frozen=True)
class NoLag(Adding):
    """Claims a lag longer than its sequences."""

    @property
    def minimal_lag(self):
        return 10 * self.T


@dataclass(frozen=True)
class Untaught(Adding):
    """Has no targets."""

    @classmethod
    def kernel(cls):
        @njit
        def target(p, m, t, y):
            return False

        return Adding.kernel()._replace(target=target)


@dataclass(frozen=True)
class Lenient(Adding):
    """Judges every answer right."""

    @classmethod
    def kernel(cls):
        @njit
        def judge(p, y, out):
            return 0.0, 0.0

        return Adding.kernel()._replace(judge=judge)


@pytest.mark.parametrize(
    ("task", "message"), [(NoLag, "minimal_lag"), (Untaught, "no target"), (Lenient, "off by 1e6")]
)
def test_broken_tasks_are_found_out(task, message):
    with pytest.raises(AssertionError, match=message):
        check_task(task(T=30))


def broken(**functions):
    """The adding problem with other functions, which write one lane at a time."""

    @dataclass(frozen=True)
    class Broken(Adding):
        @classmethod
        def kernel(cls):
            parts = {name: inlined(function) for name, function in functions.items()}
            return Adding.kernel()._replace(branch_free=False, **parts)

    return Broken(T=30)


def beyond_m(stream, p, m):
    m[Adding.memory] = 1.0
    return 30


def beyond_x(stream, p, m, t, x):
    x[0] = x[1] = x[2] = 0.5


def one_input(stream, p, m, t, x):
    x[0] = 0.5


def with_the_sum_before(stream, p, m):
    return draw_marks(stream, p, m)


def with_the_marks_before(stream, p, m):
    return int(p[0]) + int(m[1] > 3.0)


def marked_at(stream, p, m, t, x):
    x[0] = x[1] = int(m[1])


def before_y(p, m, t, y):
    y[t - 30] = 0.5
    return t == 29


def no_steps(stream, p, m, i):
    return 0


def a_share(stream, p, m):
    return 30.5


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ({"begin": beyond_m}, r"m\[4\] is used, but m has 4 numbers"),
        ({"element": beyond_x}, r"x\[2\] is used, but x has 2 numbers"),
        ({"begin": lambda stream, p, m: 30, "target": before_y}, r"y\[-1\] is used, but y has 1"),
        ({"element": one_input}, r"element leaves no finite number in x\[1\], step 0"),
        ({"begin": with_the_sum_before}, r"no finite number in y\[0\], step .*; m\[3\] must be"),
        (
            {"begin": with_the_marks_before, "element": marked_at},
            r"after begin, cannot convert float NaN to integer; m\[0\], m\[1\], m\[2\], m\[3\] ",
        ),
        ({"exam": no_steps}, "exam must return at least 1 step, got 0"),
        ({"member": no_steps}, "member must return at least 1 step, got 0"),
        ({"begin": a_share}, "begin must return a whole number of steps, got 30.5"),
    ],
    ids=["memory", "inputs", "targets", "unwritten", "left", "whole", "exam", "member", "length"],
)
def test_functions_that_leave_their_numbers_are_found_out(functions, message):
    with pytest.raises(AssertionError, match=message):
        check_task(broken(**functions))


@dataclass(frozen=True)
class Branching(Adding):
    """Is said to be branch-free, and is not."""

    @classmethod
    def kernel(cls):
        @inlined
        def element(stream, p, m, t, x):
            x[0] = x[1] = 0.5
            if t == 0:
                m[3] = 0.25 + uniform(stream)

        return Adding.kernel()._replace(element=element)


@dataclass(frozen=True)
class Nameless(TemporalOrder):
    """Names some of its symbols."""

    alphabet = ("E", "B")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (Branching(T=30), "uses `select`, `&` and `|` in place of if, and, or"),
        (Nameless(), "alphabet names 2 of 8 symbols"),
    ],
    ids=["branches", "names"],
)
def test_what_only_studies_and_pictures_use_is_checked(task, message):
    with pytest.raises(AssertionError, match=message.replace("|", r"\|")):
        check_task(task)


@dataclass(frozen=True)
class Forgetful(LSTM):
    """Resets every lane, whatever the mask says."""

    def kernel(self, lanes):
        reset, *rest = super().kernel(lanes)

        @inner
        def reset_all(S, mask):
            reset(S, S[0] <= S[0])

        return LaneKernel(reset_all, *rest)


@dataclass(frozen=True)
class Inert(LSTM):
    """Never learns."""

    def kernel(self, lanes):
        @inner
        def learn(S, Y, at, mask):
            pass

        return super().kernel(lanes)._replace(learn=learn)


@dataclass(frozen=True)
class Whimsical(LSTM):
    """Draws its weights from nowhere."""

    def start(self, generator):
        return super().start(np.random.default_rng())


@pytest.mark.parametrize(
    ("learner", "message"),
    [(Forgetful, "masked out"), (Inert, "changes no weight"), (Whimsical, "start draws")],
)
def test_broken_learners_are_found_out(learner, message):
    with pytest.raises(AssertionError, match=message):
        check_learner(learner(inputs=2, outputs=1), compiled=False)
