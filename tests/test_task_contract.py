"""Every registered task and learner keeps the contract; things that break it are found out."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numba import njit

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners import learners
from longlag.learners.lstm import LSTM
from longlag.tasks import tasks
from longlag.tasks.adding import Adding
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
