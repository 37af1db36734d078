"""Under NUMBA_DISABLE_JIT=1 nothing is compiled, and what runs leaves the bits of compiled code."""

import numpy as np
import pytest
from support.interpreted import CASES, interpreted

#: Most of these drivers are compiled for other tests, too.
DRAWN = [
    *("task adding", "lanes adding", "task reber", "learner lstm", "study at-its-cap"),
    *("stream adam", "command run", "estimators both"),
]


def check(cases, folder):
    """The same arrays, to the bit; what is not a number counts as one."""
    for case, outcome in interpreted(cases, folder).items():
        compiled = CASES[case]()
        assert list(outcome) == list(compiled)
        for name, array in compiled.items():
            same = np.array_equal(outcome[name], array, equal_nan=array.dtype.kind == "f")
            assert same, f"{case}: {name}"


def test_a_draw(tmp_path):
    check(DRAWN, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted({case.split()[0] for case in CASES}))
def test_every_task_and_learner(kind, tmp_path):
    """Every task, alone and in lanes; every learner; studies, streams and estimators."""
    check([case for case in CASES if case.split()[0] == kind], tmp_path)
